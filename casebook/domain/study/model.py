"""A study as data: everything about one study that is not code.

Values come from a definition file (`load_study`). A `source` says where a value is from; where the study has
not published it, the source is `default` and no screen or export may present it as the study's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeVar

from casebook.domain.errors import NotFound
from casebook.domain.forms.definition import FormDefinition
from casebook.domain.forms.edit_checks import EditCheck
from casebook.domain.imaging import SeriesRole
from casebook.domain.queries import QueryTerms
from casebook.domain.series_role_rules import RoleRules
from casebook.domain.study.anchors import (
    Anchor,
)
from casebook.domain.study.imaging import (
    DatedThing,
    ImagingProtocol,
    Interval,
    Limit,
    LimitKind,
    Necessity,
    Pane,
    SeriesRequirement,
    Timepoint,
    TimepointKind,
    WindowPreset,
    WindowUnit,
)
from casebook.domain.study.intake import ImageIntake
from casebook.domain.study.parameters import (
    CdlmParameters,
    EndpointParameters,
    IntervalMethod,
    OutcomeParameters,
    Rules,
)
from casebook.domain.study.reading import (
    ReadingCharter,
    ReadingStep,
)
from casebook.domain.study.reporting import ReportTerms
from casebook.domain.texts import Coded, Text

__all__ = [
    "Accrual",
    "Anchor",
    "CdlmParameters",
    "Criterion",
    "DataCentre",
    "DatedThing",
    "EndpointParameters",
    "ImagingProtocol",
    "Interval",
    "IntervalMethod",
    "Limit",
    "LimitKind",
    "Necessity",
    "OutcomeParameters",
    "Pane",
    "ReadingCharter",
    "ReadingStep",
    "Registration",
    "RegistrationStep",
    "RegistryNumber",
    "Reminder",
    "ReminderOf",
    "Road",
    "Rules",
    "SeriesRequirement",
    "Site",
    "SiteGroup",
    "StudyDefinition",
    "Timepoint",
    "TimepointKind",
    "WindowPreset",
    "WindowUnit",
]


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


class ReminderOf(StrEnum):
    """What a site is reminded of."""

    FORM = "form"
    IMAGES = "images"
    QUERIES = "queries"
    APPROVALS = "approvals"


@dataclass(frozen=True, slots=True)
class Reminder:
    """When something that is due is asked for again, and when it goes to the data centre.

    Days count from the due day of the window, or from `anchor` for a form without one; from the due day of a query;
    from the last valid day of an approval. `form` is set exactly for reminders of forms.
    """

    code: str
    label: Text
    of: ReminderOf
    form: str | None
    anchor: Anchor | None
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
    queries: QueryTerms
    intake: ImageIntake
    reports: ReportTerms
    series_roles: RoleRules
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

    @property
    def read_centrally(self) -> tuple[Timepoint, ...]:
        """The timepoints that central readers read, in the order of their reading."""
        kinds = [TimepointKind.BASELINE, TimepointKind.PREOPERATIVE]
        read = [timepoint for timepoint in self.timepoints if timepoint.read_centrally]
        return tuple(
            sorted(
                read, key=lambda item: (kinds.index(item.kind) if item.kind in kinds else len(kinds), item.offset_days)
            )
        )

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
