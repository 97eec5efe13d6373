"""Which lesions stand behind a number of the endpoint: filter words that pages, the API and lists share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final

from casebook.domain.endpoint.flow import leaves_without_lesions
from casebook.domain.endpoint.places import LEVELS, Level, Place, place_of, reaches
from casebook.domain.endpoint.records import LesionRecord, Pair, PatientRecord, pairs
from casebook.domain.outcome import Strategy, TruthStatus
from casebook.domain.outcome.facts import Fate

NO_FATE: Final = "none"
LEFT_IN_PLACE: Final = frozenset({Fate.LEFT_IN_PLACE, Fate.NOT_FOUND, Fate.NOT_OPERATED})
"""Fates after which a lesion is followed by imaging."""


class Unknown(StrEnum):
    """Lesions of unknown truth that the bounds take in; each holds the one before."""

    NOT_EVALUABLE = "not-evaluable"
    AND_PENDING = "and-pending"
    AND_UNDETERMINED = "and-undetermined"


@dataclass(frozen=True, slots=True)
class Pick:
    """The filter: empty words leave it open.

    `level` is the station that is at least reached, `left` the code of why the lesion goes no further, `lost` the
    station after which nothing of a patient goes on; `unknown` are those that the bounds count. `followed` are
    the lesions left in place.
    """

    strategy: Strategy = Strategy.CT_MRI
    level: Level | None = None
    left: str = ""
    lost: Level | None = None
    status: TruthStatus | None = None
    reason: str = ""
    unknown: Unknown | None = None
    fate: str = ""
    region: str = ""
    country: str = ""
    group: str = ""
    site: str = ""
    followed: bool = False

    def words(self) -> Mapping[str, str]:
        """The filter as it stands in an address; what is open is left out."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: "yes" if value is True else str(value) for name, value in found.items() if value}


def fate_of(lesion: LesionRecord) -> str:
    """What became of a lesion at surgery; `none` while no surgery is recorded."""
    return lesion.facts.fate.value if lesion.facts.fate is not None else NO_FATE


def picked(patients: Iterable[PatientRecord], pick: Pick, *, contrast_required: bool) -> list[Pair]:
    """The lesions that the filter leaves, with their patients; without `level` or `left` those of the set."""
    return [
        (patient, lesion)
        for patient, lesion in pairs(patient for patient in patients if _is_of(patient, pick))
        if _fits(lesion, place_of(patient, lesion, pick.strategy, contrast_required=contrast_required), pick)
    ]


def picked_patients(patients: Iterable[PatientRecord], pick: Pick, *, contrast_required: bool) -> list[PatientRecord]:
    """The patients behind a number of patients: those with such a lesion, those of whom nothing goes on, or all."""
    found = [patient for patient in patients if _is_of(patient, pick)]
    if pick.lost is not None:
        return [one for one in found if _furthest(one, pick.strategy, contrast_required) is pick.lost]
    if pick.left:
        bare = [one for one in found if not one.lesions and leaves_without_lesions(one) == pick.left]
        return sorted([*bare, *_with_lesions(found, pick, contrast_required)], key=lambda one: one.number)
    if pick.level is Level.REGISTERED:
        return found
    return _with_lesions(found, pick, contrast_required)


def _with_lesions(patients: Iterable[PatientRecord], pick: Pick, contrast_required: bool) -> list[PatientRecord]:  # noqa: FBT001 - the study's word, handed on
    chosen = {patient.number: patient for patient, _ in picked(patients, pick, contrast_required=contrast_required)}
    return list(chosen.values())


def _furthest(patient: PatientRecord, strategy: Strategy, contrast_required: bool) -> Level:  # noqa: FBT001 - the study's word, handed on
    levels = LEVELS[strategy]
    reached = (
        place_of(patient, lesion, strategy, contrast_required=contrast_required).level for lesion in patient.lesions
    )
    return levels[max((levels.index(level) for level in reached), default=0)]


def _is_of(patient: PatientRecord, pick: Pick) -> bool:
    asked = ((pick.region, patient.region), (pick.country, patient.country), (pick.group, patient.group))
    return all(not wanted or wanted == found for wanted, found in (*asked, (pick.site, patient.site)))


def _fits(lesion: LesionRecord, place: Place, pick: Pick) -> bool:
    return _is_such(lesion, pick) and _is_there(place, pick)


def _is_such(lesion: LesionRecord, pick: Pick) -> bool:
    truth = lesion.outcome.truth
    return (
        (pick.unknown is None or _is_unknown(lesion, pick.strategy, pick.unknown))
        and (not pick.fate or fate_of(lesion) == pick.fate)
        and (not pick.followed or lesion.facts.fate in LEFT_IN_PLACE)
        and (pick.status is None or truth.status is pick.status)
        and (not pick.reason or truth.reason.code == pick.reason)
    )


def _is_there(place: Place, pick: Pick) -> bool:
    if pick.lost is not None:
        return place.level is pick.lost
    if pick.left:
        return place.leaves == pick.left
    return pick.unknown is not None or reaches(place, pick.level or Level.SET, pick.strategy)


def _is_unknown(lesion: LesionRecord, strategy: Strategy, scope: Unknown) -> bool:
    outcome = lesion.outcome
    if outcome.nonviable is not None:
        return False
    if scope is Unknown.AND_UNDETERMINED:
        return strategy in outcome.possible
    if strategy not in outcome.strategies:
        return False
    return scope is Unknown.AND_PENDING or outcome.truth.status is not TruthStatus.PENDING
