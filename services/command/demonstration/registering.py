"""First and second registration of an invented patient, on the day that its plan says."""

from datetime import UTC, date, datetime, time
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions import registering
from casebook.domain.actors import Actor
from casebook.store.tables import Subject
from services.command.demonstration.acts import RegisterFirst, RegisterSecond
from services.command.demonstration.course import PatientPlan


def register_first(session: Session, actor: Actor, plan: PatientPlan, act: RegisterFirst, key: bytes) -> Subject:
    """Register the patient at its site, as if it were that day."""
    return registering.register_first(
        session,
        actor,
        study_code=actor.grants[0].study_code,
        site_code=plan.site,
        road=plan.road,
        registered_on=act.on,
        answers=act.answers,
        key=key,
        now=noon(act.on),
    )


def register_second(session: Session, actor: Actor, subject_id: UUID, act: RegisterSecond) -> None:
    """Register the patient for surgery, as if it were that day."""
    registering.register_second(
        session, actor, subject_id=subject_id, registered_on=act.on, answers=act.answers, now=noon(act.on)
    )


def noon(day: date) -> datetime:
    """Return noon of a day; it is that day then nearly everywhere on Earth."""
    return datetime.combine(day, time(12), tzinfo=UTC)
