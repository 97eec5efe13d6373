"""What a study expects of images: timepoints, series with their limits, intervals, hanging and windows."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from casebook.domain.imaging import SeriesRole
from casebook.domain.study.anchors import Anchor
from casebook.domain.texts import Text


class Necessity(StrEnum):
    """Whether a series role must arrive for a timepoint."""

    REQUIRED = "required"
    OPTIONAL = "optional"


class LimitKind(StrEnum):
    """What a limit bounds; the unit is part of the name."""

    MAX_SLICE_THICKNESS_MM = "max-slice-thickness-mm"
    MAX_GAP_MM = "max-gap-mm"
    MIN_FIELD_STRENGTH_T = "min-field-strength-t"
    MIN_B_VALUES = "min-b-values"
    MAX_LOW_B_S_PER_MM2 = "max-low-b-s-per-mm2"
    MIN_HIGH_B_S_PER_MM2 = "min-high-b-s-per-mm2"
    MAX_HIGH_B_S_PER_MM2 = "max-high-b-s-per-mm2"
    MIN_DELAY_S = "min-delay-s"
    MAX_DELAY_S = "max-delay-s"
    MIN_COVERAGE_MM = "min-coverage-mm"


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound on a series, with where it comes from."""

    kind: LimitKind
    value: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class SeriesRequirement:
    """One series role a timepoint expects, and the limits it must keep."""

    role: SeriesRole
    necessity: Necessity
    limits: tuple[Limit, ...]
    agents: tuple[str, ...]
    source: str

    def limit(self, kind: LimitKind) -> Limit | None:
        """The limit of this kind, if there is one."""
        return next((limit for limit in self.limits if limit.kind == kind), None)


@dataclass(frozen=True, slots=True)
class ImagingProtocol:
    """A set of series that timepoints ask for by name."""

    code: str
    label: Text
    series: tuple[SeriesRequirement, ...]

    @property
    def required_roles(self) -> frozenset[SeriesRole]:
        """The roles that must arrive."""
        return frozenset(item.role for item in self.series if item.necessity is Necessity.REQUIRED)


class TimepointKind(StrEnum):
    """What a timepoint is for."""

    BASELINE = "baseline"
    PREOPERATIVE = "preoperative"
    INTRAOPERATIVE = "intraoperative"
    FOLLOW_UP = "follow-up"


@dataclass(frozen=True, slots=True)
class Timepoint:
    """When something is due: anchor + offset, from `early_days` before to `late_days` after."""

    code: str
    label: Text
    kind: TimepointKind
    anchor: Anchor
    offset_days: int
    early_days: int
    late_days: int
    imaging: str | None
    read_centrally: bool
    source: str


class DatedThing(StrEnum):
    """What an interval is measured between, within one timepoint of one subject."""

    CT = "ct"
    MRI = "mri"
    FIRST_REGISTRATION = "first-registration"
    CHEMOTHERAPY_START = "chemotherapy-start"
    CHEMOTHERAPY_END = "chemotherapy-end"
    SURGERY = "surgery"


@dataclass(frozen=True, slots=True)
class Interval:
    """A longest allowed time from one dated thing to another, in either order where `either_order`."""

    code: str
    label: Text
    timepoint: str
    earlier: DatedThing
    later: DatedThing
    either_order: bool
    max_days: int
    source: str


@dataclass(frozen=True, slots=True)
class Pane:
    """One pane (1-4) of the hanging protocol: the first role that has arrived is shown."""

    pane: int
    roles: tuple[SeriesRole, ...]


class WindowUnit(StrEnum):
    """What centre and width of a window are in.

    MR signal has no absolute scale: its presets are in percent of the series' own range.
    """

    HOUNSFIELD = "hounsfield"
    PERCENT = "percent-of-series-range"
    MM2_PER_S_E6 = "1e-6-mm2-per-s"


@dataclass(frozen=True, slots=True)
class WindowPreset:
    """A display window for some roles; the first preset that names a role is its initial one."""

    code: str
    label: Text
    roles: tuple[SeriesRole, ...]
    unit: WindowUnit
    center: Decimal
    width: Decimal
