"""Visits that did not take place: what they answer, and what they cannot stand beside."""

from datetime import date

import pytest

from casebook.domain.study import load_study
from casebook.domain.study.problems import StudyDefinitionError
from casebook.domain.timepoints import DueState, Window, due_state
from casebook.domain.visits import FORM, VISIT_FORM, Recorded, contradictions, not_done, why
from tests.domain.builders import DREAM_PATH, dream

MISSED = Recorded(FORM, "month-3", {"visit": "not-done", "reason": "refused"})
CAME_AFTER_ALL = Recorded(FORM, "month-3", {"visit": "took-place"})
ENTERED = Recorded(VISIT_FORM, "month-3", {"imaged_on": "2024-08-01"})


def test_it_stands_until_the_visit_is_said_to_have_taken_place():
    assert set(not_done([MISSED, Recorded(FORM, "month-6", {"visit": "took-place"})])) == {"month-3"}
    assert not not_done([CAME_AFTER_ALL, ENTERED])


def test_a_visit_cannot_have_taken_place_and_not():
    assert [fault.field for fault in contradictions(ENTERED, [MISSED])] == ["imaged_on"]
    assert [fault.field for fault in contradictions(MISSED, [ENTERED])] == ["visit"]
    assert not contradictions(ENTERED, [CAME_AFTER_ALL])
    assert not contradictions(CAME_AFTER_ALL, [ENTERED])
    assert not contradictions(ENTERED, [Recorded(FORM, "month-6", {"visit": "not-done"})])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"visit": "not-done", "reason": "too-ill"}, "The patient was too ill"),
        ({"visit": "not-done", "reason": "other", "detail": "flood"}, "flood"),
    ],
)
def test_the_reason_is_said_in_the_words_of_the_study(data, words):
    assert why(dream().form(FORM), Recorded(FORM, "month-3", data)).en == words


def test_a_timepoint_that_was_not_done_is_neither_due_nor_overdue():
    window = Window("month-3", *(date(2024, 5, day) for day in (1, 10, 20)))
    today = date(2024, 9, 1)
    assert due_state(window, today=today) is DueState.OVERDUE
    assert due_state(window, today=today, is_not_done=True) is DueState.NOT_DONE
    assert due_state(window, today=today, done_on=today, is_not_done=True) is DueState.DONE


def test_a_study_may_do_without_the_form_but_not_say_something_the_rules_do_not_understand():
    text = DREAM_PATH.read_text(encoding="utf-8")
    start = text.index('[[forms]]\ncode = "visit-not-done"')
    end = text.index('[[forms]]\ncode = "adverse-event"')
    assert FORM not in {form.code for form in load_study(text[:start] + text[end:]).forms}
    with pytest.raises(StudyDefinitionError, match="maybe"):
        load_study(text.replace('{ code = "took-place"', '{ code = "maybe"'))
