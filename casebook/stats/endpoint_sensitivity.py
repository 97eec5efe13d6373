"""The other estimates that belong beside the primary one of an endpoint line."""

from collections.abc import Sequence
from dataclasses import dataclass

from casebook.domain.study.model import EndpointParameters
from casebook.stats.endpoint import StrategyEstimate
from casebook.stats.intervals import Interval
from casebook.stats.sensitivity import (
    MarginalModel,
    PatientShare,
    WorkingCorrelation,
    bootstrap_interval,
    intraclass_correlation,
    marginal_model,
    patients_all_nonviable,
)


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Sensitivity analyses of one line; None where the data cannot carry one.

    The intervals that need no model (Wilson and Clopper-Pearson on the effective size, Clopper-Pearson ignoring
    clusters) are on the line's own estimate.
    """

    independence: MarginalModel | None
    exchangeable: MarginalModel | None
    bootstrap: Interval | None
    patients: PatientShare
    intraclass_correlation: float | None


def sensitivity(line: StrategyEstimate, parameters: EndpointParameters) -> Sensitivity:
    """The analyses at the study's level, resamples and seed; the same data give the same result."""
    return analyses(
        [count.n for count in line.counts],
        [count.y for count in line.counts],
        level=float(parameters.interval_level),
        seed=parameters.bootstrap_seed,
        n_resamples=parameters.n_bootstrap,
    )


def analyses(n: Sequence[int], y: Sequence[int], *, level: float, seed: int, n_resamples: int) -> Sensitivity:
    """The analyses of `y` non-viable of `n` lesions per patient."""
    return Sensitivity(
        independence=marginal_model(n, y, WorkingCorrelation.INDEPENDENCE, level=level),
        exchangeable=marginal_model(n, y, WorkingCorrelation.EXCHANGEABLE, level=level),
        bootstrap=bootstrap_interval(n, y, seed=seed, n_resamples=n_resamples, level=level),
        patients=patients_all_nonviable(n, y, level=level),
        intraclass_correlation=intraclass_correlation(n, y),
    )
