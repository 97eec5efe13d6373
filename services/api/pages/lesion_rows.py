"""The lines of the lesion table: what each sequence shows, cDLM with what blocks it, surgery and outcome."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from casebook.actions.course import Course
from casebook.actions.patient import OpenPatient
from casebook.domain.cdlm import Cdlm
from casebook.domain.imaging import ReadingSequence
from casebook.domain.outcome import Outcome
from casebook.domain.outcome.truth import ReferenceStandard
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Text
from casebook.store.tables import Lesion
from services.api.pages.course_events import said


@dataclass(frozen=True, slots=True)
class Cell:
    """What the accepted read says of one sequence: one of the four marks, with the diameter where it is seen."""

    sequence: ReadingSequence
    kind: str
    diameter_mm: Decimal | None


@dataclass(frozen=True, slots=True)
class Reference:
    """What the outcome rests on, and the day of the imaging that says so."""

    text: Text
    on: date | None


@dataclass(frozen=True, slots=True)
class LesionLine:
    """One lesion. What shows outcomes is None for who may not see them."""

    lesion: Lesion
    cells: tuple[Cell, ...]
    cdlm: Cdlm | None
    surgery: Text | None
    reference: Reference | None
    outcome: Outcome | None


def lesion_lines(patient: OpenPatient) -> list[LesionLine]:
    """Return a line per lesion, in natural order."""
    if patient.course is None:
        return [LesionLine(lesion, (), None, None, None, None) for lesion in patient.lesions]
    return [_line(patient, patient.course, lesion) for lesion in patient.lesions]


def _line(patient: OpenPatient, course: Course, lesion: Lesion) -> LesionLine:
    outcome = course.outcome(lesion, patient.today)
    return LesionLine(
        lesion=lesion,
        cells=_cells(course, lesion),
        cdlm=course.cdlm(lesion),
        surgery=_surgery(patient.definition, course, lesion.label),
        reference=_reference(outcome),
        outcome=outcome,
    )


def _cells(course: Course, lesion: Lesion) -> tuple[Cell, ...]:
    found = {row.sequence: row for row in course.findings if row.lesion_id == lesion.id}
    return tuple(
        Cell(sequence, row.visibility, row.diameter_mm)
        if (row := found.get(sequence))
        else Cell(sequence, "open", None)
        for sequence in ReadingSequence
    )


def _surgery(definition: StudyDefinition, course: Course, label: str) -> Text | None:
    rows = [entry.lesions[label] for entry in course.entries.get("surgery", ()) if label in entry.lesions]
    if not rows:
        return None
    word = said(definition.form("surgery").lesion_field("fate"), rows[0].get("fate"))
    return Text(word.en[:1].lower() + word.en[1:], word.ja)


def _reference(outcome: Outcome) -> Reference | None:
    truth = outcome.truth
    if truth.reference_standard is ReferenceStandard.PATHOLOGY:
        return Reference(_pathology(outcome), None)
    if truth.reference_standard is not ReferenceStandard.FOLLOW_UP:
        return None
    if truth.recurred_on is not None:
        return Reference(Text("imaging, recurrence", "画像：再発"), truth.recurred_on)
    if truth.last_adequate_on is not None:
        return Reference(Text("imaging, last", "画像：最終"), truth.last_adequate_on)
    return Reference(Text("imaging", "画像"), None)


def _pathology(outcome: Outcome) -> Text:
    words = {True: Text("no viable cells", "遺残腫瘍細胞なし"), False: Text("viable", "遺残腫瘍細胞あり")}
    found = words.get(outcome.nonviable) if outcome.nonviable is not None else None
    return Text(f"pathology, {found.en}", f"病理：{found.ja}") if found else Text("pathology", "病理")
