"""The lesions of the study with what the rules make of them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from casebook.actions.access_log import Access, note_access
from casebook.actions.lesion_table import LesionTable, TableLesion, show_lesions
from casebook.domain.actors import Action
from casebook.domain.cdlm import CdlmStatus
from casebook.domain.imaging import ReadingSequence
from casebook.domain.lesion_events import LesionState
from casebook.domain.outcome import OutcomeStatus
from casebook.domain.texts import Text
from casebook.store.accounts import SignedIn
from casebook.store.lesion_table import LesionFilter
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.cases import Label
from services.api.schemas.lists import LesionTableOut, SeenOut, TableLesionOut

router = APIRouter(prefix="/api/v1/lesions", tags=["lesions"])


@router.get("")
def show(
    running: Running,
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.SEE_OUTCOMES))],
    site: Annotated[str, Query(max_length=20)] = "",
    cdlm: CdlmStatus | None = None,
    outcome: OutcomeStatus | None = None,
    blocked: ReadingSequence | None = None,
    state: LesionState | None = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> LesionTableOut:
    """Return one page of the lesions of the caller's sites, by subject and label."""
    wanted = LesionFilter(running.now().date(), site, state or "", cdlm or "", outcome or "", blocked or "")
    table = show_lesions(session, who.actor, wanted, page=page)
    note_access(session, who.actor, Access.ENDPOINT, "lesions", now=running.now())
    return LesionTableOut(
        lesions=[_shown(line, table) for line in table.lines],
        n_total=table.n_total,
        page=table.page,
        n_pages=table.n_pages,
        n_by_cdlm=dict(table.n_by_cdlm),
        n_by_outcome=dict(table.n_by_outcome),
    )


def _shown(line: TableLesion, table: LesionTable) -> TableLesionOut:
    row = line.row
    return TableLesionOut(
        subject=row.subject_number,
        site=row.site_code,
        label=row.label,
        segment=row.segment,
        state=row.state,
        baseline_diameter_mm=row.baseline_diameter_mm,
        seen=[
            SeenOut(
                timepoint=timepoint.code, sequence=cell.sequence, visibility=cell.kind, diameter_mm=cell.diameter_mm
            )
            for timepoint in table.timepoints
            for cell in line.seen[timepoint.code]
        ],
        cdlm=line.cdlm,
        cdlm_reason=_label(line.cdlm_reason),
        cdlm_why=_label(line.why),
        outcome=line.outcome,
        outcome_reason=_label(line.outcome_reason),
    )


def _label(text: Text | None) -> Label | None:
    return Label(en=text.en, ja=text.ja) if text else None
