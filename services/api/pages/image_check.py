"""The images of one timepoint: what arrived, what the checks found, and the data centre's decision on them."""

from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions.image_states import CheckFile, check_images, open_check
from casebook.domain.actors import Action
from casebook.domain.central.image_state import DECISION_LABELS, STATE_LABELS, CheckDecision, ImagesState
from casebook.domain.errors import CasebookError, Invalid, Stale
from casebook.domain.study.model import Necessity
from casebook.domain.texts import Text
from casebook.store import registry
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.attempts import attempt, status_for, text
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
DECIDE_FIRST: Final = Text("Choose a decision.", "判定を選択してください。")

Posted = Annotated[FormData, Depends(sent_form)]


@router.get("")
def show(
    request: Request,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_REGISTRY))],
    number: str,
    timepoint: str,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show the images of a timepoint with their state; 404 for patients of other sites."""
    file = open_check(session, who.actor, number=number, timepoint=timepoint)
    return _shown(request, session, frame, file, is_done=done == "decided")


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
    return _shown(request, session, frame, file, error=error, sent=posted)


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
    session: Transaction,
    frame: Frame,
    file: CheckFile,
    *,
    is_done: bool = False,
    error: CasebookError | None = None,
    sent: FormData | None = None,
) -> Response:
    actor, site = frame.who.actor, registry.site_by_id(session, file.subject.site_id)
    wanted = file.definition.requirements(file.images.timepoint.code)
    return page(
        request,
        "image_check.html",
        frame,
        status=status_for(error),
        file=file,
        required=[item.role for item in wanted if item.necessity is Necessity.REQUIRED],
        may_check=actor.may(Action.CHECK_IMAGES, study_code=file.definition.code),
        may_see_images=actor.may(Action.SEE_CASES, site_code=site.code),
        states=STATE_LABELS,
        tones=TONES,
        decisions=DECISION_LABELS,
        CheckDecision=CheckDecision,
        is_done=is_done,
        error=error,
        sent=sent or FormData(),
    )
