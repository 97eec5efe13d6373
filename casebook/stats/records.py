"""Reports as plain values, in full precision: one shape for the command and the API."""

from typing import Any

from casebook.domain.study.model import IntervalMethod
from casebook.stats.bounded import Bounded, Share
from casebook.stats.clustered import ClusteredProportion
from casebook.stats.clustered_report import ClusteredReport
from casebook.stats.horizon import Fate, HorizonReport
from casebook.stats.intervals import Interval
from casebook.stats.probabilities import Probability
from casebook.stats.raters import AgreementOfRaters, Coefficient
from casebook.stats.sensitivity import MarginalModel
from casebook.stats.survival import Step

Record = dict[str, Any]
EXACT_ON_PATIENTS = "clopper-pearson-patients"


def clustered_record(report: ClusteredReport) -> Record:
    """Return the report of a clustered share."""
    estimate, sensitivity = report.bounded.share.estimate, report.sensitivity
    patients = sensitivity.patients
    return {
        "level": report.level,
        "threshold": report.threshold,
        "seed": report.seed,
        "n_resamples": report.n_resamples,
        **share_record(report.bounded.share),
        "variance": estimate.variance,
        "se": estimate.se,
        "design_effect": estimate.deff,
        "n_effective": estimate.n_eff,
        "intraclass_correlation": sensitivity.intraclass_correlation,
        "test": _test(estimate),
        "wald_t": _interval(estimate.wald_t),
        "wilson_effective": _interval(estimate.wilson_effective),
        "clopper_pearson_effective": _interval(estimate.clopper_pearson_effective),
        "bootstrap": _interval(sensitivity.bootstrap),
        "gee_independence": _model(sensitivity.independence),
        "gee_exchangeable": _model(sensitivity.exchangeable),
        "patients_all_nonviable": {
            "n": patients.n_all_nonviable,
            "n_patients": patients.m,
            "share": patients.n_all_nonviable / patients.m if patients.m else None,
            "interval": _interval(patients.interval),
        },
        "bounds": bounds_record(report.bounded),
    }


def share_record(share: Share) -> Record:
    """Return a share with its primary interval, and the ones that ignore clustering."""
    estimate, naive = share.estimate, share.naive
    primary = estimate.interval(IntervalMethod.LOGIT_T)
    method = IntervalMethod.LOGIT_T.value if estimate.degenerate is None else EXACT_ON_PATIENTS
    return {
        "n_patients": estimate.m,
        "n_lesions": estimate.n,
        "n_nonviable": estimate.y,
        "share": estimate.p,
        "degenerate": estimate.degenerate and estimate.degenerate.value,
        "primary_method": None if primary is None else method,
        "primary_interval": _interval(primary),
        "clopper_pearson_ignoring_clusters": _interval(naive.clopper_pearson if naive else None),
        "wilson_ignoring_clusters": _interval(naive.wilson if naive else None),
    }


def bounds_record(bounded: Bounded) -> Record:
    """Return what lesions of unknown truth could change."""
    return {
        "n_unknown": bounded.n_unknown,
        "as_viable": share_record(bounded.as_viable),
        "as_nonviable": share_record(bounded.as_nonviable),
    }


def horizon_record(report: HorizonReport) -> Record:
    """Return the report of the horizon."""
    found, curves = report.probabilities, report.curves
    return {
        "level": report.level,
        "horizon_days": report.horizon_days,
        "window_days": report.window_days,
        "n_patients": curves.n_patients,
        "n_lesions": curves.n_lesions,
        "last_day": curves.last_day,
        "n_recurred": report.fates[Fate.RECURRED],
        "n_free": report.fates[Fate.FREE],
        "n_not_evaluable": report.fates[Fate.NOT_EVALUABLE],
        "complete_case": share_record(report.complete_case.share),
        "bounds": bounds_record(report.complete_case),
        "recurrence_free": _probability(found.recurrence_free),
        "incidence_recurrence": _probability(found.incidence_recurrence),
        "incidence_death": _probability(found.incidence_death),
        "steps": [_step(step) for step in curves.steps],
    }


def agreement_record(report: AgreementOfRaters) -> Record:
    """Return the report of agreement."""
    return {
        "level": report.level,
        "seed": report.seed,
        "n_resamples": report.n_resamples,
        "categories": list(report.categories),
        "raters": list(report.raters),
        "n_units": report.n_units,
        "n_patients": report.n_patients,
        "table": None if report.table is None else [list(row) for row in report.table],
        "raw": _coefficient(report.raw),
        "kappa": None if report.kappa is None else _coefficient(report.kappa),
        "kappa_se": report.kappa_se,
        "ac1": _coefficient(report.ac1),
        "fleiss_kappa": _coefficient(report.fleiss_kappa),
        "no_interval_because": report.gap and report.gap.value,
    }


def _interval(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.lower, interval.upper]


def _test(estimate: ClusteredProportion) -> Record | None:
    found = estimate.test
    return None if found is None else {"p0": found.p0, "t": found.t, "df": found.df, "p_value": found.p_value}


def _model(model: MarginalModel | None) -> Record | None:
    if model is None:
        return None
    return {
        "beta": model.logit,
        "robust_se": model.se_logit,
        "alpha": model.alpha,
        "share": model.p,
        "interval": _interval(model.interval),
    }


def _probability(found: Probability) -> Record:
    why = found.no_interval
    return {
        "value": found.value,
        "se": found.se,
        "interval": _interval(found.interval),
        "no_interval_because": why and why.value,
    }


def _step(step: Step) -> Record:
    return {
        "day": step.day,
        "n_at_risk": step.n_at_risk,
        "n_recurred": step.n_recurred,
        "n_died": step.n_died,
        "recurrence_free": step.recurrence_free,
        "recurrence_free_se": step.recurrence_free_se,
        "incidence_recurrence": step.incidence_recurrence,
        "incidence_recurrence_se": step.incidence_recurrence_se,
        "incidence_death": step.incidence_death,
        "incidence_death_se": step.incidence_death_se,
    }


def _coefficient(found: Coefficient) -> Record:
    return {"value": found.value, "interval": _interval(found.interval)}
