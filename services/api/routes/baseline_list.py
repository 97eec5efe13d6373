"""The baseline lesion list: read, added to, changed, agreed and locked, opened again; and the events after."""

from typing import Annotated
from urllib.parse import unquote
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response, status
from sqlalchemy.orm import Session

from casebook.actions import baseline_list as actions
from casebook.actions.lesion_book import gather_lesions, label_of
from casebook.actions.lesion_events import record_event
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotAuthenticated
from casebook.store import registry
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, doing
from services.api.lesion_views import happening_of, lesions_out, listed, values_of
from services.api.problems import ProblemResponse, problem, status_of
from services.api.schemas.lesions import (
    LesionAddIn,
    LesionEventIn,
    LesionsOut,
    LesionValuesIn,
    ListedLesion,
    LockIn,
    ReasonIn,
)
from services.api.versions import version_of

router = APIRouter(prefix="/api/v1/subjects/{subject_id}", tags=["lesions"])

EditsLesions = Annotated[SignedIn, Depends(doing(Action.EDIT_LESIONS))]
OfLesion = Annotated[str, Header(alias="If-Match", description='the lesion\'s version, as "3"')]
OfList = Annotated[str, Header(alias="If-Match", description='the list\'s version, as "7"')]
MaybeOfList = Annotated[str | None, Header(alias="If-Match", description='the list\'s version, as "7"')]
Reason = Annotated[str | None, Header(description="why a saved value changes, percent-encoded")]


@router.get("/lesions")
def show(
    response: Response,
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.SEE_REGISTRY))],
    subject_id: UUID,
) -> LesionsOut:
    """Return the subject's lesions with state, lineage, diameters, marks, and everything that happened to them."""
    return _shown(response, session, who.actor, Action.SEE_REGISTRY, subject_id)


@router.post("/lesions", status_code=status.HTTP_201_CREATED)
def add(running: Running, session: Transaction, who: EditsLesions, subject_id: UUID, body: LesionAddIn) -> ListedLesion:
    """Put a lesion on the baseline list, with images or without."""
    row = actions.add_lesion(session, who.actor, subject_id=subject_id, values=values_of(body), now=running.now())
    return _one(session, who.actor, subject_id, row.label)


@router.put("/lesions/{lesion_id}")
def change(
    running: Running,
    session: Transaction,
    who: EditsLesions,
    subject_id: UUID,
    lesion_id: UUID,
    if_match: OfLesion,
    body: LesionValuesIn,
    x_change_reason: Reason = None,
) -> ListedLesion:
    """Write anew what is said of a lesion; a saved value changes only with a reason."""
    label = label_of(session, who.actor, Action.EDIT_LESIONS, subject_id=subject_id, lesion_id=lesion_id)
    actions.change_lesion(
        session,
        who.actor,
        subject_id=subject_id,
        label=label,
        values=values_of(body),
        version=version_of(if_match),
        reason=unquote(x_change_reason or ""),
        now=running.now(),
    )
    return _one(session, who.actor, subject_id, label)


@router.post("/lesions/{lesion_id}/void")
def leave_out(
    running: Running,
    session: Transaction,
    who: EditsLesions,
    subject_id: UUID,
    lesion_id: UUID,
    if_match: OfLesion,
    body: ReasonIn,
) -> ListedLesion:
    """Leave a lesion of the open list as entered in error; it is kept with the reason."""
    label = label_of(session, who.actor, Action.EDIT_LESIONS, subject_id=subject_id, lesion_id=lesion_id)
    actions.leave_out(
        session,
        who.actor,
        subject_id=subject_id,
        label=label,
        version=version_of(if_match),
        reason=body.reason,
        now=running.now(),
    )
    return _one(session, who.actor, subject_id, label)


@router.post("/baseline-list/lock", response_model=LesionsOut)
def lock(
    response: Response,
    running: Running,
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.LOCK_BASELINE))],
    subject_id: UUID,
    if_match: OfList,
    body: LockIn,
) -> LesionsOut | ProblemResponse:
    """Sign the list as agreed and lock it, with the password given again."""
    version, now = version_of(if_match), running.now()
    if not actions.lock_list(session, who, subject_id=subject_id, version=version, password=body.password, now=now):
        error = NotAuthenticated("The password is wrong; the list is not locked.", field="password")
        return problem(status_of(error), error.message, code="wrong-password")
    return _shown(response, session, who.actor, Action.LOCK_BASELINE, subject_id)


@router.post("/baseline-list/unlock")
def unlock(
    response: Response,
    running: Running,
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.UNLOCK_BASELINE))],
    subject_id: UUID,
    if_match: OfList,
    body: ReasonIn,
) -> LesionsOut:
    """Open a locked list again, with a reason; its signature ends. Refused once a central read of it is signed."""
    actions.unlock_list(
        session,
        who.actor,
        subject_id=subject_id,
        version=version_of(if_match),
        reason=body.reason,
        now=running.now(),
    )
    return _shown(response, session, who.actor, Action.UNLOCK_BASELINE, subject_id)


@router.post("/lesion-events", status_code=status.HTTP_201_CREATED)
def record(
    response: Response,
    running: Running,
    session: Transaction,
    who: EditsLesions,
    subject_id: UUID,
    body: LesionEventIn,
    if_match: MaybeOfList = None,
) -> LesionsOut:
    """Record a split, a merge, a new lesion or one entered in error; of two at once on one lesion one is refused."""
    record_event(
        session,
        who.actor,
        subject_id=subject_id,
        happening=happening_of(body),
        version=version_of(if_match) if if_match else None,
        now=running.now(),
    )
    return _shown(response, session, who.actor, Action.EDIT_LESIONS, subject_id)


def _shown(response: Response, session: Session, actor: Actor, action: Action, subject_id: UUID) -> LesionsOut:
    found = lesions_out(gather_lesions(session, registry.subject(session, actor, action, subject_id=subject_id)))
    response.headers["ETag"] = f'"{found.version}"'
    return found


def _one(session: Session, actor: Actor, subject_id: UUID, label: str) -> ListedLesion:
    subject = registry.subject(session, actor, Action.EDIT_LESIONS, subject_id=subject_id)
    return next(listed(item) for item in gather_lesions(session, subject).lesions if item.row.label == label)
