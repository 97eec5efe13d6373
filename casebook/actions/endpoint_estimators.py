"""The other estimators that stand beside the primary one: by name, with what each takes for granted."""

from dataclasses import dataclass
from functools import lru_cache

from casebook.domain.study.model import EndpointParameters
from casebook.domain.texts import Text
from casebook.stats.endpoint import StrategyEstimate
from casebook.stats.endpoint_sensitivity import Sensitivity, sensitivity
from casebook.stats.intervals import Interval
from casebook.stats.sensitivity import MarginalModel


@dataclass(frozen=True, slots=True)
class Estimator:
    """One estimator's share with its interval; None where the data cannot carry it."""

    label: Text
    note: Text
    share: float | None
    interval: Interval | None


@lru_cache(maxsize=64)
def kept_sensitivity(line: StrategyEstimate, parameters: EndpointParameters) -> Sensitivity:
    """Return the sensitivity analyses of a line; they follow from its counts alone."""
    return sensitivity(line, parameters)


def estimators(line: StrategyEstimate, parameters: EndpointParameters) -> tuple[Estimator, ...]:
    """Return every estimator of a line beside the primary one, in the order of tables."""
    found, estimate = kept_sensitivity(line, parameters), line.estimate
    clustered = Text("clustered by patient", "症例内の相関を考慮")
    effective = Text("on the effective number of lesions", "有効病変数に基づく")
    other = Text("another estimand: patients weigh differently", "推定対象が異なる（症例の重みが異なる）")
    drawn = Text(
        f"{parameters.n_bootstrap} resamples of patients, seed {parameters.bootstrap_seed}",
        f"症例の再標本 {parameters.n_bootstrap}回、シード {parameters.bootstrap_seed}",
    )
    everyone = Text("share of patients, not of lesions", "病変ではなく症例の割合")
    return (
        Estimator(Text("Wald, t", "Wald（t）"), clustered, estimate.p, estimate.wald_t),
        Estimator(Text("Wilson", "Wilson"), effective, estimate.p, estimate.wilson_effective),
        Estimator(
            Text("Clopper-Pearson", "Clopper-Pearson"), effective, estimate.p, estimate.clopper_pearson_effective
        ),
        _model(Text("GEE, independence", "GEE（独立）"), clustered, found.independence),
        _model(Text("GEE, exchangeable", "GEE（交換可能）"), other, found.exchangeable),
        Estimator(Text("Bootstrap", "ブートストラップ"), drawn, estimate.p, found.bootstrap),
        Estimator(
            Text("Clopper-Pearson, naive", "Clopper-Pearson（単純）"),
            Text("ignores clustering", "症例内の相関を無視"),
            estimate.p,
            estimate.exact_lesions,
        ),
        Estimator(
            Text("Patients, all lesions non-viable", "全病変が腫瘍残存なしの症例"),
            everyone,
            found.patients.n_all_nonviable / found.patients.m if found.patients.m else None,
            found.patients.interval,
        ),
    )


def _model(label: Text, note: Text, model: MarginalModel | None) -> Estimator:
    return Estimator(label, note, model.p if model else None, model.interval if model else None)
