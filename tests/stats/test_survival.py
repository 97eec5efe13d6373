"""The two-year rule on the fourteen lesions left in place, with censoring."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.errors import Invalid
from casebook.stats.survival import Observation, Status, curves
from tests.stats.reference import FOURTEEN

LESIONS = [Observation(day, Status(status)) for day, status in FOURTEEN.values()]


def test_kaplan_meier_at_the_horizon_equals_the_reference():
    assert curves(LESIONS).recurrence_free(730) == pytest.approx(0.6527, abs=0.00005)


def test_aalen_johansen_at_the_horizon_equals_the_reference():
    found = curves(LESIONS)
    assert found.incidence_recurrence(730) == pytest.approx(0.3297, abs=0.00005)
    assert found.incidence_death(730) == pytest.approx(0.0769, abs=0.00005)


def test_the_recurrence_after_the_horizon_counts_only_after_it():
    found = curves(LESIONS)
    assert found.recurrence_free(799) == found.recurrence_free(730)
    assert found.recurrence_free(800) < found.recurrence_free(730)


def test_before_the_first_event_everything_is_free():
    found = curves(LESIONS)
    assert (found.recurrence_free(89), found.recurrence_free_se(89)) == (1.0, 0.0)
    assert (found.incidence_recurrence(89), found.incidence_death(89)) == (0.0, 0.0)


def test_greenwoods_standard_error_without_censoring_is_the_binomial_one():
    found = curves([Observation(day, Status.RECURRENCE) for day in (1, 2, 3)] + [Observation(9, Status.CENSORED)] * 5)
    share = 5 / 8
    assert found.recurrence_free(5) == pytest.approx(share)
    assert found.recurrence_free_se(5) == pytest.approx(math.sqrt(share * (1 - share) / 8))


def test_on_one_day_events_come_before_censorings():
    found = curves([Observation(10, Status.CENSORED), Observation(10, Status.RECURRENCE)])
    assert found.recurrence_free(10) == 0.5


def test_an_observation_before_the_start_is_refused():
    with pytest.raises(Invalid, match="before the start"):
        curves([Observation(-1, Status.CENSORED)])


def test_without_lesions_nothing_has_happened():
    assert curves([]).recurrence_free(730) == 1.0


OBSERVATIONS = st.lists(st.builds(Observation, st.integers(0, 900), st.sampled_from(Status)), max_size=40)


@given(OBSERVATIONS, st.integers(0, 900))
def test_competing_incidences_never_exceed_one_and_kaplan_meier_understates_freedom(observations, day):
    found = curves(observations)
    recurrence, death = found.incidence_recurrence(day), found.incidence_death(day)
    assert 0 <= recurrence + death <= 1 + 1e-12
    assert found.recurrence_free(day) <= 1 - recurrence + 1e-12


@given(st.lists(st.builds(Observation, st.integers(0, 900), st.sampled_from([Status.CENSORED, Status.RECURRENCE]))))
def test_without_deaths_incidence_is_the_complement_of_kaplan_meier(observations):
    found = curves(observations)
    assert found.incidence_recurrence(900) == pytest.approx(1 - found.recurrence_free(900))


@given(st.lists(st.integers(0, 900), min_size=1, max_size=30))
def test_without_censoring_kaplan_meier_is_the_share_still_free(days):
    found = curves([Observation(day, Status.RECURRENCE) for day in days])
    assert found.recurrence_free(450) == pytest.approx(sum(day > 450 for day in days) / len(days))
