"""Other estimates of the same share: marginal models, resampled patients, patients as units, correlation."""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import special

from casebook.domain.errors import Invalid
from casebook.stats.clusters import Clusters, clusters
from casebook.stats.intervals import Interval, clopper_pearson


class WorkingCorrelation(StrEnum):
    """How a marginal model thinks lesions of one patient hang together."""

    INDEPENDENCE = "independence"
    EXCHANGEABLE = "exchangeable"


@dataclass(frozen=True, slots=True)
class MarginalModel:
    """A logistic GEE with an intercept only.

    `logit` and its robust `se_logit`; `p` and `interval` are back on the share's scale (normal quantile). `alpha` is
    the common correlation of the exchangeable model. The exchangeable estimate weights patients differently from
    lesions counted one by one: it estimates something else than Y / N.
    """

    correlation: WorkingCorrelation
    logit: float
    se_logit: float
    p: float
    interval: Interval
    alpha: float | None


def marginal_model(
    n: Sequence[int], y: Sequence[int], correlation: WorkingCorrelation, *, level: float = 0.95
) -> MarginalModel | None:
    """The GEE estimate (Liang and Zeger, Biometrika 1986;73:13).

    None where all lesions are alike, m < 2, or share and correlation chase each other without an end, as they can
    among very few patients.
    """
    import statsmodels.api as sm  # noqa: PLC0415 - takes seconds to load, and most of the program fits no model
    from statsmodels.tools.sm_exceptions import IterationLimitWarning  # noqa: PLC0415

    data = clusters(n, y)
    if data.m < 2 or data.n_nonviable in {0, data.n_lesions}:  # noqa: PLR2004 - a variance needs two patients
        return None
    structure = (
        sm.cov_struct.Exchangeable() if correlation is WorkingCorrelation.EXCHANGEABLE else sm.cov_struct.Independence()
    )
    outcomes, patients = _one_row_per_lesion(data)
    model = sm.GEE(
        outcomes, np.ones_like(outcomes), groups=patients, family=sm.families.Binomial(), cov_struct=structure
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IterationLimitWarning)
        fitted = model.fit(maxiter=200, ctol=1e-12)
    if not fitted.converged:
        return None
    logit, se = float(fitted.params[0]), float(fitted.bse[0])
    z = float(special.ndtri((1 + level) / 2))
    lower, upper = special.expit([logit - z * se, logit + z * se])
    return MarginalModel(
        correlation=correlation,
        logit=logit,
        se_logit=se,
        p=float(special.expit(logit)),
        interval=Interval(float(lower), float(upper)),
        alpha=float(structure.dep_params) if correlation is WorkingCorrelation.EXCHANGEABLE else None,
    )


def _one_row_per_lesion(data: Clusters) -> tuple[np.ndarray, np.ndarray]:
    sizes = data.n.astype(int)
    patients = np.repeat(np.arange(data.m), sizes)
    rank = np.arange(len(patients)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return (rank < np.repeat(data.y, sizes)).astype(np.float64), patients


def bootstrap_interval(
    n: Sequence[int], y: Sequence[int], *, seed: int, n_resamples: int = 10_000, level: float = 0.95
) -> Interval | None:
    """The percentile interval from patients resampled with replacement; None where all lesions are alike or m < 2.

    The same seed gives the same interval.
    """
    data = clusters(n, y)
    if data.m < 2 or data.n_nonviable in {0, data.n_lesions}:  # noqa: PLR2004 - one patient has no variation
        return None
    return percentiles(lambda picks: (picks @ data.y) / (picks @ data.n), data.m, seed, n_resamples, level)


def percentiles(
    statistic: Callable[[np.ndarray], np.ndarray], m: int, seed: int, n_resamples: int, level: float
) -> Interval:
    """Percentiles of a statistic over resamples, given as how often each patient is picked, shape (resamples, m)."""
    return percentile_interval([statistic(picks) for picks in resamples(m, seed, n_resamples)], level)


def resamples(m: int, seed: int, n_resamples: int) -> Iterator[np.ndarray]:
    """Yield how often each of `m` patients is picked, in batches of shape (resamples, m); the same for a seed."""
    if n_resamples < 10_000:  # noqa: PLR2004 - below, the percentiles themselves are noise
        raise Invalid(f"Found {n_resamples} resamples; expected 10000 or more.", field="n_resamples")
    generator = np.random.default_rng(seed)
    per_batch = max(1, 4_000_000 // m)
    for start in range(0, n_resamples, per_batch):
        size = min(per_batch, n_resamples - start)
        yield generator.multinomial(m, np.full(m, 1 / m), size=size).astype(np.float64)


def percentile_interval(values: Sequence[np.ndarray], level: float) -> Interval:
    """The middle `level` of the values that are numbers."""
    tail = (1 - level) / 2
    found = np.concatenate(values)
    lower, upper = np.quantile(found[np.isfinite(found)], [tail, 1 - tail])
    return Interval(float(lower), float(upper))


@dataclass(frozen=True, slots=True)
class PatientShare:
    """Patients all of whose cDLM are non-viable."""

    n_all_nonviable: int
    m: int
    interval: Interval | None


def patients_all_nonviable(n: Sequence[int], y: Sequence[int], *, level: float = 0.95) -> PatientShare:
    """How many patients have only non-viable lesions, with the exact interval."""
    data = clusters(n, y)
    count = int(np.count_nonzero(data.y == data.n))
    return PatientShare(count, data.m, clopper_pearson(count, data.m, level) if data.m else None)


def intraclass_correlation(n: Sequence[int], y: Sequence[int]) -> float | None:
    """The analysis-of-variance estimate of the intra-patient correlation; None where it is not defined.

    Donner, Int Stat Rev 1986;54:67, with the size-adjusted mean cluster size.
    """
    data = clusters(n, y)
    within_df = data.n_lesions - data.m
    if data.m < 2 or within_df <= 0:  # noqa: PLR2004 - it compares patients
        return None
    shares = data.y / data.n
    between = float((data.n * np.square(shares - data.p)).sum()) / (data.m - 1)
    within = float((data.n * shares * (1 - shares)).sum()) / within_df
    size = (data.n_lesions - float(np.square(data.n).sum()) / data.n_lesions) / (data.m - 1)
    total = between + (size - 1) * within
    return (between - within) / total if not math.isclose(total, 0, abs_tol=1e-15) else None
