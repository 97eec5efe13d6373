"""The study's estimators on a table that is sent: nothing of any study is read, nothing is kept."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from casebook.domain.actors import Action
from casebook.domain.errors import Invalid
from casebook.stats.bounded import PatientTotals
from casebook.stats.clustered_report import clustered_report, totals_of
from casebook.stats.horizon import horizon_report
from casebook.stats.raters import Rating, agreement_in_table, agreement_of_ratings
from casebook.stats.records import agreement_record, clustered_record, horizon_record
from casebook.stats.survival import Observation, Status
from casebook.store.accounts import SignedIn
from services.api.dependencies import doing
from services.api.schemas.statistics import (
    AgreementIn,
    ClusteredIn,
    ClusteredOut,
    FollowedLesion,
    JudgedLesion,
    RatersAgreementOut,
    SurvivalIn,
    SurvivalOut,
)

router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])
MayEstimate = Annotated[SignedIn, Depends(doing(Action.SEE_OUTCOMES))]
"""Who sees outcomes has use for it; the table is the sender's own."""


@router.post("/clustered")
def clustered(_who: MayEstimate, body: ClusteredIn) -> ClusteredOut:
    """Return the share of non-viable lesions, clustered in patients, with every interval, model, test and bound.

    The same numbers as `casebook stats clustered`; up to 20 000 patients or lesions.
    """
    _require_one(patients=body.patients, lesions=body.lesions)
    _require_different(body.lesions or ())
    lines = (
        [(one.patient, PatientTotals(one.n, one.y, one.n_unknown)) for one in body.patients]
        if body.patients is not None
        else [(one.patient, _total(one)) for one in body.lesions or ()]
    )
    report = clustered_report(
        totals_of(lines), level=body.level, threshold=body.threshold, seed=body.seed, n_resamples=body.n_resamples
    )
    return ClusteredOut.model_validate(clustered_record(report))


@router.post("/survival")
def survival(_who: MayEstimate, body: SurvivalIn) -> SurvivalOut:
    """Return who of lesions left in place was free at a horizon: complete case with bounds, and both curves.

    The same numbers as `casebook stats survival`; up to 20 000 lesions. Standard errors are clustered in patients.
    """
    _require_different(body.lesions)
    observations = [Observation(one.day, Status(one.status), one.patient) for one in body.lesions]
    report = horizon_report(
        observations, horizon_days=body.horizon_days, window_days=body.window_days, level=body.level
    )
    return SurvivalOut.model_validate(horizon_record(report))


@router.post("/agreement")
def agreement(_who: MayEstimate, body: AgreementIn) -> RatersAgreementOut:
    """Return the agreement of raters: raw, kappa, AC1 and Fleiss' kappa, with intervals from patients resampled.

    The same numbers as `casebook stats agreement`; up to 20 000 ratings in 20 categories.
    """
    _require_one(ratings=body.ratings, table=body.table)
    if body.table is not None:
        report = agreement_in_table(
            body.table,
            body.categories or [str(number + 1) for number in range(len(body.table))],
            seed=body.seed,
            n_resamples=body.n_resamples,
            level=body.level,
        )
    else:
        ratings = [Rating(one.unit, one.rater, one.category, one.patient) for one in body.ratings or ()]
        report = agreement_of_ratings(ratings, seed=body.seed, n_resamples=body.n_resamples, level=body.level)
    return RatersAgreementOut.model_validate(agreement_record(report))


def _require_one(**lists: list[Any] | None) -> None:
    """Raise Invalid unless one of two lists is sent."""
    first, second = lists
    if (lists[first] is None) == (lists[second] is None):
        raise Invalid(f"Send {first} or {second}, one of the two.", field=first)


def _require_different(lesions: Sequence[JudgedLesion] | Sequence[FollowedLesion]) -> None:
    """Raise Invalid for a lesion of a patient that is sent twice."""
    named = Counter((one.patient, one.lesion) for one in lesions if one.patient and one.lesion)
    if any(n > 1 for n in named.values()):
        raise Invalid("Found the same lesion of the same patient twice; send each once.", field="lesions")


def _total(lesion: JudgedLesion) -> PatientTotals:
    if lesion.nonviable is None:
        return PatientTotals(0, 0, 1)
    return PatientTotals(1, int(lesion.nonviable))
