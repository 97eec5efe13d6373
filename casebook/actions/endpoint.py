"""The endpoint as the data give it today: one row per lesion, and the table over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from casebook.actions.course import Course, gather_courses
from casebook.actions.studies import newest_definition
from casebook.domain.actors import Action, Actor
from casebook.domain.cdlm import Cdlm
from casebook.domain.imaging import ReadingSequence
from casebook.domain.outcome import Outcome
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import EndpointParameters
from casebook.stats.endpoint import EndpointLesion, EndpointTable, StrategyEstimate, endpoint_table
from casebook.stats.endpoint_sensitivity import sensitivity
from casebook.stats.sensitivity import MarginalModel
from casebook.store import registry
from casebook.store.tables import Lesion, Site, Subject


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """One lesion with everything its place in the endpoint follows from."""

    subject: Subject
    site: Site
    lesion: Lesion
    cdlm: Cdlm
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Rows and table as of a day."""

    definition: StudyDefinition
    as_of: date
    made_at: datetime
    rows: Sequence[EndpointRow]
    table: EndpointTable


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


def endpoint(session: Session, actor: Actor, *, study_code: str, as_of: date, now: datetime) -> Endpoint:
    """Derive every lesion of the subjects the actor may see, and the table over them; in a few queries for all."""
    actor.require(Action.SEE_OUTCOMES, study_code=study_code)
    _, definition = newest_definition(session, study_code)
    sites = {site.id: site for site in registry.sites(session, registry.study(session, study_code).id)}
    rows: list[EndpointRow] = []
    subjects = [one for one in registry.subjects(session, actor, Action.SEE_OUTCOMES) if one.site_id in sites]
    courses = gather_courses(session, subjects)
    for subject in subjects:
        rows += _rows(subject, sites[subject.site_id], courses[subject.id], as_of)
    lesions = [EndpointLesion(row.subject.number, row.lesion.label, row.outcome) for row in rows]
    table = endpoint_table(lesions, definition.rules.endpoint, as_of=as_of)
    return Endpoint(definition, as_of, now, rows, table)


def _rows(subject: Subject, site: Site, course: Course, as_of: date) -> list[EndpointRow]:
    rows = []
    for lesion in course.lesions:
        cdlm = course.cdlm(lesion)
        rows.append(EndpointRow(subject, site, lesion, cdlm, course.outcome(lesion, as_of, cdlm=cdlm)))
    return rows


def record(row: EndpointRow, endpoint: Endpoint) -> dict[str, str]:
    """Return one row of the lesion dataset, as text."""
    absent = {sequence: _flag(row.cdlm.absent.get(sequence)) for sequence in ReadingSequence}
    outcome, standard = row.outcome, row.outcome.reference_standard
    strategies = {strategy.value for strategy in outcome.strategies}
    return {
        "study": endpoint.definition.code,
        "subject": row.subject.number,
        "site": row.site.code,
        "country": row.site.country,
        "group": row.site.site_group,
        "road": row.subject.road,
        "lesion": row.lesion.label,
        "segment": row.lesion.segment,
        "baseline_diameter_mm": _text(row.lesion.baseline_diameter_mm),
        "ct_absent": absent[ReadingSequence.CT],
        "dwi_absent": absent[ReadingSequence.DWI],
        "t1t2_absent": absent[ReadingSequence.T1T2],
        "eob_absent": absent[ReadingSequence.EOB],
        "ct_dlm": _flag(row.cdlm.ct_dlm),
        "cdlm": row.cdlm.status.value,
        "cdlm_reason": row.cdlm.reason.en,
        "outcome": outcome.status.value,
        "nonviable": "" if outcome.nonviable is None else str(int(outcome.nonviable)),
        "reference_standard": standard.value if standard else "",
        "reason": outcome.reason.code,
        "in_ct": _flag("ct" in strategies),
        "in_ct_mri": _flag("ct+mri" in strategies),
        "in_ct_mri_ious": _flag("ct+mri+ious" in strategies),
        "in_bounds": _flag(outcome.in_bounds),
        "cdlm_rule": row.cdlm.rule_version,
        "outcome_rule": outcome.rule_version,
        "as_of": endpoint.as_of.isoformat(),
        "status": "INTERIM",
    }


def _flag(value: bool | None) -> str:  # noqa: FBT001 - a flag of the dataset
    return "" if value is None else "Y" if value else "N"


def _text(value: Decimal | None) -> str:
    return "" if value is None else str(value)


def _sensitivity_json(line: StrategyEstimate, parameters: EndpointParameters) -> dict[str, Any]:
    found, estimate = sensitivity(line, parameters), line.estimate
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


def table_json(table: EndpointTable) -> dict[str, Any]:
    """Return the table for scripts: every estimate with its interval, test, exclusions and bounds."""
    parameters = table.parameters
    return {
        "as_of": table.as_of.isoformat(),
        "status": "interim",
        "polarity": {"en": table.polarity.en, "ja": table.polarity.ja},
        "threshold": str(parameters.threshold),
        "interval_method": parameters.interval_method.value,
        "interval_level": str(parameters.interval_level),
        "rule_versions": list(table.rule_versions),
        "n_patients": table.n_patients,
        "n_lesions": table.n_lesions,
        "strategies": [
            {
                "strategy": line.strategy.value,
                "label": {"en": line.label.en, "ja": line.label.ja},
                "n_patients": line.n_patients,
                "n_lesions": line.n_lesions,
                "n_evaluable": line.estimate.n,
                "n_nonviable": line.estimate.y,
                "n_clusters": line.estimate.m,
                "share": line.estimate.p,
                "interval": [line.interval.lower, line.interval.upper] if line.interval else None,
                "p_value": line.estimate.test.p_value if line.estimate.test else None,
                "degenerate": line.estimate.degenerate.value if line.estimate.degenerate else None,
                "sensitivity": _sensitivity_json(line, parameters),
                "exclusions": [
                    {"status": item.status.value, "reason": item.code, "n": item.n} for item in line.exclusions
                ],
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
            for line in table.strategies
        ],
    }
