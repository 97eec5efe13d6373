"""Accounts, their grants, sessions and tokens."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from casebook.domain.accounts import normal_login
from casebook.domain.actors import Actor, Grant, Role
from casebook.store.tables import Account, ApiToken, LoginSession, RoleGrant, Site, Study


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account with the grants that hold now, and how it came in."""

    account_id: UUID
    actor: Actor
    language: str
    csrf_token: str | None
    must_change_password: bool = False


def by_login(session: Session, login: str, *, lock: bool = False) -> Account | None:
    """Find the account whatever the spelling, locked for update where the caller decides by what it finds."""
    known = normal_login(login)
    if not known.isprintable():
        return None
    query = select(Account).where(Account.login == known)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def by_subject(session: Session, oidc_subject: str) -> Account | None:
    """Find and lock the account that is linked to a person of the institution's own service."""
    query = select(Account).where(Account.oidc_subject == oidc_subject).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def one(session: Session, account_id: UUID) -> Account:
    """Return an account that exists."""
    return session.get_one(Account, account_id)


def locked(session: Session, account_id: UUID) -> Account:
    """Return the account, locked for update; rows that refer to it may be written meanwhile."""
    query = select(Account).where(Account.id == account_id).with_for_update(key_share=True)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def grants_now(session: Session, account_id: UUID, now: datetime) -> tuple[Grant, ...]:
    """Return the grants valid at `now`."""
    rows = session.execute(
        select(RoleGrant.role, Study.code, Site.code)
        .join(Study, Study.id == RoleGrant.study_id)
        .outerjoin(Site, Site.id == RoleGrant.site_id)
        .where(RoleGrant.account_id == account_id, *_holds(now))
        .order_by(RoleGrant.role)
    )
    return tuple(Grant(Role(role), study_code, site_code) for role, study_code, site_code in rows)


def by_session_token(session: Session, token_sha256: bytes, *, now: datetime, idle_since: datetime) -> SignedIn | None:
    """Find who a live session belongs to; disabled accounts have none."""
    return _signed_in(
        session,
        select(Account, LoginSession.csrf_token, RoleGrant.role, Study.code, Site.code)
        .join(LoginSession, LoginSession.account_id == Account.id)
        .where(
            LoginSession.token_sha256 == token_sha256,
            LoginSession.ends_at > now,
            LoginSession.last_seen_at > idle_since,
        ),
        now,
    )


def by_api_token(session: Session, token_sha256: bytes, *, now: datetime) -> SignedIn | None:
    """Find who a live bearer token belongs to."""
    return _signed_in(
        session,
        select(Account, ApiToken.label, RoleGrant.role, Study.code, Site.code)
        .join(ApiToken, ApiToken.account_id == Account.id)
        .where(ApiToken.token_sha256 == token_sha256, ApiToken.ends_at > now, ApiToken.revoked_at.is_(None)),
        now,
        browser=False,
    )


def _holds(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (RoleGrant.valid_from <= now, or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > now))


def _signed_in(session: Session, query, now: datetime, *, browser: bool = True) -> SignedIn | None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - two shapes of one select
    rows: Sequence[tuple[Account, str, str | None, str | None, str | None]] = session.execute(
        query.outerjoin(
            RoleGrant,
            (RoleGrant.account_id == Account.id) & _holds(now)[0] & _holds(now)[1],
        )
        .outerjoin(Study, Study.id == RoleGrant.study_id)
        .outerjoin(Site, Site.id == RoleGrant.site_id)
        .where(Account.disabled_at.is_(None))
        .order_by(RoleGrant.role)
    ).all()
    if not rows:
        return None
    account, csrf_token = rows[0][0], rows[0][1]
    grants = tuple(Grant(Role(role), study, site) for _, _, role, study, site in rows if role and study)
    return SignedIn(
        account_id=account.id,
        actor=Actor(account.login, account.display_name, grants),
        language=account.language,
        csrf_token=csrf_token if browser else None,
        must_change_password=account.password_must_change,
    )


def touch_session(session: Session, token_sha256: bytes, now: datetime, *, not_since: datetime) -> None:
    """Note that the session was used, unless that was noted after `not_since`."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.token_sha256 == token_sha256, LoginSession.last_seen_at < not_since)
        .values(last_seen_at=now)
    )


def end_sessions(session: Session, *, account_id: UUID | None = None, token_sha256: bytes | None = None) -> None:
    """End one session, or all of an account."""
    condition = LoginSession.token_sha256 == token_sha256 if token_sha256 else LoginSession.account_id == account_id
    session.execute(delete(LoginSession).where(condition))


def add(session: Session, *, login: str, display_name: str, language: str) -> Account:
    """Write a new account without a password."""
    account = Account(login=login, display_name=display_name, language=language)
    session.add(account)
    session.flush()
    return account


def named(session: Session, search: str) -> Sequence[Account]:
    """Return accounts by login whose login or name holds `search`; all of them for an empty one."""
    query = select(Account).order_by(Account.login)
    if search:
        holds = f"%{escaped(search)}%"
        query = query.where(or_(Account.login.ilike(holds), Account.display_name.ilike(holds)))
    return session.scalars(query).all()


def escaped(text: str) -> str:
    """Return a text in which LIKE finds nothing but itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)
