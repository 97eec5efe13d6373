"""The curves of lesions left in place: the reference page, R's survival package, and properties.

`COMPUTED` holds what R 4.2.2 with survival 3.5-3 says: `survfit(Surv(day, status == 1) ~ 1, cluster = patient,
conf.type = "log-log")` for Kaplan-Meier; for Aalen-Johansen the influence matrix of `survfit(Surv(day,
factor(status, 0:2)) ~ 1, id = lesion, influence = TRUE)`, summed within the patient by `rowsum`, squared and summed
(that version leaves `cluster` out of account where an event has several types).
"""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from casebook.domain.errors import Invalid
from casebook.stats.clustered import clustered_proportion
from casebook.stats.probabilities import NoInterval, at_horizon
from casebook.stats.survival import Observation, Status, curves
from tests.stats.reference import FOLLOWED, FOURTEEN, PATIENTS_OF_FOURTEEN

LESIONS = [Observation(day, Status(status)) for day, status in FOURTEEN.values()]
SETS = {
    "fourteen": [
        Observation(day, Status(status), PATIENTS_OF_FOURTEEN[lesion]) for lesion, (day, status) in FOURTEEN.items()
    ],
    "followed": [Observation(day, Status(status), patient) for patient, day, status in FOLLOWED],
}
COMPUTED = [
    ("fourteen", 180, 0.846153846154, 0.0912854947961, 0.553040290146, 0.953978163754),
    ("fourteen", 365, 0.761538461538, 0.114378315583, 0.448133391454, 0.911690937229),
    ("fourteen", 730, 0.652747252747, 0.112657898756, 0.389564183452, 0.824471745105),
    ("followed", 180, 0.947642856496, 0.0157180212821, 0.906257684301, 0.971046330535),
    ("followed", 365, 0.858533946053, 0.0279511594917, 0.793136282929, 0.904489651595),
    ("followed", 730, 0.603251511799, 0.054463019714, 0.488067386362, 0.700383744247),
    ("followed", 850, 0.445475345754, 0.0718947424554, 0.302485834379, 0.578781852841),
]
COMPUTED_COMPETING = [
    ("fourteen", 365, 0.230769230769, 0.112270212787, 0.0769230769231, 0.0642768076402),
    ("fourteen", 730, 0.32967032967, 0.111653106231, 0.0769230769231, 0.0642768076402),
    ("followed", 180, 0.0514456087804, 0.0155074988448, 0.0521368892107, 0.0155782141512),
    ("followed", 365, 0.131938193922, 0.0267444448056, 0.13243321094, 0.0256034692084),
    ("followed", 730, 0.311894152776, 0.0487791776889, 0.331767548539, 0.0499121822903),
    ("followed", 850, 0.38385511944, 0.0586580575294, 0.453782374776, 0.0598951303317),
]


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


@pytest.mark.parametrize(("name", "day", "value", "se", "lower", "upper"), COMPUTED)
def test_kaplan_meier_with_clusters_equals_r_s_survfit(name, day, value, se, lower, upper):
    found = at_horizon(curves(SETS[name]), day).recurrence_free
    assert (found.value, found.se) == (pytest.approx(value, abs=1e-11), pytest.approx(se, abs=1e-11))
    assert found.interval.lower == pytest.approx(lower, abs=1e-11)
    assert found.interval.upper == pytest.approx(upper, abs=1e-11)


@pytest.mark.parametrize(("name", "day", "recurrence", "its_se", "death", "se_of_death"), COMPUTED_COMPETING)
def test_aalen_johansen_with_clusters_equals_r_s_influence(name, day, recurrence, its_se, death, se_of_death):
    found = curves(SETS[name]).at(day)
    assert (found.incidence_recurrence, found.incidence_recurrence_se) == (
        pytest.approx(recurrence, abs=1e-11),
        pytest.approx(its_se, abs=1e-11),
    )
    assert (found.incidence_death, found.incidence_death_se) == (
        pytest.approx(death, abs=1e-11),
        pytest.approx(se_of_death, abs=1e-11),
    )


def test_the_level_of_the_interval_is_a_parameter():
    found = at_horizon(curves(SETS["followed"]), 730, level=0.9).recurrence_free
    assert found.interval.lower == pytest.approx(0.507609973096, abs=1e-11)
    assert found.interval.upper == pytest.approx(0.686089423908, abs=1e-11)


def test_standard_errors_are_near_those_of_leaving_out_one_patient_at_a_time():
    observations = SETS["followed"]
    patients = sorted({item.patient for item in observations})
    left_out = [curves([item for item in observations if item.patient != gone]).at(730) for gone in patients]
    found = curves(observations).at(730)
    for name in ("recurrence_free", "incidence_recurrence", "incidence_death"):
        values = [getattr(step, name) for step in left_out]
        mean = sum(values) / len(values)
        jackknife = math.sqrt((len(values) - 1) / len(values) * sum((value - mean) ** 2 for value in values))
        assert getattr(found, f"{name}_se") == pytest.approx(jackknife, rel=0.06)


CLUSTERED = st.lists(
    st.builds(Observation, st.integers(0, 900), st.sampled_from(Status), st.sampled_from(["P1", "P2", "P3", "P4"])),
    min_size=1,
    max_size=30,
)
NUMBERS = (
    *("recurrence_free", "recurrence_free_se", "incidence_recurrence", "incidence_recurrence_se"),
    *("incidence_death", "incidence_death_se"),
)


def numbers(observations, day=730):
    step = curves(observations).at(day)
    return [getattr(step, name) for name in NUMBERS]


@given(CLUSTERED, st.randoms())
def test_neither_the_order_of_lesions_nor_the_names_of_patients_matter(observations, random):
    shuffled = random.sample(observations, len(observations))
    renamed = [Observation(item.day, item.status, f"other {item.patient}") for item in shuffled]
    assert numbers(renamed) == pytest.approx(numbers(observations), abs=1e-12)


@given(CLUSTERED, st.integers(2, 4))
def test_every_lesion_counted_several_times_in_its_patient_changes_nothing(observations, times):
    assert numbers(observations * times) == pytest.approx(numbers(observations), abs=1e-12)


@given(OBSERVATIONS, st.integers(0, 900))
def test_with_a_lesion_per_patient_the_standard_error_is_greenwoods(observations, day):
    total, free = 0.0, 1.0
    for step in curves(observations).steps:
        if step.day <= day and step.n_recurred < step.n_at_risk:
            total += step.n_recurred / (step.n_at_risk * (step.n_at_risk - step.n_recurred))
        if step.day <= day:
            free *= 1 - step.n_recurred / step.n_at_risk
    assert curves(observations).recurrence_free_se(day) == pytest.approx(free * math.sqrt(total), abs=1e-12)


@given(CLUSTERED)
def test_without_censoring_the_variance_is_that_of_the_clustered_share_but_for_m_less_one(observations):
    events = [Observation(item.day, Status.RECURRENCE, item.patient) for item in observations]
    patients = sorted({item.patient for item in events})
    n = [sum(item.patient == patient for item in events) for patient in patients]
    y = [sum(item.patient == patient and item.day > 450 for item in events) for patient in patients]
    share = clustered_proportion(n, y)
    assume(share.variance is not None)
    m = len(patients)
    assert curves(events).recurrence_free_se(450) ** 2 == pytest.approx(share.variance * (m - 1) / m)


@given(CLUSTERED, st.integers(0, 1000))
def test_an_interval_holds_its_estimate_within_0_and_1_and_what_has_none_says_why(observations, day):
    found = at_horizon(curves(observations), day)
    for one in (found.recurrence_free, found.incidence_recurrence, found.incidence_death):
        assert (one.interval is None) == (one.no_interval is not None) == (one.se is None)
        if one.interval is not None:
            assert 0 <= one.interval.lower <= one.value <= one.interval.upper <= 1
            assert one.interval.width > 0


def test_where_nobody_dies_the_two_curves_and_their_intervals_are_complements():
    alive = [Observation(item.day, Status(item.status % 2), item.patient) for item in SETS["followed"]]
    found = at_horizon(curves(alive), 730)
    free, recurred = found.recurrence_free.interval, found.incidence_recurrence.interval
    assert (recurred.lower, recurred.upper) == (pytest.approx(1 - free.upper), pytest.approx(1 - free.lower))


@pytest.mark.parametrize(
    ("observations", "why"),
    [
        ([], NoInterval.NO_LESIONS),
        ([(300, 0, "P1"), (200, 1, "P2")], NoInterval.BEYOND_FOLLOW_UP),
        ([(800, 0, "P1"), (200, 1, "P1")], NoInterval.ONE_PATIENT),
        ([(800, 0, "P1"), (900, 0, "P2")], NoInterval.NO_EVENT),
        ([(300, 1, "P1"), (200, 1, "P2")], NoInterval.NOBODY_LEFT),
        ([(800, 0, "P1"), (200, 1, "P1"), (800, 0, "P2"), (200, 1, "P2")], NoInterval.NO_VARIATION),
    ],
)
def test_what_carries_no_interval_says_why(observations, why):
    found = at_horizon(curves([Observation(day, Status(status), who) for day, status, who in observations]), 730)
    assert (found.recurrence_free.no_interval, found.recurrence_free.interval) == (why, None)
    assert (found.recurrence_free.value is None) == (why in {NoInterval.NO_LESIONS, NoInterval.BEYOND_FOLLOW_UP})


def test_an_impossible_level_is_refused():
    with pytest.raises(Invalid, match="level"):
        at_horizon(curves(LESIONS), 730, level=1)
