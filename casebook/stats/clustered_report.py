"""Everything that is said of one clustered share: the primary estimate, its bounds, and what it is compared with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from casebook.stats.bounded import Bounded, PatientTotals, bounded
from casebook.stats.endpoint_sensitivity import Sensitivity, analyses


@dataclass(frozen=True, slots=True)
class ClusteredReport:
    """A clustered share; `threshold` is the p0 of the one-sided test, None where none was asked for."""

    level: float
    threshold: float | None
    seed: int
    n_resamples: int
    bounded: Bounded
    sensitivity: Sensitivity


def clustered_report(
    totals: Sequence[PatientTotals],
    *,
    seed: int,
    n_resamples: int = 10_000,
    level: float = 0.95,
    threshold: float | None = None,
) -> ClusteredReport:
    """Every estimate of the share, its test and bounds; the same input gives the same report, in whatever order."""
    n, y = [one.n for one in totals], [one.y for one in totals]
    return ClusteredReport(
        level=level,
        threshold=threshold,
        seed=seed,
        n_resamples=n_resamples,
        bounded=bounded(totals, level=level, p0=threshold),
        sensitivity=analyses(n, y, level=level, seed=seed, n_resamples=n_resamples),
    )


def totals_of(lines: Iterable[tuple[str, PatientTotals]]) -> tuple[PatientTotals, ...]:
    """Totals per patient from lines with the patient's code: those of one patient added up, in their order.

    A line without a code is a patient of its own.
    """
    found: dict[tuple[str, int], PatientTotals] = {}
    for number, (patient, line) in enumerate(lines):
        key = (patient, -1 if patient else number)
        before = found.get(key, PatientTotals(0, 0))
        found[key] = PatientTotals(before.n + line.n, before.y + line.y, before.n_unknown + line.n_unknown)
    return tuple(found.values())
