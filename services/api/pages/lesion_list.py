"""A patient's lesions: the baseline list as a table to fill, its lock, the events after, and the map."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions.baseline_list import lock_list, unlock_list
from casebook.actions.lesion_book import LesionsOfSubject, open_lesions
from casebook.actions.lesion_events import record_event
from casebook.actions.lesion_page import LesionsPage, open_page
from casebook.domain.actors import Action
from casebook.domain.errors import CasebookError, Invalid, NotFound, Refused, Stale
from casebook.domain.imaging import SEGMENTS
from casebook.domain.lesion_events import EventKind
from casebook.domain.texts import Text
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.baseline_rows import TypedList, compared, number_in, save_list, stored_list, typed_list
from services.api.pages.lesion_event_form import EventForm, blank_forms, refused, typed_form
from services.api.pages.lineage import lineage
from services.api.pages.liver_map import BOXES, liver_map
from services.api.pages.rendering import Frame, page

router = APIRouter()
PATH: Final = "/patients/{number}/lesions"
MORE_ROWS: Final = 5
WRONG_PASSWORD: Final = Text("the password is wrong; nothing was locked", "パスワードが違います。固定されていません")
SEQUENCE_NAMES: Final = {"ct": "CT", "dwi": "DWI", "t1t2": "T1/T2", "eob": "EOB"}

Edits = Annotated[SignedIn, Depends(opening(Action.EDIT_LESIONS))]
Posted = Annotated[FormData, Depends(sent_form)]


@router.get(PATH)
def show(
    request: Request,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_REGISTRY))],
    number: str,
    at: Annotated[str | None, Query(max_length=50)] = None,
    done: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """Show the list, what happened to it, and the map of a timepoint; 404 for patients of other sites."""
    return _shown(request, frame, open_page(session, who.actor, number=number), at=at, done=done)


@router.post(PATH)
def save(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Edits,
    posted: Posted,
    number: str,
) -> Response:
    """Save the whole table and show it; or show it again with every fault beside its cell."""
    found = _editable(session, who, number)
    if posted.get("act") == "rows":
        opened = open_page(session, who.actor, number=number)
        return _shown(request, frame, opened, table=typed_list(found, posted, more=MORE_ROWS))
    table = typed_list(found, posted)
    if not table.is_refused:
        with session.begin_nested() as savepoint:
            table = save_list(session, who.actor, found, table, running.now())
            if table.is_refused:
                savepoint.rollback()
    if not table.is_refused:
        return RedirectResponse(f"/patients/{number}/lesions?done=saved", HTTPStatus.SEE_OTHER)
    session.expire_all()
    opened = open_page(session, who.actor, number=number)
    table = compared(table, opened.lesions)
    status = HTTPStatus.PRECONDITION_FAILED if table.is_stale else HTTPStatus.UNPROCESSABLE_ENTITY
    return _shown(request, frame, opened, table=table, status=status)


@router.post("/patients/{number}/baseline-list/lock")
def lock(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.LOCK_BASELINE))],
    posted: Posted,
    number: str,
) -> Response:
    """Sign the list as agreed and lock it; or say what is missing, or that the password is wrong."""
    found = open_lesions(session, who.actor, number=number)
    version, password = number_in(posted, "version"), _text(posted, "password")
    try:
        if lock_list(session, who, subject_id=found.subject.id, version=version, password=password, now=running.now()):
            return RedirectResponse(f"/patients/{number}/lesions?done=locked", HTTPStatus.SEE_OTHER)
        fault = WRONG_PASSWORD
    except (Refused, Stale) as error:
        fault = error.said
    opened = open_page(session, who.actor, number=number)
    return _shown(request, frame, opened, lock_fault=fault, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@router.post("/patients/{number}/baseline-list/unlock")
def unlock(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.UNLOCK_BASELINE))],
    posted: Posted,
    number: str,
) -> Response:
    """Open the list again with a reason; or say why not."""
    found, reason = open_lesions(session, who.actor, number=number), _text(posted, "reason")
    try:
        unlock_list(
            session,
            who.actor,
            subject_id=found.subject.id,
            version=number_in(posted, "version"),
            reason=reason,
            now=running.now(),
        )
    except (Refused, Stale) as error:
        opened = open_page(session, who.actor, number=number)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _shown(request, frame, opened, unlock_fault=error.said, status=status)
    return RedirectResponse(f"/patients/{number}/lesions?done=opened", HTTPStatus.SEE_OTHER)


@router.post("/patients/{number}/lesion-events")
def record(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Edits,
    posted: Posted,
    number: str,
) -> Response:
    """Record an event and show what came of it; or show its form again with every fault beside its question."""
    found = _editable(session, who, number)
    kind = next((kind for kind in EventKind if kind == posted.get("kind")), EventKind.NEW)
    form = typed_form(kind, posted, number_in(posted, "rows"))
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if posted.get("act") == "rows":
        form, status = typed_form(kind, posted, number_in(posted, "rows") + 1, is_asked=False), HTTPStatus.OK
    elif form.happening is not None:
        try:
            with session.begin_nested():
                record_event(
                    session,
                    who.actor,
                    subject_id=found.subject.id,
                    happening=form.happening,
                    version=number_in(posted, "version") or None,
                    now=running.now(),
                )
            return RedirectResponse(f"/patients/{number}/lesions?done=event#events", HTTPStatus.SEE_OTHER)
        except (Invalid, Refused, Stale) as error:
            form, status = refused(form, error), _status(error)
    session.expire_all()
    return _shown(request, frame, open_page(session, who.actor, number=number), event=form, status=status)


def _editable(session: Transaction, who: SignedIn, number: str) -> LesionsOfSubject:
    found = open_lesions(session, who.actor, number=number)
    if not who.actor.may(Action.EDIT_LESIONS, site_code=found.site.code):
        raise NotFound("There is no such subject.", field="subject")
    return found


def _status(error: CasebookError) -> HTTPStatus:
    return HTTPStatus.PRECONDITION_FAILED if isinstance(error, Stale) else HTTPStatus.UNPROCESSABLE_ENTITY


def _text(posted: FormData, name: str) -> str:
    said = posted.get(name)
    return said if isinstance(said, str) else ""


def _shown(
    request: Request,
    frame: Frame,
    opened: LesionsPage,
    *,
    at: str | None = None,
    done: str | None = None,
    table: TypedList | None = None,
    event: EventForm | None = None,
    lock_fault: Text | None = None,
    unlock_fault: Text | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    found, actor, site = opened.lesions, frame.who.actor, opened.lesions.site.code
    rows = [item.row for item in found.lesions]
    return page(
        request,
        "patient_lesions.html",
        frame,
        status=status,
        opened=found,
        subject=found.subject,
        series=opened.series,
        table=table or stored_list(found),
        forms=[event if event is not None and event.kind is form.kind else form for form in blank_forms()],
        lineage=lineage(found.book),
        map=liver_map(found.definition, rows, found.events, opened.course, at=at),
        boxes=BOXES,
        segments=SEGMENTS,
        sequences=SEQUENCE_NAMES,
        map_path=f"/patients/{found.subject.number}/lesions",
        done=done,
        lock_fault=lock_fault,
        unlock_fault=unlock_fault,
        may_edit=actor.may(Action.EDIT_LESIONS, site_code=site),
        may_lock=actor.may(Action.LOCK_BASELINE, site_code=site),
        may_unlock=actor.may(Action.UNLOCK_BASELINE, site_code=site),
    )
