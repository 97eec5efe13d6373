"""The first registration by page: refused with every reason beside its question, or made at once."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions.entry_context import EARLIEST_ZONE
from casebook.actions.forms import EntryRefused
from casebook.actions.registering import RegistrationRefused, register_first
from casebook.actions.sites import SiteState, states_for
from casebook.actions.studies import newest_definition
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound, Refused
from casebook.domain.forms.definition import FormDefinition
from casebook.domain.forms.entry import EntryContext, FormCheck, validate_entry
from casebook.domain.forms.faults import Fault
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import RegistrationStep
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.form_data import read_entry
from services.api.pages.form_view import form_view
from services.api.pages.registration_form import DAY, REASON, ROAD, SITE, eligibility_answers, faults_of, first_form
from services.api.pages.rendering import Frame, page

router = APIRouter()
Registers = Annotated[SignedIn, Depends(opening(Action.REGISTER_SUBJECT))]
StudyAsked = Annotated[str | None, Query(max_length=50)]
PATH: Final = "/patients/new"


@router.get(PATH)
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Registers,
    study: StudyAsked = None,
) -> Response:
    """Ask for what a registration needs; today and the only site are filled in."""
    definition, states, form = _asked(running, session, who.actor, study)
    data: dict[str, object] = {DAY: running.now().date().isoformat()}
    if len(states) == 1:
        data[SITE] = states[0].site.code
    return _shown(request, running, frame, definition, states, form, data)


@router.post(PATH)
def register(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Registers,
    posted: Annotated[FormData, Depends(sent_form)],
    study: StudyAsked = None,
) -> Response:
    """Register and go to the new patient's page; or ask again with every reason beside its question."""
    definition, states, form = _asked(running, session, who.actor, study)
    data, _ = read_entry(form, (), posted)
    check = validate_entry(form, data, context_of(running))
    registered_on = check.entry.day(DAY)
    faults = malformed(check, form)
    if faults or registered_on is None:
        return _shown(request, running, frame, definition, states, form, data, errors=check.errors)
    try:
        with session.begin_nested():
            subject = register_first(
                session,
                who.actor,
                study_code=definition.code,
                site_code=check.entry.word(SITE) or "",
                road=check.entry.word(ROAD) or "",
                registered_on=registered_on,
                answers=eligibility_answers(data),
                key=running.settings.key,
                now=running.now(),
                reason=str(data.get(REASON, "")),
            )
    except (RegistrationRefused, EntryRefused, Refused) as refused:
        said = faults_said(refused)
        return _shown(request, running, frame, definition, states, form, data, errors=said)
    return RedirectResponse(f"/patients/{subject.number}", HTTPStatus.SEE_OTHER)


def malformed(check: FormCheck, form: FormDefinition) -> tuple[Fault, ...]:
    """Return the faults that registering would not name itself: it says what it has against criteria and day."""
    own = {item.code for item in form.criteria} | {DAY}
    return tuple(fault for fault in check.errors if fault.field not in own or fault.code != "required")


def faults_said(refused: Refused | EntryRefused) -> list[Fault]:
    """Return what was refused as faults of the page's questions. Raises what belongs to none again."""
    if isinstance(refused, RegistrationRefused):
        return faults_of(refused)
    if isinstance(refused, EntryRefused):
        return list(refused.faults)
    if refused.field == REASON:
        return [Fault(REASON, "required", refused.said)]
    raise refused


def context_of(running: Running) -> EntryContext:
    """Return what a registration's answers are judged against before the patient is known."""
    return EntryContext(today=(running.now() + EARLIEST_ZONE).date())


def _asked(
    running: Running, session: Transaction, actor: Actor, study: str | None
) -> tuple[StudyDefinition, Sequence[SiteState], FormDefinition]:
    codes = sorted({grant.study_code for grant in actor.grants_for(Action.REGISTER_SUBJECT)})
    if study is not None and study not in codes:
        raise NotFound("There is no such study.", field="study")
    definition = newest_definition(session, study or codes[0])[1]
    states = states_for(session, actor, Action.REGISTER_SUBJECT, study_code=definition.code, on=running.now().date())
    backdating = actor.may(Action.BACKDATE_REGISTRATION, study_code=definition.code)
    return definition, states, first_form(definition, states, backdating=backdating)


def _shown(
    request: Request,
    running: Running,
    frame: Frame,
    definition: StudyDefinition,
    states: Sequence[SiteState],
    form: FormDefinition,
    data: Mapping[str, object],
    *,
    errors: Sequence[Fault] = (),
) -> Response:
    return page(
        request,
        "registration.html",
        frame,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        definition=definition,
        view=form_view(form, context_of(running), data, errors=errors),
        registration=definition.registration(RegistrationStep.FIRST),
        blocked=[state for state in states if not state.activation.is_active],
        n_open=sum(state.activation.is_active for state in states),
        may_register=bool(form.fields[0].choices),
    )
