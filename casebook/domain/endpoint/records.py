"""Patients and lesions as the endpoint sees them on a day."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from casebook.domain.cdlm import Cdlm
from casebook.domain.imaging import ReadingSequence, Visibility
from casebook.domain.outcome import LesionFacts, Outcome, Reason
from casebook.domain.regions import Region, region_of


@dataclass(frozen=True, slots=True)
class LesionRecord:
    """One lesion with everything its place in the endpoint follows from, as known on the outcome's day.

    `seen` is what the accepted read says of it before surgery (None: not read), `left_out` why it does not count as a
    lesion of the study at all, where it does not.
    """

    label: str
    segment: str
    baseline_diameter_mm: Decimal | None
    seen: Mapping[ReadingSequence, Visibility | None]
    cdlm: Cdlm
    outcome: Outcome
    facts: LesionFacts
    left_out: Reason | None = None

    @property
    def is_read(self) -> bool:
        """Whether an accepted read says anything of it."""
        return any(visibility is not None for visibility in self.seen.values())


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """One registered patient with site and lesions; `left` is why the patient counts nowhere, where that is so."""

    number: str
    road: str
    site: str
    country: str
    group: str
    left: str | None
    lesions: tuple[LesionRecord, ...]

    @property
    def region(self) -> Region:
        """The part of the world that the site lies in."""
        return region_of(self.country)


Pair = tuple[PatientRecord, LesionRecord]


def pairs(patients: Iterable[PatientRecord]) -> Iterator[Pair]:
    """Give each lesion with its patient, in the order of both."""
    return ((patient, lesion) for patient in patients for lesion in patient.lesions)
