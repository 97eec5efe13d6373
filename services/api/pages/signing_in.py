"""Signing in and out, and where a person arrives."""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions.access_log import Access, note_access
from casebook.actions.signing_in import SignIn, digest
from casebook.domain.errors import NotAuthenticated
from casebook.store import accounts
from services.api.dependencies import SESSION_COOKIE, Running, Transaction, Who, sent_form, signed_in
from services.api.pages import language
from services.api.pages.navigation import landing
from services.api.pages.rendering import page
from services.api.routes.session import keep_cookie, start_session
from services.api.state import Service

router = APIRouter()


@router.get("/")
def home(who: Who) -> Response:
    """Go where the person's role begins."""
    return RedirectResponse(landing(who.actor), HTTPStatus.SEE_OTHER)


@router.get("/login")
def show(request: Request, running: Running, session: Transaction) -> Response:
    """Ask for login and password; whoever is signed in goes on."""
    try:
        who = signed_in(request, running, session, FormData())
    except NotAuthenticated:
        return _asked(request, running, local(request.query_params.get("next")))
    return RedirectResponse(local(request.query_params.get("next")) or landing(who.actor), HTTPStatus.SEE_OTHER)


@router.post("/login")
def sign_in(
    request: Request, running: Running, session: Transaction, form: Annotated[FormData, Depends(sent_form)]
) -> Response:
    """Sign in and go on; or ask again, and say when the account is locked."""
    login, onward = _text(form, "login"), local(_text(form, "next"))
    attempt = start_session(running, session, login, _text(form, "password"))
    if attempt.token is None:
        return _asked(request, running, onward, attempt=attempt, login=login)
    response = RedirectResponse(onward or "/", HTTPStatus.SEE_OTHER)
    keep_cookie(running, response, attempt.token)
    if language.chosen(request) is None:
        language.keep(response, language.language_of(request, attempt.language))
    return response


def _asked(
    request: Request, running: Service, onward: str | None, *, attempt: SignIn | None = None, login: str = ""
) -> Response:
    settings = running.settings
    return page(
        request,
        "login.html",
        status=HTTPStatus.OK if attempt is None else HTTPStatus.UNAUTHORIZED,
        next=onward,
        attempt=attempt,
        login=login[:200],
        sign_on_name=settings.oidc_name if settings.oidc_issuer else None,
    )


@router.post("/logout")
def sign_out(request: Request, running: Running, session: Transaction, who: Who) -> Response:
    """End the session and forget the chosen language."""
    note_access(session, who.actor, Access.SIGN_OUT, "", now=running.now())
    token = request.cookies.get(SESSION_COOKIE)
    if token is not None:
        accounts.end_sessions(session, token_sha256=digest(token))
    response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    response.delete_cookie(SESSION_COOKIE, path="/")
    response.delete_cookie(language.COOKIE, path="/")
    return response


def local(address: str | None) -> str | None:
    """Return an address of this site to go on to; None for anything that could lead elsewhere."""
    if not address or not address.startswith("/") or not address.isprintable() or "\\" in address:
        return None
    parts = urlsplit(address)
    return None if parts.scheme or parts.netloc or address.startswith("//") else address


def _text(form: FormData, name: str) -> str:
    said = form.get(name)
    return said if isinstance(said, str) else ""
