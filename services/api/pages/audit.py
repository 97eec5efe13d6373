"""The audit trail and the access log of a study: to read, to filter, to take away, to verify."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from casebook.actions.access_log import Access, note_access
from casebook.actions.trail import (
    KINDS,
    NOT_STUDY_DATA,
    Asked,
    TrailEntry,
    Verified,
    read_access,
    read_trail,
    verify_trail,
    wanted,
)
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.form_list import form_path
from services.api.pages.rendering import Frame, page
from services.api.routes.audit_csv import csv_of

router = APIRouter()

Follows = Annotated[SignedIn, Depends(opening(Action.SEE_AUDIT))]
FollowsAccounts = Annotated[SignedIn, Depends(opening(Action.SEE_ACCOUNT_TRAIL))]
Text = Annotated[str | None, Query(max_length=200)]
Before = Annotated[int | None, Query(ge=1)]


class Filters:
    """What the address asks for; empty fields ask for everything, a day that is none is said to be none."""

    def __init__(
        self,
        study: Text = None,
        actor: Text = None,
        kind: Text = None,
        number: Text = None,
        since: Text = None,
        until: Text = None,
        reason: Text = None,
    ) -> None:
        self.typed = {
            "study": study,
            "actor": actor,
            "kind": kind,
            "number": number,
            "since": since,
            "until": until,
            "reason": reason,
        }
        self.not_days = tuple(name for name in ("since", "until") if self.typed[name] and not _day(self.typed[name]))

    def asked(self, actor: Actor, action: Action) -> Asked:
        """Return the filters, for one of the actor's studies. Raises NotFound for any other."""
        codes = sorted({grant.study_code for grant in actor.grants_for(action)})
        study = self.typed["study"] or codes[0]
        if study not in codes:
            raise NotFound("There is no such study.", field="study")
        text = {name: (self.typed[name] or "").strip() or None for name in ("actor", "kind", "number", "reason")}
        return Asked(study, since=_day(self.typed["since"]), until=_day(self.typed["until"]), **text)

    def query(self, **more: object) -> str:
        """Return the same filters as a query, with more."""
        kept = {name: said for name, said in self.typed.items() if said}
        return urlencode(kept | {name: said for name, said in more.items() if said is not None})


AskedFor = Annotated[Filters, Depends()]


@router.get("/audit")
def show(
    request: Request, session: Transaction, frame: InFrame, who: Follows, filters: AskedFor, before: Before = None
) -> Response:
    """Show the trail, the newest first."""
    return _shown(request, session, frame, who, filters, before, Action.SEE_AUDIT)


@router.get("/account-trail")
def show_accounts(
    request: Request,
    session: Transaction,
    frame: InFrame,
    who: FollowsAccounts,
    filters: AskedFor,
    before: Before = None,
) -> Response:
    """Show what became of accounts, sites and definitions; nothing of any patient."""
    return _shown(request, session, frame, who, filters, before, Action.SEE_ACCOUNT_TRAIL)


@router.post("/audit")
def verify(request: Request, session: Transaction, frame: InFrame, who: Follows, filters: AskedFor) -> Response:
    """Recompute the chain and every signature's digest now, and show what was found."""
    found = verify_trail(session)
    return _shown(request, session, frame, who, filters, None, Action.SEE_AUDIT, verified=found)


@router.get("/audit/access")
def show_access(
    request: Request, session: Transaction, frame: InFrame, who: Follows, filters: AskedFor, before: Before = None
) -> Response:
    """Show who looked at what."""
    asked = filters.asked(who.actor, Action.SEE_AUDIT)
    return page(
        request,
        "audit_access.html",
        frame,
        found=read_access(session, who.actor, asked, before=before),
        kinds=[access.value for access in Access],
        filters=filters,
        is_first=before is None,
        here="/audit/access",
    )


@router.get("/audit/export.csv")
def export(running: Running, session: Transaction, who: Follows, filters: AskedFor) -> Response:
    """Send everything the filters ask for as CSV, the oldest first."""
    asked = filters.asked(who.actor, Action.SEE_AUDIT)
    note_access(session, who.actor, Access.TRAIL, asked.study, now=running.now())
    return csv_of(running, wanted(who.actor, asked))


@router.get("/account-trail/export.csv")
def export_accounts(running: Running, session: Transaction, who: FollowsAccounts, filters: AskedFor) -> Response:
    """Send the trail of accounts, sites and definitions as CSV."""
    asked = filters.asked(who.actor, Action.SEE_ACCOUNT_TRAIL)
    note_access(session, who.actor, Access.TRAIL, asked.study, now=running.now())
    return csv_of(running, wanted(who.actor, asked))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text else None
    except ValueError:
        return None


def _shown(
    request: Request,
    session: Transaction,
    frame: Frame,
    who: SignedIn,
    filters: Filters,
    before: int | None,
    action: Action,
    verified: Verified | None = None,
) -> Response:
    asked = filters.asked(who.actor, action)
    is_whole = who.actor.may(Action.SEE_AUDIT, study_code=asked.study)
    return page(
        request,
        "audit.html",
        frame,
        found=read_trail(session, who.actor, asked, before=before),
        kinds=[kind for kind in KINDS if is_whole or kind in NOT_STUDY_DATA],
        is_whole=is_whole,
        filters=filters,
        is_first=before is None,
        verified=verified,
        here="/audit" if action is Action.SEE_AUDIT else "/account-trail",
        entry_path=_entry_path,
    )


def _entry_path(entry: TrailEntry) -> str | None:
    """Return the address of the record an event is of, where it has a page."""
    number, place = entry.event.subject_number, entry.place
    if number is None:
        return None
    if place is None:
        return f"/patients/{number}"
    return form_path(number, place.form_code, place.timepoint, place.ordinal, below="history")
