"""Signing in and out, and who is signed in."""

from fastapi import APIRouter, Request, Response, status
from fastapi.responses import JSONResponse
from pydantic import Field

from casebook.actions.access_log import Access, note_access, note_sign_in
from casebook.actions.signing_in import NOT_SIGNED_IN, SignIn, digest, sign_in
from casebook.domain.accounts import normal_login
from casebook.domain.errors import NotAuthenticated
from casebook.store import accounts
from casebook.store.database import set_actor
from services.api.dependencies import SESSION_COOKIE, Running, Transaction, Who
from services.api.description import PUBLIC
from services.api.problems import problem, status_of
from services.api.schemas.cases import SessionInfo
from services.api.schemas.sent import Sent, shown_as
from services.api.state import Service

router = APIRouter(prefix="/api/v1/session", tags=["session"])


class Credentials(Sent):
    """A login and its password."""

    model_config = shown_as(login="coordinator", password="casebook-demo")  # noqa: S106 - an example

    login: str = Field(max_length=200)
    password: str = Field(max_length=10_000)


def start_session(running: Service, session: Transaction, login: str, password: str) -> SignIn:
    """Try to sign in, in the name of the login."""
    set_actor(session, normal_login(login)[:200] or "nobody", role=NOT_SIGNED_IN)
    attempt = sign_in(
        session,
        login=login,
        password=password,
        now=running.now(),
        session_hours=running.settings.session_hours,
        has_sign_on=running.settings.oidc_issuer is not None,
    )
    note_sign_in(session, login=login, succeeded=attempt.token is not None, now=running.now())
    return attempt


def keep_cookie(running: Service, response: Response, token: str) -> None:
    """Hand the session to the browser: not readable by scripts, not sent by other sites."""
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=running.settings.session_hours * 3600,
        httponly=True,
        secure=running.settings.secure_cookies,
        samesite="lax",
        path="/",
    )


@router.post("", status_code=status.HTTP_204_NO_CONTENT, openapi_extra=PUBLIC)
def create(running: Running, session: Transaction, credentials: Credentials) -> Response:
    """Sign in; the answer sets the session cookie."""
    attempt = start_session(running, session, credentials.login, credentials.password)
    if attempt.token is None:
        return refused(attempt)
    response = Response(status_code=status.HTTP_204_NO_CONTENT)
    keep_cookie(running, response, attempt.token)
    return response


def refused(attempt: SignIn) -> JSONResponse:
    """Say that it did not work, and until when the account is locked; never whether the login exists."""
    error = NotAuthenticated("Login or password is wrong.")
    if attempt.locked_until is not None:
        until = attempt.locked_until.strftime("%H:%M UTC")
        error = NotAuthenticated(f"Too many wrong passwords: the account is locked until {until}.")
    if attempt.is_elsewhere:
        error = NotAuthenticated("This account signs in with the institution's own service; its password only signs.")
    return problem(status_of(error), error.message, code=error.code)


@router.get("")
def show(who: Who) -> SessionInfo:
    """Return who is signed in."""
    return SessionInfo(
        login=who.actor.login,
        display_name=who.actor.display_name,
        roles=sorted({grant.role for grant in who.actor.grants}),
        language=who.language,
        csrf_token=who.csrf_token or "",
    )


@router.delete("", status_code=status.HTTP_204_NO_CONTENT)
def end(request: Request, running: Running, session: Transaction, who: Who) -> Response:
    """Sign out."""
    note_access(session, who.actor, Access.SIGN_OUT, "", now=running.now())
    token = request.cookies.get(SESSION_COOKIE)
    if token is not None and who.csrf_token is not None:
        accounts.end_sessions(session, token_sha256=digest(token))
    response = Response(status_code=status.HTTP_204_NO_CONTENT)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response
