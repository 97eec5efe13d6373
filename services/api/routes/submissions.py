"""Receipts of submissions, for the site to keep: as JSON, and as CSV."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Response

from casebook.actions.receipts import SubmissionReceipt, receipt_of
from casebook.domain.actors import Action
from casebook.store.accounts import SignedIn
from services.api import upload_views as views
from services.api.dependencies import Transaction, doing
from services.api.schemas.uploads import ReceiptOut

router = APIRouter(prefix="/api/v1/submissions/{number}", tags=["uploads"])
LARGEST_NUMBER: Final = 2**62
SeesRegistry = Annotated[SignedIn, Depends(doing(Action.SEE_REGISTRY))]
Number = Annotated[int, Path(ge=1, le=LARGEST_NUMBER)]
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula."""
COLUMNS: Final = ("submission", "file", "bytes", "sha256", "outcome", "reason", "what to do", "received at (UTC)")
CSV_ANSWER: Final[dict[int | str, dict[str, object]]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.get("/receipt")
def receipt(session: Transaction, who: SeesRegistry, number: Number) -> ReceiptOut:
    """Return what became of every file of a submission; file names only to the site that sent them."""
    return views.receipt(receipt_of(session, who.actor, number=number))


@router.get("/receipt.csv", response_class=Response, responses=CSV_ANSWER)
def receipt_csv(session: Transaction, who: SeesRegistry, number: Number) -> Response:
    """Return the files of a submission as CSV; file names only to the site that sent them."""
    found = receipt_of(session, who.actor, number=number)
    headers = {"Content-Disposition": f'attachment; filename="S-{number}.csv"'}
    return Response(csv_of(found), media_type="text/csv; charset=utf-8", headers=headers)


def csv_of(found: SubmissionReceipt) -> str:
    """Return the receipt's files as CSV that spreadsheets open as it is."""
    written = io.StringIO()
    csv.writer(written).writerows([COLUMNS, *([_harmless(cell) for cell in row] for row in _rows(found))])
    return "\ufeff" + written.getvalue()


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
