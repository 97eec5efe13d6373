"""What a series' headers say, in the study's own words: no free text, no dates, no names.

Instances are read one by one (`casebook.dicom.facts`); `series_facts` puts those of one series together.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from casebook.domain.plain_values import from_plain, to_plain

Vector = tuple[float, float, float]
"""A point or direction in the patient: LPS, mm."""
Orientation = tuple[float, float, float, float, float, float]
"""Direction cosines of a row, then of a column (PS3.3 C.7.6.2.1.1)."""


class Vendor(StrEnum):
    """Who built the scanner; Toshiba's MR and CT are Canon's, Hitachi's are Fujifilm's."""

    SIEMENS = "siemens"
    GE = "ge"
    PHILIPS = "philips"
    CANON = "canon"
    UIH = "uih"
    FUJIFILM = "fujifilm"
    OTHER = "other"


class ContrastAgent(StrEnum):
    """What was injected, as far as the study's rules need to tell agents apart."""

    GADOXETATE = "gadoxetate"
    GADOBENATE = "gadobenate"
    EXTRACELLULAR = "extracellular"
    IODINATED = "iodinated"
    UNRECOGNISED = "unrecognised"


class BValueSource(StrEnum):
    """The element a b-value was read from."""

    STANDARD = "(0018,9087)"
    STANDARD_SEQUENCE = "(0018,9117)(0018,9087)"
    NO_GRADIENT = "(0018,9117)(0018,9075) NONE"
    SIEMENS = "(0019,xx0C) SIEMENS MR HEADER"
    SIEMENS_SDI = "(0021,xx05) SIEMENS MR SDI 02"
    SIEMENS_CSA = "(0029,xx10) SIEMENS CSA HEADER"
    GE = "(0043,xx39) GEMS_PARM_01"
    PHILIPS = "(2001,xx03) Philips Imaging DD 001"
    UIH = "(0065,xx09) Image Private Header"
    COMMENT = "(0020,4000)"
    SEQUENCE_NAME = "(0018,0024)"
    SERIES_NAME = "(0008,103E)"


@dataclass(frozen=True, slots=True)
class BValue:
    """A diffusion weighting in s/mm²; `displayed` is what a reader sees (929.75 is shown as 930)."""

    s_per_mm2: float
    source: BValueSource

    @property
    def displayed(self) -> int:
        """Rounded to whole s/mm²."""
        return round(self.s_per_mm2)


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """One plane of an instance; a classic instance has exactly one.

    `acquired_s` counts seconds from midnight of the study's day, so that no date is kept.
    `gradient` is the diffusion direction in the patient (LPS), where one is stated.
    """

    position_mm: Vector | None = None
    orientation: Orientation | None = None
    pixel_spacing_mm: tuple[float, float] | None = None
    slice_thickness_mm: float | None = None
    b_value: BValue | None = None
    directionality: str | None = None
    gradient: Vector | None = None
    echo_time_ms: float | None = None
    acquired_s: float | None = None
    temporal_position: int | None = None
    trigger_time_ms: float | None = None
    image_type: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PixelFacts:
    """How pixels are stored and what their numbers mean."""

    rows: int
    columns: int
    samples_per_pixel: int = 1
    photometric: str = ""
    bits_allocated: int | None = None
    bits_stored: int | None = None
    is_signed: bool = False
    rescale_slope: float | None = None
    rescale_intercept: float | None = None
    rescale_type: str | None = None
    units: str | None = None
    window_centers: tuple[float, ...] = ()
    window_widths: tuple[float, ...] = ()
    is_lossy: bool = False


@dataclass(frozen=True, slots=True)
class AcquisitionFacts:
    """How the image was made. Codes (CS) are kept upper case; times in ms, angles in degrees."""

    scanning_sequence: tuple[str, ...] = ()
    sequence_variant: tuple[str, ...] = ()
    scan_options: tuple[str, ...] = ()
    acquisition_type: str | None = None
    acquisition_contrast: str | None = None
    pulse_sequence: str | None = None
    is_echo_planar: bool = False
    repetition_time_ms: float | None = None
    inversion_time_ms: float | None = None
    flip_angle_deg: float | None = None
    echo_train_length: int | None = None
    field_strength_t: float | None = None
    kvp: float | None = None
    kernel: str | None = None
    gantry_tilt_deg: float | None = None
    spacing_between_slices_mm: float | None = None
    patient_position: str | None = None
    body_part: str | None = None
    laterality: str | None = None


@dataclass(frozen=True, slots=True)
class ContrastFacts:
    """What the header says about contrast; `start_s` counts as `FrameFacts.acquired_s` does."""

    agent: ContrastAgent | None = None
    start_s: float | None = None
    phase: str | None = None
    volume_ml: float | None = None


@dataclass(frozen=True, slots=True)
class InstanceFacts:
    """Everything roles and checks need from one instance. UIDs are those of the sender."""

    sop_class_uid: str
    sop_uid: str
    study_uid: str
    series_uid: str
    transfer_syntax_uid: str
    modality: str
    vendor: Vendor = Vendor.OTHER
    frame_of_reference_uid: str | None = None
    series_number: int | None = None
    instance_number: int | None = None
    acquisition_number: int | None = None
    n_announced: int | None = None
    image_type: tuple[str, ...] = ()
    burned_in_annotation: str | None = None
    pixels: PixelFacts | None = None
    acquisition: AcquisitionFacts = AcquisitionFacts()
    contrast: ContrastFacts = ContrastFacts()
    frames: tuple[FrameFacts, ...] = (FrameFacts(),)

    @property
    def n_frames(self) -> int:
        """Planes in this instance."""
        return len(self.frames)

    def to_json(self) -> dict[str, Any]:
        """A compact form for storage; values that say nothing are left out."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The same facts again."""
        return from_plain(cls, plain)


@dataclass(frozen=True, slots=True)
class SourceText:
    """Free text of the header. It may hold identity: kept in the restricted schema only."""

    study_description: str = ""
    series_description: str = ""
    protocol_name: str = ""
    sequence_name: str = ""
    image_comments: str = ""
    derivation_description: str = ""
    contrast_agent: str = ""
    manufacturer: str = ""
    model: str = ""

    def to_json(self) -> dict[str, Any]:
        """A compact form for storage; empty texts are left out."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The same text again."""
        return from_plain(cls, plain)


@dataclass(frozen=True, slots=True)
class PlacedFrame:
    """A frame with the instance it belongs to; `number` is 1-based, as in WADO-RS."""

    instance: InstanceFacts
    number: int
    facts: FrameFacts

    @property
    def image_type(self) -> tuple[str, ...]:
        """The frame's own type, else the instance's."""
        return self.facts.image_type or self.instance.image_type


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """One series: its instances in the order of their UIDs' arrival, and what they have in common."""

    series_uid: str
    study_uid: str
    modality: str
    vendor: Vendor
    instances: tuple[InstanceFacts, ...]
    b_values_s_per_mm2: tuple[float, ...]
    echo_times_ms: tuple[float, ...]
    agent: ContrastAgent | None
    contrast_start_s: float | None
    acquired_from_s: float | None
    acquired_to_s: float | None

    @property
    def n_instances(self) -> int:
        """Instances received."""
        return len(self.instances)

    @property
    def n_frames(self) -> int:
        """Planes in all instances."""
        return sum(instance.n_frames for instance in self.instances)

    @property
    def first(self) -> InstanceFacts:
        """An instance to ask for what a series has only once."""
        return self.instances[0]

    def frames(self) -> Iterator[PlacedFrame]:
        """All planes, instance by instance."""
        for instance in self.instances:
            for number, facts in enumerate(instance.frames, start=1):
                yield PlacedFrame(instance=instance, number=number, facts=facts)


def series_facts(instances: Sequence[InstanceFacts]) -> SeriesFacts:
    """Put together the instances of one series.

    Raises ValueError when there is none, or when they do not all name the same series.
    """
    if len({instance.series_uid for instance in instances}) != 1:
        message = "a series is made of one or more instances that name the same series"
        raise ValueError(message)
    frames = [frame for instance in instances for frame in instance.frames]
    times_s = [frame.acquired_s for frame in frames if frame.acquired_s is not None]
    return SeriesFacts(
        series_uid=instances[0].series_uid,
        study_uid=instances[0].study_uid,
        modality=instances[0].modality,
        vendor=instances[0].vendor,
        instances=tuple(instances),
        b_values_s_per_mm2=_distinct(frame.b_value.s_per_mm2 for frame in frames if frame.b_value),
        echo_times_ms=_distinct(frame.echo_time_ms for frame in frames if frame.echo_time_ms is not None),
        agent=next((one.contrast.agent for one in instances if one.contrast.agent), None),
        contrast_start_s=min(
            (one.contrast.start_s for one in instances if one.contrast.start_s is not None), default=None
        ),
        acquired_from_s=min(times_s, default=None),
        acquired_to_s=max(times_s, default=None),
    )


def _distinct(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(sorted(set(values)))
