"""Subjects: registering them and finding them."""

from typing import Annotated

from fastapi import APIRouter, Depends, status
from sqlalchemy.orm import Session

from casebook.actions.subjects import register_subject
from casebook.domain.actors import Action
from casebook.store import registry
from casebook.store.accounts import SignedIn
from casebook.store.tables import Subject
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.registry import SubjectIn, SubjectOut, Subjects

router = APIRouter(prefix="/api/v1/subjects", tags=["subjects"])


@router.get("")
def list_all(session: Transaction, who: Annotated[SignedIn, Depends(doing(Action.SEE_REGISTRY))]) -> Subjects:
    """Return the subjects the actor may see, by number."""
    rows = registry.subjects(session, who.actor, Action.SEE_REGISTRY)
    return Subjects(subjects=[_shown(session, row) for row in rows])


@router.post("", status_code=status.HTTP_201_CREATED)
def register(
    running: Running,
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.REGISTER_SUBJECT))],
    body: SubjectIn,
) -> SubjectOut:
    """Register a subject; its number follows the site's last one."""
    row = register_subject(
        session,
        who.actor,
        study_code=body.study,
        site_code=body.site,
        road=body.road,
        registered_on=body.registered_on,
        key=running.settings.key,
    )
    return _shown(session, row)


def _shown(session: Session, row: Subject) -> SubjectOut:
    return SubjectOut(
        id=row.id,
        number=row.number,
        reading_code=row.reading_code,
        site=registry.site_by_id(session, row.site_id).code,
        road=row.road,
        registered_on=row.registered_on,
    )
