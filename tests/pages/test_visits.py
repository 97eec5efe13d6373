"""A visit that did not take place, from the follow-up form to the lists, and back when it is entered after all."""

from dataclasses import replace

import pytest

from casebook.actions import progress
from casebook.actions.entry_states import ReasonNeeded
from casebook.actions.form_page import open_form
from casebook.actions.forms import EntryRefused, save_entry
from casebook.actions.patient import open_patient
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.next_step import next_step
from casebook.domain.study.model import Anchor
from casebook.domain.visits import FORM
from services.api.pages.course_events import EventState, events_of
from services.api.pages.form_list import form_lines
from tests.domain.builders import dream
from tests.pages import hospital
from tests.pages.reading import words

MANAGER = Actor("manager", "M", (Grant(Role.DATA_MANAGER, hospital.STUDY),))
MISSED = {"visit": "not-done", "reason": "did-not-come"}
CAME = {"visit": "took-place"}
SECOND, DAY = Anchor.SECOND_REGISTRATION, hospital.day(109)
HERE = f"{hospital.SITE}-0001"


@pytest.fixture
def patient(session):
    hospital.open_registry(session)
    return hospital.a_full_course(session)


def opened(session, patient):
    return open_patient(session, MANAGER, number=patient.number, now=hospital.NOW, key=hospital.KEY)


def next_visit(session, patient):
    """The follow-up visit that is asked next, everything before it being there."""
    found = progress.standings(session, [patient.id])[patient.id][1].progress
    role = frozenset(item.role for item in dream().requirements("preoperative"))
    whole = replace(found, arrived={"baseline": role, "preoperative": role}, dates={**found.dates, SECOND: DAY})
    step = next_step(dream(), whole, today=hospital.TODAY)
    return step.form, step.timepoint


def record(session, patient, data, *, version=None, reason=None):
    return save_entry(
        session,
        MANAGER,
        subject_id=patient.id,
        form_code=FORM,
        timepoint_code="month-12",
        ordinal=1,
        data=data,
        version=version,
        reason=reason,
        now=hospital.NOW,
    )


def form_of(session, patient, code):
    return open_form(
        session,
        MANAGER,
        number=patient.number,
        form_code=code,
        timepoint_code="month-12",
        ordinal=1,
        now=hospital.NOW,
    )


def event_of(session, patient, label):
    return next(item for item in events_of(opened(session, patient)) if item.label.en == label)


def test_it_answers_the_visit_everywhere_and_is_counted_apart(session, patient):
    assert next_visit(session, patient) == ("follow-up", "month-12")
    record(session, patient, MISSED)
    assert next_visit(session, patient) == ("follow-up", "month-18")
    event = event_of(session, patient, "Month 12")
    assert (event.state, event.note.en) == (EventState.NOT_DONE, "not done")
    assert form_of(session, patient, "follow-up").visit.why.en == "The patient did not come"


def test_a_visit_entered_later_is_said_to_have_taken_place_first_with_the_reason(session, patient):
    saved = record(session, patient, MISSED).row
    visit = hospital.a_follow_up(121 + 340)
    with pytest.raises(EntryRefused, match="recorded as not done"), session.begin_nested():
        hospital.fill(session, patient, "follow-up", visit, timepoint="month-12")
    with pytest.raises(ReasonNeeded), session.begin_nested():
        record(session, patient, CAME, version=saved.version)
    record(session, patient, CAME, version=saved.version, reason="the letter of the other hospital came")
    assert next_visit(session, patient) == ("follow-up", "month-12")
    hospital.fill(session, patient, "follow-up", visit, timepoint="month-12")
    assert next_visit(session, patient) == ("follow-up", "month-18")
    assert event_of(session, patient, "Month 12").state is EventState.DONE
    history = form_of(session, patient, FORM).history
    assert [change.reason for change in history] == [history[0].reason, "the letter of the other hospital came"]


def test_a_visit_that_is_entered_cannot_be_recorded_as_not_done(session, patient):
    hospital.fill(session, patient, "follow-up", hospital.a_follow_up(121 + 340), timepoint="month-12")
    with pytest.raises(EntryRefused, match="is filled"):
        record(session, patient, MISSED)


def test_no_outcome_changes_by_it(session, patient):
    def outcomes():
        course = opened(session, patient).course
        return [course.outcome(lesion, hospital.TODAY) for lesion in course.lesions]

    before = outcomes()
    record(session, patient, MISSED)
    assert outcomes() == before


def test_the_lists_of_forms_show_it_only_where_it_was_said(session, patient):
    found = opened(session, patient)
    assert FORM not in {line.form.code for line in form_lines(found, found.forms)}
    record(session, patient, MISSED)
    found = opened(session, patient)
    assert [line.timepoint.en for line in form_lines(found, found.forms) if line.form.code == FORM] == ["Month 12"]


def test_the_form_of_a_visit_leads_to_saying_that_it_was_not_done(browsers):
    found = browsers("coordinator").get(f"/patients/{HERE}/forms/follow-up?timepoint=month-12").text
    path = f"/patients/{HERE}/forms/visit-not-done?timepoint=month-12"
    assert path in found
    empty = browsers("coordinator").get(path)
    assert empty.status_code == 200
    assert "Why" in words(empty.text)
    assert "The patient was too ill" in words(empty.text)
    assert path not in browsers("monitor").get(f"/patients/{HERE}/forms/follow-up?timepoint=month-12").text
