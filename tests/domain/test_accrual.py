"""Accrual against plan: months without gaps, an even plan, a pace that says when."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.accrual import later, month_of, n_months_between, planned_after, progress
from casebook.domain.study.model import Accrual

PLAN = Accrual(n_planned=400, months=36, source="study announcement")
TODAY = date(2026, 11, 15)
MONTHS = st.dates(date(2020, 1, 1), TODAY).map(month_of)
COUNTS = st.dictionaries(MONTHS, st.integers(1, 30))


def test_months_without_registrations_are_there_too():
    found = progress(PLAN, {date(2026, 8, 1): 3, date(2026, 11, 1): 1}, {date(2026, 10, 1): 2}, today=TODAY)
    assert [(month.month_on.month, month.n_first, month.total_first, month.total_second) for month in found.months] == [
        (8, 3, 3, 0),
        (9, 0, 3, 0),
        (10, 0, 3, 2),
        (11, 1, 4, 2),
    ]


def test_the_plan_is_even_and_ends_at_its_number():
    assert planned_after(PLAN, Decimal(36)) == 400
    assert planned_after(PLAN, Decimal(18)) == 200
    assert planned_after(PLAN, Decimal(40)) == 400


def test_what_is_planned_by_today_counts_the_days_of_the_month():
    found = progress(PLAN, {date(2026, 10, 1): 3}, {}, today=TODAY)
    assert found.planned == PLAN.n_per_month * Decimal("1.5")


def test_the_pace_is_of_whole_months_and_says_when_the_number_is_reached():
    first = {later(date(2026, 5, 1), n): 10 for n in range(6)} | {date(2026, 11, 1): 1}
    found = progress(PLAN, first, {}, today=TODAY)
    assert found.pace == 10
    assert (400 - found.n_first, found.complete_on) == (339, date(2029, 9, 1))


@pytest.mark.parametrize(
    ("first", "why"),
    [
        ({}, "nobody is registered"),
        ({date(2026, 11, 1): 5}, "no month is over yet"),
        ({date(2024, 1, 1): 5}, "nobody was registered of late"),
        ({date(2024, 1, 1): 400, date(2026, 10, 1): 2}, "all are registered"),
    ],
)
def test_nobody_is_told_an_end_that_cannot_be_known(first, why):
    assert progress(PLAN, first, {}, today=TODAY).complete_on is None, why


def test_before_the_first_registration_there_is_this_month_alone():
    (month,) = progress(PLAN, {}, {}, today=TODAY).months
    assert (month.month_on, month.total_first) == (date(2026, 11, 1), 0)


@given(COUNTS, COUNTS)
def test_nothing_is_lost_between_months_and_totals(first, more):
    second = {month: n for month, n in more.items() if first and month >= min(first)}
    found = progress(PLAN, first, second, today=TODAY)
    assert (found.n_first, found.n_second) == (sum(first.values()), sum(second.values()))
    assert found.months[-1].total_first == found.n_first
    assert [month.month_on for month in found.months] == [
        later(found.months[0].month_on, n) for n in range(len(found.months))
    ]
    assert all(one.planned <= other.planned for one, other in zip(found.months, found.months[1:], strict=False))


@given(st.dates(date(2000, 1, 1), date(2080, 1, 1)), st.integers(0, 600))
def test_a_later_month_is_as_many_months_away(day, n):
    month_on = month_of(day)
    assert n_months_between(month_on, later(month_on, n)) == n
    assert later(month_on, 1) - timedelta(1) >= day
