"""What reports are worked out from: delays in short, ages in bands, queries as they stood on a day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.queries import QueryState
from casebook.domain.reports import AGE_BANDS, Delay, in_short, said, state_on
from casebook.domain.study.load import load_study
from casebook.domain.study.problems import StudyDefinitionError
from casebook.domain.study.reporting import DEFAULT_REPORTS
from casebook.domain.texts import Text
from tests.domain.test_imports import DREAM
from tests.pages import hospital

DAY_0 = datetime(2020, 1, 1, 12, tzinfo=UTC)


def delays(*days):
    return [Delay("JP-06", "surgery", one) for one in days]


def at(day):
    return DAY_0 + timedelta(days=day)


def test_delays_are_summed_up_with_median_ninety_percent_and_the_late_ones():
    found = in_short(delays(1, 2, 3, 4, 5, 6, 7, 8, 9, 100), limit_days=8)
    assert (found.n, found.median_days, found.p90_days, found.n_late) == (10, Decimal("5.5"), 9, 2)
    assert in_short([], limit_days=8).median_days is None


@given(st.lists(st.integers(0, 400), min_size=1))
def test_nine_of_ten_come_within_the_ninety_percent_day_and_no_earlier_day_does(days):
    found = in_short(delays(*days), limit_days=28)
    within = [sum(one <= limit for one in days) / len(days) for limit in (found.p90_days, found.p90_days - 1)]
    assert within[0] >= 0.9 > within[1]


@given(st.integers(0, 10_000))
def test_every_age_is_in_exactly_one_band(days):
    assert sum(days in band for band in AGE_BANDS) == 1


def test_a_query_is_counted_as_it_stood_on_the_day():
    acts = [
        ("ask", at(0)),
        ("answer", at(5)),
        ("comment", at(6)),
        ("reopen", at(8)),
        ("answer", at(9)),
        ("close", at(20)),
    ]
    stood = [state_on(acts, QueryState.CLOSED, at(day)) for day in (0, 1, 6, 7, 9, 10, 30)]
    assert stood == [None, "open", "answered", "answered", "open", "answered", "closed"]


def test_a_query_that_was_sent_later_was_a_candidate_until_then():
    acts = [("ask", at(0)), ("open", at(3)), ("resolve", at(9))]
    assert [state_on(acts, QueryState.RESOLVED, at(day)) for day in (1, 4, 10)] == ["candidate", "open", "resolved"]
    assert state_on(acts[:1], QueryState.CANDIDATE, at(1)) == "candidate"


def test_a_cell_is_said_in_the_language_and_nothing_is_a_dash():
    cells = (None, 0, date(2020, 1, 2), Decimal("2.5"), Text("missing", "なし"))
    assert [said(cell, "ja") for cell in cells] == ["–", "0", "2020-01-02", "2.5", "なし"]


def test_limits_come_from_the_definition_and_have_defaults():
    assert DREAM.reports == DEFAULT_REPORTS
    assert DREAM.reports.feedback_from == 10


def test_a_definition_sets_its_own_limits_and_a_bad_one_is_named():
    text = hospital.DREAM.read_text(encoding="utf-8")
    there = "images_within_days = 14"
    assert there in text
    assert load_study(text.replace(there, "images_within_days = 3")).reports.images_within_days == 3
    with pytest.raises(StudyDefinitionError, match="images_within_days"):
        load_study(text.replace(there, "images_within_days = -1"))
