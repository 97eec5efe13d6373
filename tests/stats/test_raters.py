"""Agreement in tables of ratings: the reference page, the other modules, and what no table may say."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.domain.errors import Invalid
from casebook.stats.agreement import agreement
from casebook.stats.agreement_report import Gap
from casebook.stats.many_readers import agreement_of_many
from casebook.stats.raters import MOST_CATEGORIES, Rating, agreement_in_table, agreement_of_ratings
from tests.stats.test_agreement import GWET_FOUR_RATERS

PUBLISHED = [
    ([[13, 0, 0], [0, 20, 7], [0, 4, 56]], 0.79641, 0.84933, 5e-6),
    ([[20, 5], [10, 15]], 0.4000, 0.405941, 5e-7),
    ([[118, 5], [2, 0]], -0.023392, 0.940776, 5e-7),
]


def of_table(table, **more):
    return agreement_in_table(table, [f"c{number}" for number in range(len(table))], seed=1527, **more)


def ratings_of(table, *, per_patient=1):
    units = [(row, column) for row, counts in enumerate(table) for column, n in enumerate(counts) for _ in range(n)]
    return [
        Rating(f"u{number}", rater, f"c{said}", f"P{number // per_patient}")
        for number, pair in enumerate(units)
        for rater, said in zip("AB", pair, strict=True)
    ]


@pytest.mark.parametrize(("table", "kappa", "ac1", "precision"), PUBLISHED)
def test_a_published_cross_table_equals_the_reference_as_table_and_as_ratings(table, kappa, ac1, precision):
    for found in (of_table(table), agreement_of_ratings(ratings_of(table), seed=1527)):
        assert found.raw.value == pytest.approx(np.trace(table) / np.sum(table))
        assert found.kappa.value == pytest.approx(kappa, abs=precision)
        assert found.ac1.value == pytest.approx(ac1, abs=precision)
        assert [list(row) for row in found.table] == table
        for one in (found.raw, found.kappa, found.ac1, found.fleiss_kappa):
            assert one.interval.lower < one.value < one.interval.upper


def test_the_standard_error_of_kappa_equals_the_reference():
    assert of_table(PUBLISHED[0][0]).kappa_se == pytest.approx(0.05891, abs=5e-6)


def test_the_kappa_paradox_shows_raw_agreement_and_ac1_beside_kappa():
    found = of_table([[118, 5], [2, 0]])
    assert found.kappa.value < 0
    assert found.raw.value > found.ac1.value > 0.94


def four_raters():
    return [
        Rating(f"u{unit}", f"r{rater}", said)
        for unit, row in enumerate(GWET_FOUR_RATERS)
        for rater, said in enumerate(row)
        if said is not None
    ]


def test_four_raters_with_missing_ratings_equal_the_reference():
    found = agreement_of_ratings(four_raters(), seed=1)
    assert found.ac1.value == pytest.approx(0.77544, abs=5e-6)
    assert found.fleiss_kappa.value == pytest.approx(0.76117, abs=5e-6)
    assert (found.kappa, found.table, found.n_units, len(found.raters)) == (None, None, 11, 4)


def test_table_and_ratings_give_the_same_intervals():
    table = PUBLISHED[1][0]
    by_table, by_rating = of_table(table), agreement_of_ratings(ratings_of(table), seed=1527)
    assert by_table.kappa.interval.lower == pytest.approx(by_rating.kappa.interval.lower, abs=0.03)
    assert by_table.kappa.interval.upper == pytest.approx(by_rating.kappa.interval.upper, abs=0.03)


def test_units_clustered_in_patients_make_the_interval_wider():
    alone, together = (agreement_of_ratings(ratings_of(PUBLISHED[1][0], per_patient=size), seed=1) for size in (1, 10))
    assert together.kappa.interval.width > alone.kappa.interval.width
    assert (alone.n_patients, together.n_patients) == (50, 5)


@settings(max_examples=10)
@given(st.permutations(four_raters()))
def test_the_order_of_ratings_changes_nothing(ratings):
    assert agreement_of_ratings(ratings, seed=5) == agreement_of_ratings(four_raters(), seed=5)


@settings(max_examples=30)
@given(
    st.lists(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=3, max_size=3), min_size=1, max_size=12).filter(
        lambda rows: any(sum(said is not None for said in row) > 1 for row in rows)
    )
)
def test_three_raters_agree_as_in_the_module_for_many(rows):
    ratings = [Rating(str(u), str(r), said) for u, row in enumerate(rows) for r, said in enumerate(row) if said]
    found, other = agreement_of_ratings(ratings, seed=1), agreement_of_many(rows)
    if len(found.raters) > 2:
        assert found.raw.value == pytest.approx(other.raw)
        assert (found.ac1.value is None) == (other.ac1 is None)
    assert found.fleiss_kappa.value == pytest.approx(other.fleiss_kappa)


@settings(max_examples=30)
@given(st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), min_size=2, max_size=2).filter(np.any))
def test_every_cross_table_of_two_categories_gives_numbers_or_says_why_not(table):
    found, other = of_table(table), agreement(table)
    assert (found.raw.value, found.kappa.value) == (pytest.approx(other.raw), pytest.approx(other.kappa))
    assert (found.raw.interval is None) == (found.gap is not None)


def test_raters_who_never_differ_get_no_interval_and_are_told_why():
    found = of_table([[5, 0], [0, 7]])
    assert (found.raw.value, found.kappa.value, found.raw.interval, found.gap) == (1.0, 1.0, None, Gap.NO_VARIATION)


def test_one_patient_gets_no_interval():
    found = agreement_of_ratings(ratings_of(PUBLISHED[1][0], per_patient=99), seed=1)
    assert (found.gap, found.kappa.interval) == (Gap.ONE_PATIENT, None)


@pytest.mark.parametrize(
    ("table", "n_names"), [([[1, 2]], 1), ([[1], [2, 3]], 2), ([[0, 0], [0, 0]], 2), ([[1, 0], [0, 1]], 3), ([], 0)]
)
def test_a_cross_table_that_is_none_is_refused(table, n_names):
    with pytest.raises(Invalid, match="not square"):
        agreement_in_table(table, ["x"] * n_names, seed=1)


def test_contradictions_in_ratings_are_refused():
    one = Rating("u1", "A", "x", "P1")
    for ratings, words in (
        ([one, replace(one, category="y")], "rated twice"),
        ([one, replace(one, rater="B", patient="P2")], "two patients"),
        ([one, replace(one, unit="u2", rater="B")], "two raters"),
        ([replace(one, unit=str(n), category=str(n)) for n in range(MOST_CATEGORIES + 1)], "categories"),
    ):
        with pytest.raises(Invalid, match=words):
            agreement_of_ratings(ratings, seed=1)
