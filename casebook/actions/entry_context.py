"""What a form entry of a subject is judged against, gathered from its records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from casebook.actions.course import known_dates, typed_entries
from casebook.domain.forms.entry import EntryContext
from casebook.domain.lesion_events import LesionState
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Anchor
from casebook.store import forms, lesions
from casebook.store.tables import FormEntry, Lesion, Subject

EARLIEST_ZONE: Final = timedelta(hours=14)
"""The first place on Earth to begin a day; what is today there is not yet in the future for anyone."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every entry of a subject is judged against: its lesions, its stored entries, the dates these tell."""

    definition: StudyDefinition
    lesions: Sequence[Lesion]
    rows: Sequence[FormEntry]
    dates: Mapping[Anchor, date]

    def context(self, row: FormEntry | None, *, now: datetime) -> EntryContext:
        """Return what one entry is judged against; `row` is the stored entry that it replaces.

        It asks about the lesions that stand, and about those that ended since it answered for them.
        """
        answered = row.data.get("lesions", {}) if row else {}
        labels = tuple(lesion.label for lesion in self.lesions)
        return EntryContext(
            today=(now + EARLIEST_ZONE).date(),
            lesions=tuple(
                item.label for item in self.lesions if item.state == LesionState.ACTIVE or item.label in answered
            ),
            anchors={anchor.value: day for anchor, day in self.dates.items()},
            others=typed_entries(self.definition, self.rows, labels, leave_out=row.id if row else None),
            edit_checks=self.definition.edit_checks,
            segments={lesion.label: lesion.segment for lesion in self.lesions},
        )


def surroundings(session: Session, subject: Subject, definition: StudyDefinition) -> Surroundings:
    """Gather what the entries of a subject are judged against.

    Dates are counted from everything stored, the entry as it was included: an operation says which chemotherapy came
    before it.
    """
    found = lesions.of_subject(session, subject.id)
    rows = forms.entries(session, subject.id)
    typed = typed_entries(definition, rows, tuple(lesion.label for lesion in found))
    return Surroundings(definition, found, rows, known_dates(session, subject, typed))


def entry_context(
    session: Session, subject: Subject, definition: StudyDefinition, *, row: FormEntry | None, now: datetime
) -> EntryContext:
    """Gather what one entry of a subject is judged against; `row` is the stored entry that it replaces."""
    return surroundings(session, subject, definition).context(row, now=now)
