"""The access log: who looked at images and unblinding data, took files away, signed in; written once an hour each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from casebook.store.tables import AccessEvent, Account, ImagingStudy, RoleGrant, Study, Subject, Timepoint

_ADD: Final = insert(AccessEvent).on_conflict_do_nothing()


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One look, download or sign-in; `name` is the account's, or the login where there is none."""

    id: int
    at: datetime
    actor: str
    name: str
    kind: str
    target: str
    subject_number: str | None


@dataclass(frozen=True, slots=True)
class WantedAccess:
    """Which events of a study; None asks for all, `until` is excluded."""

    study_code: str
    kind: str | None = None
    actor: str | None = None
    number: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def hour_of(instant: datetime) -> datetime:
    """Return the beginning of the hour."""
    return instant.replace(minute=0, second=0, microsecond=0)


def add(session: Session, *, actor: str, kind: str, target: str, subject_id: UUID | None = None, now: datetime) -> None:
    """Keep one look, unless the same was kept in this hour."""
    row = {"actor": actor, "kind": kind, "target": target, "subject_id": subject_id}
    session.execute(_ADD, [{**row, "at": now, "hour": hour_of(now)}])


def add_images(session: Session, *, actor: str, kind: str, study_uid: str, target: str, now: datetime) -> None:
    """Keep a look at images of a study, with whose they are, unless the same was kept in this hour."""
    subject_id = (
        select(Timepoint.subject_id)
        .join(ImagingStudy, ImagingStudy.timepoint_id == Timepoint.id)
        .where(ImagingStudy.study_uid == study_uid)
        .scalar_subquery()
    )
    row = {"actor": actor, "kind": kind, "target": target, "at": now, "hour": hour_of(now)}
    session.execute(insert(AccessEvent).values(**row, subject_id=subject_id).on_conflict_do_nothing())


def newest(session: Session, wanted: WantedAccess, *, before: int | None = None, limit: int) -> Sequence[AccessRow]:
    """Return looks at a study's patients, and sign-ins of people with a role in it, from the newest on."""
    study_id = select(Study.id).where(Study.code == wanted.study_code).scalar_subquery()
    people = (
        select(Account.login).join(RoleGrant, RoleGrant.account_id == Account.id).where(RoleGrant.study_id == study_id)
    )
    query = (
        select(
            AccessEvent.id,
            AccessEvent.at,
            AccessEvent.actor,
            func.coalesce(Account.display_name, AccessEvent.actor),
            AccessEvent.kind,
            AccessEvent.target,
            Subject.number,
        )
        .outerjoin(Account, Account.login == AccessEvent.actor)
        .outerjoin(Subject, Subject.id == AccessEvent.subject_id)
        .where(
            or_(
                Subject.study_id == study_id,
                AccessEvent.subject_id.is_(None) & (AccessEvent.actor.in_(people) | Account.id.is_(None)),
            )
        )
    )
    for column, value in ((AccessEvent.kind, wanted.kind), (AccessEvent.actor, wanted.actor)):
        if value is not None:
            query = query.where(column == value)
    if wanted.number is not None:
        query = query.where(Subject.number == wanted.number)
    if wanted.since is not None:
        query = query.where(AccessEvent.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AccessEvent.at < wanted.until)
    if before is not None:
        query = query.where(AccessEvent.id < before)
    rows = session.execute(query.order_by(AccessEvent.id.desc()).limit(limit))
    return [AccessRow(*row) for row in rows]
