"""The two-year rule over a table of lesions left in place: who was free at the horizon, and what censoring hides.

The complete case is biased towards failure, because recurrences are seen early while successes need the whole
horizon: the bounds and the curves belong beside it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from casebook.domain.errors import Invalid
from casebook.stats.bounded import Bounded, PatientTotals, bounded
from casebook.stats.probabilities import AtHorizon, at_horizon
from casebook.stats.survival import Curves, Observation, Status, curves


class Fate(StrEnum):
    """What a lesion left in place says at the horizon."""

    RECURRED = "recurred"
    FREE = "free"
    NOT_EVALUABLE = "not-evaluable"


@dataclass(frozen=True, slots=True)
class HorizonReport:
    """The share free at the horizon: complete case with bounds, and the curves that use every day of follow-up."""

    horizon_days: int
    window_days: int
    level: float
    fates: Counter[Fate]
    complete_case: Bounded
    curves: Curves
    probabilities: AtHorizon


def fate_at(observation: Observation, *, horizon_days: int, window_days: int) -> Fate:
    """What one lesion says at the horizon.

    A recurrence on or before the horizon is one; a later one shows that the site was free until then. Imaging
    without recurrence clears the site from `window_days` before the horizon on. A death before the horizon leaves
    the lesion without an answer; the window is one of imaging.
    """
    if observation.status is Status.RECURRENCE:
        return Fate.RECURRED if observation.day <= horizon_days else Fate.FREE
    needed = horizon_days - window_days if observation.status is Status.CENSORED else horizon_days
    return Fate.FREE if observation.day >= needed else Fate.NOT_EVALUABLE


def horizon_report(
    observations: Sequence[Observation], *, horizon_days: int, window_days: int = 0, level: float = 0.95
) -> HorizonReport:
    """Everything about one horizon. Raises Invalid for a horizon or window that is none."""
    if horizon_days <= 0:
        raise Invalid(f"Found a horizon of {horizon_days} days; expected 1 or more.", field="horizon_days")
    if not 0 <= window_days <= horizon_days:
        raise Invalid(
            f"Found a window of {window_days} days; expected a number from 0 to the horizon.", field="window_days"
        )
    fates = [fate_at(item, horizon_days=horizon_days, window_days=window_days) for item in observations]
    found = curves(observations)
    return HorizonReport(
        horizon_days=horizon_days,
        window_days=window_days,
        level=level,
        fates=Counter(fates),
        complete_case=bounded(_totals(observations, fates), level=level),
        curves=found,
        probabilities=at_horizon(found, horizon_days, level=level),
    )


def _totals(observations: Sequence[Observation], fates: Sequence[Fate]) -> list[PatientTotals]:
    """Count free lesions, evaluable ones and those without an answer per patient."""
    by_patient: dict[tuple[str, int], Counter[Fate]] = {}
    for place, (item, fate) in enumerate(zip(observations, fates, strict=True)):
        by_patient.setdefault((item.patient, -1 if item.patient else place), Counter())[fate] += 1
    return [
        PatientTotals(
            n=counts[Fate.FREE] + counts[Fate.RECURRED], y=counts[Fate.FREE], n_unknown=counts[Fate.NOT_EVALUABLE]
        )
        for counts in by_patient.values()
    ]
