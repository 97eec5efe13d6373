"""The stored standing of every subject, and whether it is up to date."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from casebook.store.tables import AuditEvent, Subject, SubjectProgress

TOLD_BY: Final = ("subject", "registration", "form_entry", "lesion", "derivation", "series_role", "quarantine_item")
"""Tables of which every change can change where a subject stands; a read counts once it is signed and derived from."""


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What the registry itself says of a subject."""

    subject_id: UUID
    number: str
    study_version_id: UUID
    road: str
    registered_on: date
    baseline_locked_at: datetime | None


def lock(session: Session, subject_id: UUID) -> None:
    """Have others who make this subject's row wait until this transaction ends."""
    session.execute(select(Subject.id).where(Subject.id == subject_id).with_for_update(key_share=True))


def subject_facts(session: Session, subject_ids: Sequence[UUID]) -> Sequence[SubjectFacts]:
    """Return what the registry says of subjects."""
    rows = session.execute(
        select(
            Subject.id,
            Subject.number,
            Subject.study_version_id,
            Subject.road,
            Subject.registered_on,
            Subject.baseline_locked_at,
        ).where(Subject.id.in_(subject_ids))
    )
    return [SubjectFacts(*row) for row in rows]


def newest_event() -> ColumnElement[int]:
    """Return the newest event of the trail that tells of the row's subject, 0 where there is none."""
    newest = (
        select(AuditEvent.id)
        .where(AuditEvent.subject_id == Subject.id, AuditEvent.table_name.in_(TOLD_BY))
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    return func.coalesce(newest.correlate(Subject).scalar_subquery(), 0)


def newest_events(session: Session, subject_ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """Return the newest event about each subject."""
    rows = session.execute(select(Subject.id, newest_event()).where(Subject.id.in_(subject_ids)))
    return {row[0]: row[1] for row in rows}


def is_current(made_by: str) -> ColumnElement[bool]:
    """Return the condition that a row was made by this program and that nothing has happened since."""
    return and_(SubjectProgress.made_by == made_by, SubjectProgress.event_id >= newest_event())


def outdated(session: Session, made_by: str) -> Sequence[UUID]:
    """Return the subjects without a row that is up to date."""
    query = (
        select(Subject.id)
        .outerjoin(SubjectProgress, SubjectProgress.subject_id == Subject.id)
        .where(or_(SubjectProgress.subject_id.is_(None), ~is_current(made_by)))
        .order_by(Subject.number)
    )
    return session.scalars(query).all()


def every_subject(session: Session) -> Sequence[UUID]:
    """Return all subjects, by number."""
    return session.scalars(select(Subject.id).order_by(Subject.number)).all()


def put(
    session: Session,
    subject_id: UUID,
    *,
    progress: dict[str, Any],
    agenda: dict[str, Any],
    event_id: int,
    made_by: str,
    now: datetime,
) -> None:
    """Keep a subject's row, in place of an earlier one."""
    values = {"progress": progress, "agenda": agenda, "event_id": event_id, "made_by": made_by, "made_at": now}
    session.execute(
        insert(SubjectProgress)
        .values(subject_id=subject_id, **values)
        .on_conflict_do_update(index_elements=[SubjectProgress.subject_id], set_=values)
    )


def all_stored(session: Session, batch: int) -> Iterator[Sequence[tuple[UUID, dict[str, Any], dict[str, Any], bool]]]:
    """Yield (subject, progress, agenda, whether it is said to be up to date) of every row, `batch` at a time."""
    after: UUID | None = None
    while True:
        query = _stored().order_by(SubjectProgress.subject_id).limit(batch)
        rows = session.execute(query.where(SubjectProgress.subject_id > after) if after else query).all()
        if not rows:
            return
        yield [(row[0], row[1], row[2], row[3] >= row[4]) for row in rows]
        after = rows[-1][0]


def _stored() -> Select[Any]:
    return select(
        SubjectProgress.subject_id,
        SubjectProgress.progress,
        SubjectProgress.agenda,
        SubjectProgress.event_id,
        newest_event(),
    ).join(Subject, Subject.id == SubjectProgress.subject_id)
