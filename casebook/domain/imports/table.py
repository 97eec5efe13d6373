"""A table as it was sent: named columns, and lines of cells of which it is known what the file held there."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from casebook.domain.errors import Invalid
from casebook.domain.texts import Text

MOST_LINES: Final = 2000
"""Of a table; every line is judged like a form that somebody saves."""
MOST_COLUMNS: Final = 200
MOST_CHARACTERS: Final = 10_000
"""Of a cell."""
FIELD: Final = "file"
"""What a failure says is wrong where the file as a whole is."""


class CellKind(StrEnum):
    """What a file held in a cell; everything in CSV is text, or looks like a formula."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"
    YES_OR_NO = "yes-or-no"
    FORMULA = "formula"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell: its text without blanks around it, days as 2017-02-28."""

    text: str
    kind: CellKind = CellKind.TEXT


@dataclass(frozen=True, slots=True)
class Line:
    """One line: as many cells as there are columns, None where nothing stands; `number` is the file's, 1-based.

    `n_extra` cells with something in them stand beyond the last column.
    """

    number: int
    cells: tuple[Cell | None, ...]
    n_extra: int = 0


@dataclass(frozen=True, slots=True)
class SentTable:
    """The columns and lines of a file, and in which words it was read (“CSV, Shift-JIS, separated by ;”)."""

    read_as: Text
    columns: tuple[str, ...]
    lines: tuple[Line, ...]


def table_of(
    read_as: Text, rows: Iterable[tuple[int, Sequence[Cell | None]]], *, most_lines: int = MOST_LINES
) -> SentTable:
    """Make a table of numbered rows, the first of which that is not blank names the columns.

    Raises Invalid for no columns, columns that stand twice, no lines, too many of either, a cell that is too long.
    """
    columns: tuple[str, ...] | None = None
    lines: list[Line] = []
    for number, cells in rows:
        _require_short(number, cells)
        if not any(cells):
            continue
        if columns is None:
            columns = _columns(cells)
        elif len(lines) == most_lines:
            raise Invalid(
                Text(
                    f"The file has more than {most_lines} lines; divide it.",
                    f"{most_lines}行を超えています。分割してください。",
                ),
                field=FIELD,
            )
        else:
            lines.append(_line(number, cells, len(columns)))
    if columns is None or not lines:
        raise Invalid(
            Text("There are no lines below the names of the columns.", "列名の行の下にデータの行がありません。"),
            field=FIELD,
        )
    return SentTable(read_as, columns, tuple(lines))


def spelled(name: str) -> str:
    """A name as it is compared: no difference of width, case or blanks."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _columns(cells: Sequence[Cell | None]) -> tuple[str, ...]:
    names = [" ".join(cell.text.split()) if cell else "" for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise Invalid(
            Text(f"The file has more than {MOST_COLUMNS} columns.", f"列が{MOST_COLUMNS}を超えています。"), field=FIELD
        )
    compared = [spelled(name) for name in names]
    twice = sorted({name for name, plain in zip(names, compared, strict=True) if name and compared.count(plain) > 1})
    if twice:
        shown = ", ".join(name[:60] for name in twice)
        raise Invalid(
            Text(
                f"Columns stand twice: {shown}. Keep one of each.",
                f"列が重複しています：{shown}。一方を削除してください。",
            ),
            field=FIELD,
        )
    return tuple(names)


def _line(number: int, cells: Sequence[Cell | None], n_columns: int) -> Line:
    kept = tuple(cells[:n_columns])
    missing = (None,) * (n_columns - len(kept))
    return Line(number, kept + missing, sum(cell is not None for cell in cells[n_columns:]))


def _require_short(number: int, cells: Sequence[Cell | None]) -> None:
    if any(cell is not None and len(cell.text) > MOST_CHARACTERS for cell in cells):
        raise Invalid(
            Text(
                f"Line {number} has a cell of more than {MOST_CHARACTERS} characters.",
                f"{number}行目に{MOST_CHARACTERS}文字を超えるセルがあります。",
            ),
            field=FIELD,
        )
