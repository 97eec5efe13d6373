"""Lesions: placed by hand or from a list, and where each is expected on every series."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, status

from casebook.actions import lesions as actions
from casebook.domain.actors import Action
from casebook.domain.errors import Invalid
from casebook.domain.lesion_list import read_lesion_list, text_of
from casebook.store import lesions, registry
from casebook.store.accounts import SignedIn
from services.api import case_views
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.cases import CaseLesion, LesionIn
from services.api.schemas.registry import LesionSeries

router = APIRouter(prefix="/api/v1", tags=["lesions"])

EditsLesions = Annotated[SignedIn, Depends(doing(Action.EDIT_LESIONS))]
SeesImages = Annotated[SignedIn, Depends(doing(Action.SEE_IMAGES))]
MAX_LIST_BYTES = 1024 * 1024
LIST_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "lesion,segment,x_mm,y_mm,z_mm,series_uid\nL1,V,12.5,-40,871.25,2.25.1\n",
            }
        },
    }
}


@router.get("/lesions/{lesion_id}/series", dependencies=[Depends(doing(Action.SEE_REGISTRY))])
def series_of_lesion(session: Transaction, who: SeesImages, lesion_id: UUID) -> LesionSeries:
    """Return where the lesion is expected on every series of every timepoint, and by what.

    Not for blinded readers, to whom only some series are open: their case tells where its lesions are.
    """
    row = lesions.seen_by(session, who.actor, Action.SEE_IMAGES, lesion_id=lesion_id)
    placed = actions.placed_series(session, registry.timepoints(session, row.subject_id))
    found = actions.locations(session, row.subject_id, [row.id], placed)[row.id]
    shown = case_views.lesion(row, found)
    return LesionSeries(lesion=shown, series=shown.locations)


@router.post("/subjects/{subject_id}/timepoints/{timepoint}/lesions", status_code=status.HTTP_201_CREATED)
def place(session: Transaction, who: EditsLesions, subject_id: UUID, timepoint: str, body: LesionIn) -> CaseLesion:
    """Put a lesion by hand on a series: a new lesion, or a further mark of a known one."""
    row = actions.place_lesion(
        session,
        who.actor,
        subject_id=subject_id,
        timepoint_code=timepoint,
        label=body.label,
        segment=body.segment,
        diameter_mm=body.diameter_mm,
        series_uid=body.series_uid,
        position_mm=body.position_mm,
    )
    session.flush()
    placed = actions.placed_series(session, registry.timepoints(session, subject_id))
    return case_views.lesion(row, actions.locations(session, subject_id, [row.id], placed)[row.id])


async def sent_list(request: Request) -> str:
    """Return the body as text: UTF-8 (with or without BOM), else Shift-JIS."""
    body = await request.body()
    if len(body) > MAX_LIST_BYTES:
        raise Invalid(f"The lesion list is larger than {MAX_LIST_BYTES // 1024} KiB.")
    return text_of(body)


@router.post("/subjects/{number}/lesion-list", openapi_extra=LIST_BODY)
def take_list(
    running: Running, session: Transaction, who: EditsLesions, number: str, text: Annotated[str, Depends(sent_list)]
) -> list[CaseLesion]:
    """Take a lesion list (CSV); all of it or, with the reasons line by line, nothing."""
    rows = actions.take_lesion_list(
        session, who.actor, subject_number=number, rows=read_lesion_list(text), key=running.settings.key
    )
    session.flush()
    if not rows:
        return []
    placed = actions.placed_series(session, registry.timepoints(session, rows[0].subject_id))
    found = actions.locations(session, rows[0].subject_id, [row.id for row in rows], placed)
    return [case_views.lesion(row, found[row.id]) for row in rows]
