"""A subject's lesions as the API takes and gives them: the baseline list, its lock, and the events after."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from casebook.actions.lesion_values import FARTHEST_MM, LONGEST_NOTE
from casebook.domain.imaging import ReadingSequence
from casebook.domain.lesion_events import MOST_PARTS, EventKind, LesionState, Origin
from services.api.schemas.cases import Answer, DiameterMm, Label, Point, Uid
from services.api.schemas.sent import Day, Sent, shown_as

LesionLabel = Annotated[str, Field(pattern=r"^[A-Z][0-9]{1,3}$", examples=["L1"])]
Why = Annotated[str, Field(min_length=1, max_length=500, description="why; kept in the audit trail")]
Near = Annotated[float, Field(ge=-FARTHEST_MM, le=FARTHEST_MM, allow_inf_nan=False)]


class PlaceIn(Sent):
    """Where a lesion lies, in the frame of reference of an archived series of the subject."""

    series_uid: Uid
    position_mm: Annotated[tuple[Near, Near, Near], Field(description="x, y, z in mm, LPS")]


class LesionValuesIn(Sent):
    """What is said of a lesion; `diameters_mm` are those at baseline by reading sequence."""

    model_config = shown_as(segment="IVb", diameter_mm="12.5", diameters_mm={"ct": "12.5"}, note="", place=None)

    segment: Annotated[str, Field(max_length=10, examples=["IVb"], description="Couinaud segment")]
    diameter_mm: DiameterMm | None = None
    diameters_mm: Annotated[dict[ReadingSequence, DiameterMm], Field(default_factory=dict)]
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    place: PlaceIn | None = None


class LesionAddIn(LesionValuesIn):
    """A lesion for the baseline list; without a label it gets the next one."""

    model_config = shown_as(
        label="L9", segment="IVb", diameter_mm="12.5", diameters_mm={"ct": "12.5"}, note="", place=None
    )

    label: LesionLabel | None = None


class ReasonIn(Sent):
    """Why: a lesion of the open list was entered in error, or the list is opened again."""

    model_config = shown_as(reason="the same lesion as L1, marked twice")

    reason: Why


class LockIn(Sent):
    """The password again, as each signature asks for."""

    model_config = shown_as(password="casebook-demo")  # noqa: S106 - an example

    password: Annotated[str, Field(max_length=10_000)]


class LesionEventIn(Sent):
    """Something that happened to lesions after the list was locked.

    A split ends one lesion and brings two or more; a merge ends two or more and brings one; `new` brings one that was
    not there at baseline; `void` ends one that was entered in error.
    """

    model_config = shown_as(
        kind="void",
        timepoint="preoperative",
        happened_on="2026-05-12",
        reason="the same lesion as L1, marked twice",
        ended=["L1"],
        came=[],
    )

    kind: EventKind
    timepoint: Annotated[str, Field(max_length=50, examples=["preoperative"])]
    happened_on: Day
    reason: Why
    ended: Annotated[list[LesionLabel], Field(max_length=MOST_PARTS, default_factory=list)]
    came: Annotated[list[LesionAddIn], Field(max_length=MOST_PARTS, default_factory=list)]


class LesionMark(Answer):
    """Where a person or a list put a lesion."""

    timepoint: str
    series_uid: str
    frame_of_reference_uid: str
    position_mm: Point
    diameter_mm: Decimal | None
    source: str


class ListedLesion(Answer):
    """One lesion of the subject with its life so far."""

    id: UUID
    label: str
    segment: str
    diameter_mm: Annotated[Decimal | None, Field(description="longest diameter at baseline, mm")]
    diameters_mm: dict[ReadingSequence, Decimal]
    note: str
    origin: Origin
    state: LesionState
    version: int
    ancestors: Annotated[list[str], Field(description="the baseline lesions it goes back to")]
    parents: Annotated[list[str], Field(description="the lesions whose end brought it about")]
    children: Annotated[list[str], Field(description="what came of it")]
    left_out: Annotated[Label | None, Field(description="why it does not count in the endpoint, where it does not")]
    marks: list[LesionMark]


class ListGap(Answer):
    """What keeps the list from being locked."""

    label: str
    what: Label


class ListAgreement(Answer):
    """The signature under the baseline list."""

    signer_name: str
    signed_at: datetime
    meaning: str
    content_sha256: str
    holds: Annotated[bool, Field(description="the list is what was signed")]
    invalidated_at: datetime | None
    invalidated_because: str | None


class RecordedLesionEvent(Answer):
    """An event as it was recorded."""

    id: UUID
    kind: EventKind
    timepoint: str
    happened_on: date
    reason: str
    recorded_by: str
    recorded_at: datetime
    ended: list[str]
    came: list[str]


class LesionsOut(Answer):
    """A subject's lesions; `version` is the list's, for If-Match."""

    subject_id: UUID
    number: str
    version: int
    locked_at: datetime | None
    is_read: Annotated[bool, Field(description="a central read is signed; the list stays locked")]
    gaps: list[ListGap]
    agreement: ListAgreement | None
    lesions: list[ListedLesion]
    events: list[RecordedLesionEvent]
