"""Reading the audit trail: the events of a row, of a patient, of a study; and the chain they hang on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from casebook.store.tables import (
    Account,
    ApiToken,
    AuditChain,
    AuditEvent,
    FormEntry,
    RoleGrant,
    Study,
    Subject,
    Timepoint,
)

ROWS_A_FETCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the trail; `name` is the account's, or the login where there is none."""

    id: int
    at: datetime
    actor: str
    name: str
    role: str | None
    reason: str | None
    act: str
    table: str
    row_id: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    subject_number: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events of a study; None asks for all. `since` and `until` bound the instant, `until` excluded.

    `tables` are all that may be seen; `table` the one asked for.
    """

    study_code: str
    tables: Collection[str] | None = None
    table: str | None = None
    actor: str | None = None
    number: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: how many events it holds and the hash that stands for all of them."""

    n_chained: int
    hash: str


def of_row(session: Session, table: str, row_id: UUID) -> list[Event]:
    """Return every event of a row, the oldest first."""
    query = _events().where(AuditEvent.table_name == table, AuditEvent.row_id == str(row_id))
    return [Event(*row) for row in session.execute(query.order_by(AuditEvent.id))]


def newest(session: Session, wanted: Wanted, *, before: int | None = None, limit: int) -> list[Event]:
    """Return events from the newest on, or from before one."""
    query = _events().where(*_conditions(session, wanted)).order_by(AuditEvent.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEvent.id < before)
    return [Event(*row) for row in session.execute(query)]


def after(session: Session, wanted: Wanted, *, last: int, limit: int = ROWS_A_FETCH) -> list[Event]:
    """Return the next events after one, the oldest first; for exports, a fetch at a time."""
    query = _events().where(*_conditions(session, wanted), AuditEvent.id > last)
    return [Event(*row) for row in session.execute(query.order_by(AuditEvent.id).limit(limit))]


@dataclass(frozen=True, slots=True)
class FormPlace:
    """Which form an entry of the trail is of."""

    form_code: str
    study_version_id: UUID
    timepoint: str | None
    ordinal: int


def form_places(session: Session, entry_ids: Collection[str]) -> dict[str, FormPlace]:
    """Return the forms of entries, by the entry's id as the trail spells it."""
    rows = session.execute(
        select(FormEntry.id, FormEntry.form_code, Subject.study_version_id, Timepoint.code, FormEntry.ordinal)
        .join(Subject, Subject.id == FormEntry.subject_id)
        .outerjoin(Timepoint, Timepoint.id == FormEntry.timepoint_id)
        .where(FormEntry.id.in_([UUID(one) for one in entry_ids]))
    )
    return {str(row[0]): FormPlace(*row[1:]) for row in rows}


def head(session: Session) -> Head | None:
    """Return the end of the chain; None while it is empty."""
    row = session.execute(
        select(AuditChain.position, func.encode(AuditChain.hash, "hex")).order_by(AuditChain.position.desc()).limit(1)
    ).one_or_none()
    return Head(*row) if row else None


def hash_at(session: Session, position: int) -> str | None:
    """Return the hash of the chain at a position; None where it does not reach so far."""
    return session.scalar(select(func.encode(AuditChain.hash, "hex")).where(AuditChain.position == position))


def _events() -> Select[Any]:
    return (
        select(
            AuditEvent.id,
            AuditEvent.at,
            AuditEvent.actor,
            func.coalesce(Account.display_name, AuditEvent.actor),
            AuditEvent.role,
            AuditEvent.reason,
            AuditEvent.act,
            AuditEvent.table_name,
            AuditEvent.row_id,
            AuditEvent.old,
            AuditEvent.new,
            Subject.number,
        )
        .outerjoin(Account, Account.login == AuditEvent.actor)
        .outerjoin(Subject, Subject.id == AuditEvent.subject_id)
    )


def _conditions(session: Session, wanted: Wanted) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_of_study(session, wanted.study_code)]
    if wanted.tables is not None:
        found.append(AuditEvent.table_name.in_(wanted.tables))
    if wanted.table is not None:
        found.append(AuditEvent.table_name == wanted.table)
    if wanted.actor is not None:
        found.append(AuditEvent.actor == wanted.actor)
    if wanted.number is not None:
        subject_id = _subject_id(session, wanted.study_code, wanted.number)
        found.append(AuditEvent.subject_id == subject_id if subject_id is not None else false())
    if wanted.since is not None:
        found.append(AuditEvent.at >= wanted.since)
    if wanted.until is not None:
        found.append(AuditEvent.at < wanted.until)
    if wanted.reason is not None:
        found.append(AuditEvent.reason.icontains(wanted.reason, autoescape=True))
    return found


def _of_study(session: Session, code: str) -> ColumnElement[bool]:
    """The events of a study and of the accounts that hold or held a role in it; all, where it is the only one."""
    ids = {row.code: row.id for row in session.execute(select(Study.code, Study.id))}
    if set(ids) == {code}:
        return true()
    of_study = AuditEvent.study_id == ids.get(code)
    people = select(RoleGrant.account_id).where(RoleGrant.study_id == ids.get(code))
    accounts = session.scalars(people.distinct()).all()
    tokens = session.scalars(select(ApiToken.id).where(ApiToken.account_id.in_(accounts))).all()
    return or_(
        of_study,
        and_(AuditEvent.table_name == "account", AuditEvent.row_id.in_([str(one) for one in accounts])),
        and_(AuditEvent.table_name == "api_token", AuditEvent.row_id.in_([str(one) for one in tokens])),
    )


def _subject_id(session: Session, study_code: str, number: str) -> UUID | None:
    query = select(Subject.id).join(Study, Study.id == Subject.study_id)
    return session.scalar(query.where(Study.code == study_code, Subject.number == number))
