"""Held files as the person who decides on them finds them, one by one and in groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.store.tables import QuarantineItem, ReceivedObject, Site, Subject, Submission, Timepoint
from casebook.store.visibility import visible


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which held files; None asks for all."""

    reason: str | None = None
    site: str | None = None
    number: str | None = None
    timepoint: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class HeldGroup:
    """Files of one timepoint held for one reason in one state; `first_id` is the one to begin with."""

    subject_number: str
    site_code: str
    study_version_id: UUID
    timepoint: str
    reason_code: str
    state: str
    n: int
    n_bytes: int
    oldest_at: datetime
    first_id: UUID


@dataclass(frozen=True, slots=True)
class Held:
    """One held file with whose delivery it came in, and the delivery that took it in the end."""

    item: QuarantineItem
    subject: Subject
    site_code: str
    timepoint: str
    submission_numbers: tuple[int, ...]
    went_into: int | None


def groups(session: Session, actor: Actor, wanted: Wanted, *, limit: int) -> Sequence[HeldGroup]:
    """Return held files by timepoint, reason and state; undecided and oldest first."""
    group = (
        Subject.number,
        Site.code,
        Subject.study_version_id,
        Timepoint.code,
        QuarantineItem.reason_code,
        QuarantineItem.state,
    )
    oldest = func.min(QuarantineItem.received_at)
    rows = session.execute(
        _of_subjects(
            select(
                *group,
                func.count(),
                func.sum(QuarantineItem.n_bytes),
                oldest,
                func.array_agg(QuarantineItem.id.distinct())[1],
            ),
            actor,
        )
        .where(*_conditions(wanted))
        .group_by(*group)
        .order_by(QuarantineItem.state != "held", oldest)
        .limit(limit)
    )
    return [HeldGroup(*row) for row in rows]


def counts(session: Session, actor: Actor, wanted: Wanted) -> Sequence[tuple[str, str, str, int]]:
    """Count held files by (reason, site, state)."""
    group = (QuarantineItem.reason_code, Site.code, QuarantineItem.state)
    rows = session.execute(
        _of_subjects(cast("Select[Any]", select(*group, func.count())), actor)
        .where(*_conditions(wanted))
        .group_by(*group)
        .order_by(func.count().desc(), *group)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def items(session: Session, actor: Actor, wanted: Wanted, *, limit: int) -> Sequence[Held]:
    """Return held files one by one; undecided and oldest first."""
    ids = session.scalars(
        _of_subjects(select(QuarantineItem.id), actor)
        .where(*_conditions(wanted))
        .order_by(QuarantineItem.state != "held", QuarantineItem.received_at, QuarantineItem.id)
        .limit(limit)
    ).all()
    found = {held.item.id: held for held in _held(session, actor, ids)}
    return [found[item_id] for item_id in ids]


def item(session: Session, actor: Actor, item_id: UUID) -> Held:
    """Find a held file. Raises NotFound, for those of patients the actor may not know of too."""
    found = _held(session, actor, [item_id])
    if not found:
        raise NotFound("There is no such held file.", field="item")
    return found[0]


def lock(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> Sequence[QuarantineItem]:
    """Return the rows, kept for this transaction, in the order of their arrival. Raises NotFound if one is missing."""
    rows = session.scalars(
        _of_subjects(select(QuarantineItem), actor)
        .where(QuarantineItem.id.in_(item_ids))
        .order_by(QuarantineItem.id)
        .with_for_update(of=QuarantineItem)
        .execution_options(populate_existing=True)
    ).all()
    if len(rows) != len(set(item_ids)):
        raise NotFound("There is no such held file.", field="item")
    return rows


def alike(session: Session, item_row: QuarantineItem, *, limit: int) -> Sequence[UUID]:
    """Return the ids of undecided files held for the same reason at the same timepoint, in the order of arrival."""
    return session.scalars(
        select(QuarantineItem.id)
        .where(
            QuarantineItem.timepoint_id == item_row.timepoint_id,
            QuarantineItem.reason_code == item_row.reason_code,
            QuarantineItem.state == "held",
        )
        .order_by(QuarantineItem.id)
        .limit(limit)
    ).all()


def _held(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> Sequence[Held]:
    taken = aliased(Submission)
    came = (
        select(func.array_agg(Submission.number.distinct()))
        .join(ReceivedObject, ReceivedObject.submission_id == Submission.id)
        .where(
            ReceivedObject.quarantine_id == QuarantineItem.id,
            Submission.id.is_distinct_from(QuarantineItem.went_into),
        )
        .correlate(QuarantineItem)
        .scalar_subquery()
    )
    rows = session.execute(
        _of_subjects(select(QuarantineItem, Subject, Site.code, Timepoint.code, came, taken.number), actor)
        .outerjoin(taken, taken.id == QuarantineItem.went_into)
        .where(QuarantineItem.id.in_(item_ids))
    )
    return [
        Held(row, subject, site, timepoint, tuple(numbers or ()), number)
        for row, subject, site, timepoint, numbers, number in rows
    ]


def _of_subjects(query: Select[Any], actor: Actor) -> Select[Any]:
    return (
        query.select_from(QuarantineItem)
        .join(Timepoint, Timepoint.id == QuarantineItem.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .where(visible(actor, Action.DECIDE_QUARANTINE))
    )


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    asked = (
        (QuarantineItem.reason_code, wanted.reason),
        (Site.code, wanted.site),
        (Subject.number, wanted.number),
        (Timepoint.code, wanted.timepoint),
        (QuarantineItem.state, wanted.state),
    )
    return [and_(column == value) for column, value in asked if value is not None]
