"""A receipt as CSV, which spreadsheets open as it is."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from casebook.actions.receipts import SubmissionReceipt

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula."""
COLUMNS: Final = ("submission", "file", "bytes", "sha256", "outcome", "reason", "what to do", "received at (UTC)")
BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it spreadsheets take Japanese names for another encoding."""


def csv_of(found: SubmissionReceipt) -> str:
    """Return a line for every file of the receipt, in the order of receipt."""
    written = io.StringIO()
    csv.writer(written).writerows([COLUMNS, *([_harmless(cell) for cell in row] for row in _rows(found))])
    return BYTE_ORDER_MARK + written.getvalue()


def _rows(found: SubmissionReceipt) -> Iterator[Iterable[object]]:
    for file in found.files:
        yield (
            f"S-{found.row.number}",
            file.name or "",
            file.n_bytes,
            file.sha256.hex(),
            file.outcome,
            file.reason_code or "",
            file.message or "",
            file.received_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        )


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
