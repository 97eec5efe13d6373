"""A person looks at what a series is taken for, and confirms or corrects it."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.intake import describe_later
from casebook.actions.progress import refresh_progress
from casebook.domain.actors import Action, Actor
from casebook.domain.imaging import SeriesRole as Role
from casebook.domain.series_roles import RoleProposal
from casebook.domain.texts import Text
from casebook.store import images, registry
from casebook.store.tables import SeriesRole

CORRECTED: Final = "corrected by a person"


def roles_of(session: Session, actor: Actor, *, series_id: UUID) -> list[SeriesRole]:
    """Return the roles of a series the actor may see. Raises NotFound."""
    images.seen_series(session, actor, Action.SEE_REGISTRY, series_id=series_id)
    return list(images.roles_of_series(session, [series_id]))


def confirm_role(
    session: Session, actor: Actor, *, series_id: UUID, role: Role | None, now: datetime
) -> list[SeriesRole]:
    """Confirm the proposals, or put `role` for the whole series in their place; with name and time."""
    row, timepoint_id = images.seen_series(session, actor, Action.CONFIRM_SERIES_ROLE, series_id=series_id)
    if role is not None:
        said = RoleProposal(
            series_uid=row.series_uid,
            role=role,
            confidence=1.0,
            evidence=(Text(CORRECTED, "人が訂正"),),
            rule=CORRECTED,
        )
        values = {"role": role, "confidence": 1.0, "rule": CORRECTED, "proposal": said.to_json()}
        images.replace_proposals(session, series_id, [values])
    found = list(images.roles_of_series(session, [series_id]))
    for item in found:
        item.confirmed_by, item.confirmed_at = actor.login, now
    refresh_progress(session, registry.subject_of_timepoint(session, timepoint_id).id)
    if role is not None:
        describe_later(session, timepoint_id)
    return found
