"""What a form entry of a subject is judged against, gathered from its records."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from casebook.actions.course import known_dates, typed_entries
from casebook.domain.forms.entry import EntryContext
from casebook.domain.lesion_events import LesionState
from casebook.domain.study import StudyDefinition
from casebook.store import forms, lesions
from casebook.store.tables import FormEntry, Subject

EARLIEST_ZONE: Final = timedelta(hours=14)
"""The first place on Earth to begin a day; what is today there is not yet in the future for anyone."""


def entry_context(
    session: Session, subject: Subject, definition: StudyDefinition, *, row: FormEntry | None, now: datetime
) -> EntryContext:
    """Gather what an entry is judged against; `row` is the stored entry that it replaces.

    It asks about the lesions that stand, and about those that ended since it answered for them. Dates are counted from
    everything stored, the entry as it was included: an operation says which chemotherapy came before it.
    """
    found = lesions.of_subject(session, subject.id)
    labels = tuple(lesion.label for lesion in found)
    answered = row.data.get("lesions", {}) if row else {}
    rows = forms.entries(session, subject.id)
    dates = known_dates(session, subject, typed_entries(definition, rows, labels))
    return EntryContext(
        today=(now + EARLIEST_ZONE).date(),
        lesions=tuple(item.label for item in found if item.state == LesionState.ACTIVE or item.label in answered),
        anchors={anchor.value: day for anchor, day in dates.items()},
        others=typed_entries(definition, rows, labels, leave_out=row.id if row else None),
        edit_checks=definition.edit_checks,
        segments={lesion.label: lesion.segment for lesion in found},
    )
