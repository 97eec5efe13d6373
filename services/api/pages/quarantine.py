"""The quarantine desk: files that wait for a decision, one of them with its picture, and the decision."""

from base64 import b64encode
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions import quarantine as desk
from casebook.actions.quarantine import HeldFile, Ruled, Ruling, Seen
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action
from casebook.domain.errors import CasebookError, Invalid
from casebook.domain.quarantine import Decision, HeldState, Reason
from casebook.domain.quarantine_reasons import reason_of
from casebook.domain.texts import Text
from casebook.store import quarantine as stored
from casebook.store.accounts import SignedIn
from casebook.store.quarantine import HeldGroup, Wanted
from services.api.dependencies import Running, Transaction, sent_form
from services.api.held_files import desk_of, possible
from services.api.pages.access import InFrame, opening
from services.api.pages.attempts import attempt, status_for, text
from services.api.pages.rectangles import Marked, marked, rectangles
from services.api.pages.rendering import Frame, page
from services.api.pages.words import N_
from services.api.state import Service

router = APIRouter(prefix="/quarantine")
Decides = Annotated[SignedIn, Depends(opening(Action.DECIDE_QUARANTINE))]
Posted = Annotated[FormData, Depends(sent_form)]
Asked = Annotated[str, Query(max_length=60)]
MOST_LISTED: Final = 500
EVERY_STATE: Final = "all"
TONES: Final = {HeldState.HELD: "error", HeldState.RELEASED: "good", HeldState.REFUSED: "", HeldState.MOVED: "accent"}
DECISION_LABELS: Final = {
    Decision.RELEASE: Text("Release into the archive", "隔離を解除して保管する"),
    Decision.MOVE: Text("Move to another patient or timepoint of the site", "同じ施設の別の患者・時点へ移動する"),
    Decision.REFUSE: Text("Refuse: it is not archived", "却下する（保管しない）"),
}
DONE: Final = {
    "ended": N_("Decided. What came of the files stands in their delivery and in the audit trail."),
    "still-held": N_("Some files met another objection and stay held for that; look at them again."),
}
CHOOSE: Final = Text("Choose a decision.", "判定を選択してください。")


@dataclass(frozen=True, slots=True)
class Line:
    """Files of one timepoint held for one reason, and for how many days the oldest has been."""

    row: HeldGroup
    reason: Reason
    timepoint: Text
    age_days: int


@router.get("")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Decides,
    reason: Asked = "",
    site: Asked = "",
    patient: Asked = "",
    state: Asked = HeldState.HELD.value,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """List what is held, by timepoint and reason; what waits longest comes first."""
    wanted = Wanted(
        reason or None,
        site or None,
        patient.strip() or None,
        state=None if state == EVERY_STATE else state,
    )
    lines = [
        Line(
            row,
            reason_of(row.reason_code),
            definition_of(session, row.study_version_id).timepoint(row.timepoint).label,
            (running.now() - row.oldest_at).days,
        )
        for row in stored.groups(session, who.actor, wanted, limit=MOST_LISTED)
    ]
    everything = stored.counts(session, who.actor, Wanted())
    by_state, by_reason = Counter[str](), Counter[str]()
    for code, where, stands, n in everything:
        by_state[stands] += n
        if wanted.state in {None, stands} and site in {"", where}:
            by_reason[code] += n
    return page(
        request,
        "quarantine.html",
        frame,
        lines=lines,
        most=MOST_LISTED,
        by_state=by_state,
        by_reason=by_reason,
        sites=sorted({where for _, where, _, _ in everything}),
        asked={"reason": reason, "site": site, "patient": patient, "state": state},
        states=HeldState,
        tones=TONES,
        every=EVERY_STATE,
        done=DONE.get(done),
        address=_address,
    )


def _address(asked: dict[str, str], **changed: str) -> str:
    """The address of the list with some filters changed."""
    wanted = {name: word for name, word in {**asked, **changed}.items() if word}
    return f"/quarantine?{urlencode(wanted)}" if wanted else "/quarantine"


@router.get("/{item_id}")
def show_one(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Decides,
    item_id: UUID,
    shown_frame: Annotated[int, Query(ge=1, le=100_000, alias="frame")] = 1,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Look into a held file; the look is logged."""
    file = desk.open_item(session, who.actor, item_id=item_id)
    seen = _looked(running, session, who, item_id, shown_frame)
    return _shown(request, session, frame, file, seen, at_frame=shown_frame, done=DONE.get(done))


@router.post("/{item_id}/identity")
def unmask(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Decides,
    posted: Posted,
    item_id: UUID,
) -> Response:
    """Show what the header says of the patient; who asked and why is kept in the access log."""
    file = desk.open_item(session, who.actor, item_id=item_id)
    found: list[Seen] = []
    error = attempt(
        session,
        lambda: found.append(_looked(running, session, who, item_id, 1, because=text(posted, "unmask_reason"))),
    )
    seen = found[0] if found else _looked(running, session, who, item_id, 1)
    return _shown(request, session, frame, file, seen, error=error)


@router.post("/{item_id}")
def decide(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Decides,
    posted: Posted,
    item_id: UUID,
) -> Response:
    """Decide on one file or on all that are held for the same, or say beside the form why not."""
    file = desk.open_item(session, who.actor, item_id=item_id)
    ruled: list[Ruled] = []
    error = attempt(session, lambda: ruled.append(_decided(running, session, who, file, posted)))
    if error is None:
        left = [one for one in file.alike if one != item_id] if text(posted, "scope") != "alike" else []
        done = "still-held" if ruled[0].n_still_held else "ended"
        where = f"/quarantine/{item_id if ruled[0].n_still_held else left[0]}" if left or ruled[0].n_still_held else ""
        return RedirectResponse(f"{where or '/quarantine'}?done={done}", HTTPStatus.SEE_OTHER)
    file = desk.open_item(session, who.actor, item_id=item_id)
    seen = _looked(running, session, who, item_id, 1)
    return _shown(request, session, frame, file, seen, error=error, sent=posted)


def _looked(
    running: Service, session: Transaction, who: SignedIn, item_id: UUID, frame: int, *, because: str | None = None
) -> Seen:
    return desk.look_into(
        session,
        who.actor,
        item_id=item_id,
        desk=desk_of(running),
        now=running.now(),
        frame=frame,
        unmasked_because=because,
    )


def _decided(running: Service, session: Transaction, who: SignedIn, file: HeldFile, posted: FormData) -> Ruled:
    said = text(posted, "decision")
    if said not in {*Decision}:
        raise Invalid(CHOOSE, field="decision")
    item_id = file.held.item.id
    decision = Decision(said)
    ruling = Ruling(
        decision,
        objection=text(posted, "objection"),
        reason=text(posted, "reason"),
        blanked=rectangles(posted) if decision is Decision.RELEASE else (),
        target=(text(posted, "target_patient"), text(posted, "target_timepoint")),
    )
    item_ids = list(dict.fromkeys([item_id, *file.alike])) if text(posted, "scope") == "alike" else [item_id]
    return desk.decide(
        session,
        who.actor,
        item_ids=item_ids[: desk.MOST_AT_ONCE],
        ruling=ruling,
        desk=desk_of(running),
        now=running.now(),
    )


def _shown(
    request: Request,
    session: Transaction,
    frame: Frame,
    file: HeldFile,
    seen: Seen,
    *,
    at_frame: int = 1,
    done: str | None = None,
    error: CasebookError | None = None,
    sent: FormData | None = None,
) -> Response:
    definition = definition_of(session, file.held.subject.study_version_id)
    picture = seen.shown.picture
    chosen: Marked = marked(request.query_params, picture)
    here = file.alike.index(file.held.item.id) if file.held.item.id in file.alike else None
    return page(
        request,
        "quarantine_item.html",
        frame,
        status=status_for(error),
        file=file,
        item=file.held.item,
        seen=seen,
        picture=f"data:image/png;base64,{b64encode(picture.png).decode()}" if picture else None,
        marked=chosen,
        at_frame=min(at_frame, max(1, seen.shown.n_frames)),
        place=here,
        before=file.alike[here - 1] if here else None,
        after=file.alike[here + 1] if here is not None and here + 1 < len(file.alike) else None,
        decisions=possible(file.held.item.state, file.reason),
        labels_of=DECISION_LABELS,
        Decision=Decision,
        timepoint=definition.timepoint(file.held.timepoint).label,
        timepoints=[one for one in definition.timepoints if one.imaging is not None],
        tones=TONES,
        done=done,
        error=error,
        sent=sent or FormData(),
    )
