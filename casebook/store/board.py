"""The rows of the reconciliation board, as far as the actor may know of them, in a constant number of queries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, delete, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.domain.protocol_findings import CheckCode, Severity
from casebook.domain.reconciliation.standing import BoardState
from casebook.store.tables import (
    Account,
    Discrepancy,
    FormEntry,
    ImageCheck,
    ImagingStudy,
    Query,
    SavedView,
    Series,
    Site,
    Subject,
    Timepoint,
)
from casebook.store.visibility import visible

Columns = TypeVarTuple("Columns")
STATE: Final = case(
    (Discrepancy.gone_at.is_not(None), BoardState.GONE.value),
    (Discrepancy.accepted_at.is_not(None), BoardState.ACCEPTED.value),
    (Query.state == "answered", BoardState.ANSWERED.value),
    (Query.state == "open", BoardState.ASKED.value),
    else_=BoardState.OPEN.value,
)
"""As `casebook.domain.reconciliation.standing.state_of` has it."""
STANDS: Final = and_(
    Discrepancy.gone_at.is_(None), Discrepancy.accepted_at.is_(None), Discrepancy.severity != Severity.NOTE.value
)
"""Somebody still has to do something about it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Filters in the terms of the tables; None leaves one open."""

    site: str | None = None
    timepoint: str | None = None
    modality: str | None = None
    rule: str | None = None
    severity: str | None = None
    states: Collection[str] | None = None
    seen_before: datetime | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class CellRow:
    """A patient's timepoint and modality with discrepancies; `n_total` counts all such rows."""

    subject_id: UUID
    number: str
    timepoint: str
    modality: str
    n_total: int


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """Whose rows they are."""

    id: UUID
    number: str
    study_version_id: UUID
    site_code: str
    site_name_en: str
    site_name_ja: str


@dataclass(frozen=True, slots=True)
class DiscrepancyRow:
    """A discrepancy with its query and who accepted it, by name."""

    row: Discrepancy
    state: BoardState
    query_number: int | None
    accepted_by: str | None


def _joined(query: Select[*Columns]) -> Select[*Columns]:
    return (
        query.join(Subject, Subject.id == Discrepancy.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .outerjoin(Query, Query.id == Discrepancy.query_id)
    )


def _matching(asked: Asked) -> list[ColumnElement[bool]]:
    pairs: list[tuple[Any, object]] = [
        (Discrepancy.modality, asked.modality),
        (Discrepancy.rule, asked.rule),
        (Discrepancy.severity, asked.severity),
    ]
    found = [column == value for column, value in pairs if value]
    if asked.states is None:
        found.append(Discrepancy.gone_at.is_(None))
    else:
        found.append(STATE.in_(asked.states))
        if BoardState.GONE not in asked.states:
            found.append(Discrepancy.gone_at.is_(None))
    if asked.seen_before is not None:
        found.append(Discrepancy.seen_at <= asked.seen_before)
    return [*found, *_of_place(asked, Discrepancy.timepoint_code)]


def _of_place(asked: Asked, timepoint: Any) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.site:
        found.append(Site.code == asked.site)
    if asked.timepoint:
        found.append(timepoint == asked.timepoint)
    if asked.search:
        contains = [column.icontains(asked.search, autoescape=True) for column in (Subject.number, Site.name_en)]
        found.append(or_(*contains, Site.name_ja.contains(asked.search, autoescape=True)))
    return found


def cells(
    session: Session, actor: Actor, action: Action, asked: Asked, *, limit: int, offset: int
) -> Sequence[CellRow]:
    """Return the rows that hold discrepancies of the kind asked for, those that wait longest first."""
    rows = session.execute(
        _joined(
            select(
                Subject.id, Subject.number, Discrepancy.timepoint_code, Discrepancy.modality, func.count().over()
            ).select_from(Discrepancy)
        )
        .where(visible(actor, action), *_matching(asked))
        .group_by(Subject.id, Discrepancy.timepoint_code, Discrepancy.modality)
        .order_by(
            func.date_trunc("day", func.min(Discrepancy.seen_at)),
            Subject.number,
            Discrepancy.timepoint_code,
            Discrepancy.modality,
        )
        .limit(limit)
        .offset(offset)
    )
    return [CellRow(*row) for row in rows]


def timepoints(session: Session, actor: Actor, action: Action, asked: Asked) -> Sequence[tuple[UUID, str, UUID, bool]]:
    """Return (subject, timepoint, study version, has images) of every timepoint that has come about, by number."""
    has_images = exists().where(ImagingStudy.timepoint_id == Timepoint.id)
    rows = session.execute(
        select(Subject.id, Timepoint.code, Subject.study_version_id, has_images)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .where(visible(actor, action), *_of_place(asked, Timepoint.code))
        .order_by(Subject.number, Timepoint.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def standing_cells(session: Session, actor: Actor, action: Action) -> Mapping[tuple[UUID, str, str], bool]:
    """Return every row with a discrepancy that is not gone, and whether one of them is unsettled."""
    rows = session.execute(
        select(Discrepancy.subject_id, Discrepancy.timepoint_code, Discrepancy.modality, func.bool_or(STANDS))
        .join(Subject, Subject.id == Discrepancy.subject_id)
        .where(visible(actor, action), Discrepancy.gone_at.is_(None))
        .group_by(Discrepancy.subject_id, Discrepancy.timepoint_code, Discrepancy.modality)
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def subjects(session: Session, subject_ids: Collection[UUID]) -> Mapping[UUID, SubjectRow]:
    """Return subjects with their sites."""
    rows = session.execute(
        select(Subject.id, Subject.number, Subject.study_version_id, Site.code, Site.name_en, Site.name_ja)
        .join(Site, Site.id == Subject.site_id)
        .where(Subject.id.in_(subject_ids))
    )
    return {row[0]: SubjectRow(*row) for row in rows}


def discrepancies(
    session: Session,
    actor: Actor,
    action: Action,
    asked: Asked,
    *,
    subject_ids: Collection[UUID] | None = None,
    ids: Collection[UUID] | None = None,
    limit: int | None = None,
) -> Sequence[DiscrepancyRow]:
    """Return discrepancies of the kind asked for, the oldest first; of some subjects or keys where they are named."""
    query = (
        _joined(select(Discrepancy, STATE, Query.number, func.coalesce(Account.display_name, Discrepancy.accepted_by)))
        .outerjoin(Account, Account.login == Discrepancy.accepted_by)
        .where(visible(actor, action), *_matching(asked))
        .order_by(Discrepancy.seen_at, Subject.number, Discrepancy.id)
        .limit(limit)
    )
    if subject_ids is not None:
        query = query.where(Discrepancy.subject_id.in_(subject_ids))
    if ids is not None:
        query = query.where(Discrepancy.id.in_(ids))
    return [DiscrepancyRow(row[0], BoardState(row[1]), row[2], row[3]) for row in session.execute(query)]


Chosen = tuple[Discrepancy, BoardState, Query | None, Subject]
"""A discrepancy that is acted on, with its state, its query and whose it is."""


def chosen(session: Session, actor: Actor, action: Action, ids: Collection[UUID]) -> Mapping[UUID, Chosen]:
    """Return the discrepancies of these ids that the actor may act on, locked in one order."""
    rows = session.execute(
        _joined(select(Discrepancy, STATE, Query, Subject))
        .where(visible(actor, action), Discrepancy.id.in_(ids))
        .order_by(Discrepancy.id)
        .with_for_update(of=Discrepancy)
        .execution_options(populate_existing=True)
    )
    return {row[0].id: (row[0], BoardState(row[1]), row[2], row[3]) for row in rows}


@dataclass(frozen=True, slots=True)
class BoardCounts:
    """What stands: by state, by severity, and since when; notes are not counted."""

    by_state: Mapping[BoardState, int]
    by_severity: Mapping[Severity, int]
    oldest_at: datetime | None

    @property
    def n_standing(self) -> int:
        """How many are to be dealt with."""
        return sum(self.by_severity.values())


def counts(session: Session, actor: Actor, action: Action) -> BoardCounts:
    """Count the discrepancies that the actor may know of."""
    rows = session.execute(
        _joined(
            select(STATE, Discrepancy.severity, func.count(), func.min(Discrepancy.seen_at)).select_from(Discrepancy)
        )
        .where(visible(actor, action), Discrepancy.gone_at.is_(None), Discrepancy.severity != Severity.NOTE.value)
        .group_by(STATE, Discrepancy.severity)
    ).all()
    by_state: dict[BoardState, int] = {}
    by_severity: dict[Severity, int] = {}
    oldest: list[datetime] = []
    for state, severity, n, oldest_at in rows:
        by_state[BoardState(state)] = by_state.get(BoardState(state), 0) + n
        if state != BoardState.ACCEPTED:
            by_severity[Severity(severity)] = by_severity.get(Severity(severity), 0) + n
            oldest.append(oldest_at)
    return BoardCounts(by_state, by_severity, min(oldest, default=None))


def n_standing(session: Session, actor: Actor) -> int:
    """Count what waits for the actor to reconcile."""
    return session.execute(
        select(func.count())
        .select_from(Discrepancy)
        .join(Subject, Subject.id == Discrepancy.subject_id)
        .where(visible(actor, Action.RECONCILE), STANDS)
    ).scalar_one()


def rules(session: Session, actor: Actor, action: Action) -> Sequence[str]:
    """Return the rules that have found something which is not gone."""
    return session.scalars(
        select(Discrepancy.rule)
        .join(Subject, Subject.id == Discrepancy.subject_id)
        .where(visible(actor, action), Discrepancy.gone_at.is_(None))
        .distinct()
    ).all()


def imaged_timepoints(session: Session, actor: Actor, action: Action) -> Sequence[tuple[UUID, str, int]]:
    """Count the timepoints with images: (study version, timepoint, how many)."""
    rows = session.execute(
        select(Subject.study_version_id, Timepoint.code, func.count())
        .join(Subject, Subject.id == Timepoint.subject_id)
        .where(visible(actor, action), exists().where(ImagingStudy.timepoint_id == Timepoint.id))
        .group_by(Subject.study_version_id, Timepoint.code)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def n_missing_roles(session: Session, actor: Actor, action: Action) -> int:
    """Count the required series that did not arrive where images are, an ADC map that can be computed among them."""
    return session.execute(
        select(func.count())
        .select_from(ImageCheck)
        .join(Timepoint, Timepoint.id == ImageCheck.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .where(
            visible(actor, action),
            ImageCheck.code.in_((CheckCode.ROLE_MISSING, CheckCode.ADC_MISSING)),
            exists().where(ImagingStudy.timepoint_id == Timepoint.id),
        )
    ).scalar_one()


@dataclass(frozen=True, slots=True)
class ImagedRow:
    """A day of one modality at a timepoint; `study_on` is the archive's (shifted) day."""

    subject_id: UUID
    timepoint: str
    modality: str
    study_on: date | None


def imaged(session: Session, subject_ids: Collection[UUID]) -> Sequence[ImagedRow]:
    """Return the days on which subjects were imaged, by timepoint and the header's modality."""
    rows = session.execute(
        select(Timepoint.subject_id, Timepoint.code, Series.modality, ImagingStudy.study_on)
        .join(ImagingStudy, ImagingStudy.timepoint_id == Timepoint.id)
        .join(Series, Series.imaging_study_id == ImagingStudy.id)
        .where(Timepoint.subject_id.in_(subject_ids), Series.n_instances > 0)
        .distinct()
    )
    return [ImagedRow(*row) for row in rows]


def image_forms(
    session: Session, subject_ids: Collection[UUID], form_codes: Collection[str]
) -> Sequence[tuple[UUID, str, str, dict[str, Any], str]]:
    """Return (subject, timepoint, form, answers, state) of the forms that describe images."""
    rows = session.execute(
        select(FormEntry.subject_id, Timepoint.code, FormEntry.form_code, FormEntry.data, FormEntry.state)
        .join(Timepoint, Timepoint.id == FormEntry.timepoint_id)
        .where(FormEntry.subject_id.in_(subject_ids), FormEntry.form_code.in_(form_codes))
        .order_by(FormEntry.ordinal)
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def views(session: Session, account_id: UUID, page: str) -> Sequence[SavedView]:
    """Return the views of a page that an account has saved, by name."""
    mine = select(SavedView).where(SavedView.account_id == account_id, SavedView.page == page)
    return session.scalars(mine.order_by(SavedView.name)).all()


def keep_view(session: Session, account_id: UUID, page: str, *, name: str, filters: str) -> None:
    """Keep a view, in the place of one of the same name."""
    row = insert(SavedView).values(account_id=account_id, page=page, name=name, filters=filters)
    session.execute(row.on_conflict_do_update(index_elements=["account_id", "page", "name"], set_={"filters": filters}))


def drop_view(session: Session, account_id: UUID, page: str, *, name: str) -> int:
    """Forget a view; returns how many there were of the name."""
    mine = (SavedView.account_id == account_id, SavedView.page == page, SavedView.name == name)
    return len(session.scalars(delete(SavedView).where(*mine).returning(SavedView.id)).all())


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A discrepancy that nobody has asked about or accepted; `n_total` counts all of them."""

    number: str
    study_version_id: UUID
    timepoint: str
    rule: str
    n_total: int


def unsettled(session: Session, actor: Actor, *, limit: int) -> Sequence[Unsettled]:
    """Return what waits for the actor to ask about or to accept, answered queries too; the oldest first."""
    rows = session.execute(
        _joined(
            select(
                Subject.number,
                Subject.study_version_id,
                Discrepancy.timepoint_code,
                Discrepancy.rule,
                func.count().over(),
            ).select_from(Discrepancy)
        )
        .where(visible(actor, Action.RECONCILE), STANDS, STATE.is_distinct_from(BoardState.ASKED.value))
        .order_by(Discrepancy.seen_at, Subject.number, Discrepancy.id)
        .limit(limit)
    )
    return [Unsettled(*row) for row in rows]


def any_dealt_with(session: Session) -> bool:
    """Tell whether a discrepancy was ever settled or asked about."""
    dealt_with = or_(Discrepancy.accepted_at.is_not(None), Discrepancy.query_id.is_not(None))
    return session.scalar(select(Discrepancy.id).where(dealt_with).limit(1)) is not None


def open_queries(session: Session, subject_id: UUID) -> Sequence[Query]:
    """Return the queries about a subject's discrepancies that wait for an answer."""
    return session.scalars(
        select(Query)
        .where(Query.id.in_(select(Discrepancy.query_id).where(Discrepancy.subject_id == subject_id)))
        .where(Query.state == "open")
        .order_by(Query.number)
    ).all()
