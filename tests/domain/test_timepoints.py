"""Windows and due dates of the timepoints."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.study.model import Anchor
from casebook.domain.timepoints import DueState, days_from_window, due_state, nearest_timepoint, window_of, windows_of
from tests.domain.builders import dream

REGISTERED, OPERATED = date(2019, 4, 11), date(2019, 8, 10)
ANCHORS = {Anchor.FIRST_REGISTRATION: REGISTERED, Anchor.SURGERY: OPERATED}
WINDOWS = windows_of(dream().timepoints, ANCHORS)


def test_a_window_lies_around_anchor_and_offset():
    window = window_of(dream().timepoint("month-12"), ANCHORS)
    assert window.due_on == date(2020, 8, 9)
    assert (window.opens_on, window.closes_on) == (date(2020, 7, 10), date(2020, 9, 8))
    assert window.opens_on in window
    assert window.closes_on + timedelta(days=1) not in window


def test_a_timepoint_without_its_anchor_has_no_window():
    assert window_of(dream().timepoint("preoperative"), ANCHORS) is None
    assert [window.timepoint for window in WINDOWS] == [
        "baseline",
        "intraoperative",
        "month-3",
        "month-6",
        "month-12",
        "month-18",
        "month-24",
    ]


def test_the_last_follow_up_is_due_on_the_horizon_of_the_outcome_rule():
    window = window_of(dream().timepoint("month-24"), ANCHORS)
    rule = dream().rules.outcome
    assert (window.due_on - OPERATED).days == rule.horizon_days
    assert (window.due_on - window.opens_on).days == rule.early_window_days
    assert (window.closes_on - window.due_on).days == rule.late_window_days


@pytest.mark.parametrize(
    ("today", "done_on", "state"),
    [
        ("2020-07-09", None, DueState.NOT_DUE),
        ("2020-07-10", None, DueState.OPEN),
        ("2020-09-08", None, DueState.OPEN),
        ("2020-09-09", None, DueState.OVERDUE),
        ("2020-09-09", "2020-09-20", DueState.DONE),
    ],
)
def test_a_timepoint_opens_falls_due_and_is_done(today, done_on, state):
    window = window_of(dream().timepoint("month-12"), ANCHORS)
    done = date.fromisoformat(done_on) if done_on else None
    assert due_state(window, today=date.fromisoformat(today), done_on=done) is state


def test_without_a_window_nothing_is_planned():
    assert due_state(None, today=OPERATED) is DueState.NOT_PLANNED


@pytest.mark.parametrize(
    ("day", "expected"), [("2020-07-08", -2), ("2020-07-10", 0), ("2020-09-08", 0), ("2020-09-11", 3)]
)
def test_how_far_a_day_lies_outside_the_window_is_signed(day, expected):
    window = window_of(dream().timepoint("month-12"), ANCHORS)
    assert days_from_window(window, date.fromisoformat(day)) == expected


@pytest.mark.parametrize(
    ("day", "timepoint"),
    [("2019-04-03", "baseline"), ("2019-11-20", "month-3"), ("2020-05-01", "month-6"), ("2030-01-01", "month-24")],
)
def test_a_day_belongs_to_the_window_that_holds_it_or_the_nearest(day, timepoint):
    assert nearest_timepoint(WINDOWS, date.fromisoformat(day)).timepoint == timepoint


def test_without_windows_a_day_belongs_nowhere():
    assert nearest_timepoint((), OPERATED) is None


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.sampled_from(dream().timepoints))
def test_the_due_day_is_always_inside_its_window(anchor_on, timepoint):
    window = window_of(timepoint, {timepoint.anchor: anchor_on})
    assert window.due_on in window
    assert days_from_window(window, window.due_on) == 0
