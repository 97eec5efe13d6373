"""Accounts in the hands of administrators: made, disabled and enabled, unlocked, linked; never deleted.

An administrator manages the people of the studies that they administer, and nobody who works in another study too.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from casebook.actions.signing_in import digest, hash_password
from casebook.domain.accounts import is_lasting_administrator, normal_login, valid_login, valid_name
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Forbidden, Invalid, NotFound, Refused
from casebook.domain.sign_on import link_text
from casebook.domain.texts import Text
from casebook.store import accounts, grants, sessions
from casebook.store.database import set_reason
from casebook.store.grants import KeptGrant
from casebook.store.tables import Account, ApiToken

MAX_TOKEN_DAYS: Final = 366
MAX_LABEL_CHARACTERS: Final = 100
MAX_REASON_CHARACTERS: Final = 1000
LANGUAGES: Final = ("en", "ja")


@dataclass(frozen=True, slots=True)
class Managed:
    """An account that the actor manages, with its grants in the studies that the actor administers."""

    account: Account
    grants: tuple[KeptGrant, ...]


def known(session: Session, actor: Actor, *, login: str, lock: bool = False) -> Managed:
    """Find an account by its whole login, to give a role in a study of the actor's. Raises NotFound."""
    actor.require(Action.MANAGE_ACCOUNTS)
    account = accounts.by_login(session, login, lock=lock)
    if account is None:
        raise _unknown(login)
    kept = grants.of_accounts(session, [account.id])
    return Managed(account, tuple(one for one in kept if _administers(actor, one)))


def managed(session: Session, actor: Actor, *, login: str, now: datetime, lock: bool = False) -> Managed:
    """Find an account of a study that the actor administers, or of none. Raises NotFound for any other.

    With `lock`, for an act on the account as a whole: Forbidden where the person works in another study now or later.
    """
    actor.require(Action.MANAGE_ACCOUNTS)
    account = accounts.by_login(session, login, lock=lock)
    kept = grants.of_accounts(session, [account.id]) if account else []
    own = tuple(one for one in kept if _administers(actor, one))
    if account is None or (kept and not own):
        raise _unknown(login)
    if lock and not all(one.held.is_over(now) for one in kept if one not in own):
        raise Forbidden(
            Text(
                "The person works in a study that you do not administer: its administrator does this.",
                "この利用者は、あなたが管理していない試験にも参加しています。その試験の管理者が行ってください。",
            )
        )
    return Managed(account, own)


def _unknown(login: str) -> NotFound:
    said = normal_login(login)[:100]
    return NotFound(
        Text(
            f"There is no account “{said}”; make it first.",
            f"アカウント「{said}」はありません。先に作成してください。",
        ),
        field="login",
    )


def _administers(actor: Actor, kept: KeptGrant) -> bool:
    return actor.may(Action.MANAGE_ACCOUNTS, study_code=kept.held.grant.study_code)


def add_account(
    session: Session,
    actor: Actor,
    *,
    login: str,
    display_name: str,
    password: str | None,
    language: str = "en",
    must_change: bool = False,
    hasher: PasswordHasher | None = None,
) -> UUID:
    """Make an account. Raises Invalid for a bad login, name or password, Refused for a login that exists.

    `hasher` is for passwords that are no secret: theirs need not be costly to guess.
    """
    actor.require(Action.MANAGE_ACCOUNTS)
    known = valid_login(login)
    if accounts.by_login(session, known) is not None:
        raise Refused(
            Text(
                f"There is an account with the login “{known}” already; a login is never given to somebody else.",
                f"ログイン名「{known}」はすでに使われています。一度使われたログイン名は別の人に割り当てられません。",
            ),
            field="login",
        )
    name = valid_name(display_name)
    hashed = None if password is None else hash_password(password, login=known, hasher=hasher)
    account = accounts.add(session, login=known, display_name=name, language=valid_language(language))
    account.password_hash = hashed
    account.password_must_change = must_change
    session.flush()
    return account.id


def valid_language(language: str) -> str:
    """Return a language that pages speak. Raises Invalid."""
    if language not in LANGUAGES:
        raise Invalid(Text("Pages speak en and ja.", "表示言語は en または ja です。"), field="language")
    return language


def one_time_password() -> str:
    """Return a password to hand over: it is changed at the first sign-in."""
    return secrets.token_urlsafe(12)


def reset_password(session: Session, actor: Actor, *, login: str, now: datetime) -> str:
    """Replace the password by one that is told once and changed at the next sign-in; sessions end."""
    account = managed(session, actor, login=login, now=now, lock=True).account
    _refuse_oneself(actor, account)
    password = one_time_password()
    account.password_hash = hash_password(password, login=account.login)
    account.password_must_change = True
    _unlock(account)
    accounts.end_sessions(session, account_id=account.id)
    return password


def disable_account(session: Session, actor: Actor, *, login: str, reason: str, now: datetime) -> None:
    """Disable at once: sessions end, tokens stop, the account stays for the trail. Raises Refused, Invalid."""
    set_reason(session, valid_reason(reason))
    found = managed(session, actor, login=login, now=now, lock=True)
    _refuse_oneself(actor, found.account)
    for kept in found.grants:
        if is_lasting_administrator(kept.held, kept.held.grant.study_code, now):
            require_other_administrator(session, kept, now)
    found.account.disabled_at = found.account.disabled_at or now
    accounts.end_sessions(session, account_id=found.account.id)
    sessions.revoke_all_tokens(session, found.account.id, now)


def enable_account(session: Session, actor: Actor, *, login: str, reason: str, now: datetime) -> None:
    """Let somebody sign in again; ended sessions and stopped tokens stay so."""
    set_reason(session, valid_reason(reason))
    account = managed(session, actor, login=login, now=now, lock=True).account
    account.disabled_at = None
    _unlock(account)


def unlock_account(session: Session, actor: Actor, *, login: str, now: datetime) -> None:
    """Take back a lock after wrong passwords."""
    _unlock(managed(session, actor, login=login, now=now, lock=True).account)


def _unlock(account: Account) -> None:
    account.locked_until = None
    account.n_failed_logins = 0


def link_subject(
    session: Session, actor: Actor, *, login: str, text: str | None, issuer: str | None, now: datetime
) -> None:
    """Link the account to a person of the institution's own service, or to nobody; sessions end. Raises Refused."""
    account = managed(session, actor, login=login, now=now, lock=True).account
    subject = link_text(text, issuer=issuer) if text else None
    other = accounts.by_subject(session, subject) if subject else None
    if other is not None and other.id != account.id:
        raise Refused(
            Text("Another account is linked to this person.", "この利用者は別のアカウントに連携されています。"),
            field="subject",
        )
    if account.oidc_subject != subject:
        account.oidc_subject = subject
        accounts.end_sessions(session, account_id=account.id)


def end_all_sessions(session: Session, actor: Actor, *, login: str, now: datetime) -> None:
    """Sign somebody out everywhere."""
    account = managed(session, actor, login=login, now=now, lock=True).account
    accounts.end_sessions(session, account_id=account.id)


def require_other_administrator(session: Session, leaving: KeptGrant, now: datetime) -> None:
    """Raise Refused when the study would be left without an administrator; two at once wait for each other."""
    study_code = leaving.held.grant.study_code
    grants.lock_studies(session, [study_code])
    others = grants.of_enabled_in_study(session, study_code)
    if not any(
        is_lasting_administrator(one.held, study_code, now)
        for one in others
        if one.account_id != leaving.account_id and one.id != leaving.id
    ):
        raise Refused(
            Text(
                f"This is the last administrator of {study_code}: make another one first.",
                f"{study_code}の最後の管理者です。先に別の管理者を設定してください。",
            ),
            field="login",
        )


def make_token(session: Session, actor: Actor, *, login: str, label: str, days: int, now: datetime) -> str:
    """Make a bearer token for a script or DICOMweb client; it is shown once and kept only as its digest."""
    account = _own_or_managed(session, actor, login=login, now=now)
    if account.disabled_at is not None:
        raise Refused(Text("The account is disabled.", "アカウントは無効です。"), field="login")
    token = f"cb_{secrets.token_urlsafe(32)}"
    session.add(
        ApiToken(
            token_sha256=digest(token),
            account_id=account.id,
            label=_valid_label(label),
            ends_at=now + timedelta(days=_valid_days(days)),
        )
    )
    return token


def revoke_token(session: Session, actor: Actor, *, login: str, token_id: UUID, now: datetime) -> None:
    """Stop a bearer token at once. Raises NotFound."""
    account = _own_or_managed(session, actor, login=login, now=now)
    if not sessions.revoke_token(session, account.id, token_id, now):
        raise NotFound(Text("The account has no such token.", "このトークンはありません。"), field="token")


def _own_or_managed(session: Session, actor: Actor, *, login: str, now: datetime) -> Account:
    own = accounts.by_login(session, actor.login, lock=True) if normal_login(login) == actor.login else None
    return own or managed(session, actor, login=login, now=now, lock=True).account


def _refuse_oneself(actor: Actor, account: Account) -> None:
    if account.login == actor.login:
        raise Refused(
            Text(
                "Nobody does this to their own account; another administrator does.",
                "自分のアカウントに対しては行えません。別の管理者が行ってください。",
            ),
            field="login",
        )


def valid_reason(reason: str) -> str:
    """Return a reason for the trail. Raises Invalid for a blank one."""
    said = reason.strip()
    if not 1 <= len(said) <= MAX_REASON_CHARACTERS:
        raise Invalid(
            Text("Say why: the reason is kept in the audit trail.", "理由を入力してください。監査証跡に記録されます。"),
            field="reason",
        )
    return said


def _valid_label(label: str) -> str:
    said = label.strip()
    if not 1 <= len(said) <= MAX_LABEL_CHARACTERS or not said.isprintable():
        raise Invalid(
            Text(
                "Say what the token is for, in up to 100 characters.", "トークンの用途を100文字以内で入力してください。"
            ),
            field="label",
        )
    return said


def _valid_days(days: int) -> int:
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise Invalid(
            Text(f"A token is good for 1 to {MAX_TOKEN_DAYS} days.", f"有効期間は1～{MAX_TOKEN_DAYS}日です。"),
            field="days",
        )
    return days
