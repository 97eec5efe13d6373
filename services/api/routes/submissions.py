"""Receipts of submissions, for the site to keep: as JSON, and as CSV."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Response

from casebook.actions.receipt_csv import csv_of
from casebook.actions.receipts import receipt_of
from casebook.domain.actors import Action
from casebook.store.accounts import SignedIn
from services.api import upload_views as views
from services.api.dependencies import Transaction, doing
from services.api.schemas.uploads import ReceiptOut

router = APIRouter(prefix="/api/v1/submissions/{submission}", tags=["uploads"])
LARGEST_NUMBER: Final = 2**62
SeesRegistry = Annotated[SignedIn, Depends(doing(Action.SEE_REGISTRY))]
Number = Annotated[int, Path(ge=1, le=LARGEST_NUMBER)]
CSV_ANSWER: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.get("/receipt")
def receipt(session: Transaction, who: SeesRegistry, submission: Number) -> ReceiptOut:
    """Return what became of every file of a submission; file names only to the site that sent them."""
    return views.receipt(receipt_of(session, who.actor, number=submission))


@router.get("/receipt.csv", response_class=Response, responses=CSV_ANSWER)
def receipt_csv(session: Transaction, who: SeesRegistry, submission: Number) -> Response:
    """Return the files of a submission as CSV; file names only to the site that sent them."""
    found = receipt_of(session, who.actor, number=submission)
    headers = {"Content-Disposition": f'attachment; filename="S-{submission}.csv"'}
    return Response(csv_of(found), media_type="text/csv; charset=utf-8", headers=headers)
