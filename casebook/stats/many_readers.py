"""Agreement of any number of readers, some of whom may have left units out.

Gwet, Handbook of Inter-Rater Reliability, 4th ed. 2014, chapters 2 and 5; nominal categories.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casebook.domain.errors import Invalid


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
    table = np.array([[row.count(category) for category in categories] for row in map(list, ratings)], dtype=float)
    totals = table.sum(axis=1) if table.size else np.zeros(0)
    if not (totals > 1).any():
        raise Invalid("Found no unit that two readers rated; agreement needs at least one.", field="ratings")
    several, n = table[totals > 1], totals[totals > 1]
    raw = float(((several * (several - 1)).sum(axis=1) / (n * (n - 1))).mean())
    shares = (table[totals > 0] / totals[totals > 0, None]).mean(axis=0)
    return ManyReaders(
        n_units=int((totals > 0).sum()),
        raw=raw,
        fleiss_kappa=_corrected(raw, float(np.square(shares).sum())),
        ac1=_corrected(raw, float((shares * (1 - shares)).sum()) / max(1, len(shares) - 1)),
    )


def _corrected(raw: float, chance: float) -> float | None:
    return None if np.isclose(chance, 1) else (raw - chance) / (1 - chance)
