"""The lesion table of a study: lesion x timepoint x sequence, cDLM with what blocks it, outcome with its reason."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.central_reads import gather_reads
from casebook.actions.studies import definition_of, newest_definition
from casebook.domain.actors import Action, Actor
from casebook.domain.cdlm import CdlmStatus
from casebook.domain.imaging import ReadingSequence
from casebook.domain.outcome import OutcomeStatus
from casebook.domain.outcome.truth import waiting_text
from casebook.domain.study.model import Timepoint
from casebook.domain.texts import Text
from casebook.store import lesion_table
from casebook.store.lesion_table import LesionFilter, LesionRow, Seen

PER_PAGE: Final = 50
TOO_LATE: Final = Text("not evaluable · no imaging at the horizon", "評価不能 · 判定時点の画像なし")
NOT_READ: Final = "open"


@dataclass(frozen=True, slots=True)
class SeenOn:
    """What the accepted read of a timepoint says of one sequence: a mark of the study, `open` where there is none."""

    sequence: ReadingSequence
    kind: str
    diameter_mm: Decimal | None


@dataclass(frozen=True, slots=True)
class TableLesion:
    """One line. `cdlm` and `outcome` are None, and their reasons empty, where nothing was derived yet.

    `why` says whether the readers agreed or what the reads wait for; None for a lesion that is not read centrally.
    """

    row: LesionRow
    seen: Mapping[str, tuple[SeenOn, ...]]
    cdlm: CdlmStatus | None
    cdlm_reason: Text | None
    why: Text | None
    outcome: OutcomeStatus | None
    outcome_reason: Text | None


@dataclass(frozen=True, slots=True)
class LesionTable:
    """One page, and how many lesions of each status the other filters leave."""

    lines: Sequence[TableLesion]
    timepoints: Sequence[Timepoint]
    n_total: int
    page: int
    n_by_cdlm: Mapping[str, int]
    n_by_outcome: Mapping[str, int]

    @property
    def n_pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.n_total // PER_PAGE))


def show_lesions(session: Session, actor: Actor, wanted: LesionFilter, *, page: int = 1) -> LesionTable:
    """Return one page of the lesions whose outcomes the actor may see, by subject and label."""
    actor.require(Action.SEE_OUTCOMES)
    counted = lesion_table.counts(session, actor, wanted)
    rows = lesion_table.page(session, actor, wanted, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
    seen = lesion_table.accepted(session, [row.lesion_id for row in rows])
    timepoints = _read_timepoints(session, actor)
    why = _why(session, rows)
    by_cdlm, by_outcome, n_total = _counts(counted, wanted)
    return LesionTable(
        lines=[_line(row, seen, timepoints, wanted.today, why.get(row.lesion_id)) for row in rows],
        timepoints=timepoints,
        n_total=n_total,
        page=page,
        n_by_cdlm=by_cdlm,
        n_by_outcome=by_outcome,
    )


def _why(session: Session, rows: Sequence[LesionRow]) -> Mapping[UUID, Text]:
    """Return why the cDLM of those lesions that are read centrally is what it is."""
    reads = gather_reads(session, sorted({row.subject_id for row in rows}))
    return {
        row.lesion_id: reads.why(row.subject_id, definition_of(session, row.study_version_id), row.label)
        for row in rows
        if row.is_read_centrally
    }


def _read_timepoints(session: Session, actor: Actor) -> list[Timepoint]:
    """Return the timepoints that are read centrally in the actor's studies, each once."""
    codes = sorted({grant.study_code for grant in actor.grants_for(Action.SEE_OUTCOMES)})
    found = {
        timepoint.code: timepoint
        for code in codes
        for timepoint in newest_definition(session, code)[1].timepoints
        if timepoint.read_centrally
    }
    return list(found.values())


def _counts(
    counted: Mapping[tuple[str, str], int], wanted: LesionFilter
) -> tuple[Mapping[str, int], Mapping[str, int], int]:
    """Count by cDLM what the filter of outcomes leaves, by outcome what that of cDLM leaves, and what both leave."""
    by_cdlm: Counter[str] = Counter()
    by_outcome: Counter[str] = Counter()
    n_total = 0
    for (cdlm, outcome), n in counted.items():
        has_cdlm, has_outcome = wanted.cdlm in {"", cdlm}, wanted.outcome in {"", outcome}
        by_cdlm[cdlm] += n * has_outcome
        by_outcome[outcome] += n * has_cdlm
        n_total += n * (has_cdlm and has_outcome)
    return by_cdlm, by_outcome, n_total


def _line(
    row: LesionRow,
    seen: Mapping[tuple[Any, str, str], Seen],
    timepoints: Sequence[Timepoint],
    today: date,
    why: Text | None,
) -> TableLesion:
    outcome, outcome_reason = outcome_on(row.outcome, today) if row.outcome else (None, None)
    return TableLesion(
        row=row,
        seen={
            timepoint.code: tuple(
                _seen_on(sequence, seen.get((row.lesion_id, timepoint.code, sequence.value)))
                for sequence in ReadingSequence
            )
            for timepoint in timepoints
        },
        cdlm=CdlmStatus(row.cdlm["status"]) if row.cdlm else None,
        cdlm_reason=_said(row.cdlm["reason"]) if row.cdlm else None,
        why=why,
        outcome=outcome,
        outcome_reason=outcome_reason,
    )


def _seen_on(sequence: ReadingSequence, found: Seen | None) -> SeenOn:
    return SeenOn(sequence, found.visibility, found.diameter_mm) if found else SeenOn(sequence, NOT_READ, None)


def outcome_on(kept: Mapping[str, Any], today: date) -> tuple[OutcomeStatus, Text]:
    """Return what a kept outcome says on a day: the days to go are counted, what can no longer be answered is said."""
    status, reason = OutcomeStatus(kept["status"]), _said(kept["reason"])
    if "horizon_on" not in kept or status is not OutcomeStatus.PENDING:
        return status, reason
    if today > date.fromisoformat(kept["closes_on"]):
        return OutcomeStatus.NOT_EVALUABLE, TOO_LATE
    return status, waiting_text(date.fromisoformat(kept["horizon_on"]), today)


def _said(words: Mapping[str, str]) -> Text:
    return Text(words["en"], words["ja"])
