"""The images of one timepoint: what arrived, what the checks found, and the data centre's decision on them."""

from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions.image_states import CheckFile, check_images, open_check
from casebook.actions.query_views import queries_beside
from casebook.actions.receipts import outcomes_of
from casebook.actions.series_verdicts import judge_series, quality
from casebook.domain.actors import Action
from casebook.domain.central.image_state import DECISION_LABELS, STATE_LABELS, CheckDecision, ImagesState
from casebook.domain.errors import CasebookError, Invalid, Stale
from casebook.domain.protocol_findings import Verdict
from casebook.domain.queries import STATE_LABELS as QUERY_LABELS
from casebook.domain.queries import QueryTarget
from casebook.domain.series_verdicts import VERDICT_LABELS
from casebook.domain.study.model import Necessity
from casebook.domain.texts import Text
from casebook.store import received, registry
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.attempts import attempt, status_for, text
from services.api.pages.query_marks import QUERY_TONES
from services.api.pages.query_places import ask_path
from services.api.pages.rendering import Frame, page
from services.api.state import Service

router = APIRouter(prefix="/patients/{number}/images/{timepoint}")
TONES: Final = {
    ImagesState.RECEIVED: "warning",
    ImagesState.QUERY_OPEN: "warning",
    ImagesState.REJECTED: "error",
    ImagesState.QC_PASSED: "good",
    ImagesState.READY: "accent",
    ImagesState.READING: "accent",
    ImagesState.READ: "good",
    ImagesState.ADJUDICATED: "good",
}
"""The tint of a state's word."""
VERDICT_TONES: Final = {
    Verdict.ACCEPT: "good",
    Verdict.ACCEPT_WITH_DEVIATION: "warning",
    Verdict.REPEAT_REQUESTED: "error",
    Verdict.NOT_EVALUABLE: "error",
}
DECIDE_FIRST: Final = Text("Choose a decision.", "判定を選択してください。")

Posted = Annotated[FormData, Depends(sent_form)]


@router.get("")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_REGISTRY))],
    number: str,
    timepoint: str,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show the images of a timepoint with their state; 404 for patients of other sites."""
    file = open_check(session, who.actor, number=number, timepoint=timepoint)
    return _shown(request, running, session, frame, file, is_done=done == "decided")


@router.post("")
def decide(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.CHECK_IMAGES))],
    posted: Posted,
    number: str,
    timepoint: str,
) -> Response:
    """Decide on the images, or say beside the form why not."""
    file = open_check(session, who.actor, number=number, timepoint=timepoint)
    error = _attempted(running, session, who, posted, number, timepoint)
    if error is None:
        path = f"/patients/{quote(number)}/images/{quote(timepoint)}?done=decided"
        return RedirectResponse(path, HTTPStatus.SEE_OTHER)
    return _shown(request, running, session, frame, file, error=error, sent=posted)


@router.post("/verdicts/{series_id}")
def judge(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.CHECK_IMAGES))],
    posted: Posted,
    number: str,
    timepoint: str,
    series_id: UUID,
) -> Response:
    """Say what a series is worth, or say beside it why not."""
    error = _judged(running, session, who, posted, series_id)
    if error is None:
        path = f"/patients/{quote(number)}/images/{quote(timepoint)}?done=decided#series-{series_id}"
        return RedirectResponse(path, HTTPStatus.SEE_OTHER)
    file = open_check(session, who.actor, number=number, timepoint=timepoint)
    return _shown(request, running, session, frame, file, error=error, sent=posted, sent_for=series_id)


def _judged(
    running: Service, session: Transaction, who: SignedIn, posted: FormData, series_id: UUID
) -> CasebookError | None:
    def act() -> None:
        said, n_seen = text(posted, "verdict"), text(posted, "n_instances")
        if said not in {*Verdict}:
            raise Invalid(DECIDE_FIRST, field="verdict")
        judge_series(
            session,
            who.actor,
            series_id=series_id,
            verdict=Verdict(said),
            comment=text(posted, "comment"),
            n_instances=int(n_seen) if n_seen.isascii() and n_seen.isdigit() else None,
            now=running.now(),
        )

    try:
        return attempt(session, act)
    except Stale as stale:
        return stale


def _attempted(
    running: Service, session: Transaction, who: SignedIn, posted: FormData, number: str, timepoint: str
) -> CasebookError | None:
    def act() -> None:
        check_images(
            session,
            who.actor,
            number=number,
            timepoint=timepoint,
            decision=_decision(posted),
            reason=text(posted, "reason"),
            images_sha256=text(posted, "images_sha256") or None,
            now=running.now(),
        )

    try:
        return attempt(session, act)
    except Stale as stale:
        return stale


def _decision(posted: FormData) -> CheckDecision:
    said = text(posted, "decision")
    if said not in {*CheckDecision}:
        raise Invalid(DECIDE_FIRST, field="decision")
    return CheckDecision(said)


def _shown(
    request: Request,
    running: Service,
    session: Transaction,
    frame: Frame,
    file: CheckFile,
    *,
    is_done: bool = False,
    error: CasebookError | None = None,
    sent: FormData | None = None,
    sent_for: UUID | None = None,
) -> Response:
    actor, site = frame.who.actor, registry.site_by_id(session, file.subject.site_id)
    wanted = file.definition.requirements(file.images.timepoint.code)
    about = QueryTarget(file.subject.number, timepoint=file.images.timepoint.code)
    beside = queries_beside(session, actor, [file.subject.id], today=running.now().date())
    waits = quality(session, actor, now=running.now(), number=file.subject.number).waits
    sent_here = [
        row
        for row in received.submissions(session, actor, subject_id=file.subject.id)
        if row.timepoint == file.images.timepoint.code
    ]
    may_ask = actor.may(Action.ASK_QUERIES, study_code=file.definition.code, site_code=site.code)
    return page(
        request,
        "image_check.html",
        frame,
        status=status_for(error),
        file=file,
        submissions=sent_here,
        outcomes=outcomes_of(session, [row.id for row in sent_here]),
        required=[item.role for item in wanted if item.necessity is Necessity.REQUIRED],
        may_check=actor.may(Action.CHECK_IMAGES, study_code=file.definition.code),
        may_see_images=actor.may(Action.SEE_CASES, site_code=site.code),
        states=STATE_LABELS,
        tones=TONES,
        decisions=DECISION_LABELS,
        CheckDecision=CheckDecision,
        waits=[one for one in waits if one.timepoint == file.images.timepoint.code],
        verdicts=VERDICT_LABELS,
        verdict_tones=VERDICT_TONES,
        Verdict=Verdict,
        sent_for=sent_for,
        queries=[
            line
            for line in beside.get(file.subject.id, ())
            if line.about.form is None and line.about.timepoint == about.timepoint
        ],
        query_labels=QUERY_LABELS,
        query_tones=QUERY_TONES,
        ask_path=ask_path(about) if may_ask else None,
        is_done=is_done,
        error=error,
        sent=sent or FormData(),
    )
