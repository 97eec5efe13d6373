"""Queries: asked of sites about their records, answered by them, ended by the data centre."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from casebook.actions.access_log import Access, note_access
from casebook.actions.queries import act_on, act_on_many, ask_many
from casebook.actions.query_views import every_query, list_queries, open_query
from casebook.domain.actors import Action
from casebook.domain.queries import QueryAct, QueryTarget
from casebook.domain.texts import Text
from casebook.store.accounts import SignedIn
from services.api import query_views as views
from services.api.case_views import label
from services.api.dependencies import Running, Transaction, doing
from services.api.query_csv import query_csv
from services.api.query_filters import FiltersAsked
from services.api.schemas.queries import (
    AskedOut,
    BatchIn,
    BatchOut,
    HinderedQueryOut,
    QueriesOut,
    QueryFileOut,
    QuestionIn,
    QuestionsIn,
    SaidIn,
)
from services.api.versions import version_of

router = APIRouter(prefix="/api/v1/queries", tags=["queries"])

Sees = Annotated[SignedIn, Depends(doing(Action.SEE_QUERIES))]
Asks = Annotated[SignedIn, Depends(doing(Action.ASK_QUERIES))]
Answers = Annotated[SignedIn, Depends(doing(Action.ANSWER_QUERIES))]
Number = Annotated[int, Path(ge=1, le=2**62)]
IfMatch = Annotated[str | None, Header(alias="If-Match", description='the version that was read, as "2"')]
Language = Annotated[str, Query(pattern="^(en|ja)$", description="of headings and labels")]


@router.get("")
def list_all(
    running: Running,
    session: Transaction,
    who: Sees,
    asked: FiltersAsked,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> QueriesOut:
    """Return queries, those that wait for an answer first; without a state those that stand."""
    today = running.now().date()
    return views.listed(list_queries(session, who.actor, asked.wanted(today), today=today, page=page))


@router.post("", status_code=201)
def ask(running: Running, session: Transaction, who: Asks, body: QuestionsIn) -> AskedOut:
    """Ask one question or many, in one transaction: all of them, or none."""
    now = running.now()
    questions = [_question(one) for one in body.questions]
    asked = ask_many(session, who.actor, questions=questions, now=now, review=body.review)
    opened = [open_query(session, who.actor, number=row.number, today=now.date()) for row in asked]
    return AskedOut(queries=[views.line(one.line) for one in opened])


def _question(body: QuestionIn) -> tuple[QueryTarget, Text]:
    about = QueryTarget(
        subject=body.subject,
        timepoint=body.timepoint,
        form=body.form,
        ordinal=body.ordinal,
        field=body.field,
        lesion=body.lesion,
        series_id=body.series_id,
        study=body.study,
        site=body.site,
    )
    return about, Text(body.question, body.question_ja or body.question)


@router.get("/export.csv", response_class=Response)
def export(
    running: Running, session: Transaction, who: Sees, asked: FiltersAsked, language: Language = "en"
) -> Response:
    """Send every query that the filters ask for as CSV."""
    now = running.now()
    note_access(session, who.actor, Access.FILE, "queries", now=now)
    found = every_query(session, who.actor, asked.wanted(now.date()), today=now.date())
    return query_csv(found, language=language)


def _acting_on_many(act: QueryAct, summary: str, allowed: type) -> None:
    """Add the route of one act on several queries."""

    def route(
        running: Running,
        session: Transaction,
        who: allowed,  # type: ignore[valid-type]  # the annotated dependency of this act
        body: BatchIn,
    ) -> BatchOut:
        found = act_on_many(
            session,
            who.actor,  # type: ignore[attr-defined]  # SignedIn, as the dependency says
            act,
            versions={int(number): version for number, version in body.versions.items()},
            said=body.said,
            now=running.now(),
        )
        return BatchOut(
            done=[one.number for one in found if one.hindrance is None],
            hindered=[
                HinderedQueryOut(number=one.number, why=label(one.hindrance))
                for one in found
                if one.hindrance is not None
            ],
        )

    router.add_api_route(f"/acts/{PATHS[act]}", route, methods=["POST"], name=f"{act}_many", description=summary)


def _acting(act: QueryAct, summary: str, allowed: type) -> None:
    """Add the route of one act on one query."""

    def route(
        running: Running,
        session: Transaction,
        who: allowed,  # type: ignore[valid-type]  # the annotated dependency of this act
        query: Number,
        body: SaidIn,
        if_match: IfMatch = None,
    ) -> QueryFileOut:
        now, actor = running.now(), who.actor  # type: ignore[attr-defined]  # SignedIn, as the dependency says
        version = version_of(if_match) if if_match else None
        act_on(session, actor, act, number=query, version=version, said=body.said, now=now)
        return views.file(open_query(session, actor, number=query, today=now.date()))

    router.add_api_route(f"/{{query}}/{PATHS[act]}", route, methods=["POST"], name=act.value, description=summary)


PATHS = {act: quote("send" if act is QueryAct.OPEN else act.value) for act in QueryAct}
_ACTS = (
    (QueryAct.OPEN, "Send a query to the site that waited to be reviewed.", Asks),
    (QueryAct.ANSWER, "Answer for the site.", Answers),
    (QueryAct.COMMENT, "Say something more, for either side.", Sees),
    (QueryAct.CLOSE, "Close an answered query, or one without an answer with the reason.", Asks),
    (QueryAct.REOPEN, "Ask again, with what is still asked.", Asks),
    (QueryAct.CANCEL, "Take back a query that was asked in error, with the reason.", Asks),
)
for _act, _summary, _allowed in _ACTS:
    _acting_on_many(
        _act, f"{_summary[:-1]}: several at once; those that cannot be are named with what hinders.", _allowed
    )


@router.get("/{query}")
def show(running: Running, session: Transaction, who: Sees, query: Number) -> QueryFileOut:
    """Return one query with its thread."""
    return views.file(open_query(session, who.actor, number=query, today=running.now().date()))


for _act, _summary, _allowed in _ACTS:
    _acting(_act, _summary, _allowed)
