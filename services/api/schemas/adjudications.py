"""Bodies of the adjudicator's routes: two reads without names, and what is chosen between them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from casebook.domain.cdlm import CdlmStatus
from casebook.domain.central.adjudication import AdjudicationState, Choice, Dispute, Side
from casebook.domain.imaging import ReadingSequence, Visibility
from services.api.schemas.cases import Answer, Finding, Label, LesionLocation, NewLesion
from services.api.schemas.sent import Sent, shown_as


class AdjudicationRow(Answer):
    """One line of the adjudicator's list."""

    id: UUID
    case_id: Annotated[UUID, Field(description="what addresses of cases name the case by")]
    case_code: str
    timepoint: str
    timepoint_label: Label
    state: AdjudicationState
    n_disputed: Annotated[int, Field(description="lesions that the two reads do not agree on")]
    n_chosen: int


class Adjudications(Answer):
    """The adjudicator's list, in their own order."""

    adjudications: list[AdjudicationRow]


class ChoiceIn(Sent):
    """What is chosen for one disputed lesion."""

    model_config = shown_as(choice="left", comment="the rim is seen on the hepatobiliary phase")

    choice: Choice
    third: Annotated[
        dict[ReadingSequence, Visibility] | None,
        Field(
            description="a verdict of one's own for every sequence, where `choice` is third and the charter allows it"
        ),
    ] = None
    comment: Annotated[str | None, Field(max_length=2000)] = None


class ChosenForLesion(Answer):
    """A saved choice."""

    choice: Choice
    third: dict[ReadingSequence, Visibility] | None
    comment: str | None


class DisputedLesion(Answer):
    """A lesion that the reads do not agree on.

    One of the list has its `lesion_id` and the status that each read gives it. A new one is in one read only, under
    `new_label` there; `locations` say where it lies on each series.
    """

    label: Annotated[str, Field(description="L1 of the list; N1, N2 counted through both reads for new ones")]
    why: Dispute
    lesion_id: UUID | None
    left: Annotated[CdlmStatus | None, Field(description="what follows from the left read")]
    right: CdlmStatus | None
    only_in: Side | None
    new_label: str | None
    locations: list[LesionLocation]
    chosen: ChosenForLesion | None


class ReadBeside(Answer):
    """One of the two reads; nothing says whose, or when it was signed."""

    findings: list[Finding]
    new_lesions: list[NewLesion]


class Adjudication(Answer):
    """Two reads of a timepoint side by side, the disputed lesions first, and what is chosen so far."""

    id: UUID
    case_id: UUID
    case_code: str
    timepoint: str
    timepoint_label: Label
    state: AdjudicationState
    version: int
    decided_at: datetime | None
    may_give_third: Annotated[bool, Field(description="the charter lets the adjudicator give a verdict of their own")]
    disputed: list[DisputedLesion]
    left: ReadBeside
    right: ReadBeside


class DecisionIn(Sent):
    """What signing the decision needs."""

    model_config = shown_as(
        password="casebook-demo",  # noqa: S106 - an example
        meaning="I compared both reads on the images and decided",
    )

    password: Annotated[str, Field(max_length=10_000)]
    meaning: Annotated[str, Field(min_length=1, max_length=200)]
