"""Files that were refused or wait for a person's decision."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from casebook.actions.studies import definition_of
from casebook.domain.actors import Action
from casebook.domain.texts import Text
from casebook.store import received
from casebook.store.accounts import SignedIn
from casebook.store.received import HeldRow
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.rendering import page

router = APIRouter()
MOST_LISTED: Final = 500


@dataclass(frozen=True, slots=True)
class Line:
    """Files of one timepoint held for one reason, and for how many days the oldest has been."""

    row: HeldRow
    timepoint: Text
    age_days: int


@router.get("/quarantine")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.DECIDE_QUARANTINE))],
) -> Response:
    """List what is held, by timepoint and reason; what waits longest comes first."""
    lines = [
        Line(
            row,
            definition_of(session, row.study_version_id).timepoint(row.timepoint).label,
            (running.now() - row.oldest_at).days,
        )
        for row in received.held(session, who.actor, limit=MOST_LISTED)
    ]
    return page(request, "quarantine.html", frame, lines=lines, most=MOST_LISTED)
