"""Where the lines of accrual run: both registrations added up month by month, and the plan.

Lengths are in the units of the drawing, about a pixel each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from casebook.domain.accrual import AccrualMonth, Progress, later
from casebook.domain.study.model import Accrual

WIDTH: Final = 1180
HEIGHT: Final = 300
LEFT: Final = 44
RIGHT: Final = WIDTH - 120
"""The words of each line stand behind its end."""
TOP: Final = 20
BOTTOM: Final = HEIGHT - 32
LABEL_GAP: Final = 16
MOST_STEPS: Final = 5
MONTHS_A_TICK: Final = 6
MOST_MONTHS_NAMED: Final = 12
"""More names of months run into each other on the axis."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid with its words."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A month's end on a line."""

    x: float
    y: float
    month: AccrualMonth


@dataclass(frozen=True, slots=True)
class End:
    """Where a line ends, with its number, and how high its words stand."""

    x: float
    y: float
    words_y: float
    n: int


@dataclass(frozen=True, slots=True)
class AccrualDrawing:
    """The drawing: paths of the lines, the grid, a dot a month on the line of first registrations."""

    plan_path: str
    first_path: str
    second_path: str
    dots: tuple[Dot, ...]
    months: tuple[Tick, ...]
    counts: tuple[Tick, ...]
    plan_end: End
    first_end: End
    second_end: End


def accrual_drawing(plan: Accrual, progress: Progress, *, today: date) -> AccrualDrawing:
    """Draw accrual from the month of the first registration to the plan's end, or to today where that is later."""
    scale = _Scale(
        n_months=max(plan.months, len(progress.months)),
        n_most=max(plan.n_planned, progress.n_first, progress.n_second),
    )
    began_on = progress.months[0].month_on
    ends = [_end_of_month(n, progress, today) for n in range(len(progress.months))]
    first = [(x, month.total_first) for x, month in zip(ends, progress.months, strict=True)]
    second = [(x, month.total_second) for x, month in zip(ends, progress.months, strict=True)]
    last_x = scale.x(ends[-1])
    y_first, y_second = scale.y(progress.n_first), scale.y(progress.n_second)
    words_y = min(y_first, y_second - LABEL_GAP)
    return AccrualDrawing(
        plan_path=scale.path([(Decimal(plan.months), plan.n_planned), (Decimal(scale.n_months), plan.n_planned)]),
        first_path=scale.path(first),
        second_path=scale.path(second),
        dots=tuple(Dot(scale.x(x), scale.y(n), month) for (x, n), month in zip(first, progress.months, strict=True)),
        months=tuple(_month_ticks(scale, began_on)),
        counts=tuple(_count_ticks(scale)),
        plan_end=End(scale.x(scale.n_months), scale.y(plan.n_planned), scale.y(plan.n_planned) + 4, plan.n_planned),
        first_end=End(last_x, y_first, words_y + 4, progress.n_first),
        second_end=End(last_x, y_second, y_second + 4, progress.n_second),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    n_months: int
    n_most: int

    def x(self, n_months: Decimal | int) -> float:
        return round(LEFT + (RIGHT - LEFT) * float(n_months) / self.n_months, 1)

    def y(self, n: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * n / self.n_most, 1)

    def path(self, points: list[tuple[Decimal, int]]) -> str:
        return f"M{self.x(0)} {self.y(0)}" + "".join(f"L{self.x(x)} {self.y(n)}" for x, n in points)


def _end_of_month(n: int, progress: Progress, today: date) -> Decimal:
    """Return how many months after the beginning a month ends; the last one at today."""
    if n < len(progress.months) - 1:
        return Decimal(n + 1)
    month_on = progress.months[n].month_on
    return n + Decimal(today.day) / (later(month_on, 1) - month_on).days


def _month_ticks(scale: _Scale, began_on: date) -> Iterator[Tick]:
    every = MONTHS_A_TICK * -(-scale.n_months // (MONTHS_A_TICK * MOST_MONTHS_NAMED))
    for n in range(0, scale.n_months + 1, every):
        yield Tick(scale.x(n), f"{later(began_on, n):%Y-%m}")


def _count_ticks(scale: _Scale) -> Iterator[Tick]:
    for n in range(0, scale.n_most + 1, step_of(scale.n_most)):
        yield Tick(scale.y(n), str(n))


def step_of(n_most: int) -> int:
    """Return the round number, 1, 2 or 5 times a power of ten, that makes at most five steps."""
    power = 1
    while True:
        for leading in (1, 2, 5):
            if n_most <= leading * power * MOST_STEPS:
                return leading * power
        power *= 10
