"""What the series of a timepoint are taken for: each part with its evidence, to be confirmed or corrected."""

from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions.series_roles import SeriesOfTimepoint, confirm_above, confirm_parts, open_series
from casebook.domain.actors import Action
from casebook.domain.errors import CasebookError, Invalid, Stale
from casebook.domain.imaging import SeriesRole
from casebook.domain.texts import Text
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.attempts import attempt, status_for, text
from services.api.pages.rendering import Frame, page
from services.api.pages.words import N_

router = APIRouter(prefix="/patients/{number}/images/{timepoint}/series")
Posted = Annotated[FormData, Depends(sent_form)]
Sees = Annotated[SignedIn, Depends(opening(Action.SEE_REGISTRY))]
Confirms = Annotated[SignedIn, Depends(opening(Action.CONFIRM_SERIES_ROLE))]
PART: Final = "part-"
"""Beginning of the field that names a part's role; its id follows."""
USUAL_CONFIDENCE: Final = "0.90"
UNLIKELY: Final = 0.7
"""A proposal below is shown as one to look at."""
DONE: Final = {
    "confirmed": N_("Confirmed, with your name and the time."),
    "above": N_("The sure proposals are confirmed, with your name and the time; look at the rest."),
    "none": N_("No open proposal is that sure."),
}
NOT_A_ROLE: Final = Text("Choose a role of the list.", "一覧からシリーズ種別を選択してください。")
NOT_A_NUMBER: Final = Text(
    "Give the confidence as a number such as 0.9.", "確信度は0.9のような数値で入力してください。"
)


@router.get("")
def show(
    request: Request,
    session: Transaction,
    frame: InFrame,
    who: Sees,
    number: str,
    timepoint: str,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show the series of a timepoint with what each part is taken for, and why; 404 for patients of other sites."""
    file = open_series(session, who.actor, number=number, timepoint=timepoint)
    return _shown(request, frame, file, done=DONE.get(done))


@router.post("/confirm")
def confirm_sure(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Confirms,
    posted: Posted,
    number: str,
    timepoint: str,
) -> Response:
    """Confirm every proposal that is at least as sure as was asked."""
    confirmed: list[int] = []

    def act() -> None:
        confidence = _confidence(text(posted, "confidence"))
        confirmed.append(
            confirm_above(
                session, who.actor, number=number, timepoint=timepoint, confidence=confidence, now=running.now()
            )
        )

    error = attempt(session, act)
    if error is not None:
        file = open_series(session, who.actor, number=number, timepoint=timepoint)
        return _shown(request, frame, file, error=error, sent=posted)
    return _back(number, timepoint, "above" if confirmed[0] else "none")


@router.post("/{series_id}")
def confirm(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Confirms,
    posted: Posted,
    number: str,
    timepoint: str,
    series_id: UUID,
) -> Response:
    """Confirm the parts of a series in the roles that were chosen."""

    def act() -> None:
        confirm_parts(session, who.actor, series_id=series_id, parts=_parts(posted), now=running.now())

    try:
        error = attempt(session, act)
    except Stale as stale:
        error = stale
    if error is not None:
        file = open_series(session, who.actor, number=number, timepoint=timepoint)
        return _shown(request, frame, file, error=error)
    return _back(number, timepoint, "confirmed", series_id)


def _back(number: str, timepoint: str, done: str, series_id: UUID | None = None) -> Response:
    place = f"#series-{series_id}" if series_id else ""
    path = f"/patients/{quote(number)}/images/{quote(timepoint)}/series?done={done}{place}"
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def _parts(posted: FormData) -> dict[UUID, SeriesRole]:
    found: dict[UUID, SeriesRole] = {}
    for name in posted:
        if name.startswith(PART):
            said = text(posted, name)
            try:
                found[UUID(name.removeprefix(PART))] = SeriesRole(said)
            except ValueError:
                raise Invalid(NOT_A_ROLE, field="role") from None
    return found


def _confidence(said: str) -> float:
    try:
        return float(said)
    except ValueError:
        raise Invalid(NOT_A_NUMBER, field="confidence") from None


def _shown(
    request: Request,
    frame: Frame,
    file: SeriesOfTimepoint,
    *,
    done: str | None = None,
    error: CasebookError | None = None,
    sent: FormData | None = None,
) -> Response:
    actor = frame.who.actor
    open_parts = [part for one in file.series for part in one.parts if part.row.confirmed_at is None]
    return page(
        request,
        "series_roles.html",
        frame,
        status=status_for(error),
        file=file,
        n_open=len(open_parts),
        may_confirm=actor.may(Action.CONFIRM_SERIES_ROLE, study_code=file.definition.code),
        may_see_images=actor.may(Action.SEE_IMAGES),
        roles=list(SeriesRole),
        unlikely=UNLIKELY,
        confidence=(sent.get("confidence") if sent else None) or USUAL_CONFIDENCE,
        done=done,
        error=error,
    )
