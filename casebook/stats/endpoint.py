"""The endpoint table of a study: from lesions with their outcome to one estimate per imaging strategy.

Polarity: the share is that of non-viable lesions among those that disappeared (negative predictive value of
disappearance); higher is better. Lesions whose truth is not known never enter the denominator; the bounds say what
they could change.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from casebook.domain.endpoint.picks import Unknown
from casebook.domain.endpoint.words import STRATEGY_LABELS
from casebook.domain.outcome import Outcome, Strategy, TruthStatus
from casebook.domain.study.model import EndpointParameters
from casebook.domain.texts import Text
from casebook.stats.clustered import ClusteredProportion, clustered_proportion
from casebook.stats.intervals import Interval


@dataclass(frozen=True, slots=True)
class EndpointLesion:
    """One lesion of one patient with its outcome on the day of the table."""

    patient: str
    lesion: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class PatientCount:
    """One patient's evaluable lesions (n) and the non-viable ones among them (y)."""

    patient: str
    n: int
    y: int


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Lesions of the set that do not enter the denominator, by reason."""

    status: TruthStatus
    code: str
    n: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """The share when every lesion of unknown truth is counted as viable, and when it is counted as non-viable."""

    scope: Unknown
    n_unknown: int
    as_viable: ClusteredProportion
    as_nonviable: ClusteredProportion


@dataclass(frozen=True, slots=True)
class StrategyEstimate:
    """One line of the table. `n_lesions` is the whole set; the estimate's N are the evaluable ones among them."""

    strategy: Strategy
    label: Text
    n_patients: int
    n_lesions: int
    counts: tuple[PatientCount, ...]
    exclusions: tuple[Exclusion, ...]
    estimate: ClusteredProportion
    interval: Interval | None
    bounds: tuple[Bounds, ...]


@dataclass(frozen=True, slots=True)
class EndpointTable:
    """The endpoint by strategy on a day, with how it was computed."""

    as_of: date
    polarity: Text
    parameters: EndpointParameters
    rule_versions: tuple[str, ...]
    n_patients: int
    n_lesions: int
    strategies: tuple[StrategyEstimate, ...]

    def strategy(self, strategy: Strategy) -> StrategyEstimate:
        """The line of one strategy."""
        return next(line for line in self.strategies if line.strategy is strategy)

    @property
    def primary(self) -> StrategyEstimate:
        """The primary endpoint: gone on CT and MRI."""
        return self.strategy(Strategy.CT_MRI)


_KNOWN = frozenset({TruthStatus.VIABLE, TruthStatus.NON_VIABLE})


def endpoint_table(lesions: Sequence[EndpointLesion], parameters: EndpointParameters, *, as_of: date) -> EndpointTable:
    """The table over all lesions of the study; those outside every set are counted in `n_lesions` only."""
    return EndpointTable(
        as_of=as_of,
        polarity=parameters.polarity,
        parameters=parameters,
        rule_versions=tuple(sorted({lesion.outcome.rule_version for lesion in lesions})),
        n_patients=len({lesion.patient for lesion in lesions}),
        n_lesions=len(lesions),
        strategies=tuple(_line(strategy, lesions, parameters) for strategy in Strategy),
    )


def counts_of(lesions: Iterable[EndpointLesion]) -> tuple[PatientCount, ...]:
    """Evaluable and non-viable lesions per patient, in the order of the patients' codes."""
    n: Counter[str] = Counter()
    y: Counter[str] = Counter()
    for lesion in lesions:
        if lesion.outcome.nonviable is not None:
            n[lesion.patient] += 1
            y[lesion.patient] += lesion.outcome.nonviable
    return tuple(PatientCount(patient, n[patient], y[patient]) for patient in sorted(n))


def _line(strategy: Strategy, lesions: Sequence[EndpointLesion], parameters: EndpointParameters) -> StrategyEstimate:
    members = [lesion for lesion in lesions if strategy in lesion.outcome.strategies]
    possible = [lesion for lesion in lesions if strategy in lesion.outcome.possible]
    counts = counts_of(members)
    estimate = _estimate(counts, parameters)
    return StrategyEstimate(
        strategy=strategy,
        label=STRATEGY_LABELS[strategy],
        n_patients=len({lesion.patient for lesion in members}),
        n_lesions=len(members),
        counts=counts,
        exclusions=_exclusions(members),
        estimate=estimate,
        interval=estimate.interval(parameters.interval_method),
        bounds=tuple(_bounds(scope, members, possible, parameters) for scope in Unknown),
    )


def _estimate(counts: Sequence[PatientCount], parameters: EndpointParameters) -> ClusteredProportion:
    return clustered_proportion(
        [count.n for count in counts],
        [count.y for count in counts],
        level=float(parameters.interval_level),
        p0=float(parameters.threshold),
    )


def _exclusions(members: Sequence[EndpointLesion]) -> tuple[Exclusion, ...]:
    truths = [lesion.outcome.truth for lesion in members]
    found = Counter((truth.status, truth.reason.code) for truth in truths if truth.status not in _KNOWN)
    return tuple(Exclusion(status, code, n) for (status, code), n in sorted(found.items()))


def _bounds(
    scope: Unknown,
    members: Sequence[EndpointLesion],
    possible: Sequence[EndpointLesion],
    parameters: EndpointParameters,
) -> Bounds:
    taken = possible if scope is Unknown.AND_UNDETERMINED else members
    if scope is Unknown.NOT_EVALUABLE:
        taken = [lesion for lesion in taken if lesion.outcome.truth.status is not TruthStatus.PENDING]
    unknown = Counter(lesion.patient for lesion in taken if lesion.outcome.nonviable is None)
    known = {count.patient: count for count in counts_of(taken)}

    def counting_unknown_as(nonviable: int) -> ClusteredProportion:
        none = PatientCount("", 0, 0)
        counts = [
            PatientCount(
                patient,
                known.get(patient, none).n + unknown[patient],
                known.get(patient, none).y + nonviable * unknown[patient],
            )
            for patient in sorted({lesion.patient for lesion in taken})
        ]
        return _estimate(counts, parameters)

    return Bounds(scope, unknown.total(), counting_unknown_as(0), counting_unknown_as(1))
