"""The images of a timepoint: how far they are, and what the data centre decides on them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from casebook.actions.image_states import CheckFile, check_images, open_check
from casebook.domain.actors import Action, Actor
from casebook.domain.central.image_state import STATE_LABELS, CheckDecision
from casebook.store import registry
from casebook.store.accounts import SignedIn
from services.api import series_views
from services.api.case_views import label
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.image_checks import ImageCheckIn, ImageDecisionOut, TimepointImagesOut

router = APIRouter(prefix="/api/v1/subjects/{subject_id}/timepoints/{timepoint}/check", tags=["subjects"])


@router.get("")
def show(
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.SEE_REGISTRY))],
    subject_id: UUID,
    timepoint: str,
) -> TimepointImagesOut:
    """Return how far the images of a timepoint are, and what was decided on them."""
    number = _number(session, who.actor, Action.SEE_REGISTRY, subject_id)
    return _shown(open_check(session, who.actor, number=number, timepoint=timepoint))


@router.put("")
def decide(
    running: Running,
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.CHECK_IMAGES))],
    subject_id: UUID,
    timepoint: str,
    body: ImageCheckIn,
) -> TimepointImagesOut:
    """Decide on the images that are there now; images that pass are read once the baseline list is locked."""
    file = check_images(
        session,
        who.actor,
        number=_number(session, who.actor, Action.CHECK_IMAGES, subject_id),
        timepoint=timepoint,
        decision=body.decision,
        reason=body.reason,
        images_sha256=body.images_sha256,
        now=running.now(),
    )
    return _shown(file)


def _number(session: Session, actor: Actor, action: Action, subject_id: UUID) -> str:
    return registry.subject(session, actor, action, subject_id=subject_id).number


def _shown(file: CheckFile) -> TimepointImagesOut:
    images = file.images
    return TimepointImagesOut(
        timepoint=images.timepoint.code,
        timepoint_label=label(images.timepoint.label),
        state=images.state,
        state_label=label(STATE_LABELS[images.state]),
        since=images.since,
        by=images.by,
        is_stale=images.is_stale,
        missing=list(file.missing),
        arrived=list(file.arrived),
        images_sha256=file.images_sha256,
        decisions=list(file.decisions),
        objected=list(file.objected),
        series=[series_views.quality(one) for one in file.series],
        history=[
            ImageDecisionOut(
                decision=CheckDecision(row.decision),
                reason=row.reason,
                decided_by=row.decided_by,
                decided_at=row.decided_at,
                holds=row is images.check and images.check_holds,
            )
            for row in file.history
        ],
    )
