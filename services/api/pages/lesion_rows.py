"""The lines of the lesion table: lesion x timepoint x sequence, cDLM with what blocks it, surgery and outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from casebook.actions.course import Course
from casebook.actions.lesion_page import BesideTheList
from casebook.actions.patient import OpenPatient
from casebook.domain.cdlm import Cdlm
from casebook.domain.imaging import ReadingSequence, Visibility
from casebook.domain.lesion_events import LesionState, Origin
from casebook.domain.outcome import Outcome
from casebook.domain.outcome.truth import ReferenceStandard
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Timepoint, TimepointKind
from casebook.domain.texts import Text
from casebook.store.tables import Lesion
from services.api.pages.course_events import said

READ_AT = frozenset({TimepointKind.BASELINE, TimepointKind.PREOPERATIVE})


@dataclass(frozen=True, slots=True)
class Cell:
    """What is said of one sequence at one timepoint: one of the four marks, with the diameter where it is seen.

    `is_listed` tells that the baseline list says so, since no read of it is accepted.
    """

    sequence: ReadingSequence
    kind: str
    diameter_mm: Decimal | None
    is_listed: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """What the outcome rests on, and the day of the imaging that says so."""

    text: Text
    on: date | None


@dataclass(frozen=True, slots=True)
class LesionLine:
    """One lesion, its cells by timepoint. What shows outcomes is None for who may not see them.

    `why` says why cDLM is what it is; None also for a lesion that is not read centrally.
    """

    lesion: Lesion
    cells: Mapping[str, tuple[Cell, ...]]
    cdlm: Cdlm | None
    why: Text | None
    surgery: Text | None
    reference: Reference | None
    outcome: Outcome | None

    @property
    def has_ended(self) -> bool:
        """Split, merged, or entered in error."""
        return self.lesion.state != LesionState.ACTIVE


def read_timepoints(definition: StudyDefinition) -> tuple[Timepoint, ...]:
    """Return the timepoints whose images are read lesion by lesion before surgery."""
    return tuple(item for item in definition.timepoints if item.kind in READ_AT)


def lesion_lines(patient: OpenPatient, listed: BesideTheList) -> list[LesionLine]:
    """Return a line per lesion, in natural order."""
    if patient.course is None:
        return [LesionLine(lesion, {}, None, None, None, None, None) for lesion in patient.lesions]
    return [_line(patient, patient.course, lesion, listed) for lesion in patient.lesions]


def _line(patient: OpenPatient, course: Course, lesion: Lesion, listed: BesideTheList) -> LesionLine:
    outcome = course.outcome(lesion, patient.today)
    return LesionLine(
        lesion=lesion,
        cells={
            item.code: cells_at(course, lesion, item, listed.diameters_mm.get(lesion.id, {}))
            for item in read_timepoints(patient.definition)
        },
        cdlm=course.cdlm(lesion),
        why=listed.why.get(lesion.id),
        surgery=_surgery(patient.definition, course, lesion.label),
        reference=_reference(outcome),
        outcome=outcome,
    )


def cells_at(
    course: Course, lesion: Lesion, timepoint: Timepoint, listed_mm: Mapping[str, Decimal]
) -> tuple[Cell, ...]:
    """Return what the accepted read of a timepoint says of each sequence; at baseline, without one, the list."""
    read = course.reads.get(timepoint.code)
    if read is None and timepoint.kind is TimepointKind.BASELINE and lesion.origin == Origin.BASELINE:
        return tuple(_listed(sequence, listed_mm.get(sequence)) for sequence in ReadingSequence)
    found = {row.sequence: row for row in (read.by_lesion.get(lesion.id, ()) if read else ())}
    return tuple(
        Cell(sequence, row.visibility, row.diameter_mm)
        if (row := found.get(sequence))
        else Cell(sequence, "open", None)
        for sequence in ReadingSequence
    )


def _listed(sequence: ReadingSequence, diameter_mm: Decimal | None) -> Cell:
    if diameter_mm is None:
        return Cell(sequence, "open", None)
    return Cell(sequence, Visibility.VISIBLE, diameter_mm, is_listed=True)


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


def shown_lines(lines: Sequence[LesionLine]) -> list[LesionLine]:
    """Return the lines with the lesions that stand first."""
    return sorted(lines, key=lambda line: line.has_ended)
