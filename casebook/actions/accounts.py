"""Accounts: making them, granting roles, signing in and out."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor, Role
from casebook.domain.errors import Invalid, NotFound, Refused
from casebook.store import accounts, registry
from casebook.store.accounts import SignedIn
from casebook.store.tables import Account, ApiToken, LoginSession, RoleGrant

LOCK_AFTER_FAILURES: Final = 5
LOCK_FOR: Final = timedelta(minutes=15)
MIN_PASSWORD_CHARACTERS: Final = 12
MAX_PASSWORD_CHARACTERS: Final = 200
"""Hashing time grows with length; nobody types more."""

_hasher = PasswordHasher()
_NO_SUCH_ACCOUNT: Final = _hasher.hash(secrets.token_urlsafe())
"""Verified against when the login is unknown, so that both answers take the same time."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """The outcome of an attempt; `token` is for the cookie and is stored nowhere."""

    token: str | None
    locked_until: datetime | None = None


def digest(token: str) -> bytes:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


def sign_in(session: Session, *, login: str, password: str, now: datetime, session_hours: int) -> SignIn:
    """Check the password and open a session; failures count, and the fifth locks the account for a while."""
    account = accounts.by_login(session, login, lock=True) if len(password) <= MAX_PASSWORD_CHARACTERS else None
    if account is None or account.disabled_at is not None or account.password_hash is None:
        _verify(_NO_SUCH_ACCOUNT, password[:MAX_PASSWORD_CHARACTERS])
        return SignIn(None)
    if account.locked_until is not None and account.locked_until > now:
        return SignIn(None, account.locked_until)
    if not _verify(account.password_hash, password):
        _count_failure(account, now)
        return SignIn(None, account.locked_until)
    account.n_failed_logins = 0
    account.locked_until = None
    return SignIn(_open_session(session, account.id, now, session_hours))


def check_password(session: Session, *, account_id: UUID, password: str, now: datetime) -> bool:
    """Check the password again, as each signature asks for; failures count here too."""
    account = session.scalars(select(Account).where(Account.id == account_id).with_for_update()).one()
    if account.password_hash is None or (account.locked_until is not None and account.locked_until > now):
        return False
    if len(password) > MAX_PASSWORD_CHARACTERS or not _verify(account.password_hash, password):
        _count_failure(account, now)
        return False
    return True


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _count_failure(account: Account, now: datetime) -> None:
    account.n_failed_logins += 1
    if account.n_failed_logins >= LOCK_AFTER_FAILURES:
        account.locked_until = now + LOCK_FOR
        account.n_failed_logins = 0


def _open_session(session: Session, account_id: UUID, now: datetime, hours: int) -> str:
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            token_sha256=digest(token),
            account_id=account_id,
            csrf_token=secrets.token_urlsafe(24),
            created_at=now,
            last_seen_at=now,
            ends_at=now + timedelta(hours=hours),
        )
    )
    return token


def add_account(
    session: Session, actor: Actor, *, login: str, display_name: str, password: str | None, language: str = "en"
) -> UUID:
    """Make an account. Raises Invalid for a weak password, Refused for a login that exists."""
    actor.require(Action.MANAGE_ACCOUNTS)
    if accounts.by_login(session, login) is not None:
        raise Refused(f"There is an account with the login “{login}” already.", field="login")
    account = Account(
        login=login,
        display_name=display_name,
        password_hash=None if password is None else hash_password(password),
        language=language,
    )
    session.add(account)
    session.flush()
    return account.id


def hash_password(password: str) -> str:
    """Hash with argon2id. Raises Invalid when it is too short or too long."""
    if not MIN_PASSWORD_CHARACTERS <= len(password) <= MAX_PASSWORD_CHARACTERS:
        raise Invalid(
            f"The password has {len(password)} characters; it needs {MIN_PASSWORD_CHARACTERS} to "
            f"{MAX_PASSWORD_CHARACTERS}.",
            field="password",
        )
    return _hasher.hash(password)


def grant_role(
    session: Session, actor: Actor, *, login: str, role: Role, study_code: str, site_code: str | None, now: datetime
) -> None:
    """Give a role; site roles name their site, others none; nobody reads centrally and works at a site."""
    actor.require(Action.MANAGE_ACCOUNTS, study_code=study_code)
    account = accounts.by_login(session, login)
    if account is None:
        raise NotFound(f"There is no account “{login}”; make it first.", field="login")
    if role.is_site_role is (site_code is None):
        needed = "needs the code of its site" if role.is_site_role else "is for the whole study: leave the site out"
        raise Invalid(f"The role {role} {needed}.", field="site")
    held = {grant.role for grant in accounts.grants_now(session, account.id, now) if grant.study_code == study_code}
    if any((other.is_site_role and role.is_blinded) or (other.is_blinded and role.is_site_role) for other in held):
        raise Refused("Nobody holds a central reader's and a site's role in one study.", field="role")
    study = registry.study(session, study_code)
    site = None if site_code is None else registry.site(session, study.id, site_code)
    session.add(
        RoleGrant(
            account_id=account.id,
            study_id=study.id,
            site_id=site.id if site else None,
            role=role,
            valid_from=now,
            granted_by=actor.login,
        )
    )


def make_token(session: Session, actor: Actor, *, login: str, label: str, days: int, now: datetime) -> str:
    """Make a bearer token for a script or DICOMweb client; it is shown once and kept only as its digest."""
    if login != actor.login:
        actor.require(Action.MANAGE_ACCOUNTS)
    account = accounts.by_login(session, login)
    if account is None or account.disabled_at is not None:
        raise NotFound(f"There is no active account “{login}”.", field="login")
    token = f"cb_{secrets.token_urlsafe(32)}"
    session.add(
        ApiToken(token_sha256=digest(token), account_id=account.id, label=label, ends_at=now + timedelta(days=days))
    )
    return token


def disable_account(session: Session, actor: Actor, *, login: str, now: datetime) -> None:
    """Disable at once: sessions end, tokens stop, the account stays for the trail."""
    actor.require(Action.MANAGE_ACCOUNTS)
    account = accounts.by_login(session, login, lock=True)
    if account is None:
        raise NotFound(f"There is no account “{login}”.", field="login")
    account.disabled_at = account.disabled_at or now
    accounts.end_sessions(session, account_id=account.id)


def signed_in_as(session: Session, *, login: str, now: datetime) -> SignedIn:
    """Return the account as if it were signed in, for work at the console in its name. Raises NotFound."""
    account = accounts.by_login(session, login)
    if account is None or account.disabled_at is not None:
        raise NotFound(f"There is no active account “{login}”.", field="login")
    grants = accounts.grants_now(session, account.id, now)
    return SignedIn(account.id, Actor(account.login, account.display_name, grants), account.language, None)
