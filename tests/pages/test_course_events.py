"""The events of a patient's course in words."""

import pytest

from casebook.actions.patient import open_patient
from casebook.domain.actors import Actor, Grant, Role
from services.api.pages.course_events import EventState, events_of
from tests.pages import hospital

MANAGER = Actor("manager", "M", (Grant(Role.DATA_MANAGER, hospital.STUDY),))


@pytest.fixture
def registry(session):
    hospital.open_registry(session)
    return session


def event(session, subject, label):
    patient = open_patient(session, MANAGER, number=subject.number, now=hospital.NOW, key=hospital.KEY)
    return next(item for item in events_of(patient) if item.label.en == label)


def test_where_no_images_were_sent_the_form_says_when_they_were_taken(registry):
    subject = hospital.a_patient(registry)
    assert event(registry, subject, "Baseline").state is EventState.LATE
    hospital.fill(
        registry,
        subject,
        "imaging-performed",
        {"ct_on": str(hospital.day(-9)), "mri_on": str(hospital.day(-7)), "b_values": "0, 800", "gadoxetate": "no"},
        timepoint="baseline",
    )
    found = event(registry, subject, "Baseline")
    assert (found.state, found.on, found.note.en) == (EventState.DONE, hospital.day(-7), "−7")
