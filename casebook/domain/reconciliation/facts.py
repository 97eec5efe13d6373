"""What is known of a timepoint before it is compared: its form, its series as the headers describe them, its files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from casebook.domain.forms.definition import FormDefinition
from casebook.domain.forms.values import Entry
from casebook.domain.imaging import SeriesRole
from casebook.domain.protocol_findings import CheckCode, Severity
from casebook.domain.reconciliation.values import MODALITY_OF_ROLE, BoardModality
from casebook.domain.series_facts import ContrastAgent
from casebook.domain.study.model import Anchor, ImagingProtocol, Interval, Timepoint
from casebook.domain.texts import Text


@dataclass(frozen=True, slots=True)
class ArrivedSeries:
    """A series that was archived and described; `imaged_on` is the real day, `delay_s` that of a stated injection.

    `modality` is the header's (CT, MR); sets hold what its images state, nothing where they are silent.
    """

    key: str
    label: Text
    modality: str
    imaged_on: date | None = None
    roles: frozenset[SeriesRole] = frozenset()
    b_values: frozenset[int] = frozenset()
    delay_s: float | None = None
    thickness_mm: frozenset[Decimal] = frozenset()
    agents: frozenset[ContrastAgent] = frozenset()
    field_strength_t: frozenset[Decimal] = frozenset()
    body_parts: frozenset[str] = frozenset()
    lateralities: frozenset[str] = frozenset()

    @property
    def modalities(self) -> frozenset[BoardModality]:
        """The rows of the board that it belongs to."""
        return frozenset(MODALITY_OF_ROLE[role] for role in self.roles if role in MODALITY_OF_ROLE)


@dataclass(frozen=True, slots=True)
class ProtocolFinding:
    """What a check of the images against the protocol found; `series` is the key of the series it is about."""

    code: CheckCode
    severity: Severity
    found: str
    expected: str
    series: str | None = None


@dataclass(frozen=True, slots=True)
class HeldFiles:
    """Files of a timepoint that wait for a decision, by reason."""

    reason: str
    n_files: int


@dataclass(frozen=True, slots=True)
class LastDelivery:
    """The newest complete delivery of a timepoint, in files; `n_again` were archived before, byte for byte."""

    number: int
    n_announced: int | None
    n_received: int
    n_again: int


@dataclass(frozen=True, slots=True)
class TimepointFacts:
    """Everything that is compared about one timepoint.

    `form` is the one that describes the timepoint's images, `entry` its complete entry, `is_begun` says that there is
    a draft. `anchors` are the dates of the subject's course.
    """

    timepoint: Timepoint
    protocol: ImagingProtocol
    intervals: tuple[Interval, ...] = ()
    form: FormDefinition | None = None
    entry: Entry | None = None
    is_begun: bool = False
    series: tuple[ArrivedSeries, ...] = ()
    findings: tuple[ProtocolFinding, ...] = ()
    held: tuple[HeldFiles, ...] = ()
    delivery: LastDelivery | None = None
    anchors: Mapping[Anchor, date] = field(default_factory=dict)

    def of(self, modality: BoardModality) -> tuple[ArrivedSeries, ...]:
        """The series with a role of this modality; for MRI every one from an MR scanner."""
        if modality is BoardModality.MRI:
            return tuple(one for one in self.series if one.modality == "MR")
        if modality is BoardModality.CT:
            return tuple(one for one in self.series if one.modality == "CT")
        return tuple(one for one in self.series if modality in one.modalities)
