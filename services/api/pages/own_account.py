"""One's own account: roles, password, language, sessions, tokens."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from casebook.actions.accounts import make_token, revoke_token
from casebook.actions.own_account import choose_language, end_own_session, end_own_sessions
from casebook.actions.people import see_own_account
from casebook.actions.signing_in import change_password, digest
from casebook.domain.accounts import MIN_PASSWORD_CHARACTERS, GrantState
from casebook.domain.errors import CasebookError, Invalid
from casebook.domain.sign_on import is_linked
from casebook.domain.texts import Text
from casebook.store.sessions import key_of
from services.api.dependencies import SESSION_COOKIE, Running, Transaction
from services.api.pages import language as spoken
from services.api.pages.access import InFrame
from services.api.pages.accounts import Posted
from services.api.pages.attempts import attempt, secret, status_for, text
from services.api.pages.rendering import Frame, page
from services.api.pages.words import N_
from services.api.routes.accounts import idle

router = APIRouter(prefix="/account")
DONE: Final = {
    "password": N_("The password is changed. Your other sessions have ended."),
    "language": N_("The language is kept with your account."),
    "session": N_("The session has ended."),
    "sessions": N_("You are signed out everywhere else."),
    "revoked": N_("The token is revoked."),
}
WRONG_OLD: Final = Text("The present password is wrong.", "現在のパスワードが正しくありません。")
NOT_TWICE_THE_SAME: Final = Text("The new password was not typed twice alike.", "新しいパスワードが一致していません。")
DEFAULT_TOKEN_DAYS: Final = 90


@dataclass(frozen=True, slots=True)
class Said:
    """What the page says beside the account: a refusal, or a new token, shown once."""

    error: CasebookError | None = None
    token: str = ""


@router.get("")
def show(request: Request, running: Running, session: Transaction, frame: InFrame) -> Response:
    """Show one's own account; where the password must change, that alone."""
    return _shown(request, running, session, frame, Said())


@router.post("/password")
def password(request: Request, running: Running, session: Transaction, frame: InFrame, posted: Posted) -> Response:
    """Change one's password; a wrong present one counts as a failed sign-in."""
    new, outcome = secret(posted, "new"), [True]

    def act() -> None:
        if new != secret(posted, "again"):
            raise Invalid(NOT_TWICE_THE_SAME, field="again")
        outcome[0] = change_password(
            session,
            frame.who,
            old=secret(posted, "old"),
            new=new,
            now=running.now(),
            kept_token=request.cookies.get(SESSION_COOKIE),
        )

    error = attempt(session, act)
    if error is None and not outcome[0]:
        error = Invalid(WRONG_OLD, field="old")
    return _back("password") if error is None else _shown(request, running, session, frame, Said(error))


@router.post("/language")
def language(session: Transaction, frame: InFrame, posted: Posted) -> Response:
    """Choose the language of one's pages."""
    choose_language(session, frame.who, language=text(posted, "language"))
    response = _back("language")
    response.delete_cookie(spoken.COOKIE, path="/")
    return response


@router.post("/sessions/end")
def end_others(request: Request, session: Transaction, frame: InFrame) -> Response:
    """Sign oneself out everywhere else."""
    end_own_sessions(session, frame.who, kept_token=request.cookies.get(SESSION_COOKIE))
    return _back("sessions")


@router.post("/sessions/{key}/end")
def end_one(session: Transaction, frame: InFrame, key: str) -> Response:
    """Sign oneself out in one browser."""
    end_own_session(session, frame.who, key=key)
    return _back("session")


@router.post("/tokens")
def make(request: Request, running: Running, session: Transaction, frame: InFrame, posted: Posted) -> Response:
    """Make a bearer token and show it, once."""
    made: list[str] = []
    error = attempt(
        session,
        lambda: made.append(
            make_token(
                session,
                frame.who.actor,
                login=frame.who.actor.login,
                label=text(posted, "label"),
                days=_number(text(posted, "days")),
                now=running.now(),
            )
        ),
    )
    return _shown(request, running, session, frame, Said(error, "".join(made)))


@router.post("/tokens/{token_id}/revoke")
def revoke(running: Running, session: Transaction, frame: InFrame, token_id: UUID) -> Response:
    """Stop one of one's tokens."""
    login = frame.who.actor.login
    revoke_token(session, frame.who.actor, login=login, token_id=token_id, now=running.now())
    return _back("revoked")


def _number(said: str) -> int:
    return int(said) if said.isascii() and said.isdecimal() else 0


def _back(done: str) -> Response:
    return RedirectResponse(f"/account?done={done}", HTTPStatus.SEE_OTHER)


def _shown(request: Request, running: Running, session: Transaction, frame: Frame, said: Said) -> Response:
    now, token = running.now(), request.cookies.get(SESSION_COOKIE)
    file = see_own_account(session, frame.who, now=now, idle=idle(running))
    return page(
        request,
        "account.html",
        frame,
        status=status_for(said.error),
        file=file,
        account=file.person.account,
        now=now,
        this_session=key_of(digest(token)) if token else "",
        done=DONE.get(request.query_params.get("done", "")),
        said=said,
        min_characters=MIN_PASSWORD_CHARACTERS,
        token_days=DEFAULT_TOKEN_DAYS,
        signs_in_elsewhere=running.settings.oidc_issuer is not None and is_linked(file.person.account.oidc_subject),
        sign_on_name=running.settings.oidc_name,
        GrantState=GrantState,
    )
