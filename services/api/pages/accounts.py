"""The people of a study: the list, a new account, and who may do what."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.datastructures import FormData

from casebook.actions import accounts as acts
from casebook.actions.people import list_people
from casebook.domain.accounts import AccountState, normal_login
from casebook.domain.actors import Action, Role
from casebook.domain.errors import CasebookError
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.attempts import attempt, status_for, text
from services.api.pages.rendering import Frame, page
from services.api.pages.role_table import role_table
from services.api.pages.words import N_

router = APIRouter()
Administrator = Annotated[SignedIn, Depends(opening(Action.MANAGE_ACCOUNTS))]
Posted = Annotated[FormData, Depends(sent_form)]
STATES: Final = {
    AccountState.ACTIVE: N_("may sign in"),
    AccountState.LOCKED: N_("locked out"),
    AccountState.DISABLED: N_("disabled"),
}


@dataclass(frozen=True, slots=True)
class Made:
    """A new account's login and the password to hand over, shown once."""

    login: str
    password: str


@router.get("/accounts")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Administrator,
    search: Annotated[str, Query(max_length=100)] = "",
    state: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """List the accounts."""
    return _shown(request, running, session, frame, who, search=search, state=state)


@router.post("/accounts")
def add(
    request: Request, running: Running, session: Transaction, frame: InFrame, who: Administrator, posted: Posted
) -> Response:
    """Make an account and show its one-time password; or say what is wrong."""
    login, password = text(posted, "login"), acts.one_time_password()
    error = attempt(
        session,
        lambda: acts.add_account(
            session,
            who.actor,
            login=login,
            display_name=text(posted, "display_name"),
            password=password,
            language=text(posted, "language"),
            must_change=True,
        ),
    )
    made = None if error else Made(normal_login(login), password)
    return _shown(request, running, session, frame, who, made=made, error=error, sent=posted)


@router.get("/accounts/roles")
def roles(request: Request, frame: InFrame, _who: Administrator) -> Response:
    """Show who may do what."""
    return page(request, "roles.html", frame, parts=role_table(), roles=tuple(Role))


def _shown(
    request: Request,
    running: Running,
    session: Transaction,
    frame: Frame,
    who: SignedIn,
    *,
    search: str = "",
    state: str = "",
    made: Made | None = None,
    error: CasebookError | None = None,
    sent: FormData | None = None,
) -> Response:
    now = running.now()
    chosen = next((one for one in STATES if one == state), None)
    people = list_people(session, who.actor, now=now, search=search, state=chosen)
    return page(
        request,
        "accounts.html",
        frame,
        status=HTTPStatus.CREATED if made else status_for(error),
        people=people,
        now=now,
        search=search,
        state=chosen,
        states=STATES,
        made=made,
        error=error,
        sent=sent or FormData(),
    )
