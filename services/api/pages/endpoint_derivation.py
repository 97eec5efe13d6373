"""How a lesion's results were derived: what went in and from where, by which rule, step by step, what came out."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

from fastapi import APIRouter, Request, Response

from casebook.actions.access_log import Access, note_access
from casebook.actions.derivation import Derived, derivation
from casebook.domain.endpoint.trace import Kind, Part, TraceRow
from casebook.domain.texts import Text
from casebook.store.tables import FormEntry
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame
from services.api.pages.derivation_changes import Words, steps
from services.api.pages.endpoint import SeesOutcomes
from services.api.pages.form_list import form_path
from services.api.pages.rendering import page

router = APIRouter()
PARTS: Final = {
    Part.CDLM: Text("cDLM", "cDLM"),
    Part.OUTCOME: Text("Outcome", "判定"),
    Part.ENDPOINT: Text("Place in the endpoint, by strategy", "主要評価項目での位置（画像診断の組合せ別）"),
}
KINDS: Final = {
    Kind.INPUT: Text("what went in", "入力"),
    Kind.RULE: Text("by which rule", "規則"),
    Kind.STEP: Text("step by step", "手順"),
    Kind.RESULT: Text("result", "結果"),
}


@router.get("/patients/{number}/lesions/{label}/derivation")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: SeesOutcomes,
    number: str,
    label: str,
) -> Response:
    """Show how the lesion's cDLM, outcome and place in the endpoint follow from its records, as of today."""
    now = running.now()
    found = derivation(session, who.actor, number=number, label=label, as_of=now.date())
    opened = found.evidence.page.lesions
    note_access(session, who.actor, Access.PATIENT, number, subject_id=opened.subject.id, now=now)
    words = Words(opened.definition, found.evidence.page.timepoints)
    return page(
        request,
        "endpoint_derivation.html",
        frame,
        found=found,
        number=number,
        label=label,
        as_of=now.date(),
        definition=opened.definition,
        parts=_by_part(found),
        part_labels=PARTS,
        kind_labels=KINDS,
        entry_label=lambda row: words.entry(row.form_code, _at(row), row.ordinal),
        entry_path=lambda row: form_path(number, row.form_code, _timepoint(row, words), row.ordinal),
        history={kind: steps(rows, words) for kind, rows in found.evidence.derivations.items()},
    )


def _by_part(found: Derived) -> Mapping[Part, Mapping[Kind, Sequence[TraceRow]]]:
    return {
        part: {kind: list(rows) for kind, rows in groupby(of_part, key=lambda row: row.kind)}
        for part, of_part in groupby(found.rows, key=lambda row: row.part)
    }


def _at(row: FormEntry) -> str | None:
    return str(row.timepoint_id) if row.timepoint_id else None


def _timepoint(row: FormEntry, words: Words) -> str | None:
    return words.timepoints.get(row.timepoint_id) if row.timepoint_id else None
