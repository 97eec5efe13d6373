"""Agreement of any number of readers, some of whom may have left units out.

Gwet, Handbook of Inter-Rater Reliability, 4th ed. 2014, chapters 2 and 5; nominal categories.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casebook.domain.errors import Invalid

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ManyReaders:
    """Chance-corrected agreement beside the raw one; None where chance leaves nothing to correct."""

    n_units: int
    raw: float
    fleiss_kappa: float | None
    ac1: float | None


def agreement_of_many(ratings: Sequence[Sequence[str | None]]) -> ManyReaders:
    """One row per unit, one column per reader, None where a reader gave no rating.

    Raises Invalid unless some unit has two ratings.
    """
    categories = sorted({rating for row in ratings for rating in row if rating is not None})
    sums = unit_sums(np.array([[row.count(category) for category in categories] for row in map(list, ratings)]))
    if not sums[:, 0].any():
        raise Invalid("Found no unit that two readers rated; agreement needs at least one.", field="ratings")
    raw, fleiss, ac1 = (float(value) for value in coefficients(sums.sum(axis=0)))
    return ManyReaders(int(sums[:, 2].sum()), raw, *(None if np.isnan(value) else value for value in (fleiss, ac1)))


def unit_sums(counts: Array) -> Array:
    """What the coefficients are made of, unit by unit, from how often each category was said of it.

    Columns: rated twice or more, share of its pairs of ratings that agree, rated at all, share of each category.
    """
    counts = np.asarray(counts, dtype=np.float64).reshape(len(counts), -1)
    n = counts.sum(axis=1)
    several = n > 1
    agreeing = (counts * (counts - 1)).sum(axis=1) / np.where(several, n * (n - 1), 1)
    shares = counts / np.where(n > 0, n, 1)[:, None]
    return np.column_stack([several, np.where(several, agreeing, 0), n > 0, shares])


def coefficients(sums: Array) -> tuple[Array, Array, Array]:
    """Raw agreement, Fleiss' kappa and AC1 from sums over units, shape (..., 3 + categories); else not a number."""
    pairs, rated = sums[..., 0], sums[..., 2]
    raw = sums[..., 1] / np.where(pairs > 0, pairs, np.nan)
    shares = sums[..., 3:] / np.where(rated > 0, rated, np.nan)[..., None]
    by_fleiss = np.square(shares).sum(axis=-1)
    by_gwet = (shares * (1 - shares)).sum(axis=-1) / max(1, shares.shape[-1] - 1)
    return raw, _corrected(raw, by_fleiss), _corrected(raw, by_gwet)


def _corrected(raw: Array, chance: Array) -> Array:
    result: Array = (raw - chance) / np.where(np.isclose(chance, 1), np.nan, 1 - chance)
    return result
