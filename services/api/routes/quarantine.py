"""The quarantine desk: what is held and why, a look into it, and the decision that ends it."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from casebook.actions import quarantine as desk
from casebook.actions.quarantine import Ruling, Seen
from casebook.dicom.blanking import Rectangle
from casebook.dicom.rendering import Format
from casebook.domain.actors import Action
from casebook.domain.quarantine import HeldState, QuarantineRefused
from casebook.domain.quarantine_reasons import reason_of
from casebook.store import quarantine as stored
from casebook.store.accounts import SignedIn
from casebook.store.quarantine import Held, Wanted
from services.api.case_views import label
from services.api.dependencies import Running, Transaction, doing
from services.api.held_files import desk_of, possible
from services.api.schemas.quarantine import (
    HeaderValueOut,
    HeldCount,
    HeldDecisionIn,
    HeldDecisionOut,
    HeldFileOut,
    HeldHeaderOut,
    Quarantine,
    UnmaskIn,
)
from services.api.state import Service

router = APIRouter(prefix="/api/v1/quarantine", tags=["quarantine"])
Decides = Annotated[SignedIn, Depends(doing(Action.DECIDE_QUARANTINE))]
Asked = Annotated[str | None, Query(max_length=60)]
Frame = Annotated[int, Query(ge=1, le=100_000, description="1-based")]
MOST_LISTED: Final = 1000


@router.get("")
def list_all(
    running: Running,
    session: Transaction,
    who: Decides,
    reason: Asked = None,
    site: Asked = None,
    subject: Asked = None,
    timepoint: Asked = None,
    state: HeldState | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 200,
) -> Quarantine:
    """Return held files, the undecided and oldest first, with how many there are by reason, site and state."""
    wanted = Wanted(reason, site, subject, timepoint, state)
    return Quarantine(
        files=[_shown(running, held) for held in stored.items(session, who.actor, wanted, limit=limit)],
        counts=[
            HeldCount(reason_code=code, site=where, state=HeldState(stands), n=n)
            for code, where, stands, n in stored.counts(session, who.actor, wanted)
        ],
    )


@router.post("/{item_id}/decision")
def decide(
    running: Running, session: Transaction, who: Decides, item_id: UUID, body: HeldDecisionIn
) -> HeldDecisionOut:
    """Release, refuse or move a held file and others with it: all or none; the same decision again does nothing."""
    alike = desk.open_item(session, who.actor, item_id=item_id).alike if body.alike else ()
    item_ids = list(dict.fromkeys([item_id, *body.items, *alike]))
    ruled = desk.decide(
        session,
        who.actor,
        item_ids=item_ids[: desk.MOST_AT_ONCE],
        ruling=Ruling(
            body.decision,
            body.objection,
            body.reason,
            tuple(Rectangle(one.x, one.y, one.width, one.height) for one in body.blank),
            (body.target.subject, body.target.timepoint) if body.target else None,
        ),
        desk=desk_of(running),
        now=running.now(),
    )
    return HeldDecisionOut(n_ended=ruled.n_ended, n_still_held=ruled.n_still_held, submissions=list(ruled.submissions))


@router.get("/{item_id}")
def show(running: Running, session: Transaction, who: Decides, item_id: UUID) -> HeldFileOut:
    """Return one held file: why it is held and what may be done about it, without a look into it."""
    return _shown(running, stored.item(session, who.actor, item_id))


@router.get("/{item_id}/picture", response_class=Response, responses={200: {"content": {Format.PNG: {}}}})
def picture(running: Running, session: Transaction, who: Decides, item_id: UUID, frame: Frame = 1) -> Response:
    """Return a picture (PNG) of a frame, drawn in a child process; the look is logged. 409 where there is none."""
    seen = desk.look_into(session, who.actor, item_id=item_id, desk=desk_of(running), now=running.now(), frame=frame)
    if seen.shown.picture is None:
        raise QuarantineRefused(seen.shown.no_picture or "There is no picture of this file.")
    return Response(seen.shown.picture.png, media_type=Format.PNG, headers={"Cache-Control": "no-store"})


@router.get("/{item_id}/header")
def header(running: Running, session: Transaction, who: Decides, item_id: UUID) -> HeldHeaderOut:
    """Return the header's elements that the reasons for holding are about; the look is logged, identity is masked."""
    return _header(desk.look_into(session, who.actor, item_id=item_id, desk=desk_of(running), now=running.now()))


@router.post("/{item_id}/header")
def unmask(running: Running, session: Transaction, who: Decides, item_id: UUID, body: UnmaskIn) -> HeldHeaderOut:
    """Return the same with what the header says of the patient; who asked and why is kept in the access log."""
    return _header(
        desk.look_into(
            session,
            who.actor,
            item_id=item_id,
            desk=desk_of(running),
            now=running.now(),
            unmasked_because=body.reason,
        )
    )


def _shown(running: Service, held: Held) -> HeldFileOut:
    row, reason = held.item, reason_of(held.item.reason_code)
    return HeldFileOut(
        id=row.id,
        subject=held.subject.number,
        site=held.site_code,
        timepoint=held.timepoint,
        state=HeldState(row.state),
        reason_code=row.reason_code,
        reason=label(reason.what),
        to_do=label(reason.to_do),
        message=row.message,
        decisions=possible(row.state, reason),
        may_be_blanked=reason.may_be_blanked,
        n_bytes=row.n_bytes,
        received_at=row.received_at,
        age_days=(running.now() - row.received_at).days,
        submissions=list(held.submission_numbers),
        lifted=list(row.lifted),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
        went_into=held.went_into,
    )


def _header(seen: Seen) -> HeldHeaderOut:
    shown = seen.shown
    return HeldHeaderOut(
        n_frames=shown.n_frames,
        n_rows=shown.picture.n_rows if shown.picture else None,
        n_columns=shown.picture.n_columns if shown.picture else None,
        no_picture=label(shown.no_picture) if shown.no_picture else None,
        refusal=shown.refusal,
        objections=list(shown.objections),
        agreement=dict(seen.agreement),
        are_masked=seen.are_masked,
        values=[HeaderValueOut.model_validate(value) for value in shown.values],
    )
