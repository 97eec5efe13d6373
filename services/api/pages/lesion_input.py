"""From the cells of a lesion's row to what is said of the lesion, each fault beside its cell.

A row's inputs are named `<row>.<part>`; a row is a lesion's label, or `new1`, `new2` for those to come.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from fastapi.datastructures import FormData

from casebook.actions.lesion_book import KeptLesion
from casebook.actions.lesion_values import LesionValues, Place, check_values
from casebook.domain.errors import Invalid
from casebook.domain.imaging import ReadingSequence
from casebook.domain.texts import Text

POSITION: Final = ("x", "y", "z")
PARTS: Final = ("segment", "mm", *ReadingSequence, "series", *POSITION, "note")
NO_NUMBER: Final = Text("expected a number with at most one decimal, as 12.5", "12.5のように小数1桁までの数値で入力")
NO_POSITION: Final = Text("give the series and all of x, y, z, in mm", "シリーズとx・y・z（mm）をすべて入力")
NO_SEGMENT: Final = Text("choose a segment", "区域を選択")
LONGEST_CELL: Final = 1000
PART_OF_FIELD: Final = {"diameter_mm": "mm", "position_mm": "x", "series_uid": "series"}
"""The cell that a fault of the registry's own check belongs to."""


@dataclass(frozen=True, slots=True)
class TypedLesion:
    """A row as it was typed; `values` is None where it is blank or has faults."""

    row: str
    said: Mapping[str, str]
    values: LesionValues | None = None
    faults: Mapping[str, Text] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """Nobody typed anything."""
        return not any(self.said.values())


def blank(row: str) -> TypedLesion:
    """Return a row that waits to be filled."""
    return TypedLesion(row, dict.fromkeys(PARTS, ""))


def stored(item: KeptLesion) -> TypedLesion:
    """Return a lesion's row as it is saved; the position is that of its first mark."""
    mark = item.marks[0] if item.marks else None
    said: dict[str, str] = {
        **dict.fromkeys(PARTS, ""),
        "segment": item.row.segment,
        "mm": _text(item.row.baseline_diameter_mm),
        "note": item.row.note,
        **{sequence: _text(item.diameters_mm.get(sequence)) for sequence in ReadingSequence},
    }
    if mark is not None:
        said["series"] = mark.series_uid
        said |= {axis: f"{part:.1f}" for axis, part in zip(POSITION, mark.position_mm, strict=True)}
    return TypedLesion(item.row.label, said)


def typed(row: str, posted: FormData, before: TypedLesion | None = None) -> TypedLesion:
    """Read a row; a position that was not touched (`before`) is not said again."""
    said = {part: _cell(posted, f"{row}.{part}") for part in PARTS}
    found = TypedLesion(row, said)
    if found.is_blank:
        return found
    faults: dict[str, Text] = {}
    diameters = {sequence: _mm(said, sequence, faults) for sequence in ReadingSequence}
    if not said["segment"]:
        faults["segment"] = NO_SEGMENT
    touched = before is None or any(said[part] != before.said[part] for part in ("series", *POSITION))
    values = LesionValues(
        segment=said["segment"],
        diameter_mm=_mm(said, "mm", faults),
        diameters_mm={sequence: mm for sequence, mm in diameters.items() if mm is not None},
        note=said["note"],
        place=_place(said, faults) if touched else None,
    )
    if not faults:
        faults = _checked(values)
    return TypedLesion(row, said, None if faults else values, faults)


def part_of(name: str | None) -> str | None:
    """Return the cell of a field that an action names; None for no cell of a row."""
    part = (name or "").rpartition(".")[2]
    part = PART_OF_FIELD.get(part, part)
    return part if part in PARTS else None


def _checked(values: LesionValues) -> dict[str, Text]:
    try:
        check_values(values)
    except Invalid as invalid:
        return {part_of(invalid.field) or "segment": invalid.said}
    return {}


def _cell(posted: FormData, name: str) -> str:
    said = posted.get(name)
    return unicodedata.normalize("NFKC", said).strip()[:LONGEST_CELL] if isinstance(said, str) else ""


def _mm(said: Mapping[str, str], part: str, faults: dict[str, Text]) -> Decimal | None:
    if not said[part]:
        return None
    number = _number(said[part])
    if number is None or number != round(number, 1):
        faults[part] = NO_NUMBER
        return None
    return number


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", ".").replace("\N{MINUS SIGN}", "-"))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**6 else None


def _place(said: Mapping[str, str], faults: dict[str, Text]) -> Place | None:
    given = [said[axis] for axis in POSITION]
    if not any(given):
        return None
    x_mm, y_mm, z_mm = (_number(text) for text in given)
    if not said["series"] or x_mm is None or y_mm is None or z_mm is None:
        faults["x"] = NO_POSITION
        return None
    return Place(said["series"], (float(x_mm), float(y_mm), float(z_mm)))


def _text(value: Decimal | None) -> str:
    return "" if value is None else str(value)
