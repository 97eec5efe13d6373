"""The signed reads of a case, and their reports as DICOM, for those who oversee the reading."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from casebook.actions import reading_report
from casebook.domain.actors import Action
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.reads import SignedRead, SignedReads

router = APIRouter(prefix="/api/v1", tags=["cases"])

Oversees = Annotated[SignedIn, Depends(doing(Action.SEE_AGREEMENT))]
DICOM: Final = "application/dicom"
DICOM_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {DICOM: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/cases/{subject_id}/{timepoint}/reads")
def list_reads(session: Transaction, who: Oversees, subject_id: UUID, timepoint: str) -> SignedReads:
    """Return the signed reads of a timepoint, oldest first, with links to their reports."""
    found = reading_report.signed_reads(session, who.actor, subject_id=subject_id, timepoint_code=timepoint)
    return SignedReads(reads=[_read(one) for one in found])


@router.get("/reads/{reading_id}/report", response_class=Response, responses=DICOM_ANSWER)
def report(running: Running, session: Transaction, who: Oversees, reading_id: UUID) -> Response:
    """Return a signed read as a DICOM structured report (TID 1500)."""
    content = reading_report.read_report(session, who.actor, running.archive, reading_id=reading_id)
    disposition = f'attachment; filename="{reading_id}.dcm"'
    return Response(content, media_type=DICOM, headers={"Content-Disposition": disposition})


def _read(found: reading_report.ReadOfCase) -> SignedRead:
    reading = found.reading
    assert reading.signed_at is not None
    return SignedRead(
        id=reading.id,
        kind=reading.kind,
        observer=found.observer,
        round=reading.round,
        edition=reading.edition,
        state=reading.state,
        is_accepted=reading.accepted,
        is_stale=reading.stale_at is not None,
        signed_at=reading.signed_at,
        report=f"/api/v1/reads/{reading.id}/report" if found.has_report else None,
    )
