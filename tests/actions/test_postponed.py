"""What follows from many changes of a subject can be worked out once, at the end of the unit of work."""

import pytest
from sqlalchemy import select

from casebook.actions.derive import derived_at_end
from casebook.actions.progress import refresh_progress, wrong_rows
from casebook.store.tables import Derivation, SubjectProgress
from tests.pages import hospital


@pytest.fixture
def registry(session):
    hospital.open_registry(session)
    return session


def kept(session, subject):
    return session.get(SubjectProgress, subject.id, populate_existing=True)


def test_what_is_worked_out_at_the_end_is_what_would_have_been_worked_out_on_the_way(registry):
    with derived_at_end(registry, as_of=hospital.TODAY):
        subject = hospital.a_full_course(registry)
        assert kept(registry, subject) is None
        assert not registry.scalars(select(Derivation)).all()
    assert kept(registry, subject) is not None
    assert wrong_rows(registry) == []
    found = registry.scalars(select(Derivation)).all()
    assert found
    assert all(row.superseded_at is None for row in found)


def test_a_subject_of_which_only_the_standing_changed_gets_that_made_anew(registry):
    subject = hospital.a_patient(registry)
    with derived_at_end(registry, as_of=hospital.TODAY):
        refresh_progress(registry, subject.id)
    assert kept(registry, subject) is not None


def test_after_an_error_the_session_works_everything_out_at_once_again(registry):
    subject = hospital.a_patient(registry)
    with pytest.raises(ZeroDivisionError), derived_at_end(registry, as_of=hospital.TODAY):
        raise ZeroDivisionError
    refresh_progress(registry, subject.id)
    assert kept(registry, subject) is not None
