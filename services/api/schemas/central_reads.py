"""The central reads behind cDLM as those may see them who are not blinded."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from casebook.domain.cdlm import CdlmStatus
from casebook.domain.central.adjudication import AdjudicationState, Dispute
from services.api.schemas.cases import Answer

Place = Literal["first", "second"]


class ReadOfPlace(Answer):
    """The newest version of one reader's read."""

    place: str
    reader: str
    edition: int
    signed_at: Annotated[datetime | None, Field(description="null while it is a draft")]
    is_stale: Annotated[bool, Field(description="other images came after the signature")]


class DisputeOut(Answer):
    """A lesion that the readers did not agree on."""

    label: str
    why: Dispute
    first: Annotated[CdlmStatus | None, Field(description="what follows from the first reader's read")]
    second: CdlmStatus | None
    only_in: Annotated[Place | None, Field(description="who alone saw a new lesion")]
    chosen: Annotated[
        Literal["first", "second", "third"] | None, Field(description="whose verdict stands; null before the decision")
    ]
    comment: str | None


class AdjudicationOut(Answer):
    """How a third person settles what the readers did not agree on."""

    state: AdjudicationState
    adjudicator: str | None
    waits_because: Annotated[str | None, Field(description="why nobody could be drawn, while that is so")]
    opened_at: datetime
    decided_at: datetime | None
    disputes: list[DisputeOut]


class CentralReadsOut(Answer):
    """The central reads of the timepoint that cDLM follows from."""

    timepoint: str
    n_readers: int
    reads: list[ReadOfPlace]
    accepted: Annotated[str | None, Field(description="kind of the read that counts: site, central or adjudication")]
    adjudication: AdjudicationOut | None
