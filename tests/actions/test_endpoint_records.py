"""What the rules make of a patient is remembered, and never older than the patient's records."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from casebook.actions import endpoint_records
from casebook.actions.endpoint import Endpoint, endpoint
from casebook.actions.interim import study_lock
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.interim import Gap
from casebook.domain.outcome import TruthStatus
from casebook.store.tables import FormEntry, Lesion, Reading
from tests.pages import hospital

STATISTICIAN = Actor("statistician", "S", (Grant(Role.STATISTICIAN, hospital.STUDY),))


@pytest.fixture
def course(session):
    hospital.open_registry(session)
    return hospital.a_full_course(session)


def now(session) -> Endpoint:
    return endpoint(session, STATISTICIAN, study_code=hospital.STUDY, as_of=hospital.TODAY, now=hospital.NOW)


def truths(session) -> dict[str, TruthStatus]:
    return {lesion.label: lesion.outcome.truth.status for _, lesion in now(session).rows}


def test_a_patient_is_derived_once_and_again_after_each_change(session, course, monkeypatch):
    derived: list[int] = []
    gather = endpoint_records.gather_courses
    monkeypatch.setattr(
        endpoint_records,
        "gather_courses",
        lambda session, subjects: derived.append(len(subjects)) or gather(session, subjects),
    )
    hospital.a_patient(session)
    assert truths(session) == truths(session)
    assert derived == [2]

    entry = session.query(FormEntry).filter_by(subject_id=course.id, form_code="pathology").one()
    session.execute(text("select set_config('app.reason', 'looked at again', true)"))
    lesions = {**entry.data["lesions"], "L2": {**entry.data["lesions"]["L2"], "viable_cells": "present"}}
    entry.data = {**entry.data, "lesions": lesions}
    assert truths(session)["L2"] is TruthStatus.VIABLE
    assert derived == [2, 1]

    session.query(Lesion).filter_by(subject_id=course.id, label="L3").one().segment = "V"
    assert {lesion.label: lesion.segment for _, lesion in now(session).rows}["L3"] == "V"

    session.query(Reading).one().accepted = False
    assert not any(lesion.is_read for _, lesion in now(session).rows)
    assert derived == [2, 1, 1, 1]


def test_on_an_earlier_day_only_those_registered_until_then_are_there(session, course):
    def numbers(as_of) -> list[str]:
        found = endpoint(session, STATISTICIAN, study_code=hospital.STUDY, as_of=as_of, now=hospital.NOW)
        return [patient.number for patient in found.patients]

    assert numbers(course.registered_on) == [course.number]
    assert numbers(course.registered_on - timedelta(days=1)) == []
    course.registered_on = hospital.TODAY + timedelta(days=1)
    assert numbers(hospital.TODAY) == [course.number]


def test_what_changes_while_it_is_gathered_is_not_remembered(session, course, monkeypatch):
    gather = endpoint_records.gather_courses

    def gather_late(session, subjects):
        session.query(Lesion).filter_by(subject_id=course.id, label="L1").one().segment = "I"
        return gather(session, subjects)

    session.execute(text("select set_config('app.reason', 'meanwhile', true)"))
    monkeypatch.setattr(endpoint_records, "gather_courses", gather_late)
    now(session)
    monkeypatch.setattr(endpoint_records, "gather_courses", gather)
    remembered = endpoint_records._remembered[session.get_bind().engine]
    assert course.id not in {subject_id for subject_id, _, _ in remembered}


def test_what_was_never_committed_is_not_remembered(session, course):
    before = truths(session)
    with session.begin_nested() as savepoint:
        session.execute(text("select set_config('app.reason', 'taken back', true)"))
        session.query(Reading).one().accepted = False
        session.flush()
        assert not any(lesion.is_read for _, lesion in now(session).rows)
        savepoint.rollback()
    assert truths(session) == before
    assert any(lesion.is_read for _, lesion in now(session).rows)


def test_a_study_is_interim_until_its_last_form_is_locked_and_every_course_has_ended(session, course):
    gaps = {matter.gap for matter in now(session).lock.open}
    assert {Gap.COURSES, Gap.FORMS, Gap.LESIONS} <= gaps
    session.execute(text("select set_config('app.reason', 'the end', true)"))
    end = {"reason": "completed", "ended_on": str(hospital.TODAY)}
    hospital.fill(session, course, "end-of-study", end)
    for statement in (
        "update form_entry set state = 'locked'",
        "update query set state = 'closed'",
        "update discrepancy set gone_at = now()",
    ):
        session.execute(text(statement))
    found = study_lock(session, study_code=hospital.STUDY)
    assert [matter.gap for matter in found.open] == []
    session.execute(text("update form_entry set state = 'frozen' where form_code = 'surgery'"))
    found = study_lock(session, study_code=hospital.STUDY)
    assert [(matter.gap, matter.n) for matter in found.open] == [(Gap.FORMS, 1)]
