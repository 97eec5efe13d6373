"""One account in the hands of an administrator: roles, state, password, link, sessions, tokens, history."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Final, Protocol
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from casebook.actions import accounts as acts
from casebook.actions.grants import end_grant, grant_role
from casebook.actions.people import see_account
from casebook.domain.accounts import AccountState, GrantState, day_begins, day_ends, normal_login
from casebook.domain.actors import Action, Actor, Role
from casebook.domain.errors import CasebookError, Invalid
from casebook.domain.texts import Text
from casebook.store import registry
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction
from services.api.pages import account_history
from services.api.pages.access import InFrame, opening
from services.api.pages.accounts import Administrator, Posted
from services.api.pages.attempts import attempt, day, status_for, text
from services.api.pages.rendering import Frame, page
from services.api.pages.words import N_
from services.api.routes.accounts import idle
from services.api.state import Service

router = APIRouter(prefix="/accounts/{login}")
ReadsTrail = Annotated[SignedIn, Depends(opening(Action.SEE_ACCOUNT_TRAIL))]
GRANT_WORDS: Final = {
    GrantState.UPCOMING: N_("to come"),
    GrantState.CURRENT: N_("holds"),
    GrantState.OVER: N_("over"),
}
DONE: Final = {
    "granted": N_("The role is granted; it counts from the next request on."),
    "ended": N_("The end of the role is noted; it counts from the next request on."),
    "disabled": N_("The account is disabled. Its sessions have ended and its tokens are revoked."),
    "enabled": N_("The account is enabled. Tokens that were revoked stay so."),
    "unlocked": N_("The account is unlocked."),
    "linked": N_("The link to the sign-in service is noted."),
    "signed-out": N_("The person is signed out everywhere."),
    "revoked": N_("The token is revoked."),
}


class Act(Protocol):
    """Something that an administrator does to an account."""

    def __call__(self, session: Session, actor: Actor, *, login: str, now: datetime) -> object:
        """Do it. Raises CasebookError."""


class Desk:
    """An administrator's request about one account: shows it, or does an act and shows what became of it."""

    def __init__(self, request: Request, running: Running, session: Transaction, frame: InFrame, login: str) -> None:
        self.request = request
        self.running: Service = running
        self.session = session
        self.frame: Frame = frame
        self.login = normal_login(login)

    def shown(
        self, *, error: CasebookError | None = None, sent: FormData | None = None, password: str = ""
    ) -> Response:
        """Show the account; with an error what was sent stands in its fields again."""
        actor, now = self.frame.who.actor, self.running.now()
        file = see_account(self.session, actor, login=self.login, now=now, idle=idle(self.running))
        return page(
            self.request,
            "person.html",
            self.frame,
            status=status_for(error),
            file=file,
            person=file.person,
            history=account_history.lines(file),
            now=now,
            is_oneself=self.login == actor.login,
            roles=tuple(Role),
            sites=self._sites(),
            done=DONE.get(self.request.query_params.get("done", "")),
            error=error,
            sent=sent or FormData(),
            password=password,
            issuer=self.running.settings.oidc_issuer,
            sign_on_name=self.running.settings.oidc_name,
            AccountState=AccountState,
            GrantState=GrantState,
            grant_words=GRANT_WORDS,
        )

    def _sites(self) -> list[tuple[str, list[tuple[str, str, str]]]]:
        codes = sorted({one.study_code for one in self.frame.who.actor.grants_for(Action.MANAGE_ACCOUNTS)})
        return [
            (
                code,
                [
                    (site.code, site.name_en, site.name_ja)
                    for site in registry.sites(self.session, registry.study(self.session, code).id)
                ],
            )
            for code in codes
        ]

    def acted(self, act: Act, done: str, *, sent: FormData | None = None) -> Response:
        """Do an act on the account; go back to it, or show what was refused."""
        error = attempt(
            self.session,
            lambda: act(self.session, self.frame.who.actor, login=self.login, now=self.running.now()),
        )
        if error is not None:
            return self.shown(error=error, sent=sent)
        return RedirectResponse(f"/accounts/{quote(self.login)}?done={done}", HTTPStatus.SEE_OTHER)


OfAccount = Annotated[Desk, Depends(Desk)]


@router.get("")
def show(desk: OfAccount, _who: ReadsTrail) -> Response:
    """Show one account."""
    return desk.shown()


@router.post("/grants")
def grant(desk: OfAccount, _who: Administrator, posted: Posted) -> Response:
    """Give a role for days named as the first and the last."""

    def act(session: Session, actor: Actor, *, login: str, now: datetime) -> None:
        study_code, _, site_code = text(posted, "place").partition("/")
        first, last = day(posted, "first_day"), day(posted, "last_day")
        grant_role(
            session,
            actor,
            role=_role(text(posted, "role")),
            study_code=study_code,
            site_code=site_code or None,
            valid_from=day_begins(first) if first else None,
            valid_until=day_ends(last) if last else None,
            login=login,
            now=now,
        )

    return desk.acted(act, "granted", sent=posted)


@router.post("/grants/{grant_id}/end")
def end(desk: OfAccount, _who: Administrator, grant_id: UUID, posted: Posted) -> Response:
    """End a role now, or with a day."""

    def act(session: Session, actor: Actor, *, login: str, now: datetime) -> None:
        last = day(posted, "last_day")
        end_grant(
            session,
            actor,
            grant_id=grant_id,
            ends_at=day_ends(last) if last else None,
            reason=text(posted, "reason"),
            login=login,
            now=now,
        )

    return desk.acted(act, "ended", sent=posted)


@router.post("/disable")
def disable(desk: OfAccount, _who: Administrator, posted: Posted) -> Response:
    """Disable at once."""
    return desk.acted(partial(acts.disable_account, reason=text(posted, "reason")), "disabled", sent=posted)


@router.post("/enable")
def enable(desk: OfAccount, _who: Administrator, posted: Posted) -> Response:
    """Let the person sign in again."""
    return desk.acted(partial(acts.enable_account, reason=text(posted, "reason")), "enabled", sent=posted)


@router.post("/unlock")
def unlock(desk: OfAccount, _who: Administrator) -> Response:
    """Take back a lock after wrong passwords."""
    return desk.acted(acts.unlock_account, "unlocked")


@router.post("/password")
def reset(desk: OfAccount, _who: Administrator) -> Response:
    """Set a one-time password and show it, once."""
    made: list[str] = []
    error = attempt(
        desk.session,
        lambda: made.append(
            acts.reset_password(desk.session, desk.frame.who.actor, login=desk.login, now=desk.running.now())
        ),
    )
    return desk.shown(error=error, password="".join(made))


@router.post("/subject")
def link(desk: OfAccount, _who: Administrator, posted: Posted) -> Response:
    """Link the account to a person of the sign-in service; an empty field takes the link away."""
    issuer = desk.running.settings.oidc_issuer
    return desk.acted(
        partial(acts.link_subject, text=text(posted, "subject") or None, issuer=issuer), "linked", sent=posted
    )


@router.post("/sessions/end")
def end_sessions(desk: OfAccount, _who: Administrator) -> Response:
    """Sign the person out everywhere."""
    return desk.acted(acts.end_all_sessions, "signed-out")


@router.post("/tokens/{token_id}/revoke")
def revoke(desk: OfAccount, _who: Administrator, token_id: UUID) -> Response:
    """Stop a bearer token."""
    return desk.acted(partial(acts.revoke_token, token_id=token_id), "revoked")


def _role(said: str) -> Role:
    try:
        return Role(said)
    except ValueError:
        raise Invalid(Text("Choose a role.", "役割を選択してください。"), field="role") from None
