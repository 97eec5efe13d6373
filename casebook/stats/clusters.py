"""Lesions counted per patient: the input of every estimator that respects clustering."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casebook.domain.errors import Invalid

Counts = NDArray[np.float64]
MOST_LESIONS: Final = 1_000_000_000
"""Products of two totals stay exact in 64 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Per patient with at least one evaluable lesion: lesions `n` and non-viable ones `y`, shape (patients,)."""

    n: Counts
    y: Counts

    @property
    def m(self) -> int:
        """Patients."""
        return len(self.n)

    @property
    def n_lesions(self) -> int:
        """Lesions (N)."""
        return int(self.n.sum())

    @property
    def n_nonviable(self) -> int:
        """Non-viable lesions (Y)."""
        return int(self.y.sum())

    @property
    def p(self) -> float:
        """The share Y / N; not a number without lesions."""
        return self.n_nonviable / self.n_lesions if self.n_lesions else float("nan")

    @property
    def varies(self) -> bool:
        """Whether patients differ in their share, told exactly: y_i N = n_i Y for all is no variation."""
        totals, counts = self.n.astype(np.int64), self.y.astype(np.int64)
        return bool(np.any(counts * self.n_lesions != totals * self.n_nonviable))


def clusters(n: Sequence[int], y: Sequence[int]) -> Clusters:
    """The patients that count: those with `n` of 1 or more.

    Raises Invalid unless 0 <= y <= n, whole numbers, and no more than MOST_LESIONS in all.
    """
    if len(n) != len(y):
        raise Invalid(f"Found {len(n)} totals and {len(y)} counts; expected one of each per patient.", field="n")
    for total, count in zip(n, y, strict=True):
        if total != int(total) or count != int(count) or not 0 <= count <= total:
            raise Invalid(f"Found {count} of {total}; expected whole numbers, 0 <= y <= n.", field="y")
    if sum(n) > MOST_LESIONS:
        raise Invalid(f"Found {sum(n)} lesions; expected {MOST_LESIONS} or fewer.", field="n")
    totals, counts = np.asarray(n, dtype=np.float64), np.asarray(y, dtype=np.float64)
    kept = totals > 0
    return Clusters(totals[kept], counts[kept])
