"""Who changed a row last, as the audit trail says."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from casebook.store.tables import Account, AuditEvent


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a row: whose, when and why; `name` is the account's, or the login where there is none."""

    name: str
    at: datetime
    reason: str | None


def last_change(session: Session, table_name: str, row_id: UUID) -> Change | None:
    """Return the newest change of a row, if the trail holds one."""
    row = session.execute(
        select(Account.display_name, AuditEvent.actor, AuditEvent.at, AuditEvent.reason)
        .outerjoin(Account, Account.login == AuditEvent.actor)
        .where(AuditEvent.table_name == table_name, AuditEvent.row_id == str(row_id))
        .order_by(AuditEvent.id.desc())
        .limit(1)
    ).one_or_none()
    return Change(row.display_name or row.actor, row.at, row.reason) if row else None
