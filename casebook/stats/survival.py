"""Time to recurrence at the site, with censoring and death as a competing event, lesions clustered in patients.

Standard errors are infinitesimal jackknife ones: the derivative of an estimate with respect to the weight of each
lesion, summed within the patient, squared and summed over patients (Therneau and Grambsch, Modeling Survival Data,
2000, section 8.2). In R's survival package that is `survfit(Surv(day, status) ~ 1, cluster = patient)` for
Kaplan-Meier, and for Aalen-Johansen the influence matrix of `survfit` summed by patient. With every lesion a patient of
its own, that of Kaplan-Meier is Greenwood's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from casebook.domain.errors import Invalid

Array = NDArray[np.float64]


class Status(IntEnum):
    """What ends the observation of a lesion left in place."""

    CENSORED = 0
    RECURRENCE = 1
    DEATH = 2


@dataclass(frozen=True, slots=True)
class Observation:
    """One lesion: the day (since the start of its follow-up), what happened then, and whose lesion it is.

    Lesions that name no patient are each a patient of their own.
    """

    day: int
    status: Status
    patient: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """The curves just after the events of a day, each with its standard error."""

    day: int
    n_at_risk: int
    n_recurred: int
    n_died: int
    recurrence_free: float
    recurrence_free_se: float
    event_free: float
    incidence_recurrence: float
    incidence_recurrence_se: float
    incidence_death: float
    incidence_death_se: float


START = Step(
    day=0,
    n_at_risk=0,
    n_recurred=0,
    n_died=0,
    recurrence_free=1.0,
    recurrence_free_se=0.0,
    event_free=1.0,
    incidence_recurrence=0.0,
    incidence_recurrence_se=0.0,
    incidence_death=0.0,
    incidence_death_se=0.0,
)
"""Before the first event."""


@dataclass(frozen=True, slots=True)
class Curves:
    """Kaplan-Meier (death censored) and Aalen-Johansen (death competing) as steps in time.

    Nothing is known of lesions after `last_day`, the last on which one was observed.
    """

    steps: tuple[Step, ...]
    n_lesions: int
    n_patients: int
    last_day: int

    def at(self, day: int) -> Step:
        """The curves on `day`: those after the last event until then."""
        return next((step for step in reversed(self.steps) if step.day <= day), START)

    def recurrence_free(self, day: int) -> float:
        """Kaplan-Meier share without recurrence on `day`, deaths censored."""
        return self.at(day).recurrence_free

    def recurrence_free_se(self, day: int) -> float:
        """Its standard error, lesions clustered in patients."""
        return self.at(day).recurrence_free_se

    def incidence_recurrence(self, day: int) -> float:
        """Aalen-Johansen cumulative incidence of recurrence on `day`, death competing."""
        return self.at(day).incidence_recurrence

    def incidence_death(self, day: int) -> float:
        """Aalen-Johansen cumulative incidence of death before recurrence on `day`."""
        return self.at(day).incidence_death


@dataclass(frozen=True, slots=True, eq=False)
class _Estimate:
    """A value with its derivative with respect to the weight of each patient, shape (patients,)."""

    value: float
    influence: Array

    @property
    def se(self) -> float:
        return float(np.sqrt(np.square(self.influence).sum()))

    def surviving(self, hazard: "_Estimate") -> "_Estimate":
        """What is left of it after a hazard."""
        left = 1 - hazard.value
        return _Estimate(self.value * left, self.influence * left - self.value * hazard.influence)

    def plus(self, free: "_Estimate", hazard: "_Estimate") -> "_Estimate":
        """It, and what a hazard takes of those who are free."""
        taken = free.influence * hazard.value + free.value * hazard.influence
        return _Estimate(self.value + free.value * hazard.value, self.influence + taken)


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """The four curves while days go by."""

    recurrence_free: _Estimate
    event_free: _Estimate
    of_recurrence: _Estimate
    of_death: _Estimate

    def after(self, recurred: _Estimate, died: _Estimate) -> "_State":
        """The curves after the hazards of a day."""
        either = _Estimate(recurred.value + died.value, recurred.influence + died.influence)
        return _State(
            self.recurrence_free.surviving(recurred),
            self.event_free.surviving(either),
            self.of_recurrence.plus(self.event_free, recurred),
            self.of_death.plus(self.event_free, died),
        )


def curves(observations: Sequence[Observation]) -> Curves:
    """The curves of Kaplan and Meier (JASA 1958;53:457) and of Aalen and Johansen (Scand J Stat 1978;5:141).

    On a tied day events come before censorings. Raises Invalid on a negative day.
    """
    if any(item.day < 0 for item in observations):
        raise Invalid("Found an observation before the start of follow-up; expected days from 0 on.", field="day")
    patients, m = _patients(observations)
    nothing = np.zeros(m)
    state = _State(_Estimate(1.0, nothing), _Estimate(1.0, nothing), _Estimate(0.0, nothing), _Estimate(0.0, nothing))
    at_risk = np.bincount(patients, minlength=m).astype(np.float64)
    steps: list[Step] = []
    order = sorted(range(len(observations)), key=lambda place: observations[place].day)
    for day, group in groupby(order, key=lambda place: observations[place].day):
        places = list(group)
        recurred, died = (
            np.array([patients[place] for place in places if observations[place].status is status], dtype=np.intp)
            for status in (Status.RECURRENCE, Status.DEATH)
        )
        if len(recurred) or len(died):
            state = state.after(_hazard(recurred, at_risk), _hazard(died, at_risk))
            steps.append(_step(day, at_risk, recurred, died, state))
        np.subtract.at(at_risk, patients[places], 1)
    last_day = max((item.day for item in observations), default=0)
    return Curves(tuple(steps), len(observations), m, last_day)


def _patients(observations: Sequence[Observation]) -> tuple[NDArray[np.intp], int]:
    """The number of each lesion's patient, shape (lesions,), and how many patients there are."""
    known: dict[tuple[str, int], int] = {}
    keys = [(item.patient, -1 if item.patient else place) for place, item in enumerate(observations)]
    numbers = [known.setdefault(key, len(known)) for key in keys]
    return np.array(numbers, dtype=np.intp), len(known)


def _hazard(of: NDArray[np.intp], at_risk: Array) -> _Estimate:
    """The hazard of a day from the patients to whom it happened, lesion by lesion."""
    n = float(at_risk.sum())
    value = len(of) / n
    return _Estimate(value, (np.bincount(of, minlength=len(at_risk)) - at_risk * value) / n)


def _step(day: int, at_risk: Array, recurred: NDArray[np.intp], died: NDArray[np.intp], state: _State) -> Step:
    return Step(
        day=day,
        n_at_risk=int(at_risk.sum()),
        n_recurred=len(recurred),
        n_died=len(died),
        recurrence_free=state.recurrence_free.value,
        recurrence_free_se=state.recurrence_free.se,
        event_free=state.event_free.value,
        incidence_recurrence=state.of_recurrence.value,
        incidence_recurrence_se=state.of_recurrence.se,
        incidence_death=state.of_death.value,
        incidence_death_se=state.of_death.se,
    )
