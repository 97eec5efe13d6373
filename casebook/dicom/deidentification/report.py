"""What happened to every element of one file."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any


class Outcome(StrEnum):
    """What became of an element."""

    KEPT = "kept"
    REPLACED = "replaced"
    SHIFTED = "shifted"
    EMPTIED = "emptied"
    REMOVED = "removed"
    WRITTEN = "written"

    __hash__ = str.__hash__


class Why(StrEnum):
    """Why it did."""

    RULE = "rule"
    NOT_LISTED = "not-listed"
    NOT_TECHNICAL = "not-technical"
    NOT_VALID = "not-valid"
    UNREADABLE = "unreadable"
    IDENTITY = "identity"
    PLAN = "plan"

    __hash__ = str.__hash__


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
            "lines": [[line.path, str(line.outcome), str(line.why), n] for line, n in self.lines.items()],
            "texts": [[path, value, n] for (path, value), n in self.texts.items()],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ElementReport":
        """The report `to_json` was made of."""
        return cls(
            {_line(path, outcome, why): n for path, outcome, why, n in data["lines"]},
            {(path, value): n for path, value, n in data["texts"]},
        )

    def to_text(self) -> str:
        """`to_json` as text; equal for equal reports of elements in the same order."""
        return json.dumps(self.to_json(), separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Notes:
    """What a report says of one element and of all within it, with how often."""

    lines: tuple[tuple[tuple[str, Outcome, Why], int], ...]
    texts: tuple[tuple[tuple[str, str], int], ...]


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

    def notes(self) -> Notes:
        """What was collected, to be added again."""
        return Notes(tuple(self.lines.items()), tuple(self.texts.items()))

    def add(self, notes: Notes) -> None:
        """Collect what was noted before."""
        for line, n in notes.lines:
            self.lines[line] += n
        for text, n in notes.texts:
            self.texts[text] += n

    def finish(self) -> ElementReport:
        """The report as a value."""
        return ElementReport({_line(*line): n for line, n in self.lines.items()}, dict(self.texts))


@lru_cache(maxsize=4096)
def _line(path: str, outcome: str, why: str) -> Line:
    return Line(path, Outcome(outcome), Why(why))
