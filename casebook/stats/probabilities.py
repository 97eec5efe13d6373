"""A probability at a horizon with its interval: what curves say there, and where they cannot say it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from scipy import special

from casebook.domain.errors import Invalid
from casebook.stats.intervals import Interval
from casebook.stats.survival import Curves

SMALLEST_SE: Final = 1e-12
"""Below this a standard error is rounding, and an interval would say more than the data."""


class NoInterval(StrEnum):
    """Why a probability has no interval; `BEYOND_FOLLOW_UP` has no value either."""

    NO_LESIONS = "no-lesions"
    BEYOND_FOLLOW_UP = "beyond-follow-up"
    ONE_PATIENT = "one-patient"
    NO_EVENT = "no-event"
    NOBODY_LEFT = "nobody-left"
    NO_VARIATION = "no-variation-between-patients"


@dataclass(frozen=True, slots=True)
class Probability:
    """An estimate, its standard error clustered in patients, and its interval; None where there is none."""

    value: float | None
    se: float | None
    interval: Interval | None
    no_interval: NoInterval | None


@dataclass(frozen=True, slots=True)
class AtHorizon:
    """Both curves on the day of the horizon; `n_at_risk` lesions are observed until then or longer."""

    horizon_days: int
    recurrence_free: Probability
    incidence_recurrence: Probability
    incidence_death: Probability


def at_horizon(curves: Curves, horizon_days: int, *, level: float = 0.95) -> AtHorizon:
    """Kaplan-Meier with the log-log interval, Aalen-Johansen with the complementary log-log one, on a day.

    Both intervals stay within 0 and 1, and where nobody dies the one is the complement of the other. A curve says
    nothing after the last day on which a lesion was observed, unless it has come to its end.
    """
    if not 0 < level < 1:
        raise Invalid(f"Found the interval level {level}; expected a number between 0 and 1.", field="level")
    step = curves.at(horizon_days)
    is_over = horizon_days > curves.last_day

    def probability(value: float, se: float, *, falls: bool, has_ended: bool) -> Probability:
        if curves.n_lesions == 0:
            return Probability(None, None, None, NoInterval.NO_LESIONS)
        if is_over and not has_ended:
            return Probability(None, None, None, NoInterval.BEYOND_FOLLOW_UP)
        why = _no_interval(value if falls else 1 - value, se, curves.n_patients)
        if why is not None:
            return Probability(value, None, None, why)
        interval = log_log(value, se, level) if falls else complementary_log_log(value, se, level)
        return Probability(value, se, interval, None)

    free_has_ended, all_have_ended = step.recurrence_free <= 0, step.event_free <= SMALLEST_SE
    return AtHorizon(
        horizon_days,
        probability(step.recurrence_free, step.recurrence_free_se, falls=True, has_ended=free_has_ended),
        probability(step.incidence_recurrence, step.incidence_recurrence_se, falls=False, has_ended=all_have_ended),
        probability(step.incidence_death, step.incidence_death_se, falls=False, has_ended=all_have_ended),
    )


def log_log(value: float, se: float, level: float) -> Interval:
    """The interval of a share still free, symmetric for log(-log S): R's `conf.type = "log-log"`."""
    z = float(special.ndtri((1 + level) / 2))
    width = z * se / (value * abs(np.log(value)))
    return Interval(float(value ** np.exp(width)), float(value ** np.exp(-width)))


def complementary_log_log(value: float, se: float, level: float) -> Interval:
    """The interval of a cumulative incidence, symmetric for log(-log(1 - F))."""
    free = log_log(1 - value, se, level)
    return Interval(1 - free.upper, 1 - free.lower)


def _no_interval(free: float, se: float, n_patients: int) -> NoInterval | None:
    if n_patients == 1:
        return NoInterval.ONE_PATIENT
    if free >= 1 - SMALLEST_SE:
        return NoInterval.NO_EVENT
    if free <= SMALLEST_SE:
        return NoInterval.NOBODY_LEFT
    return NoInterval.NO_VARIATION if se < SMALLEST_SE else None
