"""What every change of a reader's own draft names: the case, the timepoint, and the version it was made from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header
from sqlalchemy.orm import Session

from casebook.actions.reads import SavedRead
from casebook.domain.actors import Action
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.cases import ReadSaved
from services.api.versions import version_of

SeesCases = Annotated[SignedIn, Depends(doing(Action.SEE_CASES))]


@dataclass(frozen=True, slots=True)
class NamedDraft:
    """A draft as a request names it; `version` is the one the reader saw last."""

    session: Session
    who: SignedIn
    case_id: UUID
    timepoint: str
    version: int
    now: datetime


def named_draft(
    running: Running,
    session: Transaction,
    who: SeesCases,
    case_id: UUID,
    timepoint: str,
    if_match: Annotated[str, Header(description='the read\'s version, as "7"', alias="If-Match")],
) -> NamedDraft:
    """Return the draft that a request is about. Raises Invalid for an If-Match that is no version."""
    return NamedDraft(session, who, case_id, timepoint, version_of(if_match), running.now())


Draft = Annotated[NamedDraft, Depends(named_draft)]


def saved(read: SavedRead) -> ReadSaved:
    """Answer with what the next change is to name."""
    return ReadSaved(version=read.version, saved_at=read.saved_at)
