"""The two-year rule over a table: the fourteen lesions of the reference page, windows, deaths, bounds."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.errors import Invalid
from casebook.stats.horizon import Fate, fate_at, horizon_report
from casebook.stats.rounding import rounded
from casebook.stats.survival import Observation, Status
from tests.stats.reference import FOURTEEN

LESIONS = [Observation(day, Status(status)) for day, status in FOURTEEN.values()]


def printed(share, decimals=4):
    exact = share.naive.clopper_pearson
    return [rounded(value, decimals) for value in (share.estimate.p, exact.lower, exact.upper)]


def decimals(*texts):
    return [Decimal(text) for text in texts]


def test_the_fourteen_lesions_are_counted_as_on_the_reference_page():
    found = horizon_report(LESIONS, horizon_days=730)
    assert (found.fates[Fate.RECURRED], found.fates[Fate.FREE], found.fates[Fate.NOT_EVALUABLE]) == (4, 5, 5)
    fates = dict(zip(FOURTEEN, (fate_at(one, horizon_days=730, window_days=0) for one in LESIONS), strict=True))
    assert [name for name, fate in fates.items() if fate is Fate.NOT_EVALUABLE] == ["L05", "L06", "L07", "L09", "L14"]
    assert fates["L13"] is Fate.FREE


def test_complete_case_and_bounds_equal_the_reference():
    found = horizon_report(LESIONS, horizon_days=730).complete_case
    assert printed(found.share) == decimals("0.5556", "0.2120", "0.8630")
    assert printed(found.as_viable) == decimals("0.3571", "0.1276", "0.6486")
    assert printed(found.as_nonviable) == decimals("0.7143", "0.4190", "0.9161")
    assert (found.as_viable.estimate.y, found.as_nonviable.estimate.y, found.as_viable.estimate.n) == (5, 10, 14)


def test_both_curves_equal_the_reference():
    found = horizon_report(LESIONS, horizon_days=730).probabilities
    values = (found.recurrence_free.value, found.incidence_recurrence.value, found.incidence_death.value)
    assert [rounded(value, 4) for value in values] == decimals("0.6527", "0.3297", "0.0769")


def test_a_window_of_thirty_days_frees_one_more():
    share = horizon_report(LESIONS, horizon_days=730, window_days=30).complete_case.share.estimate
    assert (share.y, share.n) == (6, 10)


@pytest.mark.parametrize(
    ("day", "status", "fate"),
    [
        (730, Status.RECURRENCE, Fate.RECURRED),
        (731, Status.RECURRENCE, Fate.FREE),
        (700, Status.CENSORED, Fate.FREE),
        (699, Status.CENSORED, Fate.NOT_EVALUABLE),
        (729, Status.DEATH, Fate.NOT_EVALUABLE),
        (730, Status.DEATH, Fate.FREE),
    ],
)
def test_the_days_around_the_horizon_and_its_window(day, status, fate):
    assert fate_at(Observation(day, status), horizon_days=730, window_days=30) is fate


@pytest.mark.parametrize(("horizon", "window"), [(0, 0), (-1, 0), (730, -1), (730, 731)])
def test_a_horizon_or_window_that_is_none_is_refused(horizon, window):
    with pytest.raises(Invalid, match="days"):
        horizon_report(LESIONS, horizon_days=horizon, window_days=window)


@given(
    st.lists(
        st.builds(Observation, st.integers(0, 1000), st.sampled_from(Status), st.sampled_from(["", "P1", "P2", "P3"])),
        max_size=25,
    )
)
def test_every_lesion_has_one_fate_and_the_bounds_hold_the_complete_case(observations):
    found = horizon_report(observations, horizon_days=730)
    case = found.complete_case
    assert found.fates.total() == len(observations) == case.share.estimate.n + case.n_unknown
    assert case.as_viable.estimate.n == len(observations)
    if case.share.estimate.p is not None:
        assert case.as_viable.estimate.p <= case.share.estimate.p <= case.as_nonviable.estimate.p
