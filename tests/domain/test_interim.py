"""Everything is interim until nothing in the study can change."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.interim import Gap, LockFacts, lock_state

LOCKED = LockFacts(
    n_patients=3,
    n_courses_open=0,
    n_forms_open=0,
    n_queries_standing=0,
    n_differences_standing=0,
    n_reads_open=0,
    n_lesions_pending=0,
)
OPEN = [field.name for field in fields(LockFacts) if field.name != "n_patients"]


def test_a_study_in_which_nothing_is_open_is_final():
    assert not lock_state(LOCKED).is_interim
    assert lock_state(LOCKED).word == "final"


def test_a_study_without_patients_is_interim():
    state = lock_state(replace(LOCKED, n_patients=0))
    assert [matter.gap for matter in state.open] == [Gap.NO_PATIENTS]
    assert state.word == "interim"


@pytest.mark.parametrize("name", OPEN)
def test_each_open_thing_alone_keeps_the_study_interim(name):
    state = lock_state(replace(LOCKED, **{name: 2}))
    assert len(state.open) == 1
    assert state.is_interim
    assert "2" in state.open[0].text.en
    assert "2" in state.open[0].text.ja


@given(st.builds(LockFacts, *[st.integers(0, 3)] * len(fields(LockFacts))))
def test_a_study_is_final_exactly_when_it_has_patients_and_nothing_is_open(facts):
    nothing_open = not any(getattr(facts, name) for name in OPEN)
    assert lock_state(facts).is_interim is not (facts.n_patients > 0 and nothing_open)


def test_one_is_said_as_one():
    state = lock_state(replace(LOCKED, n_forms_open=1))
    assert state.open[0].text.en == "1 form not locked"
