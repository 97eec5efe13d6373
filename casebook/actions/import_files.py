"""Files of tables as they are sent: CSV, or a workbook of Excel, read under limits and never worked out."""

import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from casebook.domain.errors import Invalid, TooLarge
from casebook.domain.imports.csv_text import read_csv
from casebook.domain.imports.table import FIELD, MOST_COLUMNS, MOST_LINES, Cell, CellKind, SentTable, table_of
from casebook.domain.texts import Text

MAX_FILE_BYTES: Final = 2 * 1024 * 1024
MAX_UNZIPPED_BYTES: Final = 32 * 1024 * 1024
"""Of all parts of a workbook together; the library of archives reads no more of a part than it says it holds."""
MAX_PARTS: Final = 500
MOST_ROWS_LOOKED_AT: Final = 4 * MOST_LINES
"""Blank rows too: a workbook may say that its only line is the millionth."""
ZIP: Final = b"PK\x03\x04"
OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0"
TOO_LARGE: Final = Text(
    f"The file has more than {MAX_FILE_BYTES // 1024**2} MB; divide it.",
    f"ファイルが{MAX_FILE_BYTES // 1024**2} MBを超えています。分割してください。",
)
TOO_LARGE_UNZIPPED: Final = Text(
    "The workbook unpacks to more than is taken; save the one sheet as CSV.",
    "展開後のサイズが上限を超えています。シートをCSV形式で保存してください。",
)
NO_WORKBOOK: Final = Text(
    "The file is no workbook that can be read; save it as .xlsx or CSV again.",
    "Excelファイルとして読み込めません。.xlsxまたはCSV形式で保存し直してください。",
)
OLD: Final = Text(
    "The file is an old or encrypted workbook (.xls); save it as .xlsx without a password, or as CSV.",
    "旧形式（.xls）またはパスワード付きのファイルです。パスワードなしの.xlsxまたはCSV形式で保存してください。",
)
_MIDNIGHT: Final = time()
_NOT_A_VALUE: Final = {"f": CellKind.FORMULA, "e": CellKind.ERROR}
"""What the library of workbooks calls cells that hold nothing anybody typed."""
_EXACT: Final = 1e15
"""Spreadsheets keep 15 digits."""


def read_table(data: bytes) -> SentTable:
    """Return the table of a file, by what its bytes are, whatever its name. Raises TooLarge, Invalid."""
    if len(data) > MAX_FILE_BYTES:
        raise TooLarge(TOO_LARGE, field=FIELD)
    if data.startswith(OLD_WORKBOOK):
        raise Invalid(OLD, field=FIELD)
    return _read_workbook(data) if data.startswith(ZIP) else read_csv(data)


def _read_workbook(data: bytes) -> SentTable:
    from openpyxl import load_workbook  # noqa: PLC0415 - loads slowly, and most tables are CSV

    try:
        _require_bounded(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions, which nobody reads here
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
            try:
                sheet = next(iter(book.worksheets), None)
                if sheet is None or not hasattr(sheet, "reset_dimensions"):
                    raise Invalid(NO_WORKBOOK, field=FIELD)
                read_as = Text(f"Excel, sheet “{sheet.title}”", f"Excel（シート「{sheet.title}」）")
                return table_of(read_as, _rows(sheet))
            finally:
                book.close()
    except _BROKEN as error:
        raise Invalid(NO_WORKBOOK, field=FIELD) from error


def _require_bounded(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNZIPPED_BYTES:
        raise TooLarge(TOO_LARGE_UNZIPPED, field=FIELD)


def _rows(sheet: Any) -> Iterator[tuple[int, list[Cell | None]]]:
    """The rows of a sheet, whatever size it says it has."""
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), start=1):
        if number > MOST_ROWS_LOOKED_AT:
            raise Invalid(
                Text(
                    "The sheet has lines far below the others; delete the blank rows.",
                    "離れた行にデータがあります。空白行を削除してください。",
                ),
                field=FIELD,
            )
        yield number, [_cell(cell) for cell in row]


def _cell(cell: Any) -> Cell | None:
    value = cell.value
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if cell.data_type in _NOT_A_VALUE:
        kind = _NOT_A_VALUE[cell.data_type]
        return Cell("=…" if kind is CellKind.FORMULA else str(value), kind)
    if isinstance(value, bool):
        return Cell("yes" if value else "no", CellKind.YES_OR_NO)
    if isinstance(value, int | float):
        return Cell(_number(value), CellKind.NUMBER)
    return Cell(value.strip()) if isinstance(value, str) else _day(value)


def _day(value: object) -> Cell:
    """A day; what has a time of day, or is a length of time, stays what it is."""
    if isinstance(value, datetime):
        if value.time() != _MIDNIGHT:
            return Cell(f"{value:%Y-%m-%d %H:%M}", CellKind.MOMENT)
        value = value.date()
    return Cell(str(value), CellKind.DAY if isinstance(value, date) else CellKind.MOMENT)


def _number(value: float) -> str:
    """The number as people see it, without a decimal point where it is whole."""
    return str(int(value)) if float(value).is_integer() and abs(value) < _EXACT else f"{value:.15g}"


_BROKEN: Final = (
    zipfile.BadZipFile,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    OverflowError,
)
"""What the library of workbooks and those below it raise for files that are none."""
