"""Reader agreement against published tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.errors import Invalid
from casebook.stats.agreement import Coefficient, agreement, bootstrap_agreement, cross_table
from casebook.stats.many_readers import agreement_of_many

GWET_FOUR_RATERS = [
    ["1", "1", None, "1"],
    ["2", "2", "3", "2"],
    ["3", "3", "3", "3"],
    ["3", "3", "3", "3"],
    ["2", "2", "2", "2"],
    ["1", "2", "3", "4"],
    ["4", "4", "4", "4"],
    ["1", "1", "2", "1"],
    ["2", "2", "2", "2"],
    [None, "5", "5", "5"],
    [None, None, "1", "1"],
    [None, None, "3", None],
]


@pytest.mark.parametrize(
    ("table", "kappa", "ac1", "precision"),
    [
        ([[13, 0, 0], [0, 20, 7], [0, 4, 56]], 0.79641, 0.84933, 5e-6),
        ([[20, 5], [10, 15]], 0.4000, 0.405941, 5e-7),
        ([[118, 5], [2, 0]], -0.023392, 0.940776, 5e-7),
    ],
)
def test_kappa_and_ac1_of_a_published_table_equal_the_reference(table, kappa, ac1, precision):
    found = agreement(table)
    assert found.kappa == pytest.approx(kappa, abs=precision)
    assert found.ac1 == pytest.approx(ac1, abs=precision)


def test_the_standard_error_of_kappa_equals_the_reference():
    assert agreement([[13, 0, 0], [0, 20, 7], [0, 4, 56]]).kappa_se == pytest.approx(0.05891, abs=5e-6)


def test_the_kappa_paradox_shows_beside_a_high_raw_agreement():
    found = agreement([[118, 5], [2, 0]])
    assert found.raw == pytest.approx(118 / 125)
    assert found.kappa < 0 < found.ac1


def test_four_readers_with_missing_ratings_equal_the_reference():
    found = agreement_of_many(GWET_FOUR_RATERS)
    assert found.ac1 == pytest.approx(0.77544, abs=5e-6)
    assert found.fleiss_kappa == pytest.approx(0.76117, abs=5e-6)
    assert found.n_units == 12


def test_readers_who_only_ever_say_one_thing_have_no_kappa():
    found = agreement([[9, 0], [0, 0]])
    assert (found.raw, found.kappa, found.kappa_se) == (1.0, None, None)
    assert found.ac1 == 1.0


@pytest.mark.parametrize("table", [[[1, 2]], [[0, 0], [0, 0]], [[1, -1], [0, 1]]])
def test_a_table_that_is_none_is_refused(table):
    with pytest.raises(Invalid):
        agreement(table)


def test_agreement_of_many_needs_a_unit_rated_twice():
    with pytest.raises(Invalid, match="two readers"):
        agreement_of_many([["a", None], [None, "b"]])


TABLES = st.lists(st.lists(st.integers(0, 20), min_size=3, max_size=3), min_size=3, max_size=3)


@given(TABLES.filter(lambda table: any(any(row) for row in table)))
def test_exchanging_the_readers_changes_no_coefficient(table):
    found, exchanged = agreement(table), agreement([list(row) for row in zip(*table, strict=True)])
    assert found.raw == pytest.approx(exchanged.raw)
    assert found.kappa == pytest.approx(exchanged.kappa)
    assert found.ac1 == pytest.approx(exchanged.ac1)
    assert found.kappa_se == pytest.approx(exchanged.kappa_se, abs=1e-9)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=40))
def test_two_readers_agree_the_same_by_table_and_by_rating(pairs):
    said = sorted({rating for pair in pairs for rating in pair})
    by_table, by_rating = agreement(cross_table(pairs, said)), agreement_of_many(pairs)
    assert by_table.raw == pytest.approx(by_rating.raw)
    assert by_table.ac1 == pytest.approx(by_rating.ac1)


def test_the_bootstrap_resamples_patients_and_holds_the_estimate():
    ratings = [("a", "a")] * 30 + [("a", "b")] * 6 + [("b", "b")] * 24
    patients = [f"P{number % 12}" for number in range(60)]
    for coefficient in Coefficient:
        interval = bootstrap_agreement(ratings, patients, coefficient, seed=7)
        assert interval == bootstrap_agreement(ratings, patients, coefficient, seed=7)
        point = getattr(agreement(cross_table(ratings, ["a", "b"])), coefficient)
        assert interval.lower < point < interval.upper


def test_a_patient_cluster_bootstrap_is_wider_than_one_of_lesions():
    ratings = [("a", "a")] * 20 + [("a", "b")] * 10 + [("b", "b")] * 20 + [("b", "a")] * 10
    alone = [str(number) for number in range(60)]
    clustered = [str(number // 10) for number in range(60)]
    narrow = bootstrap_agreement(ratings, alone, Coefficient.KAPPA, seed=1)
    assert bootstrap_agreement(ratings, clustered, Coefficient.KAPPA, seed=1).width > narrow.width
