"""The endpoint's records are fetched for all subjects at once."""

import pytest
from sqlalchemy import event

from casebook.actions.course import gather_course, gather_courses
from casebook.actions.endpoint import endpoint
from casebook.domain.actors import Actor, Grant, Role
from tests.pages import hospital

STATISTICIAN = Actor("statistician", "S", (Grant(Role.STATISTICIAN, hospital.STUDY),))


@pytest.fixture
def course(session):
    hospital.open_registry(session)
    return hospital.a_full_course(session)


def statements(session) -> int:
    sent: list[str] = []
    connection = session.connection()

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    found = endpoint(session, STATISTICIAN, study_code=hospital.STUDY, as_of=hospital.TODAY, now=hospital.NOW)
    event.remove(connection, "before_cursor_execute", note)
    assert len(found.rows) == 5
    return len(sent)


def test_the_endpoint_takes_as_many_queries_for_5_as_for_50_patients(session, course):
    counts = []
    for n in (4, 45):
        for _ in range(n):
            hospital.a_patient(session)
        session.flush()
        counts.append(statements(session))
    assert counts[0] == counts[1]


def test_a_subject_gathered_with_others_is_as_if_gathered_alone(session, course):
    other = hospital.a_patient(session)
    together = gather_courses(session, [other, course])
    assert together[course.id] == gather_course(session, course)
    assert [lesion.label for lesion in together[course.id].lesions] == ["L1", "L2", "L3", "L4", "L5"]
    assert together[other.id].lesions == ()
