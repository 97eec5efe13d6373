"""Agreement measure by measure: reference values, intervals by patient, nothing claimed where nothing varies."""

import numpy as np
import pytest

from casebook.stats.agreement import Coefficient, bootstrap_agreement
from casebook.stats.agreement_report import Gap, RatedPair, measure_all

SEEN = ("visible", "not-visible", "not-evaluable")
PUBLISHED = {
    "3x3": ([[13, 0, 0], [0, 20, 7], [0, 4, 56]], 0.79641, 0.84933, 5e-6),
    "2x2": ([[20, 5], [10, 15]], 0.4000, 0.405941, 5e-7),
    "paradox": ([[118, 5], [2, 0]], -0.023392, 0.940776, 5e-7),
}


def pairs_of(table, *, per_patient=4):
    """Ratings that make up a cross-table, a few lesions to a patient."""
    cells = [(row, column) for row, counts in enumerate(table) for column, n in enumerate(counts) for _ in range(n)]
    return [RatedPair(f"P{n // per_patient}", SEEN[row], SEEN[column]) for n, (row, column) in enumerate(cells)]


def measured(pairs, **more):
    return measure_all({"seen": pairs}, {"seen": SEEN}, seed=1527, **more)["seen"]


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_coefficients_of_a_published_table_equal_the_reference(name):
    table, kappa, ac1, precision = PUBLISHED[name]
    found = measured(pairs_of(table))
    assert [list(row) for row in found.table] == table
    assert found.estimate.raw == pytest.approx(np.trace(table) / np.sum(table))
    assert found.estimate.kappa == pytest.approx(kappa, abs=precision)
    assert found.estimate.ac1 == pytest.approx(ac1, abs=precision)


@pytest.mark.parametrize("coefficient", Coefficient)
def test_intervals_equal_those_of_the_bootstrap_of_one_measure(coefficient):
    pairs = pairs_of(PUBLISHED["2x2"][0])
    alone = bootstrap_agreement(
        [(pair.first, pair.second) for pair in pairs], [pair.patient for pair in pairs], coefficient, seed=1527
    )
    found = measured(sorted(pairs, key=lambda pair: pair.patient)).intervals[coefficient]
    assert (found.lower, found.upper) == pytest.approx((alone.lower, alone.upper))


def test_the_same_seed_gives_the_same_intervals_and_another_seed_others():
    pairs = pairs_of(PUBLISHED["3x3"][0])
    assert measured(pairs) == measured(pairs)
    other = measure_all({"seen": pairs}, {"seen": SEEN}, seed=1)["seen"]
    assert other.intervals != measured(pairs).intervals


def test_lesions_of_one_patient_make_the_interval_wider():
    table = PUBLISHED["2x2"][0]
    alone, together = measured(pairs_of(table, per_patient=1)), measured(pairs_of(table, per_patient=5))
    assert together.intervals[Coefficient.KAPPA].width > alone.intervals[Coefficient.KAPPA].width
    assert (alone.n_patients, together.n_patients) == (50, 10)


def test_categories_that_nobody_used_do_not_count():
    found = measured(pairs_of(PUBLISHED["2x2"][0]))
    assert found.categories == ("visible", "not-visible")


def test_readers_who_never_differ_get_no_interval_and_are_told_why():
    found = measured(pairs_of([[5, 0], [0, 7]]))
    assert (found.estimate.raw, found.estimate.kappa, found.gap) == (1.0, 1.0, Gap.NO_VARIATION)
    assert set(found.intervals.values()) == {None}


def test_one_patient_gets_no_interval():
    found = measured(pairs_of(PUBLISHED["2x2"][0], per_patient=99))
    assert (found.n_patients, found.gap) == (1, Gap.ONE_PATIENT)
    assert set(found.intervals.values()) == {None}


def test_one_category_alone_has_no_kappa_and_no_interval_of_it():
    found = measured(pairs_of([[9]]))
    assert (found.estimate.kappa, found.intervals[Coefficient.KAPPA]) == (None, None)


def test_a_measure_that_nobody_rated_is_left_out():
    pairs = pairs_of(PUBLISHED["2x2"][0])
    assert list(measure_all({"a": pairs, "b": []}, {"a": SEEN, "b": SEEN}, seed=1)) == ["a"]


def test_a_patient_who_lacks_a_measure_does_not_disturb_it():
    pairs = pairs_of(PUBLISHED["2x2"][0])
    found = measure_all({"all": pairs, "few": pairs[:8]}, {"all": SEEN, "few": SEEN}, seed=1)
    assert found["few"].n_patients == 2
    assert found["few"].estimate.n_units == 8
