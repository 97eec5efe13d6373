"""Complications counted from surgery."""

from datetime import date, timedelta

import pytest

from casebook.domain.after_surgery import WINDOW_LABELS, AfterSurgery, complications, days_after_surgery
from casebook.domain.forms.values import Entry

OPERATED_ON = date(2019, 8, 10)


def event(n_days):
    return Entry({"occurred_on": OPERATED_ON + timedelta(days=n_days), "grade": "II"})


@pytest.mark.parametrize(
    ("n_days", "window"),
    [
        (-1, AfterSurgery.BEFORE),
        (0, AfterSurgery.WITHIN_30),
        (30, AfterSurgery.WITHIN_30),
        (31, AfterSurgery.WITHIN_90),
        (90, AfterSurgery.WITHIN_90),
        (91, AfterSurgery.LATER),
    ],
)
def test_the_window_is_that_of_the_day_after_surgery(n_days, window):
    entries = {"surgery": (Entry({"operated_on": OPERATED_ON}),), "adverse-event": (event(n_days),)}
    (found,) = complications(entries)
    assert found.window is window
    assert WINDOW_LABELS[found.window].ja


def test_days_count_from_the_latest_operation_before_the_event():
    again = OPERATED_ON + timedelta(days=200)
    assert days_after_surgery(again + timedelta(days=5), [OPERATED_ON, again]) == 5
    assert days_after_surgery(again - timedelta(days=1), [again, OPERATED_ON]) == 199
    assert days_after_surgery(OPERATED_ON, []) is None


def test_complications_come_in_the_order_of_their_days():
    entries = {
        "surgery": (Entry({"operated_on": OPERATED_ON}),),
        "adverse-event": (event(40), event(3), Entry({"grade": "I"})),
    }
    assert [found.days_after_surgery for found in complications(entries)] == [3, 40]
