"""The lesions and patients behind the numbers of the endpoint, page by page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from casebook.actions.endpoint import Endpoint
from casebook.domain.endpoint.picks import Pick
from casebook.domain.endpoint.records import Pair, PatientRecord

PER_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class LesionList:
    """One page of the lesions that a filter leaves; `n` and `n_patients` count all of them."""

    rows: Sequence[Pair]
    n: int
    n_patients: int
    page: int

    @property
    def n_pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.n // PER_PAGE))


@dataclass(frozen=True, slots=True)
class PatientList:
    """One page of the patients that a filter leaves, each with how many of their lesions it leaves."""

    rows: Sequence[tuple[PatientRecord, int]]
    n: int
    page: int

    @property
    def n_pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.n // PER_PAGE))


def list_lesions(found: Endpoint, pick: Pick, *, page: int = 1) -> LesionList:
    """Return one page of the lesions behind a number, by patient and lesion."""
    rows = found.picked(pick)
    shown = rows[(page - 1) * PER_PAGE : page * PER_PAGE]
    return LesionList(shown, len(rows), len({patient.number for patient, _ in rows}), page)


def list_patients(found: Endpoint, pick: Pick, *, page: int = 1) -> PatientList:
    """Return one page of the patients behind a number, by number."""
    patients = found.picked_patients(pick)
    n_lesions = Counter(patient.number for patient, _ in found.picked(pick))
    shown = patients[(page - 1) * PER_PAGE : page * PER_PAGE]
    return PatientList([(patient, n_lesions[patient.number]) for patient in shown], len(patients), page)
