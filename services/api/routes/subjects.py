"""Subjects: registering them, by two registrations, and finding them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, status
from sqlalchemy.orm import Session

from casebook.actions.registering import against_second, register_first, register_second
from casebook.domain.actors import Action
from casebook.domain.registration import Refusal
from casebook.domain.study.model import RegistrationStep
from casebook.store import registry, sites
from casebook.store.accounts import SignedIn
from casebook.store.tables import Registration, Subject
from services.api.case_views import label
from services.api.dependencies import Reason, Running, Transaction, doing
from services.api.schemas.registry import (
    RefusalOut,
    RegistrationOut,
    Registrations,
    SecondRegistrationIn,
    SubjectIn,
    SubjectOut,
    Subjects,
)

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
    reason: Reason,
) -> SubjectOut:
    """Register a subject; its number follows the site's last one, and the answers become its eligibility form."""
    row = register_first(
        session,
        who.actor,
        study_code=body.study,
        site_code=body.site,
        road=body.road,
        registered_on=body.registered_on,
        answers=body.answers,
        key=running.settings.key,
        now=running.now(),
        reason=reason,
    )
    return _shown(session, row)


@router.get("/{subject_id}/registrations")
def registrations(
    running: Running,
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.SEE_REGISTRY))],
    subject_id: UUID,
) -> Registrations:
    """Return the subject's registrations, and what speaks against a second one today, its criteria aside."""
    subject = registry.subject(session, who.actor, Action.SEE_REGISTRY, subject_id=subject_id)
    made = sites.registrations(session, subject.id)
    refusals: tuple[Refusal, ...] = ()
    if RegistrationStep.SECOND not in made:
        now = running.now()
        refusals = against_second(session, who.actor, subject, registered_on=now.date(), answers=None, now=now)
    return Registrations(
        registrations=[_registration(row) for row in sorted(made.values(), key=lambda row: row.registered_at)],
        against_second=[RefusalOut(code=item.code, message=label(item.message)) for item in refusals],
    )


@router.post("/{subject_id}/second-registration", status_code=status.HTTP_201_CREATED)
def register_again(
    running: Running,
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.REGISTER_SUBJECT))],
    subject_id: UUID,
    body: SecondRegistrationIn,
    reason: Reason,
) -> RegistrationOut:
    """Register a subject for surgery, after an MDT decision “resectable”."""
    return _registration(
        register_second(
            session,
            who.actor,
            subject_id=subject_id,
            registered_on=body.registered_on,
            answers=body.answers,
            now=running.now(),
            reason=reason,
        )
    )


def _registration(row: Registration) -> RegistrationOut:
    return RegistrationOut(
        step=row.step,
        registered_on=row.registered_on,
        registered_by=row.registered_by,
        registered_at=row.registered_at,
    )


def _shown(session: Session, row: Subject) -> SubjectOut:
    return SubjectOut(
        id=row.id,
        number=row.number,
        reading_code=row.reading_code,
        site=registry.site_by_id(session, row.site_id).code,
        road=row.road,
        registered_on=row.registered_on,
    )
