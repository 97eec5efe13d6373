"""Signing in with the institution's own service: there and back. Installed only where one is set up."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from casebook.actions.access_log import note_sign_in
from casebook.actions.signing_in import SignIn, sign_in_as
from casebook.domain.errors import CasebookError, NotAuthenticated, Refused, Unavailable
from casebook.domain.texts import Text
from services.api.dependencies import Running, Transaction
from services.api.openid import Pending, Provider
from services.api.pages import language
from services.api.pages.rendering import page
from services.api.pages.signing_in import local
from services.api.problems import status_of
from services.api.routes.session import keep_cookie
from services.api.state import Service

router = APIRouter(prefix="/login/openid")
COOKIE: Final = "casebook_sign_on"
COOKIE_PATH: Final = "/login/openid"
Said = Annotated[str | None, Query(max_length=4000)]
SAID_NO: Final = Text(
    "The service ended the sign-in without saying who you are.",
    "認証サービスでサインインが中止されたか、拒否されました。",
)


@router.get("")
def begin(request: Request, running: Running) -> Response:
    """Send the browser to the service."""
    provider = Provider.of(running.settings)
    pending = Pending.begun(local(request.query_params.get("next")) or "/")
    try:
        address = provider.address(pending, redirect_uri=_return_address(request, running))
    except Unavailable as error:
        return _failed(request, running, error)
    response = RedirectResponse(address, HTTPStatus.SEE_OTHER)
    response.set_cookie(
        COOKIE,
        provider.sealed(pending),
        max_age=600,
        httponly=True,
        secure=running.settings.secure_cookies,
        samesite="lax",
        path=COOKIE_PATH,
    )
    return response


@router.get("/callback")
def come_back(
    request: Request, running: Running, session: Transaction, code: Said = None, state: Said = None
) -> Response:
    """Take what the service says of the person, open a session of our own, and go on to the asked page."""
    provider = Provider.of(running.settings)
    try:
        pending = provider.unsealed(request.cookies.get(COOKIE), state=state)
        identity = provider.identity(pending, code=_said(code), redirect_uri=_return_address(request, running))
        hours = running.settings.session_hours
        attempt = sign_in_as(session, identity=identity, now=running.now(), session_hours=hours)
    except (NotAuthenticated, Refused, Unavailable) as error:
        note_sign_in(session, login="", succeeded=False, now=running.now())
        return _failed(request, running, error)
    note_sign_in(session, login=attempt.login, succeeded=True, now=running.now())
    return _signed_in(request, running, attempt, pending.onward)


def _said(code: str | None) -> str:
    if code is None:
        raise NotAuthenticated(SAID_NO)
    return code


def _signed_in(request: Request, running: Service, attempt: SignIn, onward: str) -> Response:
    assert attempt.token is not None
    response = RedirectResponse(onward, HTTPStatus.SEE_OTHER)
    response.delete_cookie(COOKIE, path=COOKIE_PATH)
    keep_cookie(running, response, attempt.token)
    if language.chosen(request) is None:
        language.keep(response, language.language_of(request, attempt.language))
    return response


def _failed(request: Request, running: Service, error: CasebookError) -> Response:
    status = HTTPStatus.FORBIDDEN if isinstance(error, Refused) else status_of(error)
    shown = page(request, "sign_on_failed.html", status=status, error=error, sign_on_name=running.settings.oidc_name)
    shown.delete_cookie(COOKIE, path=COOKIE_PATH)
    return shown


def _return_address(request: Request, running: Service) -> str:
    base = str(running.settings.public_url or request.base_url).rstrip("/")
    return f"{base}{COOKIE_PATH}/callback"
