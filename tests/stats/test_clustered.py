"""The primary estimator against R's survey package, and its properties."""

import json
import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from casebook.domain.errors import Invalid
from casebook.domain.study.model import IntervalMethod
from casebook.stats.bounded import PatientTotals
from casebook.stats.clustered import Degenerate, clustered_proportion
from casebook.stats.clustered_report import clustered_report
from casebook.stats.clusters import MOST_LESIONS
from casebook.stats.records import clustered_record
from casebook.stats.sensitivity import (
    WorkingCorrelation,
    bootstrap_interval,
    intraclass_correlation,
    marginal_model,
    patients_all_nonviable,
)
from tests.stats.reference import CONTROL, D25, F20, TREATED

SETS = {"control": CONTROL, "treated": TREATED, "d25": D25, "f20": F20}

TABLE = [
    ("f20", "m", 20, 0),
    ("f20", "n", 48, 0),
    ("f20", "y", 30, 0),
    ("control", "m", 16, 0),
    ("control", "n", 158, 0),
    ("control", "y", 142, 0),
    ("treated", "m", 16, 0),
    ("treated", "n", 145, 0),
    ("treated", "y", 112, 0),
    ("d25", "m", 25, 0),
    ("d25", "n", 50, 0),
    ("d25", "y", 30, 0),
    ("control", "p", 0.8987341772, 10),
    ("treated", "p", 0.7724137931, 10),
    ("d25", "p", 0.6, 10),
    ("f20", "p", 0.6250, 4),
    ("control", "se", 0.0266447215, 10),
    ("treated", "se", 0.0692260782, 10),
    ("d25", "se", 0.0846561673, 10),
    ("f20", "se", 0.093628, 6),
    ("control", "deff", 1.23249539, 8),
    ("treated", "deff", 3.95286063, 8),
    ("d25", "deff", 1.49305556, 8),
    ("f20", "deff", 1.7953, 4),
    ("control", "n_eff", 128.195205, 6),
    ("treated", "n_eff", 36.682295, 6),
    ("d25", "n_eff", 33.488372, 6),
    ("f20", "n_eff", 26.736, 3),
]

INTERVALS = [
    ("control", "logit_t", 0.82624248, 0.94306630, 8),
    ("treated", "logit_t", 0.59450733, 0.88708970, 8),
    ("d25", "logit_t", 0.42005633, 0.75647914, 8),
    ("control", "wald_t", 0.84194230, 0.95552606, 8),
    ("treated", "wald_t", 0.62486190, 0.91996569, 8),
    ("d25", "wald_t", 0.42527826, 0.77472174, 8),
    ("f20", "wald_t", 0.4290, 0.8210, 4),
    ("control", "wilson_effective", 0.83438460, 0.93988231, 8),
    ("treated", "wilson_effective", 0.61494309, 0.87823744, 8),
    ("d25", "wilson_effective", 0.43221876, 0.74720007, 8),
    ("f20", "wilson_effective", 0.4370, 0.7816, 4),
    ("control", "clopper_pearson_effective", 0.83300273, 0.94499683, 8),
    ("treated", "clopper_pearson_effective", 0.60437925, 0.89408012, 8),
    ("d25", "clopper_pearson_effective", 0.41691621, 0.76469787, 8),
    ("f20", "clopper_pearson_effective", 0.4181, 0.8031, 4),
    ("control", "exact_lesions", 0.84076237, 0.94100149, 8),
    ("treated", "exact_lesions", 0.69549769, 0.83786553, 8),
    ("d25", "exact_lesions", 0.45179403, 0.73592160, 8),
    ("f20", "exact_lesions", 0.4735, 0.7605, 4),
]

EXCHANGEABLE = [
    ("control", 2.17608565, 0.28363181, 0.01656457),
    ("treated", 1.10585327, 0.37511175, 0.32668257),
    ("d25", 0.40927284, 0.34529488, 0.27222477),
]


def printed(value, decimals):
    return pytest.approx(value, abs=0.5000001 * 10**-decimals)


@pytest.mark.parametrize(("data", "quantity", "expected", "decimals"), TABLE)
def test_a_quantity_equals_the_reference_at_its_printed_precision(data, quantity, expected, decimals):
    assert getattr(clustered_proportion(*SETS[data]), quantity) == printed(expected, decimals)


@pytest.mark.parametrize(("data", "method", "lower", "upper", "decimals"), INTERVALS)
def test_an_interval_equals_the_reference_at_its_printed_precision(data, method, lower, upper, decimals):
    interval = getattr(clustered_proportion(*SETS[data]), method)
    assert interval.lower == printed(lower, decimals)
    assert interval.upper == printed(upper, decimals)


@pytest.mark.parametrize(("data", "b", "se", "alpha"), EXCHANGEABLE)
def test_the_exchangeable_model_equals_r_gee(data, b, se, alpha):
    model = marginal_model(*SETS[data], WorkingCorrelation.EXCHANGEABLE)
    assert (model.logit, model.se_logit, model.alpha) == (printed(b, 8), printed(se, 8), printed(alpha, 8))


@pytest.mark.parametrize(("data", "se"), [("control", 0.28346711), ("treated", 0.38129351), ("d25", 0.34560736)])
def test_the_independence_model_equals_r_gee(data, se):
    model = marginal_model(*SETS[data], WorkingCorrelation.INDEPENDENCE)
    assert model.se_logit == printed(se, 8)
    assert model.p == pytest.approx(clustered_proportion(*SETS[data]).p, abs=1e-10)
    assert model.alpha is None


def test_the_models_of_f20_equal_the_reference():
    independence = marginal_model(*F20, WorkingCorrelation.INDEPENDENCE).interval
    assert (independence.lower, independence.upper) == (printed(0.4373, 4), printed(0.7814, 4))
    exchangeable = marginal_model(*F20, WorkingCorrelation.EXCHANGEABLE)
    assert (exchangeable.p, exchangeable.alpha) == (printed(0.6150, 4), printed(0.3143, 4))
    assert (exchangeable.interval.lower, exchangeable.interval.upper) == (printed(0.4352, 4), printed(0.7680, 4))


def test_a_model_whose_share_and_correlation_never_settle_gives_no_estimate():
    patients = (4, 3, 1), (2, 2, 1)
    assert marginal_model(*patients, WorkingCorrelation.EXCHANGEABLE) is None
    assert marginal_model(*patients, WorkingCorrelation.INDEPENDENCE).p == pytest.approx(5 / 8)


def of_statsmodels(n, y, structure):
    """The same model by statsmodels, which wants a row per lesion: logit, robust standard error, correlation."""
    import statsmodels.api as sm  # takes seconds to load: only where this test runs

    structure = getattr(sm.cov_struct, structure)()
    outcomes = np.concatenate([np.arange(total) < count for total, count in zip(n, y, strict=True)]).astype(float)
    model = sm.GEE(
        outcomes,
        np.ones_like(outcomes),
        groups=np.repeat(np.arange(len(n)), n),
        family=sm.families.Binomial(),
        cov_struct=structure,
    )
    fitted = model.fit(maxiter=500, ctol=1e-13)
    return fitted.params[0], fitted.bse[0], structure.dep_params


def test_models_of_made_up_patients_equal_those_of_statsmodels():
    generator = np.random.default_rng(1527)
    for m in (4, 8, 12, 20, 40, 80):
        n = generator.integers(1, 7, m)
        y = generator.binomial(n, generator.beta(2, 1, m))
        exchangeable = marginal_model(n, y, WorkingCorrelation.EXCHANGEABLE)
        logit, se, alpha = of_statsmodels(n, y, "Exchangeable")
        assert (exchangeable.logit, exchangeable.se_logit) == (pytest.approx(logit, abs=1e-9), pytest.approx(se))
        assert exchangeable.alpha == pytest.approx(alpha, abs=1e-9)
        independence = marginal_model(n, y, WorkingCorrelation.INDEPENDENCE)
        logit, se, _ = of_statsmodels(n, y, "Independence")
        assert (independence.logit, independence.se_logit) == (pytest.approx(logit), pytest.approx(se))


def test_with_one_lesion_per_patient_both_models_are_the_same_and_no_correlation_is_claimed():
    found = marginal_model([1] * 6, [1, 1, 0, 1, 0, 1], WorkingCorrelation.EXCHANGEABLE)
    other = marginal_model([1] * 6, [1, 1, 0, 1, 0, 1], WorkingCorrelation.INDEPENDENCE)
    assert (found.logit, found.se_logit, found.alpha) == (other.logit, other.se_logit, None)


def test_one_pair_of_lesions_gives_no_correlation():
    assert marginal_model([2, 1, 1], [1, 1, 0], WorkingCorrelation.EXCHANGEABLE) is None


def test_patients_with_the_same_share_carry_neither_model_nor_bootstrap():
    patients = [2, 4, 6], [1, 2, 3]
    assert marginal_model(*patients, WorkingCorrelation.INDEPENDENCE) is None
    assert marginal_model(*patients, WorkingCorrelation.EXCHANGEABLE) is None
    assert bootstrap_interval(*patients, seed=1) is None


def test_the_logit_interval_of_f20_with_the_normal_quantile_equals_the_reference():
    found = clustered_proportion(*F20)
    half = stats.norm.ppf(0.975) * found.se / (found.p * (1 - found.p))
    logit = math.log(found.p / (1 - found.p))
    bounds = [1 / (1 + math.exp(-(logit + sign * half))) for sign in (-1, 1)]
    assert bounds == [printed(0.4324, 4), printed(0.7848, 4)]


@pytest.mark.parametrize(
    ("data", "icc", "decimals"),
    [("control", 0.02909139, 8), ("treated", 0.37213481, 8), ("d25", 0.34597302, 8), ("f20", 0.3521, 4)],
)
def test_the_intraclass_correlation_equals_the_reference(data, icc, decimals):
    assert intraclass_correlation(*SETS[data]) == printed(icc, decimals)


@pytest.mark.parametrize(
    ("data", "lower", "upper"),
    [
        ("control", 0.8456, 0.9464),
        ("treated", 0.6294, 0.8896),
        ("d25", 0.4314, 0.7586),
        ("f20", 0.4423, 0.7963),
    ],
)
def test_the_bootstrap_interval_is_within_the_tolerance_of_the_reference(data, lower, upper):
    interval = bootstrap_interval(*SETS[data], seed=1527, n_resamples=20_000)
    assert interval.lower == pytest.approx(lower, abs=0.005)
    assert interval.upper == pytest.approx(upper, abs=0.005)


def test_the_same_seed_gives_the_same_bootstrap_interval():
    assert bootstrap_interval(*D25, seed=3) == bootstrap_interval(*D25, seed=3)
    assert bootstrap_interval(*D25, seed=3) != bootstrap_interval(*D25, seed=4)


def test_the_order_of_patients_leaves_the_bootstrap_interval_the_same():
    backwards = D25[0][::-1], D25[1][::-1]
    assert bootstrap_interval(*backwards, seed=3) == bootstrap_interval(*D25, seed=3)


def test_a_bootstrap_that_would_not_end_is_refused():
    n = list(range(1, 2002))
    with pytest.raises(Invalid, match="fewer resamples"):
        bootstrap_interval(n, [1] * len(n), seed=1, n_resamples=250_000)


def test_a_bootstrap_with_too_few_resamples_is_refused():
    with pytest.raises(Invalid, match="10000"):
        bootstrap_interval(*D25, seed=1, n_resamples=999)


def test_patients_with_all_lesions_non_viable_are_counted():
    found = patients_all_nonviable(*F20)
    assert (found.n_all_nonviable, found.m) == (9, 20)
    assert (found.interval.lower, found.interval.upper) == (printed(0.2306, 4), printed(0.6847, 4))


def test_the_threshold_is_tested_one_sided_on_the_logit_scale():
    found = clustered_proportion(*D25, p0=0.85)
    t = (math.log(1.5) - math.log(0.85 / 0.15)) / (found.se / 0.24)
    assert found.test.t == pytest.approx(t, rel=1e-12)
    assert found.test.df == 24
    assert found.test.p_value == pytest.approx(1 - stats.t.cdf(t, 24), rel=1e-9)


def test_the_one_sided_test_and_the_interval_agree_at_the_bound():
    lower = clustered_proportion(*D25).logit_t.lower
    assert clustered_proportion(*D25, p0=lower).test.p_value == pytest.approx(0.025, abs=1e-9)


@pytest.mark.parametrize(
    ("n", "y", "why"),
    [
        ([], [], Degenerate.NO_LESIONS),
        ([0, 0], [0, 0], Degenerate.NO_LESIONS),
        ([5], [2], Degenerate.ONE_PATIENT),
        ([5, 0], [2, 0], Degenerate.ONE_PATIENT),
        ([2, 3], [0, 0], Degenerate.NONE_NON_VIABLE),
        ([2, 3], [2, 3], Degenerate.ALL_NON_VIABLE),
        ([2, 4, 6], [1, 2, 3], Degenerate.NO_VARIATION),
    ],
)
def test_degenerate_data_are_flagged_and_never_get_a_point_interval(n, y, why):
    found = clustered_proportion(n, y, p0=0.85)
    assert found.degenerate is why
    assert found.logit_t is None
    assert found.test is None
    for method in IntervalMethod:
        interval = found.interval(method)
        assert interval is None or interval.width > 0


def test_without_any_non_viable_lesion_the_exact_intervals_of_patients_and_lesions_stand_in():
    found = clustered_proportion([2, 3, 1], [0, 0, 0])
    assert found.exact_patients.upper == pytest.approx(1 - 0.025 ** (1 / 3))
    assert found.exact_lesions.upper == pytest.approx(1 - 0.025 ** (1 / 6))
    assert found.exact_patients.lower == 0


def test_one_patient_is_not_estimable():
    found = clustered_proportion([5], [2])
    assert found.p == pytest.approx(0.4)
    assert found.interval(IntervalMethod.LOGIT_T) is None
    assert bootstrap_interval([5], [2], seed=1) is None
    assert marginal_model([5], [2], WorkingCorrelation.EXCHANGEABLE) is None
    assert intraclass_correlation([5], [2]) is None


@pytest.mark.parametrize(
    ("n", "y", "level"),
    [([2], [3], 0.95), ([2, 2], [1], 0.95), ([2], [-1], 0.95), ([2, 1], [1, 0], 1.0), ([2.5, 1], [1, 0], 0.95)],
)
def test_impossible_counts_and_levels_are_refused(n, y, level):
    with pytest.raises(Invalid):
        clustered_proportion(n, y, level=level)


def test_the_level_is_a_parameter():
    narrow, wide = clustered_proportion(*D25, level=0.9), clustered_proportion(*D25, level=0.985)
    assert narrow.logit_t.width < clustered_proportion(*D25).logit_t.width < wide.logit_t.width


PATIENTS = st.lists(
    st.integers(0, 6).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=2, max_size=30
)


def of(pairs, **options):
    return clustered_proportion([n for n, _ in pairs], [y for _, y in pairs], **options)


@given(PATIENTS, st.randoms())
def test_the_order_of_patients_does_not_matter(pairs, random):
    shuffled = random.sample(pairs, len(pairs))
    first, second = asdict(of(pairs)), asdict(of(shuffled))
    for key in ("m", "n", "y", "degenerate"):
        assert first[key] == second[key]
    for key in ("p", "variance", "deff", "wald_t", "logit_t", "exact_patients"):
        assert first[key] == pytest.approx(second[key])


@given(PATIENTS, st.integers(2, 4))
def test_duplicating_every_lesion_inside_its_patient_changes_neither_share_nor_variance(pairs, times):
    found = of(pairs)
    assume(found.degenerate is None)
    copied = of([(n * times, y * times) for n, y in pairs])
    assert copied.p == pytest.approx(found.p)
    assert copied.variance == pytest.approx(found.variance)
    assert copied.logit_t.lower == pytest.approx(found.logit_t.lower)


@given(st.lists(st.integers(0, 1), min_size=2, max_size=50))
def test_one_lesion_per_patient_gives_the_binomial_variance_with_m_minus_one(outcomes):
    found = clustered_proportion([1] * len(outcomes), outcomes)
    assume(found.degenerate is None)
    assert found.variance == pytest.approx(found.p * (1 - found.p) / (found.m - 1))


@given(PATIENTS, st.integers(1, 5))
def test_patients_without_evaluable_lesions_do_not_count(pairs, more):
    assert of(pairs, p0=0.85) == of(pairs + [(0, 0)] * more, p0=0.85)


@given(st.lists(st.tuples(st.sampled_from([1, 2, 9, 400, 1_000_000]), st.floats(0, 1)), min_size=1, max_size=9))
def test_whatever_is_said_of_any_counts_is_a_finite_number(pairs):
    n, y = [n for n, _ in pairs], [round(n * share) for n, share in pairs]
    report = clustered_report([PatientTotals(*pair) for pair in zip(n, y, strict=True)], seed=1, threshold=0.85)
    json.dumps(clustered_record(report), allow_nan=False)


def test_more_lesions_than_can_be_counted_exactly_are_refused():
    with pytest.raises(Invalid, match="fewer"):
        clustered_proportion([MOST_LESIONS, 1], [1, 1])


@given(PATIENTS)
def test_the_complement_mirrors_share_and_logit_interval(pairs):
    found = of(pairs)
    assume(found.degenerate is None)
    mirrored = of([(n, n - y) for n, y in pairs])
    assert mirrored.p == pytest.approx(1 - found.p)
    assert mirrored.logit_t.lower == pytest.approx(1 - found.logit_t.upper)


@given(PATIENTS)
def test_every_interval_holds_the_share(pairs):
    found = of(pairs)
    for method in IntervalMethod:
        interval = found.interval(method)
        assert interval is None or interval.lower <= found.p + 1e-12
        assert interval is None or found.p <= interval.upper + 1e-12


def test_bootstrap_of_many_patients_is_made_in_batches_without_changing_meaning():
    generator = np.random.default_rng(0)
    n = generator.integers(1, 6, 3000)
    y = generator.binomial(n, 0.6)
    interval = bootstrap_interval(n.tolist(), y.tolist(), seed=1)
    assert interval.lower < y.sum() / n.sum() < interval.upper
    assert interval.width == pytest.approx(2 * 1.96 * clustered_proportion(n.tolist(), y.tolist()).se, rel=0.05)
