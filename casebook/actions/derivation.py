"""How the results of one lesion were derived, with the records that went in and what the rules said before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from casebook.actions.derive import SUBJECT_ENDS
from casebook.actions.endpoint_records import lesion_record, why_left
from casebook.actions.lesion_page import LesionEvidence, open_evidence
from casebook.domain.actors import Action, Actor
from casebook.domain.endpoint.records import LesionRecord, PatientRecord
from casebook.domain.endpoint.trace import READ, TraceRow, trace_rows
from casebook.domain.errors import NotFound
from casebook.store.tables import FormEntry, Reading


@dataclass(frozen=True, slots=True)
class Derived:
    """The rows of a derivation; `entries` and `reading` are the versions that went in."""

    evidence: LesionEvidence
    lesion: LesionRecord
    rows: Sequence[TraceRow]
    entries: Sequence[FormEntry]
    reading: Reading | None

    def entries_of(self, row: TraceRow) -> list[FormEntry]:
        """The entries that an input comes from: those of its form, of its day where one of them is."""
        of_form = [entry for entry in self.entries if entry.form_code == row.source]
        of_day = [entry for entry in of_form if row.dated is not None and row.dated.isoformat() in _answers(entry)]
        return of_day or of_form

    def is_read(self, row: TraceRow) -> bool:
        """Whether an input comes from the accepted read."""
        return row.source == READ and self.reading is not None


def derivation(session: Session, actor: Actor, *, number: str, label: str, as_of: date) -> Derived:
    """Return how a lesion's results were derived, as known on a day. Raises NotFound."""
    found = open_evidence(session, actor, number=number, label=label)
    course, opened = found.page.course, found.page.lesions
    actor.require(Action.SEE_OUTCOMES, study_code=opened.definition.code, site_code=opened.site.code)
    if course is None:
        raise NotFound("There is no such lesion.", field="lesion")
    lesion = lesion_record(course, found.lesion.row, as_of)
    patient = PatientRecord(
        number=opened.subject.number,
        road=opened.subject.road,
        site=opened.site.code,
        country=opened.site.country,
        group=opened.site.site_group,
        left=why_left(course, as_of),
        lesions=(lesion,),
    )
    return Derived(
        evidence=found,
        lesion=lesion,
        rows=trace_rows(patient, lesion, course.definition.rules),
        entries=[row for row in course.rows if _speaks_of(row, label)],
        reading=course.read.reading if course.read is not None else None,
    )


def _speaks_of(row: FormEntry, label: str) -> bool:
    return label in row.data.get("lesions", {}) or row.form_code in SUBJECT_ENDS


def _answers(entry: FormEntry) -> list[str]:
    return [value for value in entry.data.values() if isinstance(value, str)]
