"""Registering a patient by page: study, site, road and date, judged like any form."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions.forms import EARLIEST_ZONE
from casebook.actions.studies import newest_definition
from casebook.actions.subjects import register_subject
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.domain.forms.definition import FieldDefinition, FieldType, FormDefinition, FormScope
from casebook.domain.forms.entry import EntryContext, validate_entry
from casebook.domain.forms.faults import Fault
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Coded, Text
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.form_data import read_entry
from services.api.pages.form_view import form_view
from services.api.pages.rendering import Frame, page

router = APIRouter()
Registers = Annotated[SignedIn, Depends(opening(Action.REGISTER_SUBJECT))]
StudyAsked = Annotated[str | None, Query(max_length=50)]


@router.get("/patients/new")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Registers,
    study: StudyAsked = None,
) -> Response:
    """Ask for what a registration needs; today and the only site are filled in."""
    definition = _definition(session, who.actor, study)
    form = registration_form(who.actor, definition)
    data: dict[str, object] = {"registered_on": running.now().date().isoformat()}
    sites = form.fields[0].choices
    if len(sites) == 1:
        data["site"] = sites[0].code
    return _shown(request, frame, definition, form, _context(running), data)


@router.post("/patients/new")
def register(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Registers,
    posted: Annotated[FormData, Depends(sent_form)],
    study: StudyAsked = None,
) -> Response:
    """Register and go to the new patient's page; or ask again with every error beside its field."""
    definition = _definition(session, who.actor, study)
    form, context = registration_form(who.actor, definition), _context(running)
    data, _ = read_entry(form, (), posted)
    check = validate_entry(form, data, context)
    registered_on = check.entry.day("registered_on")
    if check.errors or registered_on is None:
        return _shown(request, frame, definition, form, context, data, errors=check.errors)
    subject = register_subject(
        session,
        who.actor,
        study_code=definition.code,
        site_code=check.entry.word("site") or "",
        road=check.entry.word("road") or "",
        registered_on=registered_on,
        key=running.settings.key,
    )
    return RedirectResponse(f"/patients/{subject.number}", HTTPStatus.SEE_OTHER)


def registration_form(actor: Actor, definition: StudyDefinition) -> FormDefinition:
    """Return the questions of a registration: sites are those the actor registers for."""
    granted = {grant.site_code for grant in actor.grants_for(Action.REGISTER_SUBJECT, definition.code)}
    sites = [site for site in definition.sites if None in granted or site.code in granted]
    fields = (
        FieldDefinition(
            "site",
            FieldType.CHOICE,
            Text("Site", "参加施設"),
            required=True,
            choices=tuple(
                Coded(site.code, Text(f"{site.code} {site.name.en}", f"{site.code} {site.name.ja}")) for site in sites
            ),
        ),
        FieldDefinition(
            "road",
            FieldType.CHOICE,
            Text("Road", "登録経路"),
            required=True,
            choices=tuple(Coded(road.code, road.label) for road in definition.roads),
        ),
        FieldDefinition("registered_on", FieldType.DATE, Text("First registration on", "一次登録日"), required=True),
    )
    label = Text("Register a patient", "症例の登録")
    return FormDefinition(
        code="registration",
        label=label,
        scope=FormScope.SUBJECT,
        repeatable=False,
        dated_by="registered_on",
        timepoints=(),
        fields=fields,
        criteria=(),
        lesion_rows=None,
        lesion_fields=(),
        source="",
    )


def _definition(session: Transaction, actor: Actor, study: str | None) -> StudyDefinition:
    codes = sorted({grant.study_code for grant in actor.grants_for(Action.REGISTER_SUBJECT)})
    if study is not None and study not in codes:
        raise NotFound("There is no such study.", field="study")
    return newest_definition(session, study or codes[0])[1]


def _context(running: Running) -> EntryContext:
    return EntryContext(today=(running.now() + EARLIEST_ZONE).date())


def _shown(
    request: Request,
    frame: Frame,
    definition: StudyDefinition,
    form: FormDefinition,
    context: EntryContext,
    data: Mapping[str, object],
    *,
    errors: tuple[Fault, ...] = (),
) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    view = form_view(form, context, data, errors=errors)
    return page(request, "registration.html", frame, status=status, definition=definition, view=view)
