"""People who read centrally in a study, and every case they were given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from casebook.domain.actors import BLINDED_ROLES
from casebook.domain.errors import NotFound
from casebook.store.tables import (
    Account,
    OpenedImages,
    Reader,
    Reading,
    ReadingAssignment,
    RoleGrant,
    Site,
    Subject,
)


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """An account that reads, or has read, centrally; `roles` are those held now. `version` is 0 before any record."""

    account_id: UUID
    login: str
    display_name: str
    roles: Sequence[str]
    home_site_code: str | None
    trained_on: date | None
    training: str | None
    version: int


def rows(session: Session, study_id: UUID, *, now: datetime, login: str | None = None) -> Sequence[ReaderRow]:
    """Return who holds a reading role now or was given a case, by login; one of them where it is named."""
    holds = and_(
        RoleGrant.account_id == Account.id,
        RoleGrant.study_id == study_id,
        RoleGrant.role.in_(sorted(BLINDED_ROLES)),
        RoleGrant.valid_from <= now,
        or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > now),
    )
    given = exists().where(ReadingAssignment.account_id == Account.id, ReadingAssignment.study_id == study_id)
    query = (
        select(
            Account.id,
            Account.login,
            Account.display_name,
            func.array_remove(func.array_agg(RoleGrant.role.distinct()), None),
            Site.code,
            Reader.trained_on,
            Reader.training,
            func.coalesce(Reader.version, 0),
        )
        .outerjoin(RoleGrant, holds)
        .outerjoin(Reader, and_(Reader.account_id == Account.id, Reader.study_id == study_id))
        .outerjoin(Site, Site.id == Reader.home_site_id)
        .where(or_(and_(RoleGrant.id.is_not(None), Account.disabled_at.is_(None)), given))
        .group_by(Account.id, Reader.id, Site.id)
        .order_by(Account.login)
    )
    return [ReaderRow(*row) for row in session.execute(query if login is None else query.where(Account.login == login))]


def record(session: Session, study_id: UUID, account_id: UUID) -> Reader | None:
    """Return what is recorded of a reader in a study, locked for a change."""
    return session.scalars(
        select(Reader).where(Reader.study_id == study_id, Reader.account_id == account_id).with_for_update()
    ).one_or_none()


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """A case that was given to somebody, under the code they know it by; `number` is for the data centre only."""

    id: UUID
    account_id: UUID
    login: str
    display_name: str
    number: str
    code: str
    place: str
    round: int
    drawn_at: datetime
    opens_on: date
    closes_on: date | None
    withdrawn_at: datetime | None
    withdrawn_because: str | None


_COLUMNS = (
    ReadingAssignment.id,
    ReadingAssignment.account_id,
    Account.login,
    Account.display_name,
    Subject.number,
    ReadingAssignment.code,
    ReadingAssignment.place,
    ReadingAssignment.round,
    ReadingAssignment.drawn_at,
    ReadingAssignment.opens_on,
    ReadingAssignment.closes_on,
    ReadingAssignment.withdrawn_at,
    ReadingAssignment.withdrawn_because,
)
_GIVEN: Select[*tuple[Any, ...]] = (
    select(*_COLUMNS)
    .join(Account, Account.id == ReadingAssignment.account_id)
    .join(Subject, Subject.id == ReadingAssignment.subject_id)
    .order_by(Subject.number, ReadingAssignment.round, ReadingAssignment.drawn_at, ReadingAssignment.id)
)


def assignments(session: Session, study_id: UUID) -> Sequence[AssignmentRow]:
    """Return every case that was ever given to somebody in a study, by subject."""
    return [AssignmentRow(*row) for row in session.execute(_GIVEN.where(ReadingAssignment.study_id == study_id))]


def assignment(session: Session, study_id: UUID, assignment_id: UUID) -> AssignmentRow:
    """Find one of them. Raises NotFound."""
    row = session.execute(
        _GIVEN.where(ReadingAssignment.study_id == study_id, ReadingAssignment.id == assignment_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such assignment.", field="assignment")
    return AssignmentRow(*row)


def n_to_read(session: Session, study_id: UUID) -> Mapping[UUID, int]:
    """Count the timepoints that are open to each assignment and that its reader has not signed."""
    newest = (
        select(Reading.assignment_id, Reading.timepoint_id, func.max(Reading.edition).label("edition"))
        .group_by(Reading.assignment_id, Reading.timepoint_id)
        .subquery()
    )
    signed = exists().where(
        Reading.assignment_id == OpenedImages.assignment_id,
        Reading.timepoint_id == OpenedImages.timepoint_id,
        newest.c.assignment_id == Reading.assignment_id,
        newest.c.timepoint_id == Reading.timepoint_id,
        newest.c.edition == Reading.edition,
        Reading.state == "signed",
        Reading.stale_at.is_(None),
    )
    found = session.execute(
        select(OpenedImages.assignment_id, func.count())
        .join(ReadingAssignment, ReadingAssignment.id == OpenedImages.assignment_id)
        .where(ReadingAssignment.study_id == study_id, ~signed)
        .group_by(OpenedImages.assignment_id)
    )
    return {row[0]: row[1] for row in found}
