"""How far pairs of reads agree, measure by measure, with intervals from patients resampled with replacement.

One draw of patients serves all measures of a report, so that their intervals belong together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casebook.stats.agreement import COEFFICIENTS, Agreement, Coefficient, agreement, cross_table
from casebook.stats.intervals import Interval
from casebook.stats.sensitivity import percentile_interval, resamples

Array = NDArray[np.float64]
NARROWEST: Final = 1e-9
"""Below this width the resamples did not vary, and an interval would say more than the data."""


class Gap(StrEnum):
    """Why there are no intervals."""

    ONE_PATIENT = "one-patient"
    NO_VARIATION = "no-variation"


@dataclass(frozen=True, slots=True)
class RatedPair:
    """What two reads say of one lesion of a patient."""

    patient: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class MeasuredAgreement:
    """The agreement in one measure: a cross-table (rows the first read) over the categories that were used.

    An interval is missing where its coefficient is, or where the resamples do not vary.
    """

    categories: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    n_patients: int
    estimate: Agreement
    intervals: Mapping[Coefficient, Interval | None] = field(default_factory=dict)
    gap: Gap | None = None


def measure_all(
    pairs: Mapping[str, Sequence[RatedPair]],
    categories: Mapping[str, Sequence[str]],
    *,
    seed: int,
    n_resamples: int = 10_000,
    level: float = 0.95,
) -> dict[str, MeasuredAgreement]:
    """Measure agreement in everything that was rated; measures without a pair are left out.

    `categories` gives each measure's in their order; those that nobody used do not count. The same seed gives the same
    intervals.
    """
    rated = {name: found for name, found in pairs.items() if found}
    used = {name: _used(found, categories[name]) for name, found in rated.items()}
    patients = sorted({pair.patient for found in rated.values() for pair in found})
    tables = {name: _tables(found, patients, used[name]) for name, found in rated.items()}
    intervals = _intervals(tables, len(patients), seed, n_resamples, level) if len(patients) > 1 else {}
    return {name: _measured(found, used[name], intervals.get(name, {})) for name, found in rated.items()}


def _used(pairs: Sequence[RatedPair], categories: Sequence[str]) -> tuple[str, ...]:
    said = {rating for pair in pairs for rating in (pair.first, pair.second)}
    return tuple(category for category in categories if category in said)


def _tables(pairs: Sequence[RatedPair], patients: Sequence[str], categories: Sequence[str]) -> Array:
    """Return one cross-table per patient, shape (patients, categories, categories)."""
    row_of = {patient: row for row, patient in enumerate(patients)}
    at = {category: place for place, category in enumerate(categories)}
    tables = np.zeros((len(patients), len(categories), len(categories)))
    for pair in pairs:
        tables[row_of[pair.patient], at[pair.first], at[pair.second]] += 1
    return tables


def _intervals(
    tables: Mapping[str, Array], m: int, seed: int, n_resamples: int, level: float
) -> dict[str, dict[Coefficient, Interval | None]]:
    values: dict[tuple[str, Coefficient], list[Array]] = {
        (name, coefficient): [] for name in tables for coefficient in Coefficient
    }
    for picks in resamples(np.ones(m), seed, n_resamples):
        for name, table in tables.items():
            drawn = (picks @ table.reshape(m, -1)).reshape(-1, *table.shape[1:])
            drawn = drawn[drawn.any(axis=(1, 2))]
            for coefficient, compute in COEFFICIENTS.items():
                values[name, coefficient].append(compute(drawn))
    found: dict[str, dict[Coefficient, Interval | None]] = {name: {} for name in tables}
    for (name, coefficient), drawn_values in values.items():
        found[name][coefficient] = _interval(drawn_values, level)
    return found


def _interval(values: Sequence[Array], level: float) -> Interval | None:
    if not any(np.isfinite(part).any() for part in values):
        return None
    interval = percentile_interval(values, level)
    return interval if interval.width > NARROWEST else None


def _measured(
    pairs: Sequence[RatedPair], categories: tuple[str, ...], intervals: Mapping[Coefficient, Interval | None]
) -> MeasuredAgreement:
    table = cross_table([(pair.first, pair.second) for pair in pairs], categories)
    estimate = agreement(table)
    gap = Gap.ONE_PATIENT if not intervals else Gap.NO_VARIATION if intervals[Coefficient.RAW] is None else None
    known = {Coefficient.RAW: estimate.raw, Coefficient.KAPPA: estimate.kappa, Coefficient.AC1: estimate.ac1}
    return MeasuredAgreement(
        categories=categories,
        table=tuple(tuple(row) for row in table),
        n_patients=len({pair.patient for pair in pairs}),
        estimate=estimate,
        intervals={
            coefficient: None if known[coefficient] is None else intervals.get(coefficient)
            for coefficient in Coefficient
        },
        gap=gap,
    )
