"""A clustered share with the lesions of unknown truth beside it: what they could change."""

from collections.abc import Sequence
from dataclasses import dataclass

from casebook.stats.clustered import ClusteredProportion, clustered_proportion
from casebook.stats.intervals import Interval, clopper_pearson, wilson


@dataclass(frozen=True, slots=True)
class PatientTotals:
    """One patient's evaluable lesions, the non-viable ones among them, and those whose truth is not known."""

    n: int
    y: int
    n_unknown: int = 0


@dataclass(frozen=True, slots=True)
class Naive:
    """Intervals that take every lesion for a patient of its own: they ignore clustering and are too narrow."""

    clopper_pearson: Interval
    wilson: Interval


@dataclass(frozen=True, slots=True)
class Share:
    """An estimate with the naive intervals beside it; those are None without lesions."""

    estimate: ClusteredProportion
    naive: Naive | None


@dataclass(frozen=True, slots=True)
class Bounded:
    """The share among evaluable lesions, and with those of unknown truth counted as viable, and as non-viable."""

    share: Share
    n_unknown: int
    as_viable: Share
    as_nonviable: Share


def bounded(totals: Sequence[PatientTotals], *, level: float = 0.95, p0: float | None = None) -> Bounded:
    """The share and its bounds. Raises Invalid on counts, levels or thresholds out of range."""
    n, y, unknown = ([getattr(one, name) for one in totals] for name in ("n", "y", "n_unknown"))
    with_unknown = [a + b for a, b in zip(n, unknown, strict=True)]
    all_nonviable = [a + b for a, b in zip(y, unknown, strict=True)]
    return Bounded(
        share=_share(n, y, level, p0),
        n_unknown=sum(unknown),
        as_viable=_share(with_unknown, y, level, p0),
        as_nonviable=_share(with_unknown, all_nonviable, level, p0),
    )


def _share(n: Sequence[int], y: Sequence[int], level: float, p0: float | None) -> Share:
    estimate = clustered_proportion(n, y, level=level, p0=p0)
    if estimate.n == 0:
        return Share(estimate, None)
    counts = (estimate.y, estimate.n, level)
    return Share(estimate, Naive(clopper_pearson(*counts), wilson(*counts)))
