"""Placing the events of a course on its line."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.texts import Text
from services.api.pages.course_events import Event, EventState, Span
from services.api.pages.course_line import LABEL_GAP, LEFT, RIGHT, course_line

DAY_0 = date(2024, 1, 1)
SOME_DAYS = st.one_of(st.none(), st.integers(0, 800).map(lambda n: DAY_0 + timedelta(days=n)))
EVENTS = st.lists(
    st.builds(
        Event,
        label=st.just(Text("Event", "事象")),
        note=st.none(),
        on=SOME_DAYS,
        state=st.sampled_from(EventState),
        above=st.booleans(),
    ),
    min_size=1,
    max_size=9,
)


@given(EVENTS)
def test_events_stand_in_the_order_of_time_within_the_drawing(events):
    points = course_line(events, [], today=DAY_0).points
    assert len(points) == len(events)
    days = [point.event.on or date.max for point in points]
    assert days == sorted(days)
    assert all(LEFT <= point.x <= RIGHT for point in points)
    assert [point.x for point in points] == sorted(point.x for point in points)


@given(EVENTS)
def test_labels_of_one_side_never_touch(events):
    points = course_line(events, [], today=DAY_0).points
    for above in (True, False):
        places = [point.x for point in points if point.event.above is above]
        assert all(later - earlier >= LABEL_GAP - 1 for earlier, later in pairwise(places))


def test_a_span_that_runs_still_ends_today():
    first = Event(Text("1st registration", "一次登録"), None, DAY_0, EventState.DONE)
    last = Event(Text("Month 24", "24か月"), None, DAY_0 + timedelta(days=800), EventState.TO_COME)
    running = Span(Text("FOLFOX", "FOLFOX"), DAY_0 + timedelta(days=100), None)
    half = course_line([first, last], [running], today=DAY_0 + timedelta(days=450)).bars[0]
    full = course_line([first, last], [running], today=DAY_0 + timedelta(days=800)).bars[0]
    assert half.x == full.x
    assert half.x + half.width < full.x + full.width


@given(EVENTS, st.integers(-50, 900))
def test_today_stands_between_what_was_and_what_is_to_come(events, n):
    today = DAY_0 + timedelta(days=n)
    line = course_line(events, [], today=today)
    before = [point.x for point in line.points if point.event.on is not None and point.event.on <= today]
    after = [point.x for point in line.points if point.event.on is not None and point.event.on > today]
    if before and after:
        assert max(before) <= line.today_x <= min(after)
    else:
        assert line.today_x is None
