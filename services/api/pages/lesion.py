"""One lesion: its life, what the accepted reads say of it, and what its results follow from, with their history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from casebook.actions.access_log import Access, note_access
from casebook.actions.lesion_page import LesionEvidence, open_evidence
from casebook.domain.actors import Action
from casebook.domain.cdlm import SEQUENCE_LABELS
from casebook.domain.study.model import Timepoint
from casebook.domain.texts import Text
from casebook.store.accounts import SignedIn
from casebook.store.tables import FormEntry, Reading
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.derivation_changes import Words, steps
from services.api.pages.form_list import form_path
from services.api.pages.lesion_rows import Cell, cells_at, read_timepoints
from services.api.pages.rendering import page

router = APIRouter()


@dataclass(frozen=True, slots=True)
class ReadLine:
    """What one timepoint shows; `reading` is the accepted read, if there is one."""

    timepoint: Timepoint
    reading: Reading | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry that speaks of the lesion, at its version."""

    label: Text
    path: str
    row: FormEntry


@router.get("/patients/{number}/lesions/{label}")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_REGISTRY))],
    number: str,
    label: str,
) -> Response:
    """Show the lesion; reads and results only for who may see outcomes."""
    found = open_evidence(session, who.actor, number=number, label=label)
    lesions = found.page.lesions
    if found.page.course is not None:
        subject_id = lesions.subject.id
        note_access(session, who.actor, Access.PATIENT, number, subject_id=subject_id, now=running.now())
    words = Words(lesions.definition, found.page.timepoints)
    row, today = found.lesion.row, running.now().date()
    return page(
        request,
        "lesion.html",
        frame,
        item=found.lesion,
        opened=lesions,
        subject=lesions.subject,
        sequences=SEQUENCE_LABELS,
        events=[event for event in lesions.events if row.label in (*event.ended, *event.came)],
        course=found.page.course,
        cdlm=found.page.course.cdlm(row) if found.page.course else None,
        why=found.why,
        outcome=found.page.course.outcome(row, today) if found.page.course else None,
        reads=_reads(found),
        entries=_entries(found, words),
        history_rows={kind: steps(rows, words) for kind, rows in found.derivations.items()},
    )


def _reads(found: LesionEvidence) -> Sequence[ReadLine]:
    course = found.page.course
    if course is None:
        return ()
    listed: Mapping[str, Any] = {sequence.value: mm for sequence, mm in found.lesion.diameters_mm.items()}
    return [
        ReadLine(
            item,
            course.reads[item.code].reading if item.code in course.reads else None,
            cells_at(course, found.lesion.row, item, listed),
        )
        for item in read_timepoints(course.definition)
    ]


def _entries(found: LesionEvidence, words: Words) -> Sequence[EntryLine]:
    if found.page.course is None:
        return ()
    number, lines = found.page.lesions.subject.number, []
    for row in found.page.course.rows:
        if found.lesion.row.label in row.data.get("lesions", {}):
            at = row.timepoint_id
            path = form_path(number, row.form_code, words.timepoints.get(at) if at else None, row.ordinal)
            label = words.entry(row.form_code, str(at) if at else None, row.ordinal)
            lines.append(EntryLine(label, path, row))
    return lines
