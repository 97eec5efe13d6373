"""Time to recurrence at the site, with censoring and death as a competing event."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby

from casebook.domain.errors import Invalid


class Status(IntEnum):
    """What ends the observation of a lesion left in place."""

    CENSORED = 0
    RECURRENCE = 1
    DEATH = 2


@dataclass(frozen=True, slots=True)
class Observation:
    """One lesion: the day (since the start of its follow-up) and what happened then."""

    day: int
    status: Status


@dataclass(frozen=True, slots=True)
class Step:
    """The curves just after the events of a day."""

    day: int
    n_at_risk: int
    n_recurred: int
    n_died: int
    recurrence_free: float
    greenwood: float
    incidence_recurrence: float
    incidence_death: float


@dataclass(frozen=True, slots=True)
class Curves:
    """Kaplan-Meier (death censored) and Aalen-Johansen (death competing) as steps in time."""

    steps: tuple[Step, ...]

    def recurrence_free(self, day: int) -> float:
        """Kaplan-Meier share without recurrence on `day`, deaths censored."""
        return next((step.recurrence_free for step in self._until(day)), 1.0)

    def recurrence_free_se(self, day: int) -> float:
        """Its standard error by Greenwood's formula, lesions taken as independent."""
        step = next(iter(self._until(day)), None)
        return 0.0 if step is None else step.recurrence_free * step.greenwood**0.5

    def incidence_recurrence(self, day: int) -> float:
        """Aalen-Johansen cumulative incidence of recurrence on `day`, death competing."""
        return next((step.incidence_recurrence for step in self._until(day)), 0.0)

    def incidence_death(self, day: int) -> float:
        """Aalen-Johansen cumulative incidence of death before recurrence on `day`."""
        return next((step.incidence_death for step in self._until(day)), 0.0)

    def _until(self, day: int) -> list[Step]:
        return [step for step in reversed(self.steps) if step.day <= day]


def curves(observations: Sequence[Observation]) -> Curves:
    """The curves of Kaplan and Meier (JASA 1958;53:457) and of Aalen and Johansen (Scand J Stat 1978;5:141).

    On a tied day events come before censorings. Raises Invalid on a negative day.
    """
    if any(item.day < 0 for item in observations):
        raise Invalid("Found an observation before the start of follow-up; expected days from 0 on.", field="day")
    steps: list[Step] = []
    at_risk, free, greenwood = len(observations), 1.0, 0.0
    event_free, of_recurrence, of_death = 1.0, 0.0, 0.0
    for day, group in groupby(sorted(observations, key=lambda item: item.day), key=lambda item: item.day):
        statuses = [item.status for item in group]
        recurred, died = statuses.count(Status.RECURRENCE), statuses.count(Status.DEATH)
        of_recurrence += event_free * recurred / at_risk
        of_death += event_free * died / at_risk
        event_free *= 1 - (recurred + died) / at_risk
        free *= 1 - recurred / at_risk
        greenwood += recurred / (at_risk * (at_risk - recurred)) if recurred < at_risk else 0.0
        if recurred or died:
            steps.append(Step(day, at_risk, recurred, died, free, greenwood, of_recurrence, of_death))
        at_risk -= len(statuses)
    return Curves(tuple(steps))
