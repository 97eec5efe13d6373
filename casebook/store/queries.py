"""Queries and their threads: finding them as far as the actor may know of them, listing, counting, keeping."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, cast, func, or_, select, true
from sqlalchemy import String as SqlString
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.domain.queries import STANDING, QueryAct, QueryKind, QueryState
from casebook.store.tables import (
    Account,
    ImagingStudy,
    Query,
    QueryMessage,
    Series,
    SeriesRole,
    Site,
    Study,
    Subject,
    Timepoint,
)
from casebook.store.visibility import visible

Columns = TypeVarTuple("Columns")
BY_SYSTEM: Final = "system"
"""Author of what no person did."""


@dataclass(frozen=True, slots=True)
class QueryRow:
    """A query with whose it is; `study_version_id` is the subject's, None for questions about a site."""

    query: Query
    study_code: str
    site_code: str
    site_name_en: str
    site_name_ja: str
    subject_number: str | None
    study_version_id: UUID | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which queries are asked for; None and "" ask for all. `overdue_on` asks for those late on that day."""

    site: str | None = None
    subject: str | None = None
    timepoint: str | None = None
    form: str | None = None
    states: Collection[QueryState] | None = None
    kind: QueryKind | None = None
    rule: str | None = None
    overdue_on: date | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of a thread; `name` is the author's, or what stands for the program."""

    act: str
    said: str | None
    said_by: str
    name: str
    said_at: datetime


def seen_by(actor: Actor, action: Action) -> ColumnElement[bool]:
    """Return the condition on `Query` rows, outer-joined with `Subject`, under which `actor` may do `action`.

    A site does not know of candidates, and who does not see forms does not see what is asked about them.
    """
    of_study = replace(actor, grants=tuple(grant for grant in actor.grants if not grant.role.is_site_role))
    return and_(
        _within(actor, action),
        or_(Query.state != QueryState.CANDIDATE, _within(of_study, action)),
        or_(Query.form_code.is_(None), _within(actor, Action.SEE_OUTCOMES)),
    )


def _within(actor: Actor, action: Action) -> ColumnElement[bool]:
    of_sites = [
        and_(Study.code == grant.study_code, Site.code == grant.site_code if grant.site_code else true())
        for grant in dict.fromkeys(actor.grants_for(action))
    ]
    about_sites = [and_(Query.subject_id.is_(None), or_(*of_sites))] if of_sites else []
    return or_(visible(actor, action), *about_sites)


def _rows(actor: Actor, action: Action) -> Select[Query, str, str, str, str, str, UUID]:
    return _joined(
        select(Query, Study.code, Site.code, Site.name_en, Site.name_ja, Subject.number, Subject.study_version_id)
    ).where(seen_by(actor, action))


def _joined(query: Select[*Columns]) -> Select[*Columns]:
    return (
        query.join(Study, Study.id == Query.study_id)
        .join(Site, Site.id == Query.site_id)
        .outerjoin(Subject, Subject.id == Query.subject_id)
    )


def one(session: Session, actor: Actor, action: Action, *, number: int, lock: bool = False) -> QueryRow:
    """Find a query the actor may do `action` on. Raises NotFound, for others' queries too."""
    query = _rows(actor, action).where(Query.number == number)
    if lock:
        query = query.with_for_update(of=Query).execution_options(populate_existing=True)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("There is no such query.", field="number")
    return QueryRow(*found)


def listed(
    session: Session, actor: Actor, action: Action, wanted: Wanted, *, limit: int | None = None, offset: int = 0
) -> Sequence[QueryRow]:
    """Return queries: what waits for an answer first, the earliest due before the others; then the newest."""
    waits = case((Query.state == QueryState.OPEN, 0), (Query.state.in_(STANDING), 1), else_=2)
    query = (
        _rows(actor, action)
        .where(*_matching(wanted))
        .order_by(waits, case((Query.state == QueryState.OPEN, Query.due_on)), Query.number.desc())
    )
    return [QueryRow(*row) for row in session.execute(query.limit(limit).offset(offset))]


def counted(
    session: Session, actor: Actor, action: Action, wanted: Wanted, *, today: date
) -> tuple[Mapping[QueryState, int], int]:
    """Count queries by state, and the late ones among them."""
    is_late = and_(Query.state == QueryState.OPEN, Query.due_on < today)
    rows = session.execute(
        _joined(select(Query.state, func.count(), func.count().filter(is_late)))
        .where(seen_by(actor, action), *_matching(wanted))
        .group_by(Query.state)
    ).all()
    return {QueryState(state): n for state, n, _ in rows}, sum(late for *_, late in rows)


def _matching(wanted: Wanted) -> list[ColumnElement[bool]]:
    pairs: list[tuple[Any, object]] = [
        (Site.code, wanted.site),
        (Subject.number, wanted.subject),
        (Query.timepoint_code, wanted.timepoint),
        (Query.form_code, wanted.form),
        (Query.kind, wanted.kind),
        (Query.rule, wanted.rule),
    ]
    found: list[ColumnElement[bool]] = [column == value for column, value in pairs if value]
    if wanted.states is not None:
        found.append(Query.state.in_(wanted.states))
    if wanted.overdue_on is not None:
        found.append(and_(Query.state == QueryState.OPEN, Query.due_on < wanted.overdue_on))
    return [*found, _speaks_of(wanted.search)] if wanted.search else found


def _speaks_of(search: str) -> ColumnElement[bool]:
    said = select(QueryMessage.id).where(
        QueryMessage.query_id == Query.id, QueryMessage.said.icontains(search, autoescape=True)
    )
    words = (
        Query.question["en"].astext,
        Query.question["ja"].astext,
        Subject.number,
        cast(Query.number, SqlString),
    )
    return or_(*(column.icontains(search.removeprefix("#"), autoescape=True) for column in words), said.exists())


def thread(session: Session, query_id: UUID) -> Sequence[Said]:
    """Return a query's thread, the oldest first."""
    rows = session.execute(
        select(
            QueryMessage.act,
            QueryMessage.said,
            QueryMessage.said_by,
            func.coalesce(Account.display_name, QueryMessage.said_by),
            QueryMessage.said_at,
        )
        .outerjoin(Account, Account.login == QueryMessage.said_by)
        .where(QueryMessage.query_id == query_id)
        .order_by(QueryMessage.id)
    )
    return [Said(*row) for row in rows]


def say(session: Session, query: Query, act: str, said: str | None, *, by: str, now: datetime) -> None:
    """Add an entry to a query's thread."""
    session.add(QueryMessage(query_id=query.id, act=act, said=said or None, said_by=by, said_at=now))


def last_said(session: Session, query_ids: Collection[UUID]) -> Mapping[UUID, Said]:
    """Return the newest entry with words of each thread that has one."""
    rows = session.execute(
        select(
            QueryMessage.query_id,
            QueryMessage.act,
            QueryMessage.said,
            QueryMessage.said_by,
            func.coalesce(Account.display_name, QueryMessage.said_by),
            QueryMessage.said_at,
        )
        .outerjoin(Account, Account.login == QueryMessage.said_by)
        .where(QueryMessage.query_id.in_(query_ids), QueryMessage.said.is_not(None))
        .ext(distinct_on(QueryMessage.query_id))
        .order_by(QueryMessage.query_id, QueryMessage.id.desc())
    )
    return {row[0]: Said(*row[1:]) for row in rows}


def without_reason(session: Session, query_ids: Collection[UUID]) -> frozenset[UUID]:
    """Return those whose reason has gone, as the thread says last."""
    rows = session.execute(
        select(QueryMessage.query_id, QueryMessage.act)
        .where(
            QueryMessage.query_id.in_(query_ids),
            QueryMessage.act.in_((QueryAct.NOTE_GONE, QueryAct.RESTATE)),
        )
        .ext(distinct_on(QueryMessage.query_id))
        .order_by(QueryMessage.query_id, QueryMessage.id.desc())
    )
    return frozenset(query_id for query_id, act in rows if act == QueryAct.NOTE_GONE)


def add(session: Session, query: Query) -> Query:
    """Keep a new query that a person asks."""
    session.add(query)
    session.flush()
    return query


def add_unless_standing(session: Session, **values: Any) -> Query | None:
    """Keep a new query of a rule; None where one stands, of a writer at the same moment too."""
    return session.scalars(insert(Query).values(**values).on_conflict_do_nothing().returning(Query)).one_or_none()


def standing_of_rule(session: Session, subject_id: UUID, rule: str, *, key: str | None = None) -> Sequence[Query]:
    """Return the queries of a rule about a subject that stand, locked; of one `key`, or of all."""
    query = select(Query).where(
        Query.subject_id == subject_id,
        Query.kind == QueryKind.SYSTEM,
        Query.rule == rule,
        Query.state.in_(STANDING),
    )
    if key is not None:
        query = query.where(Query.rule_key == key)
    return session.scalars(
        query.order_by(Query.number).with_for_update().execution_options(populate_existing=True)
    ).all()


def last_of_rule(session: Session, subject_id: UUID, rule: str, key: str) -> Query | None:
    """Return the newest query of a rule and key, standing or not."""
    return session.scalars(
        select(Query)
        .where(Query.subject_id == subject_id, Query.rule == rule, Query.rule_key == key)
        .order_by(Query.number.desc())
        .limit(1)
    ).one_or_none()


def last_of_rules(session: Session, subject_id: UUID, rule: str) -> Mapping[str, Query]:
    """Return the newest query of each key of a rule, standing or not."""
    rows = session.scalars(
        select(Query)
        .where(Query.subject_id == subject_id, Query.rule == rule)
        .ext(distinct_on(Query.rule_key))
        .order_by(Query.rule_key, Query.number.desc())
    )
    return {row.rule_key: row for row in rows if row.rule_key is not None}


def of_subjects(
    session: Session, actor: Actor, action: Action, subject_ids: Collection[UUID]
) -> Mapping[UUID, Sequence[QueryRow]]:
    """Return the standing queries about subjects, by subject, the oldest first."""
    found: dict[UUID, list[QueryRow]] = {}
    query = _rows(actor, action).where(Query.subject_id.in_(subject_ids), Query.state.in_(STANDING))
    for row in session.execute(query.order_by(Query.number)):
        assert row[0].subject_id is not None
        found.setdefault(row[0].subject_id, []).append(QueryRow(*row))
    return found


def is_series_of(session: Session, subject_id: UUID, series_id: UUID) -> bool:
    """Tell whether the series is one of the subject's."""
    found = (
        select(Series.id)
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id)
        .join(Timepoint, Timepoint.id == ImagingStudy.timepoint_id)
        .where(Series.id == series_id, Timepoint.subject_id == subject_id)
    )
    return session.scalar(found) is not None


def roles_of_series(session: Session, series_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Return what kind each series is of, as far as it was said; the first where it is of several."""
    rows = session.execute(
        select(SeriesRole.series_id, func.min(SeriesRole.role))
        .where(SeriesRole.series_id.in_(series_ids))
        .group_by(SeriesRole.series_id)
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many queries wait: at sites for an answer, the late ones of those, and for the data centre."""

    n_open: int
    n_overdue: int
    n_answered: int
    n_candidates: int


def waiting(session: Session, actor: Actor, action: Action, *, today: date) -> Waiting:
    """Count what waits, as far as the actor may know."""
    states, late = counted(session, actor, action, Wanted(states=STANDING), today=today)
    return Waiting(
        states.get(QueryState.OPEN, 0),
        late,
        states.get(QueryState.ANSWERED, 0),
        states.get(QueryState.CANDIDATE, 0),
    )


def n_to_do(session: Session, actor: Actor) -> int:
    """Count the queries that wait for the actor: to be answered, or to be decided on once they are answered."""
    to_answer = and_(Query.state == QueryState.OPEN, _within(actor, Action.ANSWER_QUERIES))
    to_decide = and_(Query.state.in_((QueryState.ANSWERED, QueryState.CANDIDATE)), _within(actor, Action.ASK_QUERIES))
    query = _joined(select(func.count()).select_from(Query))
    return session.scalars(query.where(seen_by(actor, Action.SEE_QUERIES), or_(to_answer, to_decide))).one()
