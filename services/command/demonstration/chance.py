"""Chance that is the same in every run: each question has its own generator, seeded with the question's words."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Final, TypeVar

DAYS_OF_WORK: Final = 5
"""Monday to Friday."""
DAYS_OF_WEEK: Final = 7
TENTH: Final = Decimal("0.1")

T = TypeVar("T")


def chance(*words: object) -> Random:
    """Return the generator of these words; other questions never move its numbers."""
    return Random("\0".join(map(str, words)))  # noqa: S311 - invented patients need no secrecy


def drawn(random: Random, weights: Mapping[T, float]) -> T:
    """Draw one of the keys by its weight."""
    return random.choices(list(weights), list(weights.values()))[0]


def happens(random: Random, probability: float) -> bool:
    """Draw whether something of this probability happens."""
    return random.random() < probability


def workday(day: date) -> date:
    """Return the day itself, or the Monday after a weekend."""
    return day + timedelta(days=DAYS_OF_WEEK - day.weekday()) if day.weekday() >= DAYS_OF_WORK else day


def later(random: Random, day: date, fewest_days: int, most_days: int) -> date:
    """Return a working day that lies so many days after another; a weekend moves it to the Monday."""
    return workday(day + timedelta(days=random.randint(fewest_days, most_days)))


def millimetres(value: float) -> Decimal:
    """Return a length as it is written down, mm with one decimal."""
    return Decimal(str(value)).quantize(TENTH)
