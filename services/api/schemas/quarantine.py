"""Held files and decisions on them, as the API takes and gives them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from casebook.actions.quarantine import MOST_AT_ONCE
from casebook.domain.patient_identity import Agreement
from casebook.domain.quarantine import Decision, HeldState
from services.api.schemas.cases import Answer, Label
from services.api.schemas.sent import Sent, shown_as

Pixel = Annotated[int, Field(ge=0, le=65535, description="pixels of the picture, from its upper left corner")]
Side = Annotated[int, Field(ge=1, le=65535, description="pixels of the picture")]
Why = Annotated[str, Field(min_length=1, max_length=500)]
MOST_RECTANGLES = 10


class HeldFileOut(Answer):
    """A file that was refused or waits for a decision: why, and what may be done about it."""

    id: UUID
    subject: Annotated[str, Field(description="number of the patient it was sent for")]
    site: str
    timepoint: str
    state: HeldState
    reason_code: str
    reason: Label
    to_do: Label
    message: Annotated[str, Field(description="what was found in this file, in English")]
    decisions: Annotated[list[Decision], Field(description="what may be decided now")]
    may_be_blanked: Annotated[bool, Field(description="a release may blank rectangles of the pixels")]
    n_bytes: int
    received_at: datetime
    age_days: int
    submissions: Annotated[list[int], Field(description="numbers of the deliveries it came in")]
    lifted: Annotated[list[str], Field(description="reasons that a person let pass before")]
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    went_into: Annotated[int | None, Field(description="number of the delivery that took it after a decision")]


class HeldCount(Answer):
    """How many files of a site are held for a reason."""

    reason_code: str
    site: str
    state: HeldState
    n: int


class Quarantine(Answer):
    """Held files, the undecided and oldest first, and how many there are of each kind."""

    files: list[HeldFileOut]
    counts: list[HeldCount]


class HeaderValueOut(Answer):
    """An element of the header; what may say who the patient is comes masked."""

    keyword: str
    tag: str
    text: str
    is_identity: bool


class HeldHeaderOut(Answer):
    """What a look into the file showed. `agreement` compares its patient with the subject's earlier images."""

    n_frames: int
    n_rows: int | None
    n_columns: int | None
    no_picture: Annotated[Label | None, Field(description="why there is no picture of it")]
    refusal: Annotated[str | None, Field(description="why it is no whole DICOM object")]
    objections: Annotated[list[str], Field(description="every reason to hold it that is in the file itself")]
    agreement: dict[str, Agreement]
    are_masked: bool
    values: list[HeaderValueOut]


class UnmaskIn(Sent):
    """Why somebody needs to see who the header names; it is kept in the access log."""

    model_config = shown_as(reason="The site asks which of two patients was sent.")

    reason: Why


class RectangleIn(Sent):
    """A part of the picture that is blanked in every frame."""

    x: Pixel
    y: Pixel
    width: Side
    height: Side


class TargetIn(Sent):
    """Where files belong: a patient of the same site, and a timepoint."""

    subject: Annotated[str, Field(max_length=40)]
    timepoint: Annotated[str, Field(max_length=60)]


class HeldDecisionIn(Sent):
    """A decision on held files; `objection` is the reason that was looked at, and is refused (409) when it changed."""

    model_config = shown_as(
        decision="release",
        objection="burned-in-annotation",
        reason="The name stands in the upper left corner and is blanked.",
        blank=[{"x": 0, "y": 0, "width": 200, "height": 40}],
    )

    items: Annotated[tuple[UUID, ...], Field(max_length=MOST_AT_ONCE - 1, description="further files")] = ()
    alike: Annotated[bool, Field(description="also the other files held for the same reason at the same timepoint")] = (
        False
    )
    decision: Decision
    objection: Annotated[str, Field(max_length=60)]
    reason: Why
    blank: Annotated[tuple[RectangleIn, ...], Field(max_length=MOST_RECTANGLES)] = ()
    target: TargetIn | None = None


class HeldDecisionOut(Answer):
    """What came of a decision; files that met another objection stay held for that."""

    n_ended: int
    n_still_held: int
    submissions: Annotated[list[int], Field(description="numbers of the deliveries that took the files")]
