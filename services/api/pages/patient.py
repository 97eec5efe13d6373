"""One patient: course, lesions, liver map, images, submissions and forms."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from casebook.actions.access_log import Access, note_access
from casebook.actions.image_states import states
from casebook.actions.lesion_page import beside_the_list
from casebook.actions.patient import open_patient
from casebook.actions.query_views import queries_beside
from casebook.domain.actors import Action
from casebook.domain.central.image_state import STATE_LABELS
from casebook.domain.queries import STATE_LABELS as QUERY_LABELS
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.course_events import day_number, events_of, spans_of
from services.api.pages.course_line import course_line
from services.api.pages.form_list import form_lines, form_path
from services.api.pages.image_check import TONES
from services.api.pages.image_table import SHORT_LABELS, image_table
from services.api.pages.lesion_rows import lesion_lines, read_timepoints, shown_lines
from services.api.pages.lesion_table import CDLM
from services.api.pages.liver_map import BOXES, liver_map
from services.api.pages.query_marks import QUERY_TONES
from services.api.pages.rendering import page

router = APIRouter()


@router.get("/patients/{number}")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_REGISTRY))],
    number: str,
    at: Annotated[str | None, Query(max_length=50)] = None,
) -> Response:
    """Show the patient; 404 for those of other sites."""
    patient = open_patient(session, who.actor, number=number, now=running.now(), key=running.settings.key)
    if patient.forms is not None:
        note_access(session, who.actor, Access.PATIENT, number, subject_id=patient.subject.id, now=running.now())
    listed = beside_the_list(session, patient)
    beside = queries_beside(session, who.actor, [patient.subject.id], today=patient.today)
    return page(
        request,
        "patient.html",
        frame,
        patient=patient,
        road=next(road.label for road in patient.definition.roads if road.code == patient.subject.road),
        next_path=form_path(number, patient.next.form, patient.next.timepoint) if patient.next.form else None,
        course=course_line(events_of(patient), spans_of(patient), today=patient.today),
        lesions=shown_lines(lesion_lines(patient, listed)),
        read_at=read_timepoints(patient.definition),
        map=liver_map(patient.definition, patient.lesions, patient.events, patient.course, at=at),
        map_path=f"/patients/{number}",
        boxes=BOXES,
        may_read=who.actor.may(Action.RECORD_SITE_READ, site_code=patient.site.code),
        central=listed.central if who.actor.may(Action.SEE_AGREEMENT, study_code=patient.definition.code) else None,
        cdlm_words=CDLM,
        images=image_table(patient),
        image_states=states(session, [patient.subject])[patient.subject.id],
        state_labels=STATE_LABELS,
        state_tones=TONES,
        short_labels=SHORT_LABELS,
        forms=form_lines(patient, patient.forms) if patient.forms is not None else None,
        day_number=lambda on: day_number(patient, on),
        may_edit_forms=who.actor.may(Action.EDIT_FORMS, site_code=patient.site.code),
        queries=beside.get(patient.subject.id, ()),
        query_labels=QUERY_LABELS,
        query_tones=QUERY_TONES,
        may_ask=who.actor.may(Action.ASK_QUERIES, study_code=patient.definition.code, site_code=patient.site.code),
        may_see_images=who.actor.may(Action.SEE_CASES, site_code=patient.site.code),
        may_send=who.actor.may(Action.SUBMIT_IMAGES, site_code=patient.site.code),
    )
