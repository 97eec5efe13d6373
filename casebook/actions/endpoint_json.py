"""The endpoint for scripts: one row per lesion, and the table, its parts, flow, courses and curves as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Final

from casebook.actions.endpoint import By, Endpoint
from casebook.actions.endpoint_estimators import kept_sensitivity
from casebook.domain.endpoint.flow import Flow
from casebook.domain.endpoint.followed import Lane
from casebook.domain.endpoint.places import DATA_WITHDRAWN
from casebook.domain.endpoint.records import LesionRecord, Pair, PatientRecord
from casebook.domain.imaging import ReadingSequence
from casebook.domain.outcome import Strategy
from casebook.domain.study.model import EndpointParameters
from casebook.domain.texts import Text
from casebook.stats.clustered import ClusteredProportion
from casebook.stats.endpoint import StrategyEstimate
from casebook.stats.endpoint_strata import Stratum
from casebook.stats.intervals import Interval
from casebook.stats.probabilities import Probability, at_horizon
from casebook.stats.sensitivity import MarginalModel

COLUMNS = (
    "study",
    "subject",
    "site",
    "country",
    "group",
    "road",
    "lesion",
    "segment",
    "baseline_diameter_mm",
    "ct_absent",
    "dwi_absent",
    "t1t2_absent",
    "eob_absent",
    "ct_dlm",
    "cdlm",
    "cdlm_reason",
    "outcome",
    "nonviable",
    "reference_standard",
    "reason",
    "in_ct",
    "in_ct_mri",
    "in_ct_mri_ious",
    "in_bounds",
    "cdlm_rule",
    "outcome_rule",
    "as_of",
    "status",
)
"""Columns of the lesion dataset, in order; flags are Y, N or empty (not known)."""
OF_WITHDRAWN: Final = frozenset(
    {"study", "subject", "site", "country", "group", "lesion", "outcome", "reason", "outcome_rule", "as_of", "status"}
)
"""What is said of a lesion whose patient took back all data."""


def record(pair: Pair, endpoint: Endpoint) -> dict[str, str]:
    """Return one row of the lesion dataset, as text; of a patient who took back all data only that is told."""
    patient, lesion = pair
    told = _record(patient, lesion, endpoint)
    if patient.left == DATA_WITHDRAWN:
        return {name: value if name in OF_WITHDRAWN else "" for name, value in told.items()}
    return told


def _record(patient: PatientRecord, lesion: LesionRecord, endpoint: Endpoint) -> dict[str, str]:
    absent = {sequence: _flag(lesion.cdlm.absent.get(sequence)) for sequence in ReadingSequence}
    outcome, standard = lesion.outcome, lesion.outcome.reference_standard
    strategies = outcome.strategies
    return {
        "study": endpoint.definition.code,
        "subject": patient.number,
        "site": patient.site,
        "country": patient.country,
        "group": patient.group,
        "road": patient.road,
        "lesion": lesion.label,
        "segment": lesion.segment,
        "baseline_diameter_mm": _text(lesion.baseline_diameter_mm),
        "ct_absent": absent[ReadingSequence.CT],
        "dwi_absent": absent[ReadingSequence.DWI],
        "t1t2_absent": absent[ReadingSequence.T1T2],
        "eob_absent": absent[ReadingSequence.EOB],
        "ct_dlm": _flag(lesion.cdlm.ct_dlm),
        "cdlm": lesion.cdlm.status.value,
        "cdlm_reason": lesion.cdlm.reason.en,
        "outcome": outcome.status.value,
        "nonviable": "" if outcome.nonviable is None else str(int(outcome.nonviable)),
        "reference_standard": standard.value if standard else "",
        "reason": outcome.reason.code,
        "in_ct": _flag(Strategy.CT in strategies),
        "in_ct_mri": _flag(Strategy.CT_MRI in strategies),
        "in_ct_mri_ious": _flag(Strategy.CT_MRI_IOUS in strategies),
        "in_bounds": _flag(outcome.in_bounds),
        "cdlm_rule": lesion.cdlm.rule_version,
        "outcome_rule": outcome.rule_version,
        "as_of": endpoint.as_of.isoformat(),
        "status": endpoint.lock.word.upper(),
    }


def _flag(value: bool | None) -> str:  # noqa: FBT001 - a flag of the dataset
    return "" if value is None else "Y" if value else "N"


def _text(value: Decimal | None) -> str:
    return "" if value is None else str(value)


def _sensitivity_json(line: StrategyEstimate, parameters: EndpointParameters) -> dict[str, Any]:
    found, estimate = kept_sensitivity(line, parameters), line.estimate
    intervals = {
        "wald-t": estimate.wald_t,
        "wilson-effective": estimate.wilson_effective,
        "clopper-pearson-effective": estimate.clopper_pearson_effective,
        "clopper-pearson-ignoring-clusters": estimate.exact_lesions,
        "bootstrap": found.bootstrap,
    }
    return {name: [item.lower, item.upper] if item else None for name, item in intervals.items()} | {
        "design-effect": estimate.deff,
        "intraclass-correlation": found.intraclass_correlation,
        "gee-independence": _model_json(found.independence),
        "gee-exchangeable": _model_json(found.exchangeable),
        "patients-all-non-viable": [found.patients.n_all_nonviable, found.patients.m],
    }


def _model_json(model: MarginalModel | None) -> dict[str, Any] | None:
    if model is None:
        return None
    return {"share": model.p, "interval": [model.interval.lower, model.interval.upper]}


def report_json(found: Endpoint, *, with_gaps: bool) -> dict[str, Any]:
    """Return everything that the page shows; what is still open is counted with `with_gaps` only."""
    return {
        "table": table_json(found),
        "open": [{"what": item.gap.value, "n": item.n, **_said(item.text)} for item in found.lock.open]
        if with_gaps
        else [],
        "strata": {strategy.value: strata_json(found.strata(strategy)) for strategy in Strategy},
        "flows": [flow_json(found.flow(strategy)) for strategy in Strategy],
        "followed": {strategy.value: [lane_json(lane) for lane in found.lanes(strategy)] for strategy in Strategy},
        "survival": {strategy.value: survival_json(found, strategy) for strategy in Strategy},
    }


def table_json(found: Endpoint) -> dict[str, Any]:
    """Return the table for scripts: every estimate with its interval, test, exclusions and bounds."""
    table = found.table
    parameters = table.parameters
    return {
        "as_of": table.as_of.isoformat(),
        "status": found.lock.word,
        "polarity": _said(table.polarity),
        "threshold": str(parameters.threshold),
        "interval_method": parameters.interval_method.value,
        "interval_level": str(parameters.interval_level),
        "rule_versions": list(table.rule_versions),
        "n_patients": table.n_patients,
        "n_lesions": table.n_lesions,
        "strategies": [_line_json(line, parameters) for line in table.strategies],
    }


def _line_json(line: StrategyEstimate, parameters: EndpointParameters) -> dict[str, Any]:
    return {
        "strategy": line.strategy.value,
        "label": _said(line.label),
        "n_patients": line.n_patients,
        "n_lesions": line.n_lesions,
        **_estimate_json(line.estimate, line.interval),
        "sensitivity": _sensitivity_json(line, parameters),
        "exclusions": [{"status": item.status.value, "reason": item.code, "n": item.n} for item in line.exclusions],
        "bounds": [
            {
                "scope": bound.scope.value,
                "n_unknown": bound.n_unknown,
                "as_viable": bound.as_viable.p,
                "as_nonviable": bound.as_nonviable.p,
            }
            for bound in line.bounds
        ],
    }


def _estimate_json(estimate: ClusteredProportion, interval: Interval | None) -> dict[str, Any]:
    return {
        "n_evaluable": estimate.n,
        "n_nonviable": estimate.y,
        "n_clusters": estimate.m,
        "share": estimate.p,
        "interval": [interval.lower, interval.upper] if interval else None,
        "p_value": estimate.test.p_value if estimate.test else None,
        "degenerate": estimate.degenerate.value if estimate.degenerate else None,
    }


def strata_json(found: Mapping[By, Sequence[Stratum]]) -> dict[str, Any]:
    """Return the estimates within parts, by what parts them."""
    return {
        by.value: [
            {
                "code": part.code,
                "n_patients": part.n_patients,
                "n_lesions": part.n_lesions,
                **_estimate_json(part.estimate, part.interval),
            }
            for part in parts
        ]
        for by, parts in found.items()
    }


def flow_json(flow: Flow) -> dict[str, Any]:
    """Return the flow of a strategy, station by station."""
    return {
        "strategy": flow.strategy.value,
        "stations": [
            {
                "level": station.level.value,
                "label": _said(station.text),
                "n_patients": station.n_patients,
                "n_lesions": station.n_lesions,
                "n_patients_lost": station.n_patients_lost,
                "n_lesions_lost": station.n_lesions_lost,
                "leaving": [
                    {
                        "reason": item.code,
                        "label": _said(item.text),
                        "n_patients": item.n_patients,
                        "n_lesions": item.n_lesions,
                    }
                    for item in station.leaving
                ],
            }
            for station in flow.stations
        ],
        "n_nonviable": flow.n_nonviable,
        "n_viable": flow.n_viable,
    }


def survival_json(found: Endpoint, strategy: Strategy) -> dict[str, Any]:
    """Return Kaplan-Meier and Aalen-Johansen of a strategy's lesions left in place, with the values at the horizon."""
    curves = found.curves(strategy)
    horizon_days = found.definition.rules.outcome.horizon_days
    at = at_horizon(curves, horizon_days, level=float(found.table.parameters.interval_level))
    return {
        "n_lesions": curves.n_lesions,
        "n_patients": curves.n_patients,
        "last_day": curves.last_day,
        "horizon_days": horizon_days,
        "recurrence_free": _probability_json(at.recurrence_free),
        "incidence_recurrence": _probability_json(at.incidence_recurrence),
        "incidence_death": _probability_json(at.incidence_death),
        "steps": [asdict(step) for step in curves.steps],
    }


def _probability_json(found: Probability) -> dict[str, Any]:
    return {
        "value": found.value,
        "se": found.se,
        "interval": [found.interval.lower, found.interval.upper] if found.interval else None,
    }


def lane_json(lane: Lane) -> dict[str, Any]:
    """Return the course of a lesion left in place, in days from the start of its follow-up."""
    return {
        "patient": lane.patient,
        "lesion": lane.label,
        "status": lane.status.value,
        "reason": lane.reason,
        "until_day": lane.until_day,
        "signs": [{"day": mark.day, "sign": mark.sign.value} for mark in lane.marks],
    }


def _said(text: Text) -> dict[str, str]:
    return {"en": text.en, "ja": text.ja}
