"""The list of queries: a site's own to answer, the data centre's to send, close and cancel."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.datastructures import FormData

from casebook.actions.access_log import Access, note_access
from casebook.actions.queries import ActedOnQuery, act_on_many
from casebook.actions.query_views import every_query, list_queries
from casebook.actions.studies import newest_definition
from casebook.domain.actors import Action
from casebook.domain.errors import CasebookError, Invalid
from casebook.domain.queries import (
    ACT_LABELS,
    DONE_LABELS,
    KIND_LABELS,
    RULES,
    STANDING,
    STATE_LABELS,
    QueryAct,
    QueryState,
)
from casebook.domain.texts import Text
from casebook.store import patients
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.attempts import attempt, status_for, text
from services.api.pages.language import language_of
from services.api.pages.query_marks import QUERY_TONES
from services.api.pages.query_places import place_path
from services.api.pages.rendering import Frame
from services.api.pages.rendering import page as html
from services.api.query_csv import query_csv
from services.api.query_filters import FiltersAsked, QueryFilters, Shown
from services.api.state import Service

router = APIRouter(prefix="/queries")
Sees = Annotated[SignedIn, Depends(opening(Action.SEE_QUERIES))]
Asks = Annotated[SignedIn, Depends(opening(Action.ASK_QUERIES))]
Posted = Annotated[FormData, Depends(sent_form)]
IN_BULK: Final = (QueryAct.CLOSE, QueryAct.OPEN, QueryAct.CANCEL)
CHOOSE_ACT: Final = Text("Choose what is to be done.", "操作を選択してください。")
CHOOSE_QUERIES: Final = Text("Choose the queries first.", "先にクエリを選択してください。")


@router.get("")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Sees,
    asked: FiltersAsked,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """List queries: what waits for an answer first, with counts and ages."""
    return _shown(request, running, session, frame, who, asked, page)


@router.post("")
def act(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Asks,
    posted: Posted,
    asked: FiltersAsked,
) -> Response:
    """Send, close or cancel the chosen queries; those on which it is not possible say why."""
    result: list[ActedOnQuery] = []

    def every() -> None:
        chosen = _chosen(posted)
        if not chosen:
            raise Invalid(CHOOSE_QUERIES, field="query")
        result.extend(
            act_on_many(session, who.actor, _act(posted), versions=chosen, said=text(posted, "said"), now=running.now())
        )

    error = attempt(session, every)
    return _shown(request, running, session, frame, who, asked, 1, error=error, sent=posted, result=result)


def _act(posted: FormData) -> QueryAct:
    said = text(posted, "act")
    if said not in {item.value for item in IN_BULK}:
        raise Invalid(CHOOSE_ACT, field="act")
    return QueryAct(said)


def _chosen(posted: FormData) -> dict[int, int]:
    """Return the queries whose boxes were ticked, with the version that was on the page: `<number>@<version>`."""
    found: dict[int, int] = {}
    for said in posted.getlist("query"):
        number, _, version = said.partition("@") if isinstance(said, str) else ("", "", "")
        if number.isdecimal() and version.isdecimal():
            found[int(number)] = int(version)
    return found


def _shown(
    request: Request,
    running: Service,
    session: Transaction,
    frame: Frame,
    who: SignedIn,
    asked: QueryFilters,
    at: int,
    *,
    error: CasebookError | None = None,
    sent: FormData | None = None,
    result: list[ActedOnQuery] | None = None,
) -> Response:
    today = running.now().date()
    listed = list_queries(session, who.actor, asked.wanted(today), today=today, page=at)
    may_ask = who.actor.may(Action.ASK_QUERIES)
    studies = sorted({grant.study_code for grant in who.actor.grants_for(Action.SEE_QUERIES)})
    definitions = [newest_definition(session, code)[1] for code in studies]
    return html(
        request,
        "queries.html",
        frame,
        status=status_for(error),
        listed=listed,
        asked=asked,
        shown=[item for item in Shown if may_ask or item is not Shown.CANDIDATE],
        Shown=Shown,
        counts=_counts(listed.n_by_state, listed.n_overdue),
        sites=patients.sites_of(session, who.actor, Action.SEE_QUERIES),
        timepoints=[one for item in definitions for one in item.timepoints],
        forms=[one for item in definitions for one in item.forms] if who.actor.may(Action.SEE_OUTCOMES) else [],
        rules=RULES,
        kinds=KIND_LABELS,
        state_labels=STATE_LABELS,
        tones=QUERY_TONES,
        done_labels=DONE_LABELS,
        acts=IN_BULK if may_ask else (),
        act_labels=ACT_LABELS,
        may_ask=may_ask,
        may_remind=who.actor.may(Action.MANAGE_SITES),
        error=error,
        sent=sent or FormData(),
        result=result,
        place_path=place_path,
    )


def _counts(n_by_state: Mapping[QueryState, int], n_overdue: int) -> dict[Shown, int]:
    """Return how many queries each choice of states would show."""
    found = {Shown(state.value): n for state, n in n_by_state.items()}
    standing = sum(n for state, n in n_by_state.items() if state in STANDING)
    return found | {Shown.STANDING: standing, Shown.OVERDUE: n_overdue, Shown.ALL: sum(n_by_state.values())}


@router.get("/export.csv")
def export(request: Request, running: Running, session: Transaction, who: Sees, asked: FiltersAsked) -> Response:
    """Send every query that the filters ask for as CSV, in the language of the page."""
    now = running.now()
    note_access(session, who.actor, Access.FILE, "queries", now=now)
    found = every_query(session, who.actor, asked.wanted(now.date()), today=now.date())
    return query_csv(found, language=language_of(request, who.language))
