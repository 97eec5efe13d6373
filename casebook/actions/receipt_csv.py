"""A receipt as CSV, which spreadsheets open as it is."""

from collections.abc import Iterable, Iterator
from typing import Final

from casebook.actions.receipts import SubmissionReceipt
from casebook.domain.spreadsheets import BYTE_ORDER_MARK, csv_lines

COLUMNS: Final = ("submission", "file", "bytes", "sha256", "outcome", "reason", "what to do", "received at (UTC)")


def csv_of(found: SubmissionReceipt) -> str:
    """Return a line for every file of the receipt, in the order of receipt."""
    return BYTE_ORDER_MARK + csv_lines([COLUMNS, *_rows(found)])


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
