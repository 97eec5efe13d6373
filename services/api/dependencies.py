"""What routes ask for: the transaction, who is signed in, and leave to do the act.

Whatever needs no database is asynchronous, since FastAPI runs everything else in a thread of its own.
"""

import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import unquote

from fastapi import Depends, Header, Request
from fastapi.datastructures import FormData
from sqlalchemy.orm import Session

from casebook.actions.signing_in import digest
from casebook.domain.actors import Action
from casebook.domain.errors import Forbidden, NotAuthenticated, PasswordMustChange
from casebook.domain.texts import Text
from casebook.store import accounts
from casebook.store.accounts import SignedIn
from casebook.store.database import set_actor
from services.api.letters import require_short
from services.api.state import Service

SESSION_COOKIE: Final = "casebook_session"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
BEFORE_THE_PASSWORD_IS_CHANGED: Final = frozenset(
    {"/account", "/account/password", "/logout", "/api/v1/session", "/api/v1/account", "/api/v1/account/password"}
)
"""All that is open to somebody whose password was handed over by an administrator."""
TOUCH_AFTER: Final = timedelta(minutes=1)
MOST_FIELDS: Final = 100
"""Of a form with a file; those without may be larger."""


MUST_CHANGE: Final = Text(
    "Your password was set by an administrator: change it (PUT /api/v1/account/password) before anything else.",
    "管理者が設定したパスワードです。他の操作の前に、ご自分のパスワードに変更してください。",
)


def service(request: Request) -> Service:
    """Return the running service."""
    found: Service = request.app.state.service
    return found


async def _running(request: Request) -> Service:
    return service(request)


Running = Annotated[Service, Depends(_running)]


def transaction(running: Running) -> Iterator[Session]:
    """One request is one transaction: it is committed before the answer leaves, or there is no 2xx answer."""
    with running.database.session() as session, session.begin():
        yield session


Transaction = Annotated[Session, Depends(transaction, scope="function")]


async def sent_form(request: Request) -> AsyncIterator[FormData]:
    """Give the fields of a submitted page form, with a file where one is attached; empty for anything else."""
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        require_short(request)
        async with request.form(max_files=1, max_fields=MOST_FIELDS) as form:
            yield form
    elif kind.startswith("application/x-www-form-urlencoded"):
        yield await request.form()
    else:
        yield FormData()


def signed_in(
    request: Request, running: Running, session: Transaction, form: Annotated[FormData, Depends(sent_form)]
) -> SignedIn:
    """Find who sends the request, and make the transaction theirs. Raises NotAuthenticated, Forbidden."""
    who = identified(request, running, session, form)
    set_actor(session, who.actor.login, _reason(request, form), role=who.actor.role)
    return who


def identified(request: Request, running: Service, session: Session, form: FormData) -> SignedIn:
    """Find who sends the request, by bearer token or session cookie. Raises NotAuthenticated, Forbidden."""
    header = request.headers.get("authorization", "")
    is_token = header.startswith("Bearer ")
    who = (
        _by_token(running, session, header.removeprefix("Bearer "))
        if is_token
        else _by_cookie(request, running, session, form)
    )
    if who.must_change_password and request.url.path not in BEFORE_THE_PASSWORD_IS_CHANGED:
        raise PasswordMustChange(MUST_CHANGE)
    return who


def _reason(request: Request, form: FormData) -> str | None:
    sent = request.headers.get("x-change-reason")
    if sent is not None:
        return unquote(sent)
    said = form.get("change_reason")
    return said if isinstance(said, str) else None


async def sent_reason(
    x_change_reason: Annotated[str | None, Header(description="why a saved value changes, percent-encoded")] = None,
) -> str | None:
    """Return the reason for change that a request of the API names."""
    return None if x_change_reason is None else unquote(x_change_reason)


Reason = Annotated[str | None, Depends(sent_reason)]


def _by_token(running: Service, session: Session, token: str) -> SignedIn:
    found = accounts.by_api_token(session, digest(token), now=running.now())
    if found is None:
        raise NotAuthenticated("The bearer token is not valid, or no longer; ask for a new one.")
    return found


def _by_cookie(request: Request, running: Service, session: Session, form: FormData) -> SignedIn:
    token, now = request.cookies.get(SESSION_COOKIE), running.now()
    idle_since = now - timedelta(minutes=running.settings.idle_minutes)
    found = accounts.by_session_token(session, digest(token), now=now, idle_since=idle_since) if token else None
    if token is None or found is None:
        raise NotAuthenticated("You are not signed in, or your session has ended; sign in.")
    if request.method not in SAFE_METHODS:
        _require_csrf(request, form, found)
    accounts.touch_session(session, digest(token), now, not_since=now - TOUCH_AFTER)
    return found


def _require_csrf(request: Request, form: FormData, who: SignedIn) -> None:
    sent = request.headers.get("x-csrf-token") or form.get("csrf_token")
    if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), (who.csrf_token or "").encode()):
        raise Forbidden("The request does not carry this session's X-CSRF-Token; reload the page and try again.")


Who = Annotated[SignedIn, Depends(signed_in)]


def doing(action: Action) -> Callable[[SignedIn], Awaitable[SignedIn]]:
    """Declare a route's action: refuses whoever holds no role for it anywhere."""

    async def allowed(who: Who) -> SignedIn:
        who.actor.require(action)
        return who

    allowed.action = action  # type: ignore[attr-defined]  # the matrix test reads it
    return allowed
