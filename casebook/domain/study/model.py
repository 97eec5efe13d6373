"""A study as data: everything about one study that is not code.

Values come from a definition file (`load_study`). A `source` says where a value is from; where the study has
not published it, the source is `default` and no screen or export may present it as the study's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from casebook.domain.errors import NotFound
from casebook.domain.forms.definition import FormDefinition
from casebook.domain.forms.edit_checks import EditCheck
from casebook.domain.imaging import ReadingSequence, SeriesRole
from casebook.domain.texts import Coded, Text

DEFAULT_SOURCE: Final = "default"
"""The source of a value that is this program's sensible choice, not the study's own."""


class Anchor(StrEnum):
    """A dated event of the subject's course that other dates are counted from."""

    FIRST_REGISTRATION = "first-registration"
    CHEMOTHERAPY_START = "chemotherapy-start"
    CHEMOTHERAPY_END = "chemotherapy-end"
    MDT_DECISION = "mdt-decision"
    SECOND_REGISTRATION = "second-registration"
    SURGERY = "surgery"


@dataclass(frozen=True, slots=True)
class RegistryNumber:
    """The study's number in a public registry or with a sponsor."""

    registry: str
    number: str


@dataclass(frozen=True, slots=True)
class Accrual:
    """How many subjects the study planned, in how many months."""

    n_planned: int
    months: int
    source: str

    @property
    def n_per_month(self) -> Decimal:
        """The even pace the plan implies."""
        return Decimal(self.n_planned) / Decimal(self.months)


@dataclass(frozen=True, slots=True)
class DataCentre:
    """Who collects data; `for_all` sees every site."""

    code: str
    label: Text
    for_all: bool


@dataclass(frozen=True, slots=True)
class SiteGroup:
    """Sites that one organisation brings in, and the data centre that looks after them."""

    code: str
    label: Text
    data_centre: str


@dataclass(frozen=True, slots=True)
class Site:
    """A participating hospital. `name.ja` is its Japanese name where it has one, else the English one."""

    code: str
    name: Text
    country: str
    group: str
    opens_later: bool


class RegistrationStep(StrEnum):
    """The two registrations a subject goes through."""

    FIRST = "first"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One item of the eligibility list: eligible when the answer is `expected`."""

    code: str
    label: Text
    expected: bool
    source: str


@dataclass(frozen=True, slots=True)
class Registration:
    """One registration and what must hold for it."""

    step: RegistrationStep
    label: Text
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Road:
    """A way through the registrations; `both_on_one_day` when chemotherapy is already complete."""

    code: str
    label: Text
    both_on_one_day: bool


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


@dataclass(frozen=True, slots=True)
class ReadingStep:
    """One locked step of a read; the combined step judges all of its sequences together."""

    code: str
    label: Text
    sequences: tuple[ReadingSequence, ...]


@dataclass(frozen=True, slots=True)
class ReadingCharter:
    """How images are read centrally."""

    n_readers: int
    steps: tuple[ReadingStep, ...]
    not_evaluable_reasons: tuple[Coded, ...]
    confidence: tuple[Coded, ...]
    repeat_share: Decimal
    repeat_after_days: int
    adjudicator_may_give_third: bool
    diameter_required_when_visible: bool
    mark_required_when_not_visible: bool
    source: str

    @property
    def sequences(self) -> tuple[ReadingSequence, ...]:
        """Every sequence once, in the order it is first read."""
        return tuple(dict.fromkeys(sequence for step in self.steps for sequence in step.sequences))


@dataclass(frozen=True, slots=True)
class CdlmParameters:
    """What the cDLM rule takes from the study."""

    version: str
    required_sequences: tuple[ReadingSequence, ...]
    timepoint: str
    source: str


@dataclass(frozen=True, slots=True)
class OutcomeParameters:
    """What the outcome rule takes from the study; `defaults` names those the study has not published."""

    version: str
    horizon_days: int
    early_window_days: int
    late_window_days: int
    followed_from: Anchor
    followed_from_otherwise: Anchor
    recurrence_elsewhere_counts: bool
    contrast_ultrasound_required: bool
    source: str
    defaults: tuple[str, ...]


class IntervalMethod(StrEnum):
    """How the primary interval of the endpoint is computed (see `casebook.stats`)."""

    LOGIT_T = "logit-t"
    WALD_T = "wald-t"
    WILSON_EFFECTIVE = "wilson-effective"
    CLOPPER_PEARSON_EFFECTIVE = "clopper-pearson-effective"


@dataclass(frozen=True, slots=True)
class EndpointParameters:
    """How the primary endpoint is estimated and tested."""

    label: Text
    polarity: Text
    threshold: Decimal
    interval_method: IntervalMethod
    interval_level: Decimal
    n_bootstrap: int
    bootstrap_seed: int
    feedback_min_subjects: int
    source: str
    defaults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """Parameters of the versioned rules."""

    cdlm: CdlmParameters
    outcome: OutcomeParameters
    endpoint: EndpointParameters


@dataclass(frozen=True, slots=True)
class Reminder:
    """When a form that is due is asked for again, and when it goes to the data centre."""

    code: str
    label: Text
    form: str
    after_days: int
    every_days: int
    escalate_after_days: int
    source: str


@dataclass(frozen=True, slots=True)
class StudyDefinition:
    """One version of one study. `sha256` is of the text it was read from."""

    code: str
    version: str
    protocol_version: str
    valid_from: date | None
    title: Text
    registry_numbers: tuple[RegistryNumber, ...]
    accrual: Accrual
    data_centres: tuple[DataCentre, ...]
    groups: tuple[SiteGroup, ...]
    sites: tuple[Site, ...]
    registrations: tuple[Registration, ...]
    roads: tuple[Road, ...]
    imaging: tuple[ImagingProtocol, ...]
    timepoints: tuple[Timepoint, ...]
    intervals: tuple[Interval, ...]
    hanging: tuple[Pane, ...]
    windows: tuple[WindowPreset, ...]
    charter: ReadingCharter
    rules: Rules
    reminders: tuple[Reminder, ...]
    missing_reasons: tuple[Coded, ...]
    forms: tuple[FormDefinition, ...]
    edit_checks: tuple[EditCheck, ...]
    sha256: str

    def site(self, code: str) -> Site:
        """The site, or NotFound."""
        return _named(self.sites, code, "site")

    def timepoint(self, code: str) -> Timepoint:
        """The timepoint, or NotFound."""
        return _named(self.timepoints, code, "timepoint")

    def form(self, code: str) -> FormDefinition:
        """The form, or NotFound."""
        return _named(self.forms, code, "form")

    def registration(self, step: RegistrationStep) -> Registration:
        """The registration of this step."""
        return next(item for item in self.registrations if item.step is step)

    def requirements(self, timepoint_code: str) -> tuple[SeriesRequirement, ...]:
        """The series expected at a timepoint; none where no imaging protocol is named."""
        wanted = self.timepoint(timepoint_code).imaging
        return next((protocol.series for protocol in self.imaging if protocol.code == wanted), ())

    def window(self, role: SeriesRole) -> WindowPreset | None:
        """The window a series of this role is first shown with."""
        return next((preset for preset in self.windows if role in preset.roles), None)


class _Named(Protocol):
    @property
    def code(self) -> str: ...


_Item = TypeVar("_Item", bound=_Named)


def _named(items: Sequence[_Item], code: str, what: str) -> _Item:
    for item in items:
        if item.code == code:
            return item
    raise NotFound(f"The study has no {what} “{code}”.")
