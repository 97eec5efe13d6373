"""The people of the studies that an administrator administers, and everybody's view of their own account."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.accounts import managed
from casebook.domain.accounts import AccountState, state_of
from casebook.domain.actors import Action, Actor
from casebook.store import account_trail, accounts, grants, sessions
from casebook.store.account_trail import AccountEvent
from casebook.store.accounts import SignedIn
from casebook.store.grants import KeptGrant
from casebook.store.sessions import OpenSession, Token
from casebook.store.tables import Account


@dataclass(frozen=True, slots=True)
class Person:
    """An account with its grants; `n_elsewhere` more are in studies that the asker does not administer."""

    account: Account
    state: AccountState
    grants: Sequence[KeptGrant]
    last_sign_in_at: datetime | None
    n_elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class AccountFile:
    """All of one account: the person, open sessions, tokens, and what the trail says."""

    person: Person
    sessions: Sequence[OpenSession]
    tokens: Sequence[Token]
    history: Sequence[AccountEvent]


def list_people(
    session: Session, actor: Actor, *, now: datetime, search: str = "", state: AccountState | None = None
) -> Sequence[Person]:
    """Return the accounts of the actor's studies and those without any role, by login."""
    actor.require(Action.MANAGE_ACCOUNTS)
    rows = accounts.named(session, search.strip())
    kept = _by_account(grants.of_accounts(session, [row.id for row in rows]))
    signed_in_at = sessions.last_sign_ins(session)
    people = [_person(actor, row, kept[row.id], signed_in_at.get(row.id), now) for row in rows]
    return [person for person in people if (person.grants or not person.n_elsewhere) and state in {None, person.state}]


def see_account(session: Session, actor: Actor, *, login: str, now: datetime, idle: timedelta) -> AccountFile:
    """Return all of one account, with its history. Raises NotFound."""
    actor.require(Action.SEE_ACCOUNT_TRAIL)
    account = managed(session, actor, login=login, now=now).account
    kept = grants.of_accounts(session, [account.id])
    person = _person(actor, account, kept, sessions.last_sign_ins(session).get(account.id), now)
    history = account_trail.of_account(session, account.id, [one.id for one in person.grants])
    return _file(session, person, history, now, idle)


def see_own_account(session: Session, who: SignedIn, *, now: datetime, idle: timedelta) -> AccountFile:
    """Return one's own account; its history is for administrators."""
    account = accounts.one(session, who.account_id)
    kept = grants.of_accounts(session, [account.id])
    state = state_of(disabled_at=account.disabled_at, locked_until=account.locked_until, now=now)
    return _file(session, Person(account, state, kept, None), (), now, idle)


def _file(
    session: Session, person: Person, history: Sequence[AccountEvent], now: datetime, idle: timedelta
) -> AccountFile:
    account_id = person.account.id
    return AccountFile(
        person,
        sessions.open_sessions(session, account_id, now=now, idle=idle),
        sessions.tokens(session, account_id),
        history,
    )


def _person(
    actor: Actor, row: Account, kept: Sequence[KeptGrant], last_sign_in_at: datetime | None, now: datetime
) -> Person:
    own = [one for one in kept if actor.may(Action.MANAGE_ACCOUNTS, study_code=one.held.grant.study_code)]
    state = state_of(disabled_at=row.disabled_at, locked_until=row.locked_until, now=now)
    return Person(row, state, own, last_sign_in_at, n_elsewhere=len(kept) - len(own))


def _by_account(kept: Sequence[KeptGrant]) -> defaultdict[UUID, list[KeptGrant]]:
    found: defaultdict[UUID, list[KeptGrant]] = defaultdict(list)
    for one in kept:
        found[one.account_id].append(one)
    return found
