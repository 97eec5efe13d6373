"""The audit trail and the access log of a study."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from casebook.actions.access_log import Access, note_access
from casebook.actions.trail import Asked, TrailPage, read_access, read_trail, verify_trail, wanted
from casebook.domain.actors import Action
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, doing
from services.api.routes.audit_csv import csv_of
from services.api.schemas.records import (
    AccessLog,
    AccessOut,
    BrokenSignatureOut,
    TrailEvent,
    TrailOut,
    VerifiedOut,
)
from services.api.schemas.sent import Day

router = APIRouter(prefix="/api/v1/studies/{study}", tags=["audit"])

Follows = Annotated[SignedIn, Depends(doing(Action.SEE_AUDIT))]
FollowsAccounts = Annotated[SignedIn, Depends(doing(Action.SEE_ACCOUNT_TRAIL))]
Before = Annotated[int | None, Query(ge=1, le=2**62, description="only events older than this one")]
Text = Annotated[str | None, Query(max_length=200)]


def asked_for(
    study: str,
    actor: Text = None,
    kind: Text = None,
    subject: Text = None,
    since: Day | None = None,
    until: Day | None = None,
    reason: Text = None,
) -> Asked:
    """Return the filters; days are UTC, both included."""
    return Asked(study, actor, kind, subject, since, until, reason)


AskedFor = Annotated[Asked, Depends(asked_for)]


@router.get("/audit")
def show(session: Transaction, who: Follows, asked: AskedFor, before: Before = None) -> TrailOut:
    """Return events of the trail, the newest first."""
    return _shown(read_trail(session, who.actor, asked, before=before))


@router.get("/account-trail")
def show_accounts(session: Transaction, who: FollowsAccounts, asked: AskedFor, before: Before = None) -> TrailOut:
    """Return what became of accounts, sites and definitions; nothing of any patient."""
    return _shown(read_trail(session, who.actor, asked, before=before))


@router.get("/audit.csv", response_class=StreamingResponse)
def export(running: Running, session: Transaction, who: Follows, asked: AskedFor) -> StreamingResponse:
    """Send everything the filters ask for as CSV, the oldest first."""
    events = wanted(who.actor, asked)
    note_access(session, who.actor, Access.TRAIL, asked.study, now=running.now())
    return csv_of(running, events)


@router.post("/audit/verification")
def verify(session: Transaction, who: Follows, study: str) -> VerifiedOut:
    """Recompute the whole chain, and the digest under every signature."""
    wanted(who.actor, Asked(study))
    found = verify_trail(session)
    return VerifiedOut(
        holds=found.holds,
        n_events=found.state.n_events,
        n_unchained=found.state.n_unchained,
        broken_at=found.state.broken_at,
        head=found.state.head,
        broken_signatures=[BrokenSignatureOut.model_validate(one, from_attributes=True) for one in found.broken],
    )


@router.get("/access")
def show_access(session: Transaction, who: Follows, asked: AskedFor, before: Before = None) -> AccessLog:
    """Return who looked at what, the newest first."""
    found = read_access(session, who.actor, asked, before=before)
    return AccessLog(
        events=[
            AccessOut(
                id=row.id,
                at=row.at,
                actor=row.actor,
                name=row.name,
                kind=row.kind,
                target=row.target,
                subject=row.subject_number,
            )
            for row in found.rows
        ],
        next_before=found.next_before,
    )


def _shown(found: TrailPage) -> TrailOut:
    return TrailOut(
        events=[
            TrailEvent(
                id=event.id,
                at=event.at,
                actor=event.actor,
                name=event.name,
                role=event.role,
                act=event.act,
                record=event.table,
                row=event.row_id,
                subject=event.subject_number,
                old=event.old,
                new=event.new,
                reason=event.reason,
            )
            for event in (entry.event for entry in found.entries)
        ],
        next_before=found.next_before,
        n_chained=found.head.n_chained if found.head else 0,
        head=found.head.hash if found.head else None,
    )
