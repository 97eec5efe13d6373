"""Signing in and out, and the password: checked at sign-in and at every signature, changed by its owner."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from casebook.domain.accounts import MAX_PASSWORD_CHARACTERS, AccountState, check_password_rules, normal_login, state_of
from casebook.domain.actors import Actor
from casebook.domain.errors import Invalid, NotFound, Refused
from casebook.domain.sign_on import Identity, is_linked
from casebook.domain.texts import Text
from casebook.store import accounts, sessions
from casebook.store.accounts import SignedIn
from casebook.store.database import set_actor
from casebook.store.tables import Account, LoginSession

LOCK_AFTER_FAILURES: Final = 5
LOCK_FOR: Final = timedelta(minutes=15)
NOT_SIGNED_IN: Final = "not-signed-in"
"""The role, in the trail, of whoever is about to sign in."""
FIRST_PASSWORD_WITHIN: Final = timedelta(minutes=10)
"""After signing in elsewhere: so long may an account without a password set the one it signs records with."""

_hasher = PasswordHasher()
_NO_SUCH_ACCOUNT: Final = _hasher.hash(secrets.token_urlsafe())
"""Verified against when the login is unknown, so that both answers take the same time."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """The outcome of an attempt; `token` is for the cookie and is stored nowhere.

    `is_elsewhere`: the password is right, but the account signs in with the institution's own service.
    """

    token: str | None
    locked_until: datetime | None = None
    is_elsewhere: bool = False
    login: str = ""
    language: str | None = None


def digest(token: str) -> bytes:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


def sign_in(
    session: Session, *, login: str, password: str, now: datetime, session_hours: int, has_sign_on: bool = False
) -> SignIn:
    """Check the password and open a session; failures count, and the fifth locks the account for a while.

    `has_sign_on`: accounts linked to the institution's own service sign in there, and only there.
    """
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
    if has_sign_on and is_linked(account.oidc_subject):
        return SignIn(None, is_elsewhere=True)
    return SignIn(
        _open_session(session, account.id, now, session_hours), login=account.login, language=account.language
    )


def sign_in_as(session: Session, *, identity: Identity, now: datetime, session_hours: int) -> SignIn:
    """Open a session for whom the institution's service vouches for; the first time by the address it was told.

    Raises Refused for a person whom no account is linked to, and for a disabled or locked account.
    """
    account = accounts.by_subject(session, identity.subject)
    if account is None and identity.invitation is not None:
        account = accounts.by_subject(session, identity.invitation)
    if account is None:
        raise Refused(
            Text(
                "Nobody of Casebook is linked to this person. Ask the study's administrator to link your account; "
                "accounts are never made by signing in.",
                "この利用者に対応するCasebookのアカウントがありません。試験の管理者に連携の設定を依頼してください。"
                "サインインによってアカウントが作られることはありません。",
            )
        )
    if state_of(disabled_at=account.disabled_at, locked_until=account.locked_until, now=now) != AccountState.ACTIVE:
        raise Refused(
            Text(
                "The account is disabled, or locked for a while. Ask the study's administrator.",
                "アカウントは無効、または一時的にロックされています。試験の管理者にお問い合わせください。",
            )
        )
    set_actor(session, account.login, role=NOT_SIGNED_IN)
    account.oidc_subject = identity.subject
    return SignIn(
        _open_session(session, account.id, now, session_hours), login=account.login, language=account.language
    )


def check_password(session: Session, *, account_id: UUID, password: str, now: datetime) -> bool:
    """Check the password again, as each signature asks for; failures count here too."""
    account = accounts.locked(session, account_id)
    if account.password_hash is None or (account.locked_until is not None and account.locked_until > now):
        return False
    if len(password) > MAX_PASSWORD_CHARACTERS or not _verify(account.password_hash, password):
        _count_failure(account, now)
        return False
    return True


def change_password(
    session: Session, who: SignedIn, *, old: str, new: str, now: datetime, kept_token: str | None
) -> bool:
    """Change one's own password and end one's other sessions; False where the old one is wrong, which counts.

    Who signs in elsewhere sets a first password, for signatures, soon after signing in. Raises Invalid, Refused.
    """
    account = accounts.locked(session, who.account_id)
    check_password_rules(new, login=account.login)
    if account.password_hash is None:
        _require_fresh(session, kept_token, now)
    elif not check_password(session, account_id=account.id, password=old, now=now):
        return False
    elif old == new:
        raise Invalid(
            Text("The new password is the old one.", "新しいパスワードが現在のものと同じです。"), field="password"
        )
    account.password_hash = _hasher.hash(new)
    account.password_must_change = False
    account.n_failed_logins = 0
    sessions.end_all_but(session, account.id, digest(kept_token) if kept_token else None)
    return True


def _require_fresh(session: Session, token: str | None, now: datetime) -> None:
    opened_at = sessions.opened_at(session, digest(token)) if token else None
    if opened_at is None or now - opened_at > FIRST_PASSWORD_WITHIN:
        raise Refused(
            Text(
                "A first password is set within ten minutes of signing in: sign out, sign in again, and set it then.",
                "最初のパスワードはサインインから10分以内に設定します。一度サインアウトし、再度サインインしてください。",
            ),
            field="password",
        )


def hash_password(password: str, *, login: str, hasher: PasswordHasher | None = None) -> str:
    """Hash with argon2id, at the cost of `hasher` if one is given. Raises Invalid when the password breaks a rule."""
    check_password_rules(password, login=login)
    return (hasher or _hasher).hash(password)


def signed_in_as(session: Session, *, login: str, now: datetime) -> SignedIn:
    """Return the account as if it were signed in, for work at the console in its name. Raises NotFound."""
    account = accounts.by_login(session, login)
    if account is None or account.disabled_at is not None:
        raise NotFound(f"There is no active account “{normal_login(login)}”.", field="login")
    grants = accounts.grants_now(session, account.id, now)
    return SignedIn(account.id, Actor(account.login, account.display_name, grants), account.language, None)


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
