"""How the central reads of a subject stand, and what was adjudicated."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from casebook.actions.central_reads import show_central_reads
from casebook.domain.actors import Action
from casebook.store.accounts import SignedIn
from services.api.dependencies import Transaction, doing
from services.api.schemas.central_reads import CentralReadsOut

router = APIRouter(prefix="/api/v1/subjects/{subject_id}/central-reads", tags=["adjudications"])


@router.get("")
def show(
    session: Transaction, who: Annotated[SignedIn, Depends(doing(Action.SEE_AGREEMENT))], subject_id: UUID
) -> CentralReadsOut:
    """Return who read, how far they are, what the readers did not agree on and whose verdict stands."""
    return CentralReadsOut.model_validate(show_central_reads(session, who.actor, subject_id=subject_id))
