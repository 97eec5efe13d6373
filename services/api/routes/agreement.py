"""How far central readers agree."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from casebook.actions.access_log import Access, note_access
from casebook.actions.agreement import MEASURES, AgreementReport, ComparedReads, agreement_report
from casebook.domain.actors import Action
from casebook.stats.agreement import Coefficient
from casebook.stats.agreement_report import MeasuredAgreement
from casebook.store.accounts import SignedIn
from services.api.case_views import label
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.agreement import AgreementOut, CoefficientOut, ComparedOut, MeasureOut

router = APIRouter(prefix="/api/v1/studies/{study}/agreement", tags=["central reading"])


@router.get("")
def show(
    running: Running,
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.SEE_AGREEMENT))],
    study: str,
    timepoint: Annotated[str | None, Query(max_length=50)] = None,
) -> AgreementOut:
    """Return raw agreement, kappa and AC1 of two readers, and of a reader with their own repeat."""
    now = running.now()
    found = agreement_report(session, who.actor, study_code=study, timepoint=timepoint, now=now)
    note_access(session, who.actor, Access.ENDPOINT, "agreement", now=now)
    return _shown(found)


def _shown(found: AgreementReport) -> AgreementOut:
    return AgreementOut(
        study=found.definition.code,
        timepoint=found.timepoint.code,
        made_at=found.made_at,
        status="interim" if found.is_interim else "complete",
        n_open_assignments=found.n_open_assignments,
        n_open_adjudications=found.n_open_adjudications,
        n_cases=found.n_cases,
        n_adjudicated=found.n_adjudicated,
        share_adjudicated=found.n_adjudicated / found.n_cases if found.n_cases else None,
        interval_level=found.level,
        bootstrap_seed=found.seed,
        n_resamples=found.n_resamples,
        cdlm_rule=found.definition.rules.cdlm.version,
        compared=[_compared(item) for item in found.compared],
    )


def _compared(item: ComparedReads) -> ComparedOut:
    return ComparedOut(
        kind=item.kind,
        n_pairs=item.n_pairs,
        n_patients=item.n_patients,
        measures=[_measure(code, measured) for code, measured in item.measures.items()],
    )


def _measure(code: str, measured: MeasuredAgreement) -> MeasureOut:
    estimate = measured.estimate
    return MeasureOut(
        code=code,
        label=label(MEASURES[code]),
        categories=list(measured.categories),
        table=[list(row) for row in measured.table],
        n_lesions=estimate.n_units,
        n_patients=measured.n_patients,
        raw=_coefficient(measured, Coefficient.RAW, estimate.raw),
        kappa=_coefficient(measured, Coefficient.KAPPA, estimate.kappa),
        ac1=_coefficient(measured, Coefficient.AC1, estimate.ac1),
        no_interval_because=measured.gap,
    )


def _coefficient(measured: MeasuredAgreement, coefficient: Coefficient, estimate: float | None) -> CoefficientOut:
    interval = measured.intervals[coefficient]
    return CoefficientOut(estimate=estimate, interval=(interval.lower, interval.upper) if interval else None)
