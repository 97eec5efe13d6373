"""Queries as people look at them: lists with counts and ageing, one query with its thread, those beside a record."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.queries import side_of
from casebook.actions.studies import definition_of, newest_definition
from casebook.domain.actors import Action, Actor
from casebook.domain.imaging import SeriesRole
from casebook.domain.queries import Ageing, QueryAct, QueryState, QueryTarget, Side, ageing, allowed_acts
from casebook.domain.query_targets import place_words
from casebook.domain.series_labels import ROLE_LABELS
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Text, joined
from casebook.store import queries
from casebook.store.queries import QueryRow, Said, Wanted
from casebook.store.tables import Query

PER_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class QueryLine:
    """A query as a list shows it: what it is about in words, how old it is, what was said last, what may be done.

    `reason_is_gone` says that the rule that raised it would not do so any more.
    """

    row: QueryRow
    definition: StudyDefinition
    about: QueryTarget
    place: Text
    age: Ageing
    last: Said | None
    reason_is_gone: bool
    side: Side | None
    acts: tuple[QueryAct, ...]

    @property
    def query(self) -> Query:
        """The stored query."""
        return self.row.query

    @property
    def state(self) -> QueryState:
        """Where it stands."""
        return QueryState(self.row.query.state)

    @property
    def question(self) -> Text:
        """What is asked."""
        return Text(self.row.query.question["en"], self.row.query.question["ja"])

    @property
    def site_name(self) -> Text:
        """The name of the site that is asked."""
        return Text(self.row.site_name_en, self.row.site_name_ja)


@dataclass(frozen=True, slots=True)
class QueryList:
    """One page of queries; the counts are of the queries that the other filters leave, whatever their state."""

    lines: Sequence[QueryLine]
    n_by_state: Mapping[QueryState, int]
    n_overdue: int
    n_total: int
    page: int

    @property
    def n_pages(self) -> int:
        """Pages of the list, one at least."""
        return max(1, -(-self.n_total // PER_PAGE))


@dataclass(frozen=True, slots=True)
class QueryFile:
    """One query with its thread, the oldest entry first."""

    line: QueryLine
    thread: Sequence[Said]


def list_queries(session: Session, actor: Actor, wanted: Wanted, *, today: date, page: int = 1) -> QueryList:
    """Return a page of the queries the actor may see, what waits for an answer first."""
    states, n_overdue = queries.counted(session, actor, Action.SEE_QUERIES, _of_any_state(wanted), today=today)
    if wanted.overdue_on is not None:
        n_total = n_overdue
    else:
        n_total = sum(n for state, n in states.items() if wanted.states is None or state in wanted.states)
    last = max(1, -(-n_total // PER_PAGE))
    at = min(page, last)
    rows = queries.listed(session, actor, Action.SEE_QUERIES, wanted, limit=PER_PAGE, offset=(at - 1) * PER_PAGE)
    return QueryList(lines_of(session, actor, rows, today=today), states, n_overdue, n_total, at)


def _of_any_state(wanted: Wanted) -> Wanted:
    return Wanted(
        site=wanted.site,
        subject=wanted.subject,
        timepoint=wanted.timepoint,
        form=wanted.form,
        kind=wanted.kind,
        rule=wanted.rule,
        search=wanted.search,
    )


def every_query(session: Session, actor: Actor, wanted: Wanted, *, today: date) -> Sequence[QueryLine]:
    """Return all queries that are asked for, for an export."""
    return lines_of(session, actor, queries.listed(session, actor, Action.SEE_QUERIES, wanted), today=today)


def open_query(session: Session, actor: Actor, *, number: int, today: date) -> QueryFile:
    """Return one query with its thread. Raises NotFound, for others' queries too."""
    row = queries.one(session, actor, Action.SEE_QUERIES, number=number)
    return QueryFile(lines_of(session, actor, [row], today=today)[0], queries.thread(session, row.query.id))


def queries_beside(
    session: Session, actor: Actor, subject_ids: Collection[UUID], *, today: date
) -> Mapping[UUID, Sequence[QueryLine]]:
    """Return the standing queries about subjects, to be shown beside their records; none for who sees no queries."""
    if not actor.may(Action.SEE_QUERIES):
        return {}
    found = queries.of_subjects(session, actor, Action.SEE_QUERIES, subject_ids)
    return {subject_id: lines_of(session, actor, rows, today=today) for subject_id, rows in found.items()}


def lines_of(session: Session, actor: Actor, rows: Sequence[QueryRow], *, today: date) -> list[QueryLine]:
    """Return queries as lists show them, in a constant number of statements."""
    ids = [row.query.id for row in rows]
    said, gone = queries.last_said(session, ids), queries.without_reason(session, ids)
    series = queries.roles_of_series(session, [row.query.series_id for row in rows if row.query.series_id])
    return [
        _line(session, actor, row, today, said.get(row.query.id), series, reason_is_gone=row.query.id in gone)
        for row in rows
    ]


def _line(
    session: Session,
    actor: Actor,
    row: QueryRow,
    today: date,
    last: Said | None,
    series: Mapping[UUID, str],
    *,
    reason_is_gone: bool,
) -> QueryLine:
    query, about = row.query, target_of(row)
    definition = _definition(session, row)
    side = side_of(actor, study=row.study_code, site=row.site_code)
    state = QueryState(query.state)
    return QueryLine(
        row=row,
        definition=definition,
        about=about,
        place=_with_series(place_words(definition, about), query.series_id, series),
        age=ageing(
            state,
            opened_on=query.opened_at.date(),
            due_on=query.due_on,
            today=today,
            terms=definition.queries,
            ended_on=query.ended_at.date() if query.ended_at else None,
        ),
        last=last,
        reason_is_gone=reason_is_gone and not state.has_ended,
        side=side,
        acts=allowed_acts(state, side) if side else (),
    )


def target_of(row: QueryRow) -> QueryTarget:
    """Return what a stored query is about."""
    query = row.query
    return QueryTarget(
        subject=row.subject_number,
        timepoint=query.timepoint_code,
        form=query.form_code,
        ordinal=query.form_ordinal or 1,
        field=query.field,
        lesion=query.lesion_label,
        series_id=query.series_id,
        study=row.study_code,
        site=row.site_code,
    )


def _definition(session: Session, row: QueryRow) -> StudyDefinition:
    if row.study_version_id is not None:
        return definition_of(session, row.study_version_id)
    return newest_definition(session, row.study_code)[1]


def _with_series(place: Text, series_id: UUID | None, roles: Mapping[UUID, str]) -> Text:
    if series_id is None:
        return place
    role = roles.get(series_id)
    label = ROLE_LABELS[SeriesRole(role)] if role else Text("a series", "シリーズ")
    return joined([place, label] if place.en else [label], en=" · ", ja="・")
