"""Tables of ratings: one line per rating, or the cross-table of two raters."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from casebook.domain.errors import Invalid
from casebook.domain.imports.csv_text import read_rows
from casebook.domain.imports.table import Cell, SentTable
from casebook.stats.raters import Rating
from casebook.stats.tables.columns import MOST_LINES, Role, bad_cell, find, require, require_once, text

_COUNT: Final = re.compile(r"[0-9]{1,9}")
MOST_ROWS: Final = 21
"""Of a cross-table with its heading."""


@dataclass(frozen=True, slots=True)
class RatingColumns:
    """Columns that somebody names; those left out are found by their usual names."""

    unit: str | None = None
    rater: str | None = None
    category: str | None = None
    patient: str | None = None


@dataclass(frozen=True, slots=True)
class CrossTable:
    """Counts of two raters, rows the first, with the categories in the order of rows and columns."""

    categories: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


def ratings_of(table: SentTable, asked: RatingColumns = RatingColumns()) -> tuple[Rating, ...]:
    """The ratings, one per line; a line without a category is none.

    Without a column for the patient each unit is a patient of its own. Raises Invalid with line and column.
    """
    rater_at = require(table, Role.RATER, asked.rater, "the rater")
    category_at = require(table, Role.CATEGORY, asked.category, "what each rater said")
    unit_at = require(table, Role.UNIT, asked.unit, "the unit that was rated")
    patient_at = find(table, Role.PATIENT, asked.patient)
    patient_at = None if patient_at == unit_at else patient_at
    seen: dict[tuple[str, str], int] = {}
    found: list[Rating] = []
    for line in table.lines:
        for at, what in ((unit_at, "the unit"), (rater_at, "the rater")):
            if not text(line, at):
                raise bad_cell(table, line, at, what)
        patient = "" if patient_at is None else text(line, patient_at)
        unit = f"{patient} {text(line, unit_at)}" if patient else text(line, unit_at)
        require_once(seen, line, (unit, text(line, rater_at)), "what one rater said of one unit")
        if text(line, category_at):
            found.append(Rating(unit, text(line, rater_at), text(line, category_at), patient))
    return tuple(found)


def is_cross_table(table_rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows are counts, as many as there are columns, with or without names of the categories."""
    body = [row[1:] for row in table_rows[1:]]
    plain = len(table_rows) == len(table_rows[0]) and all(map(_all_counts, table_rows)) if table_rows else False
    return plain or (bool(body) and len(body) == len(body[0]) and all(map(_all_counts, body)))


def cross_table_of(rows: Sequence[Sequence[str]]) -> CrossTable:
    """A cross-table by its rows; named columns are put in the order of the rows' names.

    Raises Invalid where rows and columns name other categories.
    """
    if all(map(_all_counts, rows)) and len(rows) == len(rows[0]):
        names = tuple(str(number) for number in range(1, len(rows) + 1))
        return CrossTable(names, tuple(tuple(int(cell) for cell in row) for row in rows))
    columns, names = list(rows[0][1:]), tuple(row[0] for row in rows[1:])
    if sorted(columns) != sorted(names) or len(set(names)) < len(names):
        raise Invalid(
            "Rows and columns of the cross-table name other categories; name the same ones, each once.", field="file"
        )
    order = [columns.index(name) + 1 for name in names]
    return CrossTable(names, tuple(tuple(int(row[at]) for at in order) for row in rows[1:]))


def cross_rows(data: bytes) -> list[list[str]] | None:
    """The rows of a file that can be a cross-table, as text; None for a longer or ragged one. Raises Invalid."""
    found: list[list[str]] = []
    for number, cells in read_rows(data)[1]:
        if number > MOST_LINES or len(found) > MOST_ROWS:
            return None
        if any(cells):
            found.append([_text(cell) for cell in cells])
    return found if found and len({len(row) for row in found}) == 1 else None


def _all_counts(row: Sequence[str]) -> bool:
    return all(_COUNT.fullmatch(cell) for cell in row)


def _text(cell: Cell | None) -> str:
    return cell.text if cell else ""
