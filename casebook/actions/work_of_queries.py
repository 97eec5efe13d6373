"""Queries that wait: for a site to answer, for the data centre to send, to close or to ask again."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from casebook.actions.query_views import lines_of
from casebook.domain.actors import Action, Actor
from casebook.domain.next_step import Urgency
from casebook.domain.queries import QueryState
from casebook.domain.tasks import MOST_SHOWN, Place, Target, Task, TaskGroup, group_of
from casebook.domain.texts import Text
from casebook.store import queries
from casebook.store.queries import Wanted

ABOUT_PATIENT: Final = Text("the patient", "症例全体")
ABOUT_SITE: Final = Text("the site", "施設")


def to_answer(session: Session, actor: Actor, today: date) -> Iterator[TaskGroup]:
    """Yield what a site is asked, the earliest due first; nothing for roles that do not answer."""
    if actor.may(Action.ANSWER_QUERIES):
        yield _group(
            session,
            actor,
            Action.ANSWER_QUERIES,
            QueryState.OPEN,
            today,
            code="queries",
            title=Text("Queries to answer", "回答するクエリ"),
        )


def to_decide(session: Session, actor: Actor, today: date) -> Iterator[TaskGroup]:
    """Yield what sites have answered, and what waits to be sent to them; nothing for roles that do not ask."""
    if actor.may(Action.ASK_QUERIES):
        yield _group(
            session,
            actor,
            Action.ASK_QUERIES,
            QueryState.ANSWERED,
            today,
            code="answered-queries",
            title=Text("Answered queries", "回答されたクエリ"),
        )
        yield _group(
            session,
            actor,
            Action.ASK_QUERIES,
            QueryState.CANDIDATE,
            today,
            code="queries-to-send",
            title=Text("Queries to review and send", "送付前に確認するクエリ"),
        )


def _group(
    session: Session, actor: Actor, action: Action, state: QueryState, today: date, *, code: str, title: Text
) -> TaskGroup:
    wanted = Wanted(states=frozenset({state}))
    n_total = queries.counted(session, actor, action, wanted, today=today)[0].get(state, 0)
    rows = queries.listed(session, actor, action, wanted, limit=MOST_SHOWN) if n_total else ()
    tasks = [
        Task(
            line.place if line.place.en else ABOUT_PATIENT if line.row.subject_number else ABOUT_SITE,
            Target(Place.QUERY, line.row.subject_number, site=line.row.site_code, query=line.query.number),
            detail=line.age.text,
            urgency=Urgency.OVERDUE if line.age.is_overdue else Urgency.TO_DO,
            due_on=line.query.due_on,
        )
        for line in lines_of(session, actor, rows, today=today)
    ]
    return group_of(code, title, tasks, n_total=n_total, everything=Target(Place.QUERIES, state=state.value))
