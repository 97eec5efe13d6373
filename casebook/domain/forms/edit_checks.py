"""Checks across fields and forms that the study definition states as data."""

from dataclasses import dataclass
from enum import StrEnum

from casebook.domain.texts import Text


class Severity(StrEnum):
    """An error refuses the entry; a warning is kept with it and can raise a query."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Operand:
    """A field of a form (`surgery.operated_on`), of its lesion rows (`surgery.lesions.fate`), or an anchor."""

    form: str | None
    field: str
    per_lesion: bool = False

    def __str__(self) -> str:
        if self.form is None:
            return f"anchor:{self.field}"
        return f"{self.form}.lesions.{self.field}" if self.per_lesion else f"{self.form}.{self.field}"


@dataclass(frozen=True, slots=True)
class Where:
    """Only entries of its form whose `field` holds one of these answers take part."""

    field: Operand
    answers: tuple[str, ...]


class CheckKind(StrEnum):
    """What a check compares; each is one of the rules below."""

    ORDER = "order"
    AT_MOST = "at-most"
    PACE = "pace"
    SEGMENT_IN = "segment-in"
    IMPLIES = "implies"


@dataclass(frozen=True, slots=True)
class Order:
    """`earlier` does not lie after `later`, nor more than `max_days` before it where that is set."""

    earlier: Operand
    later: Operand
    max_days: int | None = None
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class AtMost:
    """The number `lower` is not above the number `upper`."""

    lower: Operand
    upper: Operand


@dataclass(frozen=True, slots=True)
class Pace:
    """From `earlier` to `later` lie `count` events; between two of them `min_days` to `max_days` days, on average."""

    count: Operand
    earlier: Operand
    later: Operand
    min_days: int
    max_days: int


@dataclass(frozen=True, slots=True)
class SegmentIn:
    """A lesion whose row gives one of these `answers` lies in one of the segments that `segments` lists."""

    lesions: Operand
    answers: tuple[str, ...]
    segments: Operand


@dataclass(frozen=True, slots=True)
class Implies:
    """Where `given` holds one of `given_answers` (none named: any answer), `then` holds one of `then_answers`.

    Within one form both are of the same entry and lesion. Across forms some entry of the other form has to hold it: of
    the same lesion where both are of lesion rows, with the same answer to `match_on` where that is set. What is not
    answered breaks nothing, unless `must_exist`.
    """

    given: Operand
    given_answers: tuple[str, ...]
    then: Operand
    then_answers: tuple[str, ...]
    match_on: str | None = None
    must_exist: bool = False


Rule = Order | AtMost | Pace | SegmentIn | Implies


def operands_of(rule: Rule) -> tuple[Operand, ...]:
    """The fields a rule reads."""
    match rule:
        case Order():
            return (rule.earlier, rule.later)
        case AtMost():
            return (rule.lower, rule.upper)
        case Pace():
            return (rule.count, rule.earlier, rule.later)
        case SegmentIn():
            return (rule.lesions, rule.segments)
        case Implies():
            return (rule.given, rule.then)


@dataclass(frozen=True, slots=True)
class EditCheck:
    """A rule with what is said where it does not hold, and how grave that is."""

    code: str
    rule: Rule
    severity: Severity
    message: Text
    source: str

    @property
    def forms(self) -> frozenset[str]:
        """The forms on whose entries a breach is said."""
        return frozenset(operand.form for operand in operands_of(self.rule) if operand.form is not None)
