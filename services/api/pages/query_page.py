"""One query with its thread and what may be done with it; and asking a new one."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions.queries import MAX_WORDS, act_on, ask
from casebook.actions.query_views import QueryFile, open_query
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action
from casebook.domain.errors import CasebookError, Invalid, Stale
from casebook.domain.queries import (
    ACT_LABELS,
    DONE_LABELS,
    KIND_LABELS,
    STATE_LABELS,
    QueryAct,
    QueryKind,
    QueryState,
    Side,
    rule_of,
)
from casebook.domain.query_targets import place_words
from casebook.domain.texts import Text
from casebook.store import registry
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.attempts import attempt, status_for, text
from services.api.pages.query_marks import QUERY_TONES
from services.api.pages.query_places import THE_PATIENT, THE_SITE, AskedPlace, ask_path, place_choices, place_path
from services.api.pages.rendering import Frame, page

router = APIRouter(prefix="/queries")
Sees = Annotated[SignedIn, Depends(opening(Action.SEE_QUERIES))]
Asks = Annotated[SignedIn, Depends(opening(Action.ASK_QUERIES))]
Posted = Annotated[FormData, Depends(sent_form)]
Number = Annotated[int, Path(ge=1, le=2**62)]
ACTS: Final = (QueryAct.ANSWER, QueryAct.OPEN, QueryAct.CLOSE, QueryAct.REOPEN, QueryAct.COMMENT, QueryAct.CANCEL)
"""The order of the buttons; the first that is possible is the one to be done next."""
UNANSWERED: Final = (QueryAct.ANSWER, QueryAct.COMMENT, QueryAct.CLOSE, QueryAct.CANCEL)
"""Their order while an answer is waited for."""
HINTS: Final = {
    Side.SITE: Text(
        "Correct the record first where it is wrong, then answer what was done. The answer goes to the data centre.",
        "記録に誤りがあれば先に訂正し、対応内容を回答してください。回答はデータセンターへ送られます。",
    ),
    Side.CENTRE: Text(
        "What is written stays in the thread and is read by the site. "
        "It is needed to ask again, to cancel, and to close what is not answered.",
        "入力内容は履歴に残り、施設にも表示されます。再照会・取消・未回答のままの終了には入力が必要です。",
    ),
}
CHOOSE_ACT: Final = Text("Choose what is to be done.", "操作を選択してください。")
WHO_IS_ASKED: Final = Text("Name the patient or the site.", "症例または施設を指定してください。")


@router.get("/new")
def show_new(request: Request, session: Transaction, frame: InFrame, who: Asks, asked: AskedPlace) -> Response:
    """Show the page that asks about a record; 404 for patients of other sites."""
    return _new(request, session, frame, who, asked)


@router.post("/new")
def ask_new(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Asks,
    posted: Posted,
    asked: AskedPlace,
) -> Response:
    """Ask, or show beside the question why it cannot be asked."""
    numbers: list[int] = []

    def act() -> None:
        if asked.about.subject is None and asked.about.site is None:
            raise Invalid(WHO_IS_ASKED, field="subject")
        query = ask(
            session,
            who.actor,
            about=asked.about,
            question=text(posted, "question"),
            now=running.now(),
            review=posted.get("act") == "review",
        )
        numbers.append(query.number)

    error = attempt(session, act)
    if error is None:
        return RedirectResponse(f"/queries/{numbers[0]}?done=asked", HTTPStatus.SEE_OTHER)
    return _new(request, session, frame, who, asked, error=error, sent=posted)


def _new(
    request: Request,
    session: Transaction,
    frame: Frame,
    who: SignedIn,
    asked: AskedPlace,
    *,
    error: CasebookError | None = None,
    sent: FormData | None = None,
) -> Response:
    about, definition = asked.about, None
    if about.subject is not None:
        subject = registry.subject_by_number(session, who.actor, Action.ASK_QUERIES, number=about.subject)
        definition = definition_of(session, subject.study_version_id)
    place = place_words(definition, about) if definition else Text("", "")
    return page(
        request,
        "query_ask.html",
        frame,
        status=status_for(error),
        about=about,
        place=place if place.en else THE_PATIENT if definition else THE_SITE,
        choices=place_choices(definition, about) if definition and not (about.field or about.series_id) else (),
        here=ask_path(about),
        back=place_path(about) if definition or about.site else "/queries",
        most=MAX_WORDS,
        error=error,
        sent=sent or FormData(),
    )


@router.get("/{query}")
def show(
    request: Request, running: Running, session: Transaction, frame: InFrame, who: Sees, query: Number, done: str = ""
) -> Response:
    """Show one query with its thread; 404 for those of other sites."""
    file = open_query(session, who.actor, number=query, today=running.now().date())
    return _shown(request, frame, file, done=done)


@router.post("/{query}")
def act(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Sees,
    posted: Posted,
    query: Number,
) -> Response:
    """Do what was chosen, or say beside it why not; nothing that was typed is lost."""
    open_query(session, who.actor, number=query, today=running.now().date())

    def chosen() -> None:
        version = text(posted, "version")
        act_on(
            session,
            who.actor,
            _act(posted),
            number=query,
            version=int(version) if version.isdecimal() else None,
            said=text(posted, "said"),
            now=running.now(),
        )

    try:
        error: CasebookError | None = attempt(session, chosen)
    except Stale as stale:
        session.expire_all()
        error = stale
    if error is None:
        return RedirectResponse(f"/queries/{query}?done={_act(posted)}", HTTPStatus.SEE_OTHER)
    file = open_query(session, who.actor, number=query, today=running.now().date())
    return _shown(request, frame, file, error=error, sent=posted)


def _act(posted: FormData) -> QueryAct:
    said = text(posted, "act")
    if said not in {item.value for item in ACTS}:
        raise Invalid(CHOOSE_ACT, field="act")
    return QueryAct(said)


def _shown(
    request: Request,
    frame: Frame,
    file: QueryFile,
    *,
    done: str = "",
    error: CasebookError | None = None,
    sent: FormData | None = None,
) -> Response:
    line = file.line
    about = line.about
    return page(
        request,
        "query.html",
        frame,
        status=status_for(error),
        line=line,
        thread=file.thread,
        place=line.place if line.place.en else THE_PATIENT if about.subject else THE_SITE,
        place_path=place_path(about),
        acts=[act for act in (UNANSWERED if line.state is QueryState.OPEN else ACTS) if act in line.acts],
        act_labels=ACT_LABELS,
        done_labels=DONE_LABELS,
        kind=KIND_LABELS[QueryKind(line.query.kind)],
        rule=rule_of(line.query.rule).label if line.query.rule else None,
        state_labels=STATE_LABELS,
        tones=QUERY_TONES,
        hint=HINTS.get(line.side) if line.side else None,
        most=MAX_WORDS,
        done=DONE_LABELS.get("ask" if done == "asked" else done),
        error=error,
        sent=sent or FormData(),
    )
