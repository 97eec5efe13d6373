"""The next step as it stands on any day: what a list is filtered and sorted by without working the step out again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

from casebook.domain.next_step import Urgency, next_step
from casebook.domain.progress import Progress
from casebook.domain.study.model import StudyDefinition


@dataclass(frozen=True, slots=True)
class Agenda:
    """The form of the next step, the day it is due, and from which day on it is how urgent, earliest first.

    The calendar changes how urgent a step is, never which step is next.
    """

    phases: tuple[tuple[date, Urgency], ...]
    form: str | None = None
    timepoint: str | None = None
    due_on: date | None = None

    def urgency(self, today: date) -> Urgency:
        """How urgent the step is on a day."""
        return next(urgency for start_on, urgency in reversed(self.phases) if start_on <= today)

    @property
    def overdue_from(self) -> date | None:
        """The day from which the step is overdue; None where it never is."""
        return next((start_on for start_on, urgency in self.phases if urgency is Urgency.OVERDUE), None)

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "phases": [[start_on.isoformat(), urgency.value] for start_on, urgency in self.phases],
            "form": self.form,
            "timepoint": self.timepoint,
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "overdue_from": self.overdue_from.isoformat() if self.overdue_from else None,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The agenda that `to_json` wrote."""
        return cls(
            phases=tuple((date.fromisoformat(day), Urgency(urgency)) for day, urgency in stored["phases"]),
            form=stored["form"],
            timepoint=stored["timepoint"],
            due_on=date.fromisoformat(stored["due_on"]) if stored["due_on"] else None,
        )


def agenda_of(definition: StudyDefinition, progress: Progress, *, images_only: bool = False) -> Agenda:
    """The agenda of a subject; urgency changes at the borders of the step's window and nowhere else."""
    step = next_step(definition, progress, today=date.min, images_only=images_only)
    borders = [date.min]
    if step.window is not None:
        borders += [step.window.opens_on, step.window.closes_on + timedelta(days=1)]
    phases = [
        (day, next_step(definition, progress, today=day, images_only=images_only).urgency) for day in sorted(borders)
    ]
    return Agenda(
        phases=tuple(phases),
        form=step.form,
        timepoint=step.timepoint,
        due_on=step.window.due_on if step.window else None,
    )
