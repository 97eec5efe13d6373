"""The typed answers of a form entry, and the plain form they are stored and sent in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which the day, or month and day, may be unknown."""

    year: int
    month: int | None = None
    day: int | None = None

    @property
    def earliest(self) -> date:
        """The first day it can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """The last day it can mean."""
        if self.day is not None:
            return self.earliest
        next_month = date(self.year + 1, 1, 1) if self.month in {None, 12} else date(self.year, self.month + 1, 1)
        return next_month - timedelta(days=1)

    def __str__(self) -> str:
        parts = [f"{self.year:04}", *(f"{part:02}" for part in (self.month, self.day) if part is not None)]
        return "-".join(parts)


@dataclass(frozen=True, slots=True)
class Member:
    """A person present at a meeting, in a role."""

    role: str
    name: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Said instead of an answer: why there is none."""

    reason: str


Value = str | bool | Decimal | date | PartialDate | tuple[str, ...] | tuple[Member, ...] | Missing
Answers = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Entry:
    """One filled form: the answers given once, and each lesion's answers by its label."""

    answers: Answers = field(default_factory=dict)
    lesions: Mapping[str, Answers] = field(default_factory=dict)

    def day(self, code: str) -> date | None:
        """The answer to a date field, where it is a full date."""
        value = self.answers.get(code)
        return value if isinstance(value, date) else None

    def word(self, code: str) -> str | None:
        """The answer to a choice or text field."""
        value = self.answers.get(code)
        return value if isinstance(value, str) else None


def words_of(value: Value | None) -> frozenset[str]:
    """The answer as the codes a condition names: yes or no, a choice, or several; empty for anything else."""
    if isinstance(value, bool):
        return frozenset({"yes" if value else "no"})
    if isinstance(value, str):
        return frozenset({value})
    return frozenset(item for item in value if isinstance(item, str)) if isinstance(value, tuple) else frozenset()


def plain(entry: Entry) -> dict[str, object]:
    """The entry as JSON holds it; `validate_entry` reads it back to an equal entry."""
    result: dict[str, object] = {code: _plain(value) for code, value in entry.answers.items()}
    if entry.lesions:
        result["lesions"] = {
            label: {code: _plain(value) for code, value in answers.items()} for label, answers in entry.lesions.items()
        }
    return result


def _plain(value: Value) -> object:
    if isinstance(value, tuple):
        return [_plain_item(item) for item in value]
    if isinstance(value, Missing):
        return {"missing": value.reason}
    return value if isinstance(value, str | bool) else str(value)


def _plain_item(item: str | Member) -> object:
    return item if isinstance(item, str) else {"role": item.role, "name": item.name}
