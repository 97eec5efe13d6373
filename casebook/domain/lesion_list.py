"""The lesion list that comes with a submission: CSV text to rows, or every reason why not.

Columns: `lesion` (L1), `segment` (VIII), `diameter_mm`, and a place on one series: either `x_mm`, `y_mm`, `z_mm`
(LPS) with `frame_of_reference_uid` and `series_uid`, or `series_uid`, `sop_instance_uid`, `frame` (1-based),
`column_px`, `row_px` (0-based, centre of the pixel). UIDs are the sender's. A lesion may have a row per series.
"""

import csv
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from casebook.domain.errors import Invalid
from casebook.domain.imaging import SEGMENTS
from casebook.domain.series_facts import Vector

REQUIRED_COLUMNS: Final = ("lesion", "segment")
KNOWN_COLUMNS: Final = frozenset(
    {
        *REQUIRED_COLUMNS,
        "diameter_mm",
        "x_mm",
        "y_mm",
        "z_mm",
        "frame_of_reference_uid",
        "series_uid",
        "sop_instance_uid",
        "frame",
        "column_px",
        "row_px",
    }
)
LABEL: Final = re.compile(r"^[A-Z][0-9]{1,3}$")
MAX_DIAMETER_MM: Final = Decimal(500)
MAX_ROWS: Final = 1000


@dataclass(frozen=True, slots=True)
class PixelPlace:
    """A pixel of one frame: `frame` 1-based, column and row 0-based at the pixel's centre."""

    sop_uid: str
    frame: int
    column_px: float
    row_px: float


@dataclass(frozen=True, slots=True)
class ListedLesion:
    """One row: a lesion, and where it is on one series (mm, or a pixel)."""

    line: int
    label: str
    segment: str
    diameter_mm: Decimal | None
    series_uid: str
    position_mm: Vector | None
    pixel: PixelPlace | None


class LesionListError(Invalid):
    """A lesion list with faults; the message lists them line by line."""

    code = "lesion-list"

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("The lesion list has faults, nothing was taken from it: " + "; ".join(problems[:20]))


def text_of(data: bytes) -> str:
    """Return the list's text: UTF-8 (with or without BOM), else Shift-JIS. Raises Invalid for anything else."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("The lesion list is neither UTF-8 nor Shift-JIS text.", field="lesions")


def read_lesion_list(text: str) -> list[ListedLesion]:
    """Return the rows of the list. Raises LesionListError that names every fault with its line."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    problems = _column_problems(list(reader.fieldnames or ()))
    if problems:
        raise LesionListError(problems)
    rows: list[ListedLesion] = []
    try:
        for record in reader:
            _add(rows, record, reader.line_num, problems)
    except csv.Error as error:
        problems.append(f"line {reader.line_num}: not CSV ({error})")
    if not rows and not problems:
        problems.append("no lesion in it")
    problems += _contradictions(rows)
    if problems:
        raise LesionListError(problems)
    return rows


def _column_problems(names: list[str]) -> list[str]:
    missing = [f"column {name} is missing" for name in REQUIRED_COLUMNS if name not in names]
    unknown = [f"column {name} is not known" for name in names if name not in KNOWN_COLUMNS]
    twice = [f"column {name} stands twice" for name in sorted({name for name in names if names.count(name) > 1})]
    return missing + unknown + twice


def _add(rows: list[ListedLesion], record: Mapping[str, str | None], line: int, problems: list[str]) -> None:
    if len(rows) >= MAX_ROWS:
        if len(rows) == MAX_ROWS:
            problems.append(f"line {line}: more than {MAX_ROWS} rows")
        return
    cells = {name: (value or "").strip() for name, value in record.items() if name}
    try:
        rows.append(_row(cells, line))
    except ValueError as error:
        problems.append(f"line {line}: {error}")


def _row(cells: Mapping[str, str], line: int) -> ListedLesion:
    label, segment = cells["lesion"], cells["segment"]
    if not LABEL.match(label):
        raise ValueError("lesion is to be a letter and a number, such as L1")
    if segment not in SEGMENTS:
        raise ValueError(f"segment is to be one of {', '.join(SEGMENTS)}")
    if not cells.get("series_uid"):
        raise ValueError("series_uid is missing")
    position, pixel = _position(cells), _pixel(cells)
    if (position is None) is (pixel is None):
        raise ValueError("give the place either as x_mm, y_mm, z_mm or as sop_instance_uid, frame, column_px, row_px")
    return ListedLesion(line, label, segment, _diameter(cells), cells["series_uid"], position, pixel)


def _diameter(cells: Mapping[str, str]) -> Decimal | None:
    text = cells.get("diameter_mm", "")
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError("diameter_mm is no number; write 12.5") from None
    if not value.is_finite() or not 0 < value <= MAX_DIAMETER_MM:
        raise ValueError(f"diameter_mm is to be above 0 and at most {MAX_DIAMETER_MM}")
    return value.quantize(Decimal("0.1"))


def _position(cells: Mapping[str, str]) -> Vector | None:
    texts = [cells.get(name, "") for name in ("x_mm", "y_mm", "z_mm")]
    if not any(texts):
        return None
    x, y, z = (_number(text, name) for text, name in zip(texts, ("x_mm", "y_mm", "z_mm"), strict=True))
    return (x, y, z)


def _pixel(cells: Mapping[str, str]) -> PixelPlace | None:
    if not cells.get("sop_instance_uid") or not (cells.get("column_px") or cells.get("row_px")):
        return None
    if any(cells.get(name) for name in ("x_mm", "y_mm", "z_mm")):
        return None
    frame = cells.get("frame") or "1"
    if not frame.isdecimal() or int(frame) < 1:
        raise ValueError("frame is to be 1 or more")
    return PixelPlace(
        cells["sop_instance_uid"],
        int(frame),
        _number(cells.get("column_px", ""), "column_px"),
        _number(cells.get("row_px", ""), "row_px"),
    )


def _number(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{name} is no number") from None
    if not math.isfinite(value):
        raise ValueError(f"{name} is no number")
    return value


def _contradictions(rows: list[ListedLesion]) -> list[str]:
    first: dict[str, ListedLesion] = {}
    problems, places = [], set()
    for row in rows:
        known = first.setdefault(row.label, row)
        if known.segment != row.segment:
            problems.append(f"line {row.line}: {row.label} is in segment {known.segment} on line {known.line}")
        if (row.label, row.series_uid) in places:
            problems.append(f"line {row.line}: {row.label} stands twice on one series")
        places.add((row.label, row.series_uid))
    return problems
