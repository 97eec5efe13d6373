"""The endpoint recomputed from SDTM alone is the endpoint that the program reports."""

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from casebook.domain.datasets.all_datasets import DOMAINS
from casebook.domain.datasets.identifiers import usubjid
from casebook.domain.datasets.sdtm.observation import tabulate
from casebook.domain.datasets.sdtm.ts import ts
from casebook.domain.outcome import Strategy
from casebook.stats.endpoint import EndpointLesion, endpoint_table
from tests.domain.builders import dream
from tests.domain.datasets.invented_study import AS_OF, invented_study
from tests.domain.datasets.recompute_endpoint import recompute

SETS = {"CT": Strategy.CT, "CT+MRI": Strategy.CT_MRI, "CT+MRI+IOUS": Strategy.CT_MRI_IOUS}
N_SUBJECTS = 150


def with_rule(**changes):
    used = dream()
    return replace(used, rules=replace(used.rules, outcome=replace(used.rules.outcome, **changes)))


def sdtm_of(study):
    """Give the SDTM rows as a reader of files has them: words and numbers by name."""
    return {
        one.name: [
            {name: float(cell) if isinstance(cell, Decimal) else cell for name, cell in row.items()}
            for row in one.records()
        ]
        for one in (ts(study.definition, study.as_of), *tabulate(study, DOMAINS).datasets)
    }


def table_of(study):
    """Give the table as the endpoint page has it."""
    lesions = [
        EndpointLesion(usubjid(subject), lesion.label, lesion.outcome)
        for subject in study.subjects
        for lesion in subject.lesions
    ]
    return endpoint_table(lesions, study.definition.rules.endpoint, as_of=study.as_of)


@pytest.mark.parametrize(
    ("seed", "as_of", "definition"),
    [
        (1, AS_OF, dream()),
        (2, date(2021, 9, 1), dream()),
        (3, AS_OF, with_rule(early_window_days=0, late_window_days=0, horizon_days=365)),
        (4, AS_OF, with_rule(recurrence_elsewhere_counts=True, contrast_ultrasound_required=True)),
    ],
    ids=["as it is", "an earlier day", "another horizon", "elsewhere and contrast"],
)
def test_every_lesion_and_every_line_come_out_of_sdtm_as_the_endpoint_page_has_them(seed, as_of, definition):
    study = invented_study(N_SUBJECTS, seed=seed, as_of=as_of, definition=definition)
    lesions, lines = recompute(sdtm_of(study))
    for subject in study.subjects:
        for lesion in () if subject.is_withheld else subject.lesions:
            found = lesions[usubjid(subject), lesion.label]
            expected = lesion.outcome
            assert {SETS[name] for name in found.sets} == expected.strategies, (subject.number, lesion.label)
            truth = expected.truth.status.value.replace("-", " ").replace("non viable", "non-viable")
            assert found.truth == truth, (subject.number, lesion.label, expected.truth.reason)
    for line in table_of(study).strategies:
        found = lines[next(name for name, strategy in SETS.items() if strategy is line.strategy)]
        assert (found.n_lesions, found.n, found.y) == (line.n_lesions, line.estimate.n, line.estimate.y)
        assert found.patients == {one.patient: (one.n, one.y) for one in line.counts if one.n}
        assert found.p == pytest.approx(line.estimate.p, abs=1e-12)
        assert found.interval == pytest.approx((line.interval.lower, line.interval.upper), abs=1e-9)


def test_the_invented_study_has_lesions_of_every_fate():
    study = invented_study(N_SUBJECTS, seed=1)
    reasons = Counter(lesion.outcome.truth.reason.code for subject in study.subjects for lesion in subject.lesions)
    assert {
        "no-viable-cells",
        "viable-cells",
        "specimen-not-matched",
        "pathology-not-evaluable",
        "pathology-awaited",
        "recurrence-at-site",
        "free-at-horizon",
        "imaging-too-early",
        "ablated-at-surgery",
        "ablated-at-site",
        "irradiated-at-site",
        "died",
        "withdrawal",
        "lost-to-follow-up",
        "left-before-surgery",
        "surgery-awaited",
        "horizon-not-reached",
    } <= reasons.keys()
    assert any(subject.is_withheld for subject in study.subjects)
