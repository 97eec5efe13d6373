"""Agreement in a table of ratings: any number of raters, units in patients, intervals from patients resampled.

Two raters are compared over the units that both rated (raw agreement, Cohen's kappa, AC1); more of them, or fewer
units for some, over all pairs of ratings of a unit (raw agreement, Fleiss' kappa, AC1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casebook.domain.errors import Invalid
from casebook.stats.agreement import ac1, kappa, kappa_se, raw_agreement
from casebook.stats.agreement_report import NARROWEST, Gap
from casebook.stats.intervals import Interval
from casebook.stats.many_readers import coefficients, unit_sums
from casebook.stats.sensitivity import percentile_interval, resamples

Array = NDArray[np.float64]
PAIR: Final = 2
MOST_CATEGORIES: Final = 20


@dataclass(frozen=True, slots=True)
class Rating:
    """What one rater said of one unit; a unit that names no patient is a patient of its own."""

    unit: str
    rater: str
    category: str
    patient: str = ""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A measure of agreement with its interval; None where chance leaves nothing to correct, or nothing varies."""

    value: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class AgreementOfRaters:
    """Agreement side by side, because kappa alone can mislead.

    `table` (rows the first rater) and `kappa` are there for two raters only. `kappa_se` is the large-sample one for
    independent units. `n_units` are those that two raters or more rated.
    """

    level: float
    seed: int
    n_resamples: int
    categories: tuple[str, ...]
    raters: tuple[str, ...]
    n_units: int
    n_patients: int
    table: tuple[tuple[int, ...], ...] | None
    raw: Coefficient
    kappa: Coefficient | None
    kappa_se: float | None
    ac1: Coefficient
    fleiss_kappa: Coefficient
    gap: Gap | None


@dataclass(frozen=True, slots=True, eq=False)
class _Kinds:
    """Patients as sums over their units: one row for all who are alike, and how many they are.

    Columns: a cross-table of two raters where there are two, then those of `unit_sums`.
    """

    rows: Array
    copies: Array
    n_categories: int
    has_table: bool

    def values(self, sums: Array) -> dict[str, Array]:
        """The coefficients of sums over patients, shape (..., columns)."""
        n_cells = self.n_categories**2 if self.has_table else 0
        raw, fleiss, of_many = coefficients(sums[..., n_cells:])
        if not self.has_table:
            return {"raw": raw, "ac1": of_many, "fleiss_kappa": fleiss}
        tables = sums[..., :n_cells].reshape(*sums.shape[:-1], self.n_categories, self.n_categories)
        tables = np.where(tables.any(axis=(-2, -1), keepdims=True), tables, np.nan)
        of_two = {"raw": raw_agreement(tables), "kappa": kappa(tables), "ac1": ac1(tables)}
        return of_two | {"fleiss_kappa": fleiss}


def agreement_of_ratings(
    ratings: Sequence[Rating], *, seed: int, n_resamples: int = 10_000, level: float = 0.95
) -> AgreementOfRaters:
    """Agreement in a list of ratings, in whatever order; the same input gives the same intervals.

    Raises Invalid where a rater says two things of a unit, a unit has two patients, or no unit has two ratings.
    """
    categories, raters = (tuple(sorted({getattr(one, name) for one in ratings})) for name in ("category", "rater"))
    if len(categories) > MOST_CATEGORIES:
        raise Invalid(f"Found {len(categories)} categories; expected {MOST_CATEGORIES} or fewer.", field="ratings")
    by_unit = _by_unit(ratings)
    place = {category: number for number, category in enumerate(categories)}
    counts = np.zeros((len(by_unit), len(categories)))
    tables = np.zeros((len(by_unit), len(categories) ** 2 if len(raters) == PAIR else 0))
    for row, said in enumerate(by_unit.values()):
        for rating in said.values():
            counts[row, place[rating.category]] += 1
        if len(said) == len(raters) == PAIR:
            first, second = (place[said[rater].category] for rater in raters)
            tables[row, first * len(categories) + second] += 1
    patients = [next(iter(said.values())).patient or f"\0{unit}" for unit, said in by_unit.items()]
    kinds = _kinds(np.column_stack([tables, unit_sums(counts)]), patients, len(categories))
    return _measured(kinds, categories, raters, seed=seed, n_resamples=n_resamples, level=level)


def agreement_in_table(
    table: Sequence[Sequence[int]],
    categories: Sequence[str],
    *,
    seed: int,
    n_resamples: int = 10_000,
    level: float = 0.95,
) -> AgreementOfRaters:
    """Agreement in a cross-table of counts, rows the first rater; every unit is a patient of its own.

    Raises Invalid unless it is square, counts, and has a category for each row.
    """
    counts = np.asarray(table, dtype=np.float64) if len({len(row) for row in table}) == 1 else np.zeros((0, 1))
    k = len(counts)
    if counts.shape != (k, k) or len(categories) != k or (counts < 0).any() or not counts.any():
        raise Invalid("Found a table that is not square or holds no counts.", field="table")
    if k > MOST_CATEGORIES:
        raise Invalid(f"Found {k} categories; expected {MOST_CATEGORIES} or fewer.", field="table")
    said = np.array([np.eye(k)[row] + np.eye(k)[column] for row in range(k) for column in range(k)])
    rows = np.column_stack([np.eye(k * k), unit_sums(said)])
    kinds = _Kinds(rows[counts.ravel() > 0], counts.ravel()[counts.ravel() > 0], k, has_table=True)
    return _measured(kinds, tuple(categories), ("row", "column"), seed=seed, n_resamples=n_resamples, level=level)


def _by_unit(ratings: Sequence[Rating]) -> Mapping[str, Mapping[str, Rating]]:
    found: dict[str, dict[str, Rating]] = {}
    for rating in ratings:
        said = found.setdefault(rating.unit, {})
        if rating.rater in said:
            raise Invalid("Found a unit that one rater rated twice; keep one rating of each.", field="ratings")
        if any(other.patient != rating.patient for other in said.values()):
            raise Invalid("Found a unit with two patients; a unit belongs to one.", field="ratings")
        said[rating.rater] = rating
    if not any(len(said) > 1 for said in found.values()):
        raise Invalid("Found no unit that two raters rated; agreement needs at least one.", field="ratings")
    return found


def _kinds(rows: Array, patients: Sequence[str], n_categories: int) -> _Kinds:
    number = {patient: place for place, patient in enumerate(sorted(set(patients)))}
    sums = np.zeros((len(number), rows.shape[1]))
    np.add.at(sums, [number[patient] for patient in patients], rows)
    n_cells = rows.shape[1] - 3 - n_categories
    kinds, copies = np.unique(sums, axis=0, return_counts=True)
    return _Kinds(kinds, copies.astype(np.float64), n_categories, has_table=n_cells > 0)


def _measured(
    kinds: _Kinds,
    categories: tuple[str, ...],
    raters: tuple[str, ...],
    *,
    seed: int,
    n_resamples: int,
    level: float,
) -> AgreementOfRaters:
    total = kinds.copies @ kinds.rows
    values = {name: _known(value) for name, value in kinds.values(total).items()}
    n_patients = int(kinds.copies.sum())
    intervals = _intervals(kinds, seed, n_resamples, level) if n_patients > 1 else dict.fromkeys(values)
    found = {name: Coefficient(value, None if value is None else intervals[name]) for name, value in values.items()}
    k = len(categories)
    table = total[: k * k].reshape(k, k) if kinds.has_table else None
    return AgreementOfRaters(
        level=level,
        seed=seed,
        n_resamples=n_resamples,
        categories=categories,
        raters=raters,
        n_units=int(total[k * k if kinds.has_table else 0]),
        n_patients=n_patients,
        table=None if table is None else tuple(tuple(int(count) for count in row) for row in table),
        raw=found["raw"],
        kappa=found.get("kappa"),
        kappa_se=None if table is None or values["kappa"] is None else kappa_se(table),
        ac1=found["ac1"],
        fleiss_kappa=found["fleiss_kappa"],
        gap=Gap.ONE_PATIENT if n_patients == 1 else Gap.NO_VARIATION if intervals["raw"] is None else None,
    )


def _intervals(kinds: _Kinds, seed: int, n_resamples: int, level: float) -> dict[str, Interval | None]:
    drawn: dict[str, list[Array]] = {}
    for picks in resamples(kinds.copies, seed, n_resamples):
        for name, values in kinds.values(picks @ kinds.rows).items():
            drawn.setdefault(name, []).append(values)
    return {name: _interval(values, level) for name, values in drawn.items()}


def _interval(values: Sequence[Array], level: float) -> Interval | None:
    if not any(np.isfinite(part).any() for part in values):
        return None
    found = percentile_interval(values, level)
    return found if found.width > NARROWEST else None


def _known(value: Array) -> float | None:
    return None if np.isnan(value) else float(value)
