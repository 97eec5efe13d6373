"""The flow from registered patients to evaluable lesions: at each station who goes on, who leaves, and why."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from casebook.domain.endpoint.places import LEVELS, NO_LESION, Level, Place, place_of
from casebook.domain.endpoint.records import PatientRecord
from casebook.domain.endpoint.words import level_text, reason_text
from casebook.domain.outcome import Strategy
from casebook.domain.texts import Text


@dataclass(frozen=True, slots=True)
class Leaving:
    """Why lesions go no further than a station; a patient with lesions that leave for two reasons is in both."""

    code: str
    text: Text
    n_patients: int
    n_lesions: int


@dataclass(frozen=True, slots=True)
class Station:
    """One level of the flow. `n_patients_lost` are its patients of whom no lesion (or nothing) goes on."""

    level: Level
    text: Text
    n_patients: int
    n_lesions: int
    leaving: tuple[Leaving, ...]
    n_patients_lost: int

    @property
    def n_lesions_lost(self) -> int:
        """Lesions that go no further."""
        return sum(item.n_lesions for item in self.leaving)


@dataclass(frozen=True, slots=True)
class Flow:
    """The flow of a strategy; at its end stand the non-viable and the viable lesions.

    Each station's lesions are the next one's and those that leave; each station's patients are the next one's and
    those of whom nothing goes on.
    """

    strategy: Strategy
    stations: tuple[Station, ...]
    n_nonviable: int
    n_viable: int
    n_patients_nonviable: int
    n_patients_viable: int


def flow_of(patients: Sequence[PatientRecord], strategy: Strategy, *, contrast_required: bool) -> Flow:
    """Count the flow of a strategy over all registered patients."""
    placed = [
        (
            patient,
            [place_of(patient, lesion, strategy, contrast_required=contrast_required) for lesion in patient.lesions],
        )
        for patient in patients
    ]
    levels = LEVELS[strategy]
    n_patients, n_lesions = _reaching(placed, levels)
    leaving = _leaving(placed)
    following = {level: levels[place + 1] if place + 1 < len(levels) else None for place, level in enumerate(levels)}
    stations = []
    for level in levels:
        after = following[level]
        stations.append(
            Station(
                level=level,
                text=level_text(level, strategy),
                n_patients=n_patients[level],
                n_lesions=n_lesions[level],
                leaving=leaving.get(level, ()),
                n_patients_lost=n_patients[level] - n_patients[after] if after else 0,
            )
        )
    return Flow(strategy, tuple(stations), *_verdicts(placed))


_Placed = Sequence[tuple[PatientRecord, Sequence[Place]]]


def _reaching(placed: _Placed, levels: Sequence[Level]) -> tuple[Counter[Level], Counter[Level]]:
    n_patients: Counter[Level] = Counter()
    n_lesions: Counter[Level] = Counter()
    rank = {level: number for number, level in enumerate(levels)}
    for _, places in placed:
        reached = [rank[place.level] for place in places]
        n_patients.update(levels[: max(reached, default=0) + 1])
        for number in reached:
            n_lesions.update(levels[: number + 1])
    return n_patients, n_lesions


def _leaving(placed: _Placed) -> Mapping[Level, tuple[Leaving, ...]]:
    n_lesions: Counter[tuple[Level, str]] = Counter()
    of_patients: dict[tuple[Level, str], set[str]] = defaultdict(set)
    for patient, places in placed:
        for place in places:
            if place.leaves is not None:
                n_lesions[place.level, place.leaves] += 1
                of_patients[place.level, place.leaves].add(patient.number)
        if not places:
            of_patients[Level.REGISTERED, leaves_without_lesions(patient)].add(patient.number)
    found: dict[Level, list[Leaving]] = defaultdict(list)
    for (level, code), numbers in of_patients.items():
        found[level].append(Leaving(code, reason_text(code), len(numbers), n_lesions[level, code]))
    return {level: tuple(sorted(items, key=_largest_first)) for level, items in found.items()}


def leaves_without_lesions(patient: PatientRecord) -> str:
    """Why a patient of whom no lesion is listed goes no further than registration."""
    return patient.left or NO_LESION


def _largest_first(item: Leaving) -> tuple[int, int, str]:
    return -item.n_lesions, -item.n_patients, item.code


def _verdicts(placed: _Placed) -> tuple[int, int, int, int]:
    """Return non-viable and viable lesions at the end, and the patients that have some of either."""
    n: Counter[bool] = Counter()
    of_patients: dict[bool, set[str]] = {True: set(), False: set()}
    for patient, places in placed:
        for lesion, place in zip(patient.lesions, places, strict=True):
            nonviable = lesion.outcome.nonviable
            if place.level is Level.EVALUABLE and nonviable is not None:
                n[nonviable] += 1
                of_patients[nonviable].add(patient.number)
    return n[True], n[False], len(of_patients[True]), len(of_patients[False])
