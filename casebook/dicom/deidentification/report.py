"""What happened to every element of one file."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What became of an element."""

    KEPT = "kept"
    REPLACED = "replaced"
    SHIFTED = "shifted"
    EMPTIED = "emptied"
    REMOVED = "removed"
    WRITTEN = "written"


class Why(StrEnum):
    """Why it did."""

    RULE = "rule"
    NOT_LISTED = "not-listed"
    NOT_TECHNICAL = "not-technical"
    NOT_VALID = "not-valid"
    UNREADABLE = "unreadable"
    IDENTITY = "identity"
    PLAN = "plan"


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """An element by its path (tags from the outermost sequence down) with what became of it and why."""

    path: str
    outcome: Outcome
    why: Why


@dataclass(frozen=True, slots=True)
class ElementReport:
    """What happened in one file: counts per line, and the texts that stayed. Never a removed value."""

    lines: Mapping[Line, int]
    texts: Mapping[tuple[str, str], int]

    def to_json(self) -> dict[str, Any]:
        """A form that travels between processes."""
        return {
            "lines": [[line.path, line.outcome.value, line.why.value, n] for line, n in self.lines.items()],
            "texts": [[path, value, n] for (path, value), n in self.texts.items()],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ElementReport":
        """The report `to_json` was made of."""
        return cls(
            {Line(path, Outcome(outcome), Why(why)): n for path, outcome, why, n in data["lines"]},
            {(path, value): n for path, value, n in data["texts"]},
        )


@dataclass(slots=True)
class ReportBuilder:
    """Collects the lines of one pass."""

    lines: Counter[tuple[str, Outcome, Why]] = field(default_factory=Counter)
    texts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, path: str, outcome: Outcome, why: Why = Why.RULE) -> None:
        """Count one element."""
        self.lines[path, outcome, why] += 1

    def keep_text(self, path: str, value: str) -> None:
        """Remember a text that stays, for a person to look at."""
        self.texts[path, value] += 1

    def finish(self) -> ElementReport:
        """The report as a value."""
        return ElementReport({Line(*line): n for line, n in self.lines.items()}, dict(self.texts))
