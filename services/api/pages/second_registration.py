"""The second registration by page: what is known and what still speaks against it first, then the criteria."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions.course import gather_course
from casebook.actions.forms import EntryRefused
from casebook.actions.registering import RegistrationRefused, against_second, register_second
from casebook.domain.actors import Action
from casebook.domain.course import latest_mdt_decision
from casebook.domain.errors import Refused
from casebook.domain.forms.entry import validate_entry
from casebook.domain.forms.faults import Fault
from casebook.domain.registration import Refusal
from casebook.domain.study.model import Anchor, RegistrationStep
from casebook.store import registry, sites
from casebook.store.accounts import SignedIn
from casebook.store.tables import Subject
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.form_data import read_entry
from services.api.pages.form_view import form_view
from services.api.pages.registration import context_of, faults_said, malformed
from services.api.pages.registration_form import DAY, REASON, eligibility_answers, second_form
from services.api.pages.rendering import Frame, page

router = APIRouter()
Registers = Annotated[SignedIn, Depends(opening(Action.REGISTER_SUBJECT))]
PATH: Final = "/patients/{number}/second-registration"


@router.get(PATH)
def show(
    request: Request, running: Running, session: Transaction, frame: InFrame, who: Registers, number: str
) -> Response:
    """Show what is known and what still speaks against it, and ask for the criteria."""
    subject = _subject(session, who, number)
    if RegistrationStep.SECOND in sites.registrations(session, subject.id):
        return RedirectResponse(f"/patients/{number}/forms/eligibility-second", HTTPStatus.SEE_OTHER)
    return _shown(request, running, session, frame, who, subject, {DAY: running.now().date().isoformat()})


@router.post(PATH)
def register(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Registers,
    posted: Annotated[FormData, Depends(sent_form)],
    number: str,
) -> Response:
    """Register and go back to the patient's page; or ask again with every reason beside its question."""
    subject = _subject(session, who, number)
    definition = gather_course(session, subject).definition
    backdating = who.actor.may(Action.BACKDATE_REGISTRATION, study_code=definition.code)
    form = second_form(definition, backdating=backdating)
    data, _ = read_entry(form, (), posted)
    check = validate_entry(form, data, context_of(running))
    registered_on = check.entry.day(DAY)
    if malformed(check, form) or registered_on is None:
        return _shown(request, running, session, frame, who, subject, data, errors=check.errors)
    try:
        with session.begin_nested():
            register_second(
                session,
                who.actor,
                subject_id=subject.id,
                registered_on=registered_on,
                answers=eligibility_answers(data),
                now=running.now(),
                reason=str(data.get(REASON, "")),
            )
    except (RegistrationRefused, EntryRefused, Refused) as refused:
        said = faults_said(refused)
        return _shown(request, running, session, frame, who, subject, data, errors=said)
    return RedirectResponse(f"/patients/{number}", HTTPStatus.SEE_OTHER)


def _subject(session: Transaction, who: SignedIn, number: str) -> Subject:
    return registry.subject_by_number(session, who.actor, Action.REGISTER_SUBJECT, number=number)


def _shown(
    request: Request,
    running: Running,
    session: Transaction,
    frame: Frame,
    who: SignedIn,
    subject: Subject,
    data: Mapping[str, object],
    *,
    errors: Sequence[Fault] = (),
) -> Response:
    course = gather_course(session, subject)
    now = running.now()
    standing: tuple[Refusal, ...] = against_second(
        session, who.actor, subject, registered_on=now.date(), answers=None, now=now
    )
    backdating = who.actor.may(Action.BACKDATE_REGISTRATION, study_code=course.definition.code)
    form = second_form(course.definition, backdating=backdating)
    return page(
        request,
        "second_registration.html",
        frame,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        subject=subject,
        registration=course.definition.registration(RegistrationStep.SECOND),
        view=form_view(form, context_of(running), data, errors=errors),
        standing=standing,
        road=next(road.label for road in course.definition.roads if road.code == subject.road),
        chemotherapy_ended_on=course.dates.get(Anchor.CHEMOTHERAPY_END),
        decision=latest_mdt_decision(course.entries),
    )
