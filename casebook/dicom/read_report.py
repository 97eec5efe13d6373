"""What the report of a signed read says, before it is a DICOM object."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from casebook.domain.imaging import Judged, Visibility

Point = tuple[float, float, float]
"""LPS, mm, in the frame of reference of the series."""


@dataclass(frozen=True, slots=True)
class ReportedImage:
    """One frame of an archived image, 1-based."""

    study_uid: str
    series_uid: str
    sop_class_uid: str
    sop_uid: str
    frame: int
    n_frames: int


@dataclass(frozen=True, slots=True)
class ReportedAdc:
    """A region on an image and the apparent diffusion coefficient in it, 10^-6 mm2/s."""

    image: ReportedImage
    frame_of_reference_uid: str | None
    outline_mm: tuple[Point, ...]
    mean: float
    sd: float
    area_mm2: float


@dataclass(frozen=True, slots=True)
class ReportedVerdict:
    """What the reader says of a lesion on one sequence, or on all of them together.

    `ends_mm` are those of the diameter; points are kept where their frame of reference is known.
    """

    judged: Judged
    visibility: Visibility
    not_evaluable_reason: str | None = None
    diameter_mm: Decimal | None = None
    ends_mm: tuple[Point, Point] | None = None
    position_mm: Point | None = None
    image: ReportedImage | None = None
    frame_of_reference_uid: str | None = None
    confidence: int | None = None
    signal: str | None = None
    adc: ReportedAdc | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class ReportedLesion:
    """A lesion by its label and tracking UID; `is_new` for one that the agreed list does not have."""

    label: str
    tracking_uid: str
    segment: str
    verdicts: tuple[ReportedVerdict, ...]
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class ReportedKeyImage:
    """An image that the reader kept to show what they saw."""

    tracking_uid: str
    image: ReportedImage
    lesion: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ReadReport:
    """Everything a report says. `observer` names the place of the reader in the study, not the person.

    `study_on` is the day in the archived headers, moved like all of the subject's days.
    """

    sop_uid: str
    series_uid: str
    subject: str
    study_on: date | None
    timepoint: str
    timepoint_order: int
    observer: str
    edition: int
    signed_at: datetime
    lesions: tuple[ReportedLesion, ...]
    key_images: tuple[ReportedKeyImage, ...] = ()
    images: tuple[ReportedImage, ...] = ()
    """All images that were open to the reader; the first one names the study that the report belongs to."""
