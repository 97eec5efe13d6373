"""How subjects leave: the changes of status and the end of study up to a day."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from casebook.domain.datasets.material import SubjectMaterial
from casebook.domain.subject_status import StatusKind, WithdrawnFrom, ending_of, status_changes


@dataclass(frozen=True, slots=True)
class Ending:
    """How a subject's course ended: the day, whether as planned, and the word for it."""

    ended_on: date
    is_completed: bool
    reason: str


REASONS: Final = {
    StatusKind.FOUND_INELIGIBLE: "FOUND INELIGIBLE",
    StatusKind.WITHDRAWAL: "WITHDRAWAL BY SUBJECT",
    StatusKind.LOST_TO_FOLLOW_UP: "LOST TO FOLLOW-UP",
    StatusKind.DEATH: "DEATH",
}
"""What the changes of status are called (NCOMPLT, which is extensible)."""
COMPLETED: Final = "COMPLETED"
ENDED_EARLY: Final = "STUDY ENDED EARLY"


def ending(subject: SubjectMaterial, as_of: date) -> Ending | None:
    """Return how the subject's course ended, as known on a day; None while it goes on."""
    changes = [change for change in status_changes(subject.entries) if change.happened_on <= as_of]
    left = ending_of(changes)
    if left is not None:
        return Ending(left.happened_on, is_completed=False, reason=REASONS[left.kind])
    for ended_on, form in subject.filled("end-of-study", "ended_on"):
        if ended_on <= as_of:
            is_completed = form.entry.word("reason") == "completed"
            return Ending(ended_on, is_completed, COMPLETED if is_completed else ENDED_EARLY)
    return None


def died_on(subject: SubjectMaterial, as_of: date) -> date | None:
    """Return the day of death, as known on a day."""
    return next(
        (
            change.happened_on
            for change in status_changes(subject.entries)
            if change.kind is StatusKind.DEATH and change.happened_on <= as_of
        ),
        None,
    )


WITHDRAWN_FROM: Final = {
    WithdrawnFrom.TREATMENT: "WITHDRAWAL FROM TREATMENT",
    WithdrawnFrom.FOLLOW_UP: "WITHDRAWAL FROM FOLLOW-UP",
    WithdrawnFrom.ALL_DATA: "WITHDRAWAL OF ALL DATA",
}
