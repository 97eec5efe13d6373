"""Other estimates of the same share: marginal models, resampled patients, patients as units, correlation."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from scipy import special

from casebook.domain.errors import Invalid
from casebook.stats.clusters import Clusters, clusters
from casebook.stats.intervals import Interval, clopper_pearson

MOST_ROUNDS: Final = 200
"""Of share and correlation estimated in turn."""
SETTLED: Final = 1e-14
"""Change of the correlation below which it counts as found."""
MOST_DRAWS: Final = 500_000_000
"""Kinds of patients times resamples: some 40 seconds."""


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
    """The GEE estimate (Liang and Zeger, Biometrika 1986;73:13) with its sandwich variance.

    With an intercept alone, lesions of a patient enter by their number and their sum only: the estimating equation
    weights each patient by 1 / (1 + (n - 1) alpha). The correlation is the moment estimate of R's gee and of
    statsmodels; among few patients it can leave [0, 1]. None where patients do not differ, m < 2, or share and
    correlation chase each other without an end or out of their range, as they can among very few patients: a solution
    at the very end of the range claims a precision that is none.
    """
    data = clusters(n, y)
    if data.m < 2 or not data.varies:  # a variance needs two patients  # noqa: PLR2004
        return None
    alpha, weights = None, np.ones(data.m)
    if correlation is WorkingCorrelation.EXCHANGEABLE and data.n.max() > 1:
        alpha = _settled_correlation(data)
        if alpha is None:
            return None
        weights = _weights(data, alpha)
    p = _weighted_share(data, weights)
    if not 0 < p < 1:
        return None
    logit = float(special.logit(p))
    meat = np.square(weights * (data.y - data.n * p)).sum()
    se = float(np.sqrt(meat) / (p * (1 - p) * (weights @ data.n)))
    z = float(special.ndtri((1 + level) / 2))
    lower, upper = special.expit([logit - z * se, logit + z * se])
    return MarginalModel(correlation, logit, se, p, Interval(float(lower), float(upper)), alpha)


def _weights(data: Clusters, alpha: float) -> np.ndarray:
    weights: np.ndarray = 1 / (1 + (data.n - 1) * alpha)
    return weights


def _weighted_share(data: Clusters, weights: np.ndarray) -> float:
    return float((weights @ data.y) / (weights @ data.n))


def _settled_correlation(data: Clusters) -> float | None:
    """The correlation that gives the share which gives it back; None where there is none within its range."""
    n_pairs = float((data.n * (data.n - 1)).sum()) / 2
    if n_pairs <= 1:
        return None
    alpha, lowest = 0.0, -1 / (float(data.n.max()) - 1)
    for _ in range(MOST_ROUNDS):
        p = _weighted_share(data, _weights(data, alpha))
        squares = data.n_nonviable * (1 - p) ** 2 + (data.n_lesions - data.n_nonviable) * p**2
        products = (float(np.square(data.y - data.n * p).sum()) - squares) / 2
        before, alpha = alpha, products / (squares / (data.n_lesions - 1)) / (n_pairs - 1)
        if alpha <= lowest:
            return None
        if abs(alpha - before) < SETTLED:
            return alpha
    return None


def bootstrap_interval(
    n: Sequence[int], y: Sequence[int], *, seed: int, n_resamples: int = 10_000, level: float = 0.95
) -> Interval | None:
    """The percentile interval from patients resampled with replacement; None where they do not differ or m < 2.

    The same seed gives the same interval, in whatever order the patients come.
    """
    data = clusters(n, y)
    if data.m < 2 or not data.varies:  # one patient has no variation  # noqa: PLR2004
        return None
    kinds, copies = np.unique(np.column_stack([data.n, data.y]), axis=0, return_counts=True)
    return percentiles(lambda picks: (picks @ kinds[:, 1]) / (picks @ kinds[:, 0]), copies, seed, n_resamples, level)


def percentiles(
    statistic: Callable[[np.ndarray], np.ndarray], copies: np.ndarray, seed: int, n_resamples: int, level: float
) -> Interval:
    """Percentiles of a statistic over resamples, given as how often each kind is picked, shape (resamples, kinds)."""
    return percentile_interval([statistic(picks) for picks in resamples(copies, seed, n_resamples)], level)


def resamples(copies: np.ndarray, seed: int, n_resamples: int) -> Iterator[np.ndarray]:
    """Yield how often patients of each kind are picked when as many as there are get drawn with replacement.

    `copies` says how many patients there are of each kind. Batches of shape (resamples, kinds); the same for a seed.
    """
    if n_resamples < 10_000:  # noqa: PLR2004 - below, the percentiles themselves are noise
        raise Invalid(f"Found {n_resamples} resamples; expected 10000 or more.", field="n_resamples")
    generator = np.random.default_rng(seed)
    if len(copies) * n_resamples > MOST_DRAWS:
        raise Invalid(
            f"Found {len(copies)} different patients and {n_resamples} resamples; expected no more than {MOST_DRAWS} "
            "by both. Take fewer resamples.",
            field="n_resamples",
        )
    m = int(copies.sum())
    per_batch = max(1, 4_000_000 // len(copies))
    for start in range(0, n_resamples, per_batch):
        size = min(per_batch, n_resamples - start)
        yield generator.multinomial(m, copies / m, size=size).astype(np.float64)


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
