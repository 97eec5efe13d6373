"""How far each lesion comes on the way from registration to the denominator of a strategy, and where it leaves.

    registered ─▶ listed ─▶ counted ─▶ (gone on CT and MRI ─▶) in the set ─▶ evaluable

A lesion leaves once, for one reason: the first that holds in this order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from casebook.domain.cdlm import CdlmStatus
from casebook.domain.endpoint.records import LesionRecord, PatientRecord
from casebook.domain.imaging import ReadingSequence, Visibility
from casebook.domain.outcome import LesionFacts, Strategy
from casebook.domain.outcome.facts import Fate


class Level(StrEnum):
    """A station of the way; each holds the ones after it."""

    REGISTERED = "registered"
    LISTED = "listed"
    COUNTED = "counted"
    CDLM = "cdlm"
    SET = "set"
    EVALUABLE = "evaluable"


LEVELS: Final[Mapping[Strategy, tuple[Level, ...]]] = {
    Strategy.CT: (Level.REGISTERED, Level.LISTED, Level.COUNTED, Level.SET, Level.EVALUABLE),
    Strategy.CT_MRI: (Level.REGISTERED, Level.LISTED, Level.COUNTED, Level.SET, Level.EVALUABLE),
    Strategy.CT_MRI_IOUS: tuple(Level),
}
"""The stations of each strategy, in order."""

DATA_WITHDRAWN: Final = "data-withdrawn"
FOUND_INELIGIBLE: Final = "found-ineligible"
NO_LESION: Final = "no-lesion"
NOT_READ: Final = "not-read"
VISIBLE_ON_CT: Final = "visible-on-ct"
VISIBLE_ON_MRI: Final = "visible-on-mri"
CT_NOT_EVALUABLE: Final = "ct-not-evaluable"
UNDETERMINED: Final = "cdlm-undetermined"
FOUND_AT_SURGERY: Final = "found-at-surgery"
NO_OPERATION: Final = "no-operation"
NO_ULTRASOUND: Final = "no-ultrasound"
WITHOUT_CONTRAST: Final = "ultrasound-without-contrast"
ULTRASOUND_NOT_JUDGED: Final = "ultrasound-not-judged"


@dataclass(frozen=True, slots=True)
class Place:
    """The last station a lesion reaches, and the code of why it goes no further; None at the last station."""

    level: Level
    leaves: str | None


def place_of(patient: PatientRecord, lesion: LesionRecord, strategy: Strategy, *, contrast_required: bool) -> Place:
    """How far a lesion comes in a strategy; `contrast_required` as the study's outcome rule has it."""
    if patient.left is not None:
        return Place(Level.REGISTERED, patient.left)
    if lesion.left_out is not None:
        return Place(Level.LISTED, lesion.left_out.code)
    why = _not_gone_on_ct(lesion) if strategy is Strategy.CT else _no_cdlm(lesion)
    if why is not None:
        return Place(Level.COUNTED, why)
    if strategy is Strategy.CT_MRI_IOUS:
        why = _not_gone_on_ultrasound(lesion.facts, contrast_required=contrast_required)
        if why is not None:
            return Place(Level.CDLM, why)
    truth = lesion.outcome.truth
    return Place(Level.SET, truth.reason.code) if truth.nonviable is None else Place(Level.EVALUABLE, None)


def _not_gone_on_ct(lesion: LesionRecord) -> str | None:
    if lesion.cdlm.ct_dlm:
        return None
    if not lesion.is_read:
        return NOT_READ
    return VISIBLE_ON_CT if lesion.cdlm.ct_dlm is False else CT_NOT_EVALUABLE


def _no_cdlm(lesion: LesionRecord) -> str | None:
    if lesion.cdlm.status is CdlmStatus.YES:
        return None
    if lesion.cdlm.status is CdlmStatus.UNDETERMINED:
        return UNDETERMINED if lesion.is_read else NOT_READ
    on_ct = lesion.seen.get(ReadingSequence.CT) is Visibility.VISIBLE
    return VISIBLE_ON_CT if on_ct else VISIBLE_ON_MRI


def _not_gone_on_ultrasound(facts: LesionFacts, *, contrast_required: bool) -> str | None:
    if facts.found_by_surgeon or (facts.ultrasound is not None and facts.ultrasound.seen):
        return FOUND_AT_SURGERY
    if facts.fate in {None, Fate.NOT_OPERATED}:
        return NO_OPERATION
    if facts.ultrasound is None:
        return NO_ULTRASOUND
    if contrast_required and not facts.ultrasound.with_contrast:
        return WITHOUT_CONTRAST
    return ULTRASOUND_NOT_JUDGED if facts.ultrasound.seen is None else None


def reaches(place: Place, level: Level, strategy: Strategy) -> bool:
    """Whether a place is at a station of the strategy or beyond it; never at a station it does not have."""
    levels = LEVELS[strategy]
    return level in levels and levels.index(place.level) >= levels.index(level)
