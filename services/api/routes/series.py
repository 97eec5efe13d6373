"""Series: their proposed roles, a person's word on them, and what is said of their quality."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from casebook.actions.series_roles import confirm_above, confirm_parts, confirm_role, open_series, roles_of
from casebook.actions.series_verdicts import judge_series
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid
from casebook.store import registry
from casebook.store.accounts import SignedIn
from casebook.store.tables import SeriesRole as RoleRow
from services.api import series_views as views
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.series import (
    Confirmed,
    RoleIn,
    RoleOut,
    Roles,
    SeriesList,
    SureIn,
    VerdictIn,
    VerdictOut,
)

router = APIRouter(tags=["series"])
Sees = Annotated[SignedIn, Depends(doing(Action.SEE_REGISTRY))]
Confirms = Annotated[SignedIn, Depends(doing(Action.CONFIRM_SERIES_ROLE))]


def _shown(rows: list[RoleRow]) -> Roles:
    return Roles(roles=[RoleOut.model_validate(row) for row in rows])


@router.get("/api/v1/series/{series_id}/roles")
def show(session: Transaction, who: Sees, series_id: UUID) -> Roles:
    """Return what the series is taken for, and why."""
    return _shown(roles_of(session, who.actor, series_id=series_id))


@router.put("/api/v1/series/{series_id}/roles")
def confirm(running: Running, session: Transaction, who: Confirms, series_id: UUID, body: RoleIn) -> Roles:
    """Confirm the proposed roles, give the series another, or confirm and correct parts of it one by one."""
    if body.role is not None and body.parts is not None:
        raise Invalid("Give a role for the whole series or roles of its parts, not both.", field="parts")
    if body.parts is not None:
        parts = {part.id: part.role for part in body.parts}
        return _shown(confirm_parts(session, who.actor, series_id=series_id, parts=parts, now=running.now()))
    return _shown(confirm_role(session, who.actor, series_id=series_id, role=body.role, now=running.now()))


@router.post("/api/v1/series/{series_id}/verdicts")
def judge(
    running: Running,
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.CHECK_IMAGES))],
    series_id: UUID,
    body: VerdictIn,
) -> VerdictOut:
    """Say what the series is worth; a repeat that is requested is asked of the site as a query."""
    row = judge_series(
        session,
        who.actor,
        series_id=series_id,
        verdict=body.verdict,
        comment=body.comment,
        n_instances=body.n_instances,
        now=running.now(),
    )
    return views.verdict(row, holds=True)


@router.get("/api/v1/subjects/{subject_id}/timepoints/{timepoint}/series")
def list_all(session: Transaction, who: Sees, subject_id: UUID, timepoint: str) -> SeriesList:
    """Return the series of a timepoint with what each is taken for."""
    number = _number(session, who.actor, Action.SEE_REGISTRY, subject_id)
    found = open_series(session, who.actor, number=number, timepoint=timepoint)
    return SeriesList(series=[views.series(one) for one in found.series])


@router.post("/api/v1/subjects/{subject_id}/timepoints/{timepoint}/series/confirm")
def confirm_sure(
    running: Running, session: Transaction, who: Confirms, subject_id: UUID, timepoint: str, body: SureIn
) -> Confirmed:
    """Confirm every proposal of the timepoint that is at least so sure, as it stands."""
    number = _number(session, who.actor, Action.CONFIRM_SERIES_ROLE, subject_id)
    n_confirmed = confirm_above(
        session, who.actor, number=number, timepoint=timepoint, confidence=body.confidence, now=running.now()
    )
    return Confirmed(n_confirmed=n_confirmed)


def _number(session: Session, actor: Actor, action: Action, subject_id: UUID) -> str:
    return registry.subject(session, actor, action, subject_id=subject_id).number
