"""What becomes of each cell, line and entry of a table that is brought in."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from casebook.domain.imports.columns import Column
from casebook.domain.texts import Text

CellAt = tuple[int, int]
"""The number of a line and the index of a column."""


class Fate(StrEnum):
    """What becomes of one cell."""

    TAKEN = "taken"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    IGNORED = "ignored"
    PLACE = "place"
    EMPTY = "empty"


FATE_LABELS: Final[Mapping[Fate, Text]] = {
    Fate.TAKEN: Text("taken", "取り込む"),
    Fate.UNCHANGED: Text("saved already", "保存済みと同じ"),
    Fate.REFUSED: Text("refused", "取り込めない"),
    Fate.IGNORED: Text("column not used", "使わない列"),
    Fate.PLACE: Text("says where", "対象の指定"),
    Fate.EMPTY: Text("empty", "空欄"),
}


class Outcome(StrEnum):
    """What becomes of the entry that a line belongs to."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


OUTCOME_LABELS: Final[Mapping[Outcome, Text]] = {
    Outcome.NEW: Text("new", "新規"),
    Outcome.CHANGED: Text("changed", "変更"),
    Outcome.UNCHANGED: Text("unchanged", "変更なし"),
    Outcome.REFUSED: Text("refused", "取り込めない"),
}


@dataclass(frozen=True, slots=True)
class CellFate:
    """One cell: what stands there, what becomes of it, and for a refused one why and what to do."""

    shown: str
    fate: Fate
    said: Text | None = None


@dataclass(frozen=True, slots=True)
class LineFate:
    """One line: which entry of whom it belongs to, what becomes of that, and what is said of the line as a whole."""

    number: int
    subject: str
    timepoint: str | None
    ordinal: int | None
    outcome: Outcome
    cells: tuple[CellFate, ...]
    refusals: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()

    @property
    def n_refused(self) -> int:
        """How many things of the line are refused, the line as a whole among them."""
        return len(self.refusals) + sum(cell.fate is Fate.REFUSED for cell in self.cells)


@dataclass(frozen=True, slots=True)
class ImportFates:
    """What becomes of a whole table. `is_applied` says that it was written; with any refusal nothing is."""

    read_as: Text
    columns: tuple[Column, ...]
    lines: tuple[LineFate, ...]
    n_entries: Mapping[Outcome, int]
    is_applied: bool

    @property
    def n_cells(self) -> Mapping[Fate, int]:
        """How many cells have each fate."""
        return Counter(cell.fate for line in self.lines for cell in line.cells)

    @property
    def n_refusals(self) -> int:
        """How many cells and lines stand in the way."""
        return sum(line.n_refused for line in self.lines)

    @property
    def n_to_write(self) -> int:
        """How many entries are new or changed."""
        return self.n_entries.get(Outcome.NEW, 0) + self.n_entries.get(Outcome.CHANGED, 0)

    @property
    def can_be_taken(self) -> bool:
        """Nothing is refused, and something is to be written."""
        return not self.n_refusals and self.n_to_write > 0

    @property
    def ignored(self) -> Sequence[Column]:
        """The columns that are not used."""
        return [column for column in self.columns if column.ignored]
