"""Cells that a spreadsheet would run as formulas, made harmless, and read back as they were.

Which cells these are: OWASP, "CSV Injection"; the full-width signs start formulas in Japanese spreadsheets.
"""

import csv
import io
from collections.abc import Iterable
from typing import Final

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet takes a cell that begins so for a formula."""
BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it a spreadsheet takes UTF-8 for the encoding of its own country."""


def harmless(text: str) -> str:
    """Return the text with an apostrophe before it where a spreadsheet would take it for a formula.

    A text that already stands behind apostrophes gets one more, so that `as_typed` gives every text back.
    """
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_STARTS) else text


def as_typed(cell: str) -> str:
    """Return the text that `harmless` made this cell of."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA_STARTS) else cell


def csv_lines(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV (RFC 4180) in which nothing that people typed is a formula; numbers stay as they are."""
    written = io.StringIO()
    csv.writer(written).writerows([[harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows])
    return written.getvalue()
