"""Series: their proposed roles, and a person's word on them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from casebook.actions.series_roles import confirm_role, roles_of
from casebook.domain.actors import Action
from casebook.domain.imaging import SeriesRole
from casebook.store.accounts import SignedIn
from casebook.store.tables import SeriesRole as RoleRow
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.cases import Answer
from services.api.schemas.sent import Sent, shown_as

router = APIRouter(prefix="/api/v1/series", tags=["series"])


class RoleOut(Answer):
    """A role with the evidence it was proposed on, and who confirmed it."""

    role: SeriesRole
    confidence: float
    rule: str
    proposal: dict[str, Any]
    confirmed_by: str | None
    confirmed_at: datetime | None


class Roles(Answer):
    """The roles of a series."""

    roles: list[RoleOut]


class RoleIn(Sent):
    """The role a person gives the whole series; the proposed parts stay when it is left out."""

    model_config = shown_as(role="ct-portal-venous")

    role: SeriesRole | None = None


def _shown(rows: list[RoleRow]) -> Roles:
    return Roles(roles=[RoleOut.model_validate(row) for row in rows])


@router.get("/{series_id}/roles")
def show(session: Transaction, who: Annotated[SignedIn, Depends(doing(Action.SEE_REGISTRY))], series_id: UUID) -> Roles:
    """Return what the series is taken for, and why."""
    return _shown(roles_of(session, who.actor, series_id=series_id))


@router.put("/{series_id}/roles")
def confirm(
    running: Running,
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.CONFIRM_SERIES_ROLE))],
    series_id: UUID,
    body: RoleIn,
) -> Roles:
    """Confirm the proposed roles, or give the series another."""
    return _shown(confirm_role(session, who.actor, series_id=series_id, role=body.role, now=running.now()))
