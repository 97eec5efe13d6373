"""The reconciliation board: what differs between forms, protocol and images, and what is done about it."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response, status

from casebook.actions.access_log import Access, note_access
from casebook.actions.board import SEES, board_page, compare_now, figures, lines
from casebook.actions.decision_list import apply_list, judge_list
from casebook.actions.saved_views import forget_view, save_view, views_of
from casebook.actions.settle import accept_many, ask_sites
from casebook.domain.actors import Action
from casebook.domain.errors import Invalid
from casebook.domain.reconciliation.decision_list import text_of
from casebook.store import registry
from casebook.store.accounts import SignedIn
from services.api import board_views as views
from services.api.board_csv import MAX_LIST_BYTES, MOST_EXPORTED, TOO_LARGE, board_csv
from services.api.board_filters import BoardAsked
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.board import (
    AcceptIn,
    AskIn,
    BoardOut,
    ComparisonsOut,
    FatesOut,
    SeenIn,
    SettledManyOut,
    ViewIn,
    ViewOut,
    ViewsOut,
)

router = APIRouter(prefix="/api/v1", tags=["reconciliation"])
Sees = Annotated[SignedIn, Depends(doing(SEES))]
Settles = Annotated[SignedIn, Depends(doing(Action.RECONCILE))]
LIST_BODY: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}}}
}
CSV_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "UTF-8 with a byte order mark"}
}


@router.get("/discrepancies")
def list_all(running: Running, session: Transaction, who: Sees, asked: BoardAsked) -> BoardOut:
    """Return one page of the board: rows by patient, timepoint and modality, what waits longest first."""
    found = board_page(session, who.actor, asked, key=running.settings.key, now=running.now())
    return views.page(found, figures(session, who.actor))


@router.get("/discrepancies.csv", responses=CSV_ANSWER, response_class=Response)
def export(running: Running, session: Transaction, who: Sees, asked: BoardAsked) -> Response:
    """Return the discrepancies that the filters ask for as CSV, one a line, with empty columns for decisions."""
    now = running.now()
    note_access(session, who.actor, Access.FILE, "discrepancies", now=now)
    return board_csv(lines(session, who.actor, asked, now=now, limit=MOST_EXPORTED), language=who.language)


@router.get("/subjects/{subject_id}/timepoints/{timepoint}/comparison")
def compare(running: Running, session: Transaction, who: Sees, subject_id: UUID, timepoint: str) -> ComparisonsOut:
    """Return everything that can be compared at a timepoint now, what agrees too."""
    subject = registry.subject(session, who.actor, SEES, subject_id=subject_id)
    return views.comparisons(compare_now(session, subject, timepoint, key=running.settings.key))


@router.post("/discrepancies/accept")
def accept(running: Running, session: Transaction, who: Settles, body: AcceptIn) -> SettledManyOut:
    """Accept discrepancies as they are, with a reason; it holds for exactly the values that were seen."""
    found = accept_many(session, who.actor, seen=_seen(body.rows), reason=body.reason, now=running.now())
    return views.settled(found)


@router.post("/discrepancies/query")
def ask(running: Running, session: Transaction, who: Settles, body: AskIn) -> SettledManyOut:
    """Send the sites a query about each discrepancy; the words are those of its `question`."""
    return views.settled(ask_sites(session, who.actor, seen=_seen(body.rows), now=running.now()))


async def sent_list(request: Request) -> str:
    """Read a list of decisions that is the whole body. Raises Invalid for one that is too long, or no text."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MAX_LIST_BYTES:
            raise Invalid(TOO_LARGE, field="list")
    return text_of(bytes(content))


@router.post("/discrepancies/decisions", openapi_extra=LIST_BODY)
def decide(
    running: Running,
    session: Transaction,
    who: Settles,
    text: Annotated[str, Depends(sent_list)],
    *,
    apply: Annotated[bool, Query(description="do it; else say what each line would do")] = False,
) -> FatesOut:
    """Read an exported list that was filled in: `decision` accept or query, `reason` for what is accepted."""
    if apply:
        return views.fates(apply_list(session, who.actor, text=text, now=running.now()), applied=True)
    return views.fates(judge_list(session, who.actor, text=text), applied=False)


@router.get("/board/views")
def list_views(session: Transaction, who: Sees) -> ViewsOut:
    """Return one's own saved views of the board."""
    return ViewsOut(views=[ViewOut(name=view.name, filters=view.filters) for view in views_of(session, who)])


@router.put("/board/views")
def keep_view(session: Transaction, who: Sees, body: ViewIn) -> ViewOut:
    """Keep filters under a name."""
    view = save_view(session, who, name=body.name, filters=body.filters)
    return ViewOut(name=view.name, filters=view.filters)


@router.delete("/board/views", status_code=status.HTTP_204_NO_CONTENT)
def drop_view(session: Transaction, who: Sees, name: Annotated[str, Query(max_length=200)]) -> Response:
    """Forget a saved view."""
    forget_view(session, who, name=name)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def _seen(rows: list[SeenIn]) -> dict[UUID, str]:
    return {row.id: row.fingerprint for row in rows}
