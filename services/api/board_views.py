"""The board as the API shows it."""

from collections.abc import Iterable, Sequence

from casebook.actions.board import BoardFigures, BoardPage, Cell, Line
from casebook.actions.decision_list import Judged
from casebook.actions.settle import Settled
from casebook.domain.imaging import SeriesRole
from casebook.domain.reconciliation.rules import label_of
from casebook.domain.reconciliation.standing import STATE_LABELS
from casebook.domain.reconciliation.values import Comparison, Said
from services.api.case_views import label
from services.api.schemas import board as api


def page(found: BoardPage, figures: BoardFigures) -> api.BoardOut:
    """Return one page of the board."""
    return api.BoardOut(
        rows=[_row(cell) for cell in found.cells],
        n_total=found.n_total,
        page=found.page,
        n_pages=found.n_pages,
        figures=api.FiguresOut(
            n_series_arrived=figures.n_arrived,
            n_series_required=figures.n_required,
            n_standing=figures.counts.n_standing,
            n_by_state=dict(figures.counts.by_state),
            n_by_severity=dict(figures.counts.by_severity),
            oldest_at=figures.counts.oldest_at,
        ),
    )


def _row(cell: Cell) -> api.BoardRowOut:
    return api.BoardRowOut(
        subject=cell.subject.number,
        subject_id=cell.subject.id,
        site=cell.subject.site_code,
        timepoint=cell.timepoint.code,
        timepoint_label=label(cell.timepoint.label),
        modality=cell.modality,
        required=list(cell.required),
        arrived=[role for role in SeriesRole if role in cell.arrived],
        form_says=label(cell.form_says) if cell.form_says else None,
        imaged_on=list(cell.imaged_on),
        is_green=cell.is_green,
        discrepancies=[_line(line) for line in cell.lines],
    )


def _line(line: Line) -> api.DiscrepancyOut:
    return api.DiscrepancyOut(
        id=line.id,
        fingerprint=line.fingerprint,
        rule=line.rule,
        rule_label=label(label_of(line.rule)),
        about=label(line.what),
        modality=line.modality,
        severity=line.severity,
        expected=_said(line.expected),
        found=_said(line.found),
        state=line.state,
        state_label=label(STATE_LABELS[line.state]),
        to_do=label(line.to_do),
        question=label(line.question),
        seen_at=line.seen_at,
        age_days=line.age_days,
        query=line.query_number,
        accepted_by=line.accepted_by,
        accepted_because=line.accepted_because,
    )


def comparisons(found: Iterable[Comparison]) -> api.ComparisonsOut:
    """Return everything that was compared."""
    return api.ComparisonsOut(
        comparisons=[
            api.ComparisonOut(
                rule=one.rule,
                rule_label=label(label_of(one.rule)),
                about=label(one.what),
                modality=one.modality,
                expected=_said(one.expected),
                found=_said(one.found),
                severity=one.severity,
            )
            for one in found
        ]
    )


def settled(found: Sequence[Settled]) -> api.SettledManyOut:
    """Return what became of each discrepancy of an act."""
    return api.SettledManyOut(
        rows=[
            api.SettledOut(id=one.id, hindrance=label(one.hindrance) if one.hindrance else None, query=one.query_number)
            for one in found
        ]
    )


def fates(found: Judged, *, applied: bool) -> api.FatesOut:
    """Return what each line of a list does."""
    return api.FatesOut(
        applied=applied,
        n_done=found.n_done,
        n_blank=found.n_blank,
        fates=[
            api.FateOut(
                line=fate.line,
                subject=fate.subject,
                what=label(fate.what) if fate.what else None,
                decision=fate.decision,
                reason=fate.reason,
                said=label(fate.said),
            )
            for fate in found.fates
        ],
    )


def _said(one: Said) -> api.SaidOut:
    return api.SaidOut(origin=one.origin, value=label(one.value))
