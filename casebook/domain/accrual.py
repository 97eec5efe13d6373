"""Registrations against the study's plan, month by month.

The plan is an even pace, begun on the first day of the month of the first registration. A month is named by its first
day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import ceil
from typing import Final

from casebook.domain.study.model import Accrual

RECENT_MONTHS: Final = 6
"""Whole months that the present pace is taken from; one month alone is chance."""


@dataclass(frozen=True, slots=True)
class AccrualMonth:
    """One month: registrations in it, all until its end, and the plan at its end."""

    month_on: date
    n_first: int
    n_second: int
    total_first: int
    total_second: int
    planned: Decimal


@dataclass(frozen=True, slots=True)
class Progress:
    """Where accrual stands on a day.

    `planned` is what the plan wants by then; `pace` is per month over the recent whole months; `complete_on` is the
    month in which the plan's number is reached at that pace, None where it never is or has been.
    """

    months: tuple[AccrualMonth, ...]
    n_first: int
    n_second: int
    planned: Decimal
    pace: Decimal | None
    complete_on: date | None


def month_of(day: date) -> date:
    """Name the day's month."""
    return day.replace(day=1)


def later(month_on: date, n_months: int) -> date:
    """Name the month that comes `n_months` later."""
    years, month = divmod(month_on.month - 1 + n_months, 12)
    return date(month_on.year + years, month + 1, 1)


def n_months_between(from_on: date, until_on: date) -> int:
    """Count the months from one month to another."""
    return (until_on.year - from_on.year) * 12 + until_on.month - from_on.month


def planned_after(plan: Accrual, n_months: Decimal) -> Decimal:
    """How many the plan wants after so many months; never more than all."""
    return min(plan.n_per_month * n_months, Decimal(plan.n_planned))


def progress(plan: Accrual, first: Mapping[date, int], second: Mapping[date, int], *, today: date) -> Progress:
    """Join both registrations per month with the plan, without gaps, until this month."""
    began_on = min(first, default=month_of(today))
    months: list[AccrualMonth] = []
    total_first = total_second = 0
    for n in range(n_months_between(began_on, month_of(today)) + 1):
        month_on = later(began_on, n)
        n_first, n_second = first.get(month_on, 0), second.get(month_on, 0)
        total_first, total_second = total_first + n_first, total_second + n_second
        planned = planned_after(plan, Decimal(n + 1))
        months.append(AccrualMonth(month_on, n_first, n_second, total_first, total_second, planned))
    pace = _pace(months)
    return Progress(
        months=tuple(months),
        n_first=total_first,
        n_second=total_second,
        planned=planned_after(plan, len(months) - 1 + _share_of_month(today)),
        pace=pace,
        complete_on=_complete_on(plan, total_first, pace, month_of(today)),
    )


def _share_of_month(day: date) -> Decimal:
    return Decimal(day.day) / (later(month_of(day), 1) - month_of(day)).days


def _pace(months: list[AccrualMonth]) -> Decimal | None:
    """Registrations per month over the last whole months; None before the first is over."""
    whole = months[:-1][-RECENT_MONTHS:]
    return Decimal(sum(month.n_first for month in whole)) / len(whole) if whole else None


def _complete_on(plan: Accrual, n_first: int, pace: Decimal | None, this_month_on: date) -> date | None:
    missing = plan.n_planned - n_first
    if missing <= 0 or not pace:
        return None
    return later(this_month_on, ceil(missing / pace))
