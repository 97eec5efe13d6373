"""One's own account by API: password, language, sessions, tokens."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response, status

from casebook.actions.accounts import make_token, revoke_token
from casebook.actions.own_account import choose_language, end_own_session, end_own_sessions
from casebook.actions.people import see_own_account
from casebook.actions.signing_in import change_password
from casebook.domain.errors import Forbidden
from services.api import account_views
from services.api.dependencies import SESSION_COOKIE, Running, Transaction, Who
from services.api.problems import problem, status_of
from services.api.routes.accounts import idle
from services.api.schemas import accounts as api

router = APIRouter(prefix="/api/v1/account", tags=["account"])
DONE: Final = status.HTTP_204_NO_CONTENT


@router.get("")
def show(running: Running, session: Transaction, who: Who) -> api.AccountWhole:
    """Return one's own account."""
    now = running.now()
    return account_views.whole(see_own_account(session, who, now=now, idle=idle(running)), now)


@router.put("/password", status_code=DONE)
def password(request: Request, running: Running, session: Transaction, who: Who, body: api.PasswordChange) -> Response:
    """Change one's password; one's other sessions end. A wrong old one counts as a failed sign-in."""
    kept = request.cookies.get(SESSION_COOKIE) if who.csrf_token is not None else None
    if not change_password(session, who, old=body.old, new=body.new, now=running.now(), kept_token=kept):
        error = Forbidden("The old password is wrong.", field="old")
        return problem(status_of(error), error.message, code="wrong-password")
    return Response(status_code=DONE)


@router.put("/language", status_code=DONE)
def language(session: Transaction, who: Who, body: api.LanguageChoice) -> Response:
    """Choose the language of one's pages."""
    choose_language(session, who, language=body.language)
    return Response(status_code=DONE)


@router.delete("/sessions", status_code=DONE)
def end_others(request: Request, session: Transaction, who: Who) -> Response:
    """Sign oneself out everywhere else."""
    end_own_sessions(session, who, kept_token=request.cookies.get(SESSION_COOKIE))
    return Response(status_code=DONE)


@router.delete("/sessions/{key}", status_code=DONE)
def end_one(session: Transaction, who: Who, key: str) -> Response:
    """Sign oneself out in one browser."""
    end_own_session(session, who, key=key)
    return Response(status_code=DONE)


@router.post("/tokens", status_code=status.HTTP_201_CREATED)
def make(running: Running, session: Transaction, who: Who, body: api.NewToken) -> api.MadeToken:
    """Make a bearer token; the answer is the only place where it stands."""
    token = make_token(session, who.actor, login=who.actor.login, label=body.label, days=body.days, now=running.now())
    return api.MadeToken(token=token)


@router.delete("/tokens/{token_id}", status_code=DONE)
def revoke(running: Running, session: Transaction, who: Who, token_id: UUID) -> Response:
    """Stop one of one's bearer tokens."""
    revoke_token(session, who.actor, login=who.actor.login, token_id=token_id, now=running.now())
    return Response(status_code=DONE)
