"""Grants of roles: who holds which, from when until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from casebook.domain.accounts import Held
from casebook.domain.actors import Grant, Role
from casebook.store.tables import Account, RoleGrant, Site, Study


@dataclass(frozen=True, slots=True)
class KeptGrant:
    """A grant as it is kept: what it gives, and who gave and ended it."""

    id: UUID
    account_id: UUID
    held: Held
    granted_by: str
    ended_by: str | None


def of_accounts(session: Session, account_ids: Sequence[UUID]) -> Sequence[KeptGrant]:
    """Return every grant of the accounts, ended ones too, the newest first."""
    rows = session.execute(
        _kept().where(RoleGrant.account_id.in_(account_ids)).order_by(RoleGrant.valid_from.desc(), RoleGrant.id)
    )
    return [_grant(row) for row in rows]


def of_enabled_in_study(session: Session, study_code: str) -> Sequence[KeptGrant]:
    """Return the grants in a study of all accounts that are not disabled."""
    rows = session.execute(
        _kept()
        .join(Account, Account.id == RoleGrant.account_id)
        .where(Study.code == study_code, Account.disabled_at.is_(None))
    )
    return [_grant(row) for row in rows]


def add(session: Session, account_id: UUID, held: Held, *, study: Study, site: Site | None, granted_by: str) -> UUID:
    """Write a grant and return its id."""
    row = RoleGrant(
        account_id=account_id,
        study_id=study.id,
        site_id=site.id if site else None,
        role=held.grant.role,
        valid_from=held.valid_from,
        valid_until=held.valid_until,
        granted_by=granted_by,
    )
    session.add(row)
    session.flush()
    return row.id


def end(session: Session, grant_id: UUID, *, ends_at: datetime, ended_by: str) -> None:
    """Note until when a grant holds, and who said so."""
    row = session.get_one(RoleGrant, grant_id)
    row.valid_until = ends_at
    row.ended_by = ended_by


def lock_studies(session: Session, codes: Sequence[str]) -> None:
    """Keep other changes of the studies' people waiting until this transaction ends; always in one order."""
    session.execute(
        select(Study.id).where(Study.code.in_(codes)).order_by(Study.code).with_for_update(key_share=True)
    ).all()


def _kept() -> Select[UUID, UUID, str, str, str | None, datetime, datetime | None, str, str | None]:
    return (
        select(
            RoleGrant.id,
            RoleGrant.account_id,
            RoleGrant.role,
            Study.code,
            Site.code,
            RoleGrant.valid_from,
            RoleGrant.valid_until,
            RoleGrant.granted_by,
            RoleGrant.ended_by,
        )
        .join(Study, Study.id == RoleGrant.study_id)
        .outerjoin(Site, Site.id == RoleGrant.site_id)
    )


def _grant(row: Row[UUID, UUID, str, str, str | None, datetime, datetime | None, str, str | None]) -> KeptGrant:
    grant_id, account_id, role, study_code, site_code, valid_from, valid_until, granted_by, ended_by = row
    held = Held(Grant(Role(role), study_code, site_code), valid_from, valid_until)
    return KeptGrant(grant_id, account_id, held, granted_by, ended_by)
