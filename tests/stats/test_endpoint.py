"""From lesions to the endpoint table: sets, denominators, exclusions and bounds."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.endpoint.picks import Unknown
from casebook.domain.imaging import Visibility
from casebook.domain.outcome import Strategy, TruthStatus
from casebook.domain.outcome.facts import Fate, LesionFacts, Ultrasound, ViableCells
from casebook.domain.study.model import IntervalMethod
from casebook.stats.endpoint import EndpointLesion, PatientCount, endpoint_table
from casebook.stats.endpoint_sensitivity import sensitivity
from casebook.stats.intervals import clopper_pearson
from casebook.stats.rounding import rounded
from tests.domain.builders import (
    LATER,
    a_cdlm,
    a_pathology,
    dream,
    imaging,
    left_in_place,
    not_seen_on_ultrasound,
    outcome_of,
    recurrence,
    resected,
)
from tests.domain.builders import day as on_day
from tests.stats.reference import D25, FOURTEEN

PARAMETERS = dream().rules.endpoint


def rows(*facts_by_patient, as_of=LATER, **rule):
    return [
        EndpointLesion(patient, f"L{number}", outcome_of(facts, as_of=as_of, **rule))
        for number, (patient, facts) in enumerate(facts_by_patient, start=1)
    ]


def table(lesions, **changes):
    return endpoint_table(lesions, replace(PARAMETERS, **changes), as_of=LATER)


def fourteen(**rule):
    facts = {
        0: lambda day: left_in_place(imaging(day)),
        1: lambda day: left_in_place(recurrence(day)),
        2: lambda day: left_in_place(died_on=on_day(day)),
    }
    return rows(*((label, facts[status](day)) for label, (day, status) in FOURTEEN.items()), **rule)


def test_the_fourteen_lesions_give_the_complete_case_share_of_the_reference():
    estimate = table(fourteen()).primary.estimate
    assert (estimate.y, estimate.n) == (5, 9)
    exact = estimate.exact_lesions
    assert (rounded(exact.lower, 4), rounded(exact.upper, 4)) == (Decimal("0.2120"), Decimal("0.8630"))


def test_the_fourteen_lesions_give_the_bounds_of_the_reference():
    bounds = table(fourteen()).primary.bounds[0]
    assert bounds.scope is Unknown.NOT_EVALUABLE
    assert bounds.n_unknown == 5
    assert (bounds.as_viable.y, bounds.as_viable.n) == (5, 14)
    assert (bounds.as_nonviable.y, bounds.as_nonviable.n) == (10, 14)
    exact = (bounds.as_viable.exact_lesions, bounds.as_nonviable.exact_lesions)
    printed = [(rounded(item.lower, 4), rounded(item.upper, 4)) for item in exact]
    assert printed == [(Decimal("0.1276"), Decimal("0.6486")), (Decimal("0.4190"), Decimal("0.9161"))]


def test_an_early_window_of_thirty_days_frees_one_more():
    estimate = table(fourteen(early_window_days=30)).primary.estimate
    assert (estimate.y, estimate.n) == (6, 10)


def d25():
    return rows(
        *(
            (f"P{patient:02}", resected(a_pathology(ViableCells.NONE if lesion < y else ViableCells.PRESENT)))
            for patient, (n, y) in enumerate(zip(*D25, strict=True))
            for lesion in range(n)
        )
    )


def test_d25_as_lesions_gives_its_sensitivity_analyses():
    found = sensitivity(table(d25()).primary, PARAMETERS)
    assert rounded(found.exchangeable.logit, 8) == Decimal("0.40927284")
    assert rounded(found.independence.se_logit, 8) == Decimal("0.34560736")
    assert rounded(found.intraclass_correlation, 8) == Decimal("0.34597302")
    assert found.bootstrap.lower == pytest.approx(0.4314, abs=0.005)
    assert found.patients.m == 25
    assert found == sensitivity(table(d25()).primary, PARAMETERS)


def test_lesions_all_alike_carry_no_model_but_their_exact_intervals():
    found = sensitivity(
        table(rows(("P1", resected(a_pathology())), ("P2", resected(a_pathology())))).primary, PARAMETERS
    )
    assert (found.independence, found.exchangeable, found.bootstrap) == (None, None, None)
    assert found.intraclass_correlation is None
    assert found.patients.interval.lower > 0


def test_no_lesions_carry_nothing():
    found = sensitivity(table([]).primary, PARAMETERS)
    assert (found.bootstrap, found.patients.interval) == (None, None)


def test_d25_as_lesions_gives_its_primary_interval():
    primary = table(d25()).primary
    assert (rounded(primary.interval.lower, 8), rounded(primary.interval.upper, 8)) == (
        Decimal("0.42005633"),
        Decimal("0.75647914"),
    )
    assert primary.estimate.test.p0 == 0.85


def test_the_interval_method_and_level_come_from_the_study():
    lesions = [row for number in range(6) for row in rows((f"P{number}", resected(a_pathology(on=number))))]
    lesions += rows(("P1", resected(a_pathology(ViableCells.PRESENT))), ("P2", left_in_place(recurrence(9))))
    found = table(lesions, interval_method=IntervalMethod.WALD_T, interval_level=Decimal("0.9")).primary
    assert found.interval == found.estimate.wald_t
    assert found.estimate.level == 0.9


def test_each_strategy_has_its_own_denominator():
    found = table(
        rows(
            ("P1", resected(a_pathology(), ultrasound=not_seen_on_ultrasound())),
            ("P1", resected(a_pathology(ViableCells.PRESENT), ultrasound=Ultrasound(with_contrast=True, seen=True))),
            ("P2", resected(a_pathology(ViableCells.PRESENT), cdlm=a_cdlm(eob=Visibility.VISIBLE))),
            ("P2", resected(a_pathology(), cdlm=a_cdlm(ct=Visibility.VISIBLE))),
        )
    )
    shares = {line.strategy: (line.estimate.y, line.estimate.n) for line in found.strategies}
    assert shares == {Strategy.CT: (1, 3), Strategy.CT_MRI: (1, 2), Strategy.CT_MRI_IOUS: (1, 1)}
    assert (found.n_patients, found.n_lesions) == (2, 4)


def test_lesions_without_a_known_truth_are_counted_by_reason_and_never_in_the_denominator():
    line = table(
        rows(
            ("P1", resected(a_pathology())),
            ("P1", resected()),
            ("P2", resected(fate=Fate.ABLATED)),
            ("P2", left_in_place(imaging(300))),
            ("P3", left_in_place(imaging(200))),
        )
    ).primary
    assert line.n_lesions == 5
    assert line.estimate.n == 1
    assert [(item.status, item.code, item.n) for item in line.exclusions] == [
        (TruthStatus.NOT_EVALUABLE, "ablated-at-surgery", 1),
        (TruthStatus.NOT_EVALUABLE, "imaging-too-early", 2),
        (TruthStatus.PENDING, "pathology-awaited", 1),
    ]
    assert line.counts == (PatientCount("P1", 1, 1),)


def test_undetermined_lesions_enter_the_widest_bounds_only():
    line = table(
        rows(
            ("P1", resected(a_pathology())),
            ("P2", resected(a_pathology(ViableCells.PRESENT), cdlm=a_cdlm(dwi=None))),
            ("P3", resected(cdlm=a_cdlm(dwi=None))),
            ("P4", LesionFacts(a_cdlm())),
        )
    ).primary
    sizes = {bounds.scope: (bounds.as_viable.n, bounds.n_unknown) for bounds in line.bounds}
    assert sizes == {
        Unknown.NOT_EVALUABLE: (1, 0),
        Unknown.AND_PENDING: (2, 1),
        Unknown.AND_UNDETERMINED: (4, 2),
    }


def test_a_study_without_lesions_has_a_table_without_estimates():
    found = table([])
    assert found.primary.estimate.p is None
    assert found.primary.interval is None


def test_the_table_says_which_way_round_its_share_is():
    assert "higher is better" in table([]).polarity.en


LESIONS = st.lists(
    st.tuples(
        st.sampled_from(["P1", "P2", "P3"]),
        st.sampled_from(
            [
                resected(a_pathology()),
                resected(a_pathology(ViableCells.PRESENT)),
                resected(),
                left_in_place(imaging(300)),
                left_in_place(imaging(740)),
                resected(a_pathology(), cdlm=a_cdlm(dwi=None)),
                resected(cdlm=a_cdlm(eob=Visibility.VISIBLE)),
            ]
        ),
    ),
    max_size=15,
)


@given(LESIONS)
def test_the_bounds_hold_the_share_and_every_lesion_of_a_set_is_accounted_for(facts):
    for line in table(rows(*facts)).strategies:
        assert line.n_lesions == line.estimate.n + sum(item.n for item in line.exclusions)
        for bounds in line.bounds[:2]:
            if line.estimate.p is not None:
                assert bounds.as_viable.p <= line.estimate.p <= bounds.as_nonviable.p


@pytest.mark.parametrize(("y", "n"), [(5, 9)])
def test_the_exact_interval_beside_the_share_ignores_clusters(y, n):
    assert table(fourteen()).primary.estimate.exact_lesions == clopper_pearson(y, n)
