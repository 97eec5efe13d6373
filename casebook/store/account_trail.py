"""What the trail says about an account: itself, its grants, its tokens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from casebook.store.tables import Account, ApiToken, AuditEvent, RoleGrant

MOST_EVENTS: Final = 200
NOT_TOLD: Final = frozenset(
    {"id", "account_id", "study_id", "site_id", "n_failed_logins", "created_at", "token_sha256"}
)
"""Columns that say nothing to a person; a grant's study and site stand beside it."""


@dataclass(frozen=True, slots=True)
class AccountEvent:
    """One change: of the account, or of a grant or token of it."""

    at: datetime
    actor: str
    reason: str | None
    act: str
    table_name: str
    row_id: UUID
    old: Mapping[str, Any]
    new: Mapping[str, Any]

    @property
    def fields(self) -> Sequence[str]:
        """What changed, by column."""
        return sorted({*self.old, *self.new} - NOT_TOLD)


def of_account(session: Session, account_id: UUID, grant_ids: Sequence[UUID]) -> Sequence[AccountEvent]:
    """Return the newest changes of an account, of the named grants and of its tokens."""
    token_ids = session.scalars(select(ApiToken.id).where(ApiToken.account_id == account_id)).all()
    rows = {
        Account.__tablename__: [account_id],
        RoleGrant.__tablename__: grant_ids,
        ApiToken.__tablename__: token_ids,
    }
    events = session.scalars(
        select(AuditEvent)
        .where(
            or_(
                *(
                    and_(AuditEvent.table_name == table, AuditEvent.row_id.in_([str(one) for one in ids]))
                    for table, ids in rows.items()
                )
            )
        )
        .order_by(AuditEvent.id.desc())
        .limit(MOST_EVENTS)
    )
    return [found for found in map(_event, events) if found.fields]


def _event(row: AuditEvent) -> AccountEvent:
    return AccountEvent(
        row.at, row.actor, row.reason, row.act, row.table_name, UUID(row.row_id), row.old or {}, row.new or {}
    )
