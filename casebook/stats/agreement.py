"""How far two readers agree: raw agreement, kappa and AC1 side by side, because kappa alone can mislead.

Tables are square and hold counts or shares, shape (..., categories, categories): rows the first reader's category,
columns the second's. Coefficients are computed over any leading axes at once and are not a number where chance
agreement leaves nothing to correct. More than two readers: `many_readers`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casebook.domain.errors import Invalid
from casebook.stats.intervals import Interval
from casebook.stats.sensitivity import percentiles

Array = NDArray[np.float64]


class Coefficient(StrEnum):
    """A measure of agreement."""

    RAW = "raw"
    KAPPA = "kappa"
    AC1 = "ac1"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two readers' agreement; None where chance leaves nothing to correct. `kappa_se` is for independent units."""

    n_units: int
    raw: float
    kappa: float | None
    kappa_se: float | None
    ac1: float | None


def raw_agreement(tables: Array) -> Array:
    """The share of units that both readers put into the same category."""
    result: Array = np.trace(_shares(tables), axis1=-2, axis2=-1)
    return result


def kappa(tables: Array) -> Array:
    """Cohen, Educ Psychol Meas 1960;20:37."""
    shares = _shares(tables)
    chance = (shares.sum(axis=-1) * shares.sum(axis=-2)).sum(axis=-1)
    return _corrected(raw_agreement(tables), chance)


def ac1(tables: Array) -> Array:
    """Gwet, Br J Math Stat Psychol 2008;61:29: chance agreement arises only where ratings are at random."""
    shares = _shares(tables)
    mean = (shares.sum(axis=-1) + shares.sum(axis=-2)) / 2
    chance = (mean * (1 - mean)).sum(axis=-1) / max(1, mean.shape[-1] - 1)
    return _corrected(raw_agreement(tables), chance)


def kappa_se(table: Array) -> float:
    """The large-sample standard error of kappa: Fleiss, Cohen and Everitt, Psychol Bull 1969;72:323."""
    shares, value = _shares(table), float(kappa(table))
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    chance = float(rows @ columns)
    diagonal = np.diag(shares) @ np.square(1 - (rows + columns) * (1 - value))
    pairs = np.square(columns[:, None] + rows[None, :]) * shares
    off_diagonal = (1 - value) ** 2 * (pairs.sum() - np.trace(pairs))
    variance = (diagonal + off_diagonal - (value - chance * (1 - value)) ** 2) / ((1 - chance) ** 2 * table.sum())
    return float(np.sqrt(max(0.0, variance)))


COEFFICIENTS: Final[Mapping[Coefficient, Callable[[Array], Array]]] = {
    Coefficient.RAW: raw_agreement,
    Coefficient.KAPPA: kappa,
    Coefficient.AC1: ac1,
}


def agreement(table: Sequence[Sequence[int]]) -> Agreement:
    """Raw agreement, kappa and AC1 of one cross-table of counts. Raises Invalid unless it is square and counts."""
    counts = np.asarray(table, dtype=np.float64)
    square = counts.ndim == 2 and counts.shape[0] == counts.shape[1]  # noqa: PLR2004 - rows and columns
    if not square or (counts < 0).any() or not counts.any():
        raise Invalid("Found a table that is not square or holds no counts.", field="table")
    value = _known(kappa(counts))
    return Agreement(
        n_units=int(counts.sum()),
        raw=float(raw_agreement(counts)),
        kappa=value,
        kappa_se=None if value is None else kappa_se(counts),
        ac1=_known(ac1(counts)),
    )


def cross_table(ratings: Sequence[tuple[str, str]], categories: Sequence[str]) -> list[list[int]]:
    """How often the first reader said the row and the second the column."""
    table = [[0] * len(categories) for _ in categories]
    for first, second in ratings:
        table[categories.index(first)][categories.index(second)] += 1
    return table


def bootstrap_agreement(
    ratings: Sequence[tuple[str, str]],
    patients: Sequence[str],
    coefficient: Coefficient,
    *,
    seed: int,
    n_resamples: int = 10_000,
    level: float = 0.95,
) -> Interval:
    """The percentile interval when whole patients are resampled; the same seed gives the same interval."""
    categories = sorted({rating for pair in ratings for rating in pair})
    names = sorted(set(patients))
    tables = np.zeros((len(names), len(categories), len(categories)))
    for (first, second), patient in zip(ratings, patients, strict=True):
        tables[names.index(patient), categories.index(first), categories.index(second)] += 1
    flat = tables.reshape(len(names), -1)

    def statistic(picks: Array) -> Array:
        return COEFFICIENTS[coefficient]((picks @ flat).reshape(-1, *tables.shape[1:]))

    return percentiles(statistic, np.ones(len(names)), seed, n_resamples, level)


def _shares(tables: Array) -> Array:
    result: Array = tables / tables.sum(axis=(-2, -1), keepdims=True)
    return result


def _corrected(raw: Array, chance: Array) -> Array:
    room = np.where(np.isclose(chance, 1), np.nan, 1 - chance)
    result: Array = (raw - chance) / room
    return result


def _known(value: Array) -> float | None:
    return None if np.isnan(value) else float(value)
