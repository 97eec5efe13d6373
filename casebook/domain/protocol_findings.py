"""What a check of images against the protocol can say, and the verdict that follows."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from casebook.domain.imaging import SeriesRole
from casebook.domain.plain_values import from_plain, to_plain
from casebook.domain.texts import Text


class Severity(StrEnum):
    """How far a finding reaches, the mildest first."""

    NOTE = "note"
    DEVIATION = "deviation"
    REPEAT = "repeat"
    NOT_EVALUABLE = "not-evaluable"


class Verdict(StrEnum):
    """What the checks of a series or timepoint propose; a person decides."""

    ACCEPT = "accept"
    ACCEPT_WITH_DEVIATION = "accept-with-deviation"
    REPEAT_REQUESTED = "repeat-requested"
    NOT_EVALUABLE = "not-evaluable"


class CheckCode(StrEnum):
    """Stable names of the checks."""

    ROLE_MISSING = "role-missing"
    NOT_PLACED = "not-placed-in-patient"
    MIXED_ORIENTATION = "mixed-orientation"
    MISSING_SLICES = "missing-slices"
    UNEVEN_SPACING = "uneven-spacing"
    REPEATED_SLICES = "repeated-slices"
    GANTRY_TILT = "gantry-tilt"
    MIXED_MATRIX = "mixed-matrix"
    SLICES_TOO_THICK = "slices-too-thick"
    GAP_TOO_LARGE = "gap-too-large"
    COVERAGE_TOO_SMALL = "coverage-too-small"
    FIELD_TOO_LOW = "field-too-low"
    TOO_FEW_B_VALUES = "too-few-b-values"
    LOW_B_MISSING = "low-b-missing"
    HIGH_B_MISSING = "high-b-missing"
    B_VALUES_NOT_ALIKE = "b-values-not-alike"
    ADC_MISSING = "adc-missing"
    TOO_EARLY = "too-early"
    TOO_LATE = "too-late"
    DELAY_INFERRED = "delay-inferred"
    DELAY_UNKNOWN = "delay-unknown"
    OTHER_AGENT = "other-agent"
    AGENT_NOT_STATED = "agent-not-stated"
    PHASES_IN_TWO_STUDIES = "phases-in-two-studies"
    FEWER_THAN_ANNOUNCED = "fewer-than-announced"
    DUPLICATE_UIDS = "duplicate-uids"
    BURNED_IN = "burned-in-annotation"
    LOSSY = "lossy-compression"
    INTERVAL_TOO_LONG = "interval-too-long"
    WRONG_ORDER = "wrong-order"
    DATE_DIFFERS = "date-differs-from-form"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as the protocol asks. `source` is where the protocol has the limit from."""

    code: CheckCode
    severity: Severity
    message: Text
    found: str = ""
    expected: str = ""
    source: str = ""
    role: SeriesRole | None = None
    series_uid: str | None = None

    def to_json(self) -> dict[str, Any]:
        """A compact form for storage."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The same finding again."""
        return from_plain(cls, plain)


_VERDICTS = {
    Severity.NOTE: Verdict.ACCEPT,
    Severity.DEVIATION: Verdict.ACCEPT_WITH_DEVIATION,
    Severity.REPEAT: Verdict.REPEAT_REQUESTED,
    Severity.NOT_EVALUABLE: Verdict.NOT_EVALUABLE,
}


def verdict(findings: Iterable[Finding]) -> Verdict:
    """The verdict of the gravest finding; ACCEPT where there is none."""
    order = list(Severity)
    gravest = max((order.index(finding.severity) for finding in findings), default=0)
    return _VERDICTS[order[gravest]]
