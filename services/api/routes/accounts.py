"""Accounts by API, for administrators: what the pages under /accounts do."""

from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response, status

from casebook.actions import accounts as acts
from casebook.actions.grants import end_grant, grant_role
from casebook.actions.people import list_people, see_account
from casebook.domain.accounts import AccountState, normal_login
from casebook.domain.actors import Action
from casebook.store.accounts import SignedIn
from services.api import account_views
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas import accounts as api

router = APIRouter(prefix="/api/v1", tags=["accounts"])
Administrator = Annotated[SignedIn, Depends(doing(Action.MANAGE_ACCOUNTS))]
ReadsTrail = Annotated[SignedIn, Depends(doing(Action.SEE_ACCOUNT_TRAIL))]
DONE: Final = status.HTTP_204_NO_CONTENT


@router.get("/roles")
def role_table(_who: Administrator) -> api.Roles:
    """Return which role may do what."""
    return account_views.roles()


@router.get("/accounts")
def list_all(
    running: Running,
    session: Transaction,
    who: Administrator,
    search: Annotated[str, Query(max_length=100)] = "",
    state: AccountState | None = None,
) -> api.Accounts:
    """Return the accounts of the studies that one administers, and those without a role."""
    now = running.now()
    found = list_people(session, who.actor, now=now, search=search, state=state)
    return api.Accounts(accounts=[account_views.account(person, now) for person in found])


@router.post("/accounts", status_code=status.HTTP_201_CREATED)
def add(session: Transaction, who: Administrator, body: api.NewAccount) -> api.OneTimePassword:
    """Make an account; the answer holds its one-time password."""
    password = acts.one_time_password()
    acts.add_account(
        session,
        who.actor,
        login=body.login,
        display_name=body.display_name,
        password=password,
        language=body.language,
        must_change=True,
    )
    return api.OneTimePassword(login=normal_login(body.login), one_time_password=password)


@router.get("/accounts/{login}")
def show(running: Running, session: Transaction, who: ReadsTrail, login: str) -> api.AccountWhole:
    """Return one account with its grants, sessions and tokens."""
    now = running.now()
    return account_views.whole(see_account(session, who.actor, login=login, now=now, idle=idle(running)), now)


@router.get("/accounts/{login}/history")
def history(running: Running, session: Transaction, who: ReadsTrail, login: str) -> api.AccountHistory:
    """Return what the trail says about the account, its grants and its tokens."""
    found = see_account(session, who.actor, login=login, now=running.now(), idle=idle(running))
    return api.AccountHistory(events=[account_views.event(one) for one in found.history])


@router.post("/accounts/{login}/grants", status_code=status.HTTP_201_CREATED)
def grant(
    running: Running, session: Transaction, who: Administrator, login: str, body: api.NewGrant
) -> api.AccountWhole:
    """Give a role; 409 where it conflicts with another in its time."""
    now = running.now()
    grant_role(
        session,
        who.actor,
        login=login,
        role=body.role,
        study_code=body.study,
        site_code=body.site,
        now=now,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
    )
    return account_views.whole(see_account(session, who.actor, login=login, now=now, idle=idle(running)), now)


@router.post("/accounts/{login}/grants/{grant_id}/end", status_code=DONE)
def end(
    running: Running, session: Transaction, who: Administrator, login: str, grant_id: UUID, body: api.GrantEnd
) -> Response:
    """End a grant, now or later."""
    end_grant(
        session,
        who.actor,
        login=login,
        grant_id=grant_id,
        ends_at=body.ends_at,
        reason=body.reason,
        now=running.now(),
    )
    return Response(status_code=DONE)


@router.post("/accounts/{login}/disable", status_code=DONE)
def disable(running: Running, session: Transaction, who: Administrator, login: str, body: api.Why) -> Response:
    """Disable at once: sessions end, tokens stop."""
    acts.disable_account(session, who.actor, login=login, reason=body.reason, now=running.now())
    return Response(status_code=DONE)


@router.post("/accounts/{login}/enable", status_code=DONE)
def enable(running: Running, session: Transaction, who: Administrator, login: str, body: api.Why) -> Response:
    """Let a disabled account sign in again."""
    acts.enable_account(session, who.actor, login=login, reason=body.reason, now=running.now())
    return Response(status_code=DONE)


@router.post("/accounts/{login}/unlock", status_code=DONE)
def unlock(running: Running, session: Transaction, who: Administrator, login: str) -> Response:
    """Take back a lock after wrong passwords."""
    acts.unlock_account(session, who.actor, login=login, now=running.now())
    return Response(status_code=DONE)


@router.post("/accounts/{login}/password")
def reset(running: Running, session: Transaction, who: Administrator, login: str) -> api.OneTimePassword:
    """Set a one-time password, told once; sessions end."""
    password = acts.reset_password(session, who.actor, login=login, now=running.now())
    return api.OneTimePassword(login=normal_login(login), one_time_password=password)


@router.put("/accounts/{login}/subject", status_code=DONE)
def link(running: Running, session: Transaction, who: Administrator, login: str, body: api.Link) -> Response:
    """Link the account to a person of the institution's own service, or to nobody."""
    acts.link_subject(
        session, who.actor, login=login, text=body.subject, issuer=running.settings.oidc_issuer, now=running.now()
    )
    return Response(status_code=DONE)


@router.delete("/accounts/{login}/sessions", status_code=DONE)
def end_sessions(running: Running, session: Transaction, who: Administrator, login: str) -> Response:
    """Sign somebody out everywhere."""
    acts.end_all_sessions(session, who.actor, login=login, now=running.now())
    return Response(status_code=DONE)


@router.delete("/accounts/{login}/tokens/{token_id}", status_code=DONE)
def revoke(running: Running, session: Transaction, who: Administrator, login: str, token_id: UUID) -> Response:
    """Stop a bearer token."""
    acts.revoke_token(session, who.actor, login=login, token_id=token_id, now=running.now())
    return Response(status_code=DONE)


def idle(running: Running) -> timedelta:
    """Return how long a session lives without a request."""
    return timedelta(minutes=running.settings.idle_minutes)
