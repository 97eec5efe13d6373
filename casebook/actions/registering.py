"""The two registrations of a patient: refused with every reason, or made at once with number and eligibility."""

import hmac
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.course import gather_course
from casebook.actions.forms import EntryRefused, save_entry
from casebook.actions.sites import activation_of, say_why
from casebook.actions.studies import definition_of, newest_definition
from casebook.domain.activation import Activation
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid, Refused
from casebook.domain.forms.definition import FormDefinition
from casebook.domain.forms.entry import EntryContext, validate_entry
from casebook.domain.forms.values import Answers
from casebook.domain.registration import Refusal, refusals_of_first, refusals_of_second
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import RegistrationStep, Road
from casebook.domain.texts import Text
from casebook.store import registry, sites
from casebook.store.tables import Registration, Site, Subject

N_READING_CODES: Final = 9000
"""Reading codes run from R-1000 to R-9999."""
FORM_OF: Final = {RegistrationStep.FIRST: "eligibility", RegistrationStep.SECOND: "eligibility-second"}
"""The form with the criteria of each registration."""
WEST_OF_UTC: Final = timedelta(hours=12)
EAST_OF_UTC: Final = timedelta(hours=14)
"""Somewhere on Earth it is today from twelve hours behind to fourteen hours before UTC."""


class RegistrationRefused(Refused):
    """A registration that may not be made; `refusals` has every reason with its code, in both languages."""

    code = "registration-refused"

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        self.refusals = refusals
        self.parts = tuple((refusal.code, refusal.message) for refusal in refusals)
        super().__init__(
            Text(
                "The patient is not registered: " + "; ".join(refusal.message.en for refusal in refusals),
                "登録できません：" + "、".join(refusal.message.ja for refusal in refusals),
            )
        )


def register_first(
    session: Session,
    actor: Actor,
    *,
    study_code: str,
    site_code: str,
    road: str,
    registered_on: date,
    answers: Mapping[str, object],
    key: bytes,
    now: datetime,
    reason: str | None = None,
) -> Subject:
    """Register a patient under the definition in force; the number follows the site's last one.

    `answers` fill the eligibility form. A refusal takes no number. Raises RegistrationRefused with every reason,
    EntryRefused with every fault of the answers, Refused where an earlier day brings no reason, NotFound for sites of
    others. The reading code is drawn from the study key and the number, so that it says nothing about site or order.
    """
    actor.require(Action.REGISTER_SUBJECT, study_code=study_code)
    site = sites.one_seen_by(
        session, actor, Action.REGISTER_SUBJECT, study_code=study_code, site_code=site_code, lock=True
    )
    version_id, definition = newest_definition(session, study_code)
    _road(definition, road)
    form = definition.form(FORM_OF[RegistrationStep.FIRST])
    given = dict(answers)
    if form.field("road") is not None:
        given.setdefault("road", road)
    typed, today = _typed(form, given, registered_on), day_at_site(now, registered_on)
    activation = activation_of(session, site, protocol_version=definition.protocol_version, on=registered_on)
    refusals = refusals_of_first(
        definition.registration(RegistrationStep.FIRST),
        typed,
        registered_on=registered_on,
        today=today,
        backdating_allowed=_may_backdate(actor, study_code, site),
        activation_blocks=activation.blocks,
    )
    if refusals:
        raise RegistrationRefused(refusals)
    _require_reason(session, registered_on, today, reason)
    subject = _new_subject(session, site, version_id, road, registered_on, key)
    _record(session, actor, subject, RegistrationStep.FIRST, registered_on, activation)
    _keep_eligibility(session, actor, subject, form, given, now)
    return subject


def register_second(
    session: Session,
    actor: Actor,
    *,
    subject_id: UUID,
    registered_on: date,
    answers: Mapping[str, object],
    now: datetime,
    reason: str | None = None,
) -> Registration:
    """Register a patient for surgery, after an MDT decision “resectable”.

    Raises RegistrationRefused with every reason, EntryRefused, Refused where it is made already or an earlier day
    brings no reason, NotFound for patients of others.
    """
    subject = registry.subject(session, actor, Action.REGISTER_SUBJECT, subject_id=subject_id, lock=True)
    if RegistrationStep.SECOND in sites.registrations(session, subject.id):
        raise Refused(Text("The second registration is made already.", "二次登録は完了しています。"))
    definition = definition_of(session, subject.study_version_id)
    form = definition.form(FORM_OF[RegistrationStep.SECOND])
    site, today = registry.site_by_id(session, subject.site_id), day_at_site(now, registered_on)
    refusals = against_second(
        session, actor, subject, registered_on=registered_on, answers=_typed(form, answers, registered_on), now=now
    )
    if refusals:
        raise RegistrationRefused(refusals)
    _require_reason(session, registered_on, today, reason)
    _, newest = newest_definition(session, definition.code)
    activation = activation_of(session, site, protocol_version=newest.protocol_version, on=registered_on)
    row = _record(session, actor, subject, RegistrationStep.SECOND, registered_on, activation)
    _keep_eligibility(session, actor, subject, form, answers, now)
    return row


def against_second(
    session: Session, actor: Actor, subject: Subject, *, registered_on: date, answers: Answers | None, now: datetime
) -> tuple[Refusal, ...]:
    """Everything that speaks against a second registration on a day; without answers its criteria are left aside."""
    course = gather_course(session, subject)
    registration = course.definition.registration(RegistrationStep.SECOND)
    site = registry.site_by_id(session, subject.site_id)
    _, newest = newest_definition(session, course.definition.code)
    made = sites.registrations(session, subject.id)
    first = made.get(RegistrationStep.FIRST)
    return refusals_of_second(
        registration,
        {item.code: item.expected for item in registration.criteria} if answers is None else answers,
        road=_road(course.definition, subject.road),
        first_registered_on=first.registered_on if first else None,
        registered_on=registered_on,
        entries=course.entries,
        today=day_at_site(now, registered_on),
        backdating_allowed=_may_backdate(actor, course.definition.code, site),
        activation_blocks=activation_of(
            session, site, protocol_version=newest.protocol_version, on=registered_on
        ).blocks,
    )


def day_at_site(now: datetime, wanted: date) -> date:
    """Today at the site: the wanted day where it is that day somewhere on Earth, else the nearest one that is."""
    return min(max(wanted, (now - WEST_OF_UTC).date()), (now + EAST_OF_UTC).date())


def _may_backdate(actor: Actor, study_code: str, site: Site) -> bool:
    return actor.may(Action.BACKDATE_REGISTRATION, study_code=study_code, site_code=site.code)


def _require_reason(session: Session, registered_on: date, today: date, reason: str | None) -> None:
    if registered_on < today:
        say_why(session, reason)


def _road(definition: StudyDefinition, code: str) -> Road:
    for road in definition.roads:
        if road.code == code:
            return road
    known = ", ".join(item.code for item in definition.roads)
    raise Invalid(f"“{code}” is no road of the study; its roads are {known}.", field="road")


def _typed(form: FormDefinition, answers: Mapping[str, object], on: date) -> Answers:
    """Type the answers to the criteria; faults of the other answers are said when the form is saved."""
    check = validate_entry(form, answers, EntryContext(today=on))
    criteria = {item.code for item in form.criteria}
    faults = tuple(fault for fault in check.errors if fault.field in criteria and fault.code != "required")
    if faults:
        raise EntryRefused(faults)
    return check.entry.answers


def _new_subject(session: Session, site: Site, version_id: UUID, road: str, registered_on: date, key: bytes) -> Subject:
    number = f"{site.code}-{registry.next_subject_number(session, site.id):04d}"
    subject = Subject(
        study_id=site.study_id,
        site_id=site.id,
        study_version_id=version_id,
        number=number,
        reading_code=_unused_reading_code(session, site.study_id, key, number),
        road=road,
        registered_on=registered_on,
    )
    session.add(subject)
    session.flush()
    return subject


def _record(
    session: Session, actor: Actor, subject: Subject, step: RegistrationStep, on: date, activation: Activation
) -> Registration:
    definition = definition_of(session, subject.study_version_id)
    version_id, _ = newest_definition(session, definition.code)
    row = Registration(
        subject_id=subject.id,
        step=step,
        registered_on=on,
        registered_by=actor.login,
        study_version_id=version_id,
        ethics_approval_id=activation.approval.id if activation.approval else None,
    )
    session.add(row)
    session.flush()
    return row


def _keep_eligibility(
    session: Session,
    actor: Actor,
    subject: Subject,
    form: FormDefinition,
    answers: Mapping[str, object],
    now: datetime,
) -> None:
    save_entry(
        session,
        actor,
        subject_id=subject.id,
        form_code=form.code,
        timepoint_code=None,
        ordinal=1,
        data=answers,
        version=None,
        reason=None,
        now=now,
        by_registration=True,
    )


def _unused_reading_code(session: Session, study_id: UUID, key: bytes, number: str) -> str:
    taken = registry.reading_codes(session, study_id)
    if len(taken) >= N_READING_CODES:
        raise Invalid("All reading codes of the study are taken.", field="subject")
    digest = hmac.digest(key, f"reading-code\0{number}".encode(), "sha256")
    drawn = int.from_bytes(digest[:8], "big")
    candidates = (f"R-{1000 + (drawn + step) % N_READING_CODES}" for step in range(N_READING_CODES))
    return next(code for code in candidates if code not in taken)
