"""The same estimate within parts of the lesions: by what became of them, where the site lies, who brought it in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from casebook.domain.outcome import Strategy
from casebook.domain.study.model import EndpointParameters
from casebook.stats.clustered import ClusteredProportion, clustered_proportion
from casebook.stats.endpoint import EndpointLesion, counts_of
from casebook.stats.intervals import Interval


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of a strategy's set. `n_lesions` is the whole part, the estimate's N the evaluable ones of it."""

    code: str
    n_patients: int
    n_lesions: int
    estimate: ClusteredProportion
    interval: Interval | None

    @property
    def n_unknown(self) -> int:
        """Lesions of the part whose truth is not known."""
        return self.n_lesions - self.estimate.n


def strata(
    lesions: Iterable[tuple[EndpointLesion, str]],
    strategy: Strategy,
    parameters: EndpointParameters,
    *,
    order: Sequence[str] = (),
) -> tuple[Stratum, ...]:
    """The estimate in each part, by the code beside each lesion; codes of `order` first and in its order.

    Parts without a lesion of the strategy's set are left out. Each is estimated and tested on its own, as told.
    """
    parts: dict[str, list[EndpointLesion]] = {}
    for lesion, code in lesions:
        if strategy in lesion.outcome.strategies:
            parts.setdefault(code, []).append(lesion)
    known = [code for code in order if code in parts]
    return tuple(_stratum(code, parts, parameters) for code in (*known, *sorted(parts.keys() - set(known))))


def _stratum(code: str, parts: Mapping[str, Sequence[EndpointLesion]], parameters: EndpointParameters) -> Stratum:
    lesions = parts[code]
    counts = counts_of(lesions)
    estimate = clustered_proportion(
        [count.n for count in counts],
        [count.y for count in counts],
        level=float(parameters.interval_level),
        p0=float(parameters.threshold),
    )
    return Stratum(
        code=code,
        n_patients=len({lesion.patient for lesion in lesions}),
        n_lesions=len(lesions),
        estimate=estimate,
        interval=estimate.interval(parameters.interval_method),
    )
