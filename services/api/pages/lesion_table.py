"""The lesion table of the study."""

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from casebook.actions.access_log import Access, note_access
from casebook.actions.lesion_table import show_lesions
from casebook.domain.actors import Action
from casebook.domain.cdlm import SEQUENCE_LABELS, CdlmStatus
from casebook.domain.imaging import ReadingSequence
from casebook.domain.lesion_events import LesionState
from casebook.domain.outcome import OutcomeStatus
from casebook.store import patients
from casebook.store.accounts import SignedIn
from casebook.store.lesion_table import LesionFilter
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.rendering import page as html
from services.api.pages.words import N_

router = APIRouter()
CDLM: Final = {
    CdlmStatus.YES: N_("yes"),
    CdlmStatus.NO: N_("no"),
    CdlmStatus.UNDETERMINED: N_("undetermined"),
}
OUTCOMES: Final = {
    OutcomeStatus.NON_VIABLE: N_("non-viable"),
    OutcomeStatus.VIABLE: N_("viable"),
    OutcomeStatus.PENDING: N_("pending"),
    OutcomeStatus.NOT_EVALUABLE: N_("not evaluable"),
    OutcomeStatus.NOT_IN_ENDPOINT: N_("not in the endpoint"),
}
STATES: Final = {
    LesionState.ACTIVE: N_("active"),
    LesionState.SPLIT: N_("split"),
    LesionState.MERGED: N_("merged"),
    LesionState.VOID: N_("entered in error"),
}


@router.get("/lesions")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_OUTCOMES))],
    site: Annotated[str, Query(max_length=20)] = "",
    cdlm: Annotated[CdlmStatus | None, Query()] = None,
    outcome: Annotated[OutcomeStatus | None, Query()] = None,
    blocked: Annotated[ReadingSequence | None, Query()] = None,
    state: Annotated[LesionState | None, Query()] = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """List the lesions of the person's sites, filtered by site, cDLM, outcome, what blocks cDLM, and state."""
    wanted = LesionFilter(running.now().date(), site, state or "", cdlm or "", outcome or "", blocked or "")
    table = show_lesions(session, who.actor, wanted, page=page)
    note_access(session, who.actor, Access.ENDPOINT, "lesions", now=running.now())
    return html(
        request,
        "lesion_table.html",
        frame,
        table=table,
        wanted=wanted,
        sites=patients.sites_of(session, who.actor, Action.SEE_OUTCOMES),
        cdlm_words=CDLM,
        outcome_words=OUTCOMES,
        state_words=STATES,
        sequences=SEQUENCE_LABELS,
        address=lambda **changes: address(wanted, **changes),
    )


def address(wanted: LesionFilter, **changes: object) -> str:
    """Return the address of the same table with some filters changed; a changed filter begins at the first page."""
    asked = {
        "site": wanted.site_code,
        "cdlm": wanted.cdlm,
        "outcome": wanted.outcome,
        "blocked": wanted.blocked_by,
        "state": wanted.state,
        **changes,
    }
    query = urlencode({name: str(value) for name, value in asked.items() if value})
    return f"/lesions?{query}" if query else "/lesions"
