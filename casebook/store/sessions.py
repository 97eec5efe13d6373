"""Sessions of browsers, bearer tokens, and when an account was last signed in with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select, union_all, update
from sqlalchemy.orm import Session

from casebook.store.tables import AccessEvent, Account, ApiToken, LoginSession

SIGN_IN: Final = "sign-in"
"""The kind of a sign-in in the access log."""
KEY_CHARACTERS: Final = 16
"""Of the stored digest, to name a session by; nobody comes from it to the token."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A signed-in browser; `key` names it among those of its account."""

    key: str
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token as it is kept: everything but itself."""

    id: UUID
    label: str
    created_at: datetime
    ends_at: datetime
    revoked_at: datetime | None

    def is_good(self, at: datetime) -> bool:
        """Whether requests may bring it."""
        return self.revoked_at is None and self.ends_at > at


def open_sessions(session: Session, account_id: UUID, *, now: datetime, idle: timedelta) -> Sequence[OpenSession]:
    """Return the sessions that have not ended, the newest first."""
    rows = session.scalars(
        select(LoginSession)
        .where(
            LoginSession.account_id == account_id,
            LoginSession.ends_at > now,
            LoginSession.last_seen_at > now - idle,
        )
        .order_by(LoginSession.created_at.desc())
    )
    return [OpenSession(key_of(row.token_sha256), row.created_at, row.last_seen_at, row.ends_at) for row in rows]


def opened_at(session: Session, token_sha256: bytes) -> datetime | None:
    """Return when a session began; None where it has ended."""
    return session.scalars(select(LoginSession.created_at).where(LoginSession.token_sha256 == token_sha256)).first()


def key_of(token_sha256: bytes) -> str:
    """Return the name of a session."""
    return token_sha256.hex()[:KEY_CHARACTERS]


def end_named(session: Session, account_id: UUID, key: str) -> bool:
    """End one session of an account by its name; False where there is none."""
    named = func.left(func.encode(LoginSession.token_sha256, "hex"), KEY_CHARACTERS) == key
    ended = session.execute(
        delete(LoginSession).where(LoginSession.account_id == account_id, named).returning(LoginSession.account_id)
    )
    return ended.first() is not None


def end_all_but(session: Session, account_id: UUID, kept_sha256: bytes | None) -> None:
    """End the sessions of an account, but the one that asks."""
    query = delete(LoginSession).where(LoginSession.account_id == account_id)
    session.execute(query if kept_sha256 is None else query.where(LoginSession.token_sha256 != kept_sha256))


def last_sign_ins(session: Session) -> Mapping[UUID, datetime]:
    """Return when each account was last signed in with, where the access log or an open session says so."""
    logged = (
        select(Account.id, AccessEvent.at)
        .join(AccessEvent, AccessEvent.actor == Account.login)
        .where(AccessEvent.kind == SIGN_IN)
    )
    known = union_all(logged, select(LoginSession.account_id, LoginSession.created_at)).subquery()
    newest = func.max(known.c.at).label("newest")
    return {row.id: row.newest for row in session.execute(select(known.c.id, newest).group_by(known.c.id))}


def tokens(session: Session, account_id: UUID) -> Sequence[Token]:
    """Return the bearer tokens of an account, the newest first."""
    rows = session.scalars(
        select(ApiToken).where(ApiToken.account_id == account_id).order_by(ApiToken.created_at.desc())
    )
    return [Token(row.id, row.label, row.created_at, row.ends_at, row.revoked_at) for row in rows]


def revoke_token(session: Session, account_id: UUID, token_id: UUID, now: datetime) -> bool:
    """Stop one token of an account; False where it has none of that id."""
    found = session.scalars(
        select(ApiToken).where(ApiToken.id == token_id, ApiToken.account_id == account_id)
    ).one_or_none()
    if found is None:
        return False
    found.revoked_at = found.revoked_at or now
    return True


def revoke_all_tokens(session: Session, account_id: UUID, now: datetime) -> None:
    """Stop every token of an account."""
    session.execute(
        update(ApiToken).where(ApiToken.account_id == account_id, ApiToken.revoked_at.is_(None)).values(revoked_at=now)
    )
