"""A case as the viewer loads it: one subject at one timepoint, its series, lesions and read."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from casebook.domain.imaging import Judged, LocationBasis, ReadingSequence, SeriesRole, Visibility
from services.api.schemas.sent import Sent, shown_as

Finite = Annotated[float, Field(allow_inf_nan=False)]
Uid = Annotated[str, Field(max_length=64, pattern=r"^[0-9]+(\.[0-9]+)*$")]
Millimetres = Annotated[float, Field(allow_inf_nan=False, description="mm, patient coordinates LPS")]
Point = Annotated[tuple[Millimetres, Millimetres, Millimetres], Field(description="x, y, z in mm, LPS")]
DiameterMm = Annotated[Decimal, Field(gt=0, le=500, decimal_places=1, description="longest diameter, mm")]


class Answer(BaseModel):
    """Base of what the API gives."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")


class Label(Answer):
    """A text in both languages."""

    en: str
    ja: str


class CaseRow(Answer):
    """One line of the worklist."""

    case_id: Annotated[
        UUID, Field(description="what addresses name the case by: the subject, or a reader's assignment")
    ]
    case_code: Annotated[str, Field(description="reading code for blinded roles, subject number otherwise")]
    timepoint: str
    timepoint_label: Label
    day: Annotated[int | None, Field(description="days since registration; null when no image has a date")]
    site_name: Annotated[str | None, Field(description="null for blinded roles")]
    n_series: int
    n_lesions: int
    n_cells_done: Annotated[
        int, Field(description="lesion x sequence cells of the actor's own read that hold a verdict")
    ]
    n_cells: int
    read_state: Annotated[
        str,
        Field(description="waiting (an earlier timepoint is to be signed first), not-started, draft, signed or stale"),
    ]


class Cases(Answer):
    """The worklist."""

    cases: list[CaseRow]


class CaseTimepoint(Answer):
    """A timepoint of the subject that has images."""

    code: str
    label: Label
    day: int | None


class Breathing(Answer):
    """How breathing moved the liver in a series, against the series that stands for its frame of reference."""

    shift_mm: Point
    quality_mm: Annotated[float, Field(description="estimated error; 0 for the series that stands for the frame")]


class CaseSeries(Answer):
    """One role of one DICOM series: what a pane shows.

    A series that holds several roles (a dynamic with four phases) appears once per role, with the
    instances of that role only; diffusion appears once, with its b-values.
    """

    key: Annotated[str, Field(description="unique within the case")]
    timepoint: str
    role: SeriesRole
    label: Label
    sequence: ReadingSequence | None
    confirmed: Annotated[bool, Field(description="a person has confirmed the role")]
    modality: str
    study_uid: str
    series_uid: str
    frame_of_reference_uid: str | None
    sop_instance_uids: Annotated[list[str] | None, Field(description="the instances of this role, or null for all")]
    frame_numbers: Annotated[list[int] | None, Field(description="1-based frames of this role in a multi-frame object")]
    n_frames: int
    b_values: Annotated[list[int], Field(description="s/mm2, ascending; empty when not diffusion")]
    window_center: float | None
    window_width: float | None
    breathing: Annotated[Breathing | None, Field(description="null where nobody could measure it")]
    warnings: list[Label]


class HangingPane(Answer):
    """Which role a pane of the hanging protocol shows first."""

    pane: Annotated[int, Field(ge=1, le=4)]
    roles: Annotated[list[SeriesRole], Field(description="first one that exists wins")]


class LesionLocation(Answer):
    """Where one lesion is expected on one series."""

    timepoint: str
    series_uid: str
    role: Annotated[SeriesRole | None, Field(description="the part of the series it holds for, or null for all of it")]
    basis: LocationBasis
    position_mm: Point | None
    sop_instance_uid: str | None
    frame: Annotated[int | None, Field(description="1-based within the instance")]
    distance_to_plane_mm: float | None
    quality_mm: Annotated[float | None, Field(description="estimated registration error, where registered")]


class AdcRegion(BaseModel):
    """An ellipse or polygon on one image and the apparent diffusion coefficient inside it."""

    series_uid: Uid
    sop_instance_uid: Uid
    frame: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    outline_mm: Annotated[list[Point], Field(description="corners of the closed outline", min_length=3, max_length=500)]
    mean: Annotated[Finite, Field(description="10^-6 mm2/s")]
    sd: Annotated[Finite, Field(description="10^-6 mm2/s", ge=0)]
    area_mm2: Annotated[Finite, Field(gt=0)]
    n_pixels: Annotated[int, Field(ge=1)]
    copied_from_series_uid: Annotated[
        Uid | None, Field(description="the diffusion series the outline was drawn on")
    ] = None


class Verdict(BaseModel):
    """What is said of one lesion on one sequence, with the image it was judged on."""

    JUDGED_ON: ClassVar = (
        "series_uid",
        "sop_instance_uid",
        "frame",
        "position_mm",
        "position_by",
        "measurement_mm",
        "window_center",
        "window_width",
    )

    visibility: Visibility
    diameter_mm: DiameterMm | None = None
    not_evaluable_reason: Annotated[str | None, Field(max_length=100)] = None
    confidence: Annotated[int | None, Field(ge=1, le=5)] = None
    signal: Annotated[str | None, Field(max_length=100, description="code of the charter's signals")] = None
    adc: AdcRegion | None = None
    series_uid: Uid | None = None
    sop_instance_uid: Uid | None = None
    frame: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    position_mm: Annotated[Point | None, Field(description="the lesion, or where it was looked for and not found")] = (
        None
    )
    position_by: Annotated[
        Literal["expected", "reader"] | None, Field(description="carried over from baseline, or set by the reader")
    ] = None
    measurement_mm: Annotated[
        list[Point] | None, Field(description="the two ends of the measured diameter", min_length=2, max_length=2)
    ] = None
    window_center: Finite | None = None
    window_width: Finite | None = None
    comment: Annotated[str | None, Field(max_length=2000)] = None


class FindingIn(Sent, Verdict):
    """The verdict on one lesion and one sequence."""

    model_config = shown_as(
        visibility="visible",
        diameter_mm="8.6",
        confidence=4,
        series_uid="2.25.1",
        sop_instance_uid="2.25.2",
        frame=1,
        position_mm=[12.5, -40.0, 871.25],
        window_center=40,
        window_width=400,
    )


class Finding(Answer, Verdict):
    """A saved verdict and what it is about."""

    lesion_id: UUID
    sequence: Judged


class SeenLesion(BaseModel):
    """A lesion that the baseline list does not have."""

    segment: Annotated[str, Field(max_length=10)]
    diameter_mm: DiameterMm
    sequence: Annotated[ReadingSequence, Field(description="the sequence it was measured on")]
    confidence: Annotated[int | None, Field(ge=1, le=5)] = None
    series_uid: Uid
    sop_instance_uid: Uid
    frame: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    position_mm: Point
    measurement_mm: Annotated[list[Point] | None, Field(min_length=2, max_length=2)] = None
    window_center: Finite | None = None
    window_width: Finite | None = None
    comment: Annotated[str | None, Field(max_length=2000)] = None


class NewLesionIn(Sent, SeenLesion):
    """A new lesion within one's own read."""

    model_config = shown_as(
        segment="VI",
        diameter_mm="7.2",
        sequence="eob",
        series_uid="2.25.1",
        sop_instance_uid="2.25.2",
        position_mm=[12.5, -40.0, 871.25],
    )


class NewLesion(Answer, SeenLesion):
    """A new lesion of a read, by its label there: N1, N2."""

    label: str


class ImageOfNote(BaseModel):
    """An image that shows what the reader saw."""

    lesion_id: UUID | None = None
    series_uid: Uid
    sop_instance_uid: Uid
    frame: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    window_center: Finite | None = None
    window_width: Finite | None = None
    note: Annotated[str | None, Field(max_length=500)] = None


class KeyImageIn(Sent, ImageOfNote):
    """An image to keep with the read."""

    model_config = shown_as(series_uid="2.25.1", sop_instance_uid="2.25.2", frame=1, note="ring on the lesion's site")


class KeyImage(Answer, ImageOfNote):
    """An image kept with the read."""


class CaseStep(Answer):
    """One step of the reading, in order: a locked one stays as it is, a closed one waits for the step before."""

    code: str
    label: Label
    judges: Judged
    sequences: list[ReadingSequence]
    state: Annotated[str, Field(description="open, locked or closed; steps of a site's own read are all open")]


class CaseLesion(Answer):
    """One lesion of the list beside the images."""

    id: UUID
    label: str
    segment: str
    baseline_diameter_mm: Decimal | None
    locations: list[LesionLocation]


class Choice(Answer):
    """One answer a reader can choose: the stored code and its wording."""

    code: str
    label: Label


class LandmarkPair(BaseModel):
    """The same spot of the body on two series."""

    model_config = ConfigDict(extra="forbid")

    from_mm: Point
    to_mm: Point


class Correction(Answer):
    """What the reader's pairs of landmarks say of two series: p_to = matrix . p_from (mm, LPS)."""

    timepoint: Annotated[str, Field(description="of the read that holds it: this one, or the own one of the baseline")]
    from_series_uid: str
    to_series_uid: str
    pairs: list[LandmarkPair]
    matrix: Annotated[list[float], Field(min_length=16, max_length=16, description="4 x 4, row-major")]
    residual_mm: Annotated[float | None, Field(description="root mean square between the pairs; null with one pair")]


class CaseRead(Answer):
    """The actor's own read of this timepoint."""

    state: Annotated[str, Field(description="not-started, draft, signed or stale (images came after the signature)")]
    version: int
    edition: Annotated[int, Field(description="counts the versions that were signed, the one in work included")]
    saved_at: datetime | None
    may_reopen: Annotated[bool, Field(description="a new version may be begun, with a reason")]
    steps: list[CaseStep]
    findings: list[Finding]
    new_lesions: list[NewLesion]
    key_images: list[KeyImage]
    baseline_findings: Annotated[list[Finding], Field(description="the actor's own read of the baseline")]
    corrections: Annotated[list[Correction], Field(description="the actor's own, oldest first; later ones count more")]


class FrameLink(Answer):
    """How one frame of reference maps to another: p_to = matrix . p_from (mm, LPS)."""

    from_frame_uid: str
    to_frame_uid: str
    basis: LocationBasis
    matrix: Annotated[list[float], Field(min_length=16, max_length=16, description="4 x 4, row-major")]
    quality_mm: float | None
    by: str | None


class Case(Answer):
    """Everything the viewer needs to open a case, in one answer."""

    case_id: UUID
    case_code: str
    blinded: bool
    site_name: str | None
    timepoint: CaseTimepoint
    timepoints: list[CaseTimepoint]
    hanging: list[HangingPane]
    series: list[CaseSeries]
    lesions: list[CaseLesion]
    links: list[FrameLink]
    not_evaluable_reasons: Annotated[list[Choice], Field(description="the reading charter's")]
    confidence: Annotated[list[Choice], Field(description="the reading charter's, least sure first")]
    signals: Annotated[list[Choice], Field(description="the reading charter's")]
    read: CaseRead | None = Field(description="null when the actor does not read")
    may_edit_lesions: bool
    next_case: Annotated[str | None, Field(description="path of the next case on the actor's worklist")]


class LesionIn(Sent):
    """A lesion placed by hand."""

    model_config = shown_as(
        label="L1", segment="IVb", diameter_mm="12.5", series_uid="2.25.1", position_mm=[12.5, -40.0, 871.25]
    )

    label: Annotated[str, Field(pattern=r"^[A-Z][0-9]{1,3}$")]
    segment: str
    diameter_mm: DiameterMm | None = None
    series_uid: Uid
    position_mm: Point


class ReadSaved(Answer):
    """The read's new version after a change of it."""

    version: int
    saved_at: datetime


class FindingSaved(ReadSaved):
    """The stored finding and the read's new version."""

    finding: Finding


class SessionInfo(Answer):
    """Who is signed in, and the token unsafe requests must send as X-CSRF-Token."""

    login: str
    display_name: str
    roles: list[str]
    language: str
    csrf_token: str
