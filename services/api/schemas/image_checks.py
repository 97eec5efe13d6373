"""The state of a timepoint's images and decisions on them, as the API takes and gives them."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from casebook.domain.central.image_state import CheckDecision, ImagesState
from casebook.domain.imaging import SeriesRole
from services.api.schemas.cases import Answer, Label
from services.api.schemas.sent import Sent, shown_as
from services.api.schemas.series import SeriesQualityOut

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ImageCheckIn(Sent):
    """A decision on the images of a timepoint; all but `passed` need a reason, a pass with series missing too."""

    model_config = shown_as(decision="query", reason="Which of the two arterial series is the early one?")

    decision: CheckDecision
    reason: Annotated[str, Field(max_length=500)] = ""
    images_sha256: Annotated[
        Sha256 | None, Field(description="the images that were looked at; refused (412) where others have arrived")
    ] = None


class ImageDecisionOut(Answer):
    """A decision that was made; `holds` says that it is about the images that are there now."""

    decision: CheckDecision
    reason: str | None
    decided_by: str
    decided_at: datetime
    holds: bool


class TimepointImagesOut(Answer):
    """How far the images of a timepoint are, and everything that was decided on them, the newest first."""

    timepoint: str
    timepoint_label: Label
    state: ImagesState
    state_label: Label
    since: datetime | None
    by: Annotated[str | None, Field(description="login; central readers are not named")]
    is_stale: Annotated[bool, Field(description="other images came after a central read was signed")]
    missing: Annotated[list[SeriesRole], Field(description="required series that have not arrived")]
    arrived: list[SeriesRole]
    images_sha256: Annotated[str | None, Field(description="names the images that a decision would be about")]
    decisions: Annotated[list[CheckDecision], Field(description="what may be decided now")]
    objected: Annotated[list[SeriesRole], Field(description="required series refused and not replaced")]
    series: list[SeriesQualityOut]
    history: list[ImageDecisionOut]
