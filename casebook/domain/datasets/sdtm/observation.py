"""Rows of a domain before they are numbered, and what numbers them.

--SEQ counts a subject's rows in the order of what they say, so that the same records give the same numbers. --DY counts
days from RFSTDTC, which is day 1; there is no day 0 (SDTMIG 3.4, 4.4.4).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Final

from casebook.domain.datasets.identifiers import usubjid
from casebook.domain.datasets.material import StudyMaterial, SubjectMaterial
from casebook.domain.datasets.model import Dataset, Shape, Value, dataset
from casebook.domain.datasets.sdtm.supplemental import Qualifier, supplemental_record, supplemental_shape
from casebook.domain.study.model import RegistrationStep

Mark = tuple[str, ...]
"""By which a derivation finds the row that it follows from."""
Order = tuple[str | int, ...]
_DAY_NUMBERS: Final = (("DTC", "DY"), ("STDTC", "STDY"), ("ENDTC", "ENDY"))


@dataclass(frozen=True, slots=True)
class Observation:
    """One row: its values, its place among the subject's rows, what is said beside it in SUPP--, and its marks."""

    values: Mapping[str, Value]
    order: Order
    beside: tuple[Qualifier, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain: what its rows are, and how they follow from a subject's records up to a day."""

    shape: Shape
    observe: Callable[[SubjectMaterial, date], Iterable[Observation]]

    @property
    def name(self) -> str:
        """The two letters."""
        return self.shape.name


@dataclass(frozen=True, slots=True)
class Tabulation:
    """The datasets of some domains, and where the marked rows are: domain and --SEQ by subject number and mark."""

    datasets: tuple[Dataset, ...]
    marked: Mapping[tuple[str, Mark], tuple[str, int]] = field(default_factory=dict)


def tabulate(study: StudyMaterial, domains: Iterable[Domain]) -> Tabulation:
    """Return the domains with their rows numbered, and after each its supplemental qualifiers, if it has any."""
    made: list[Dataset] = []
    marked: dict[tuple[str, Mark], tuple[str, int]] = {}
    for domain in domains:
        rows: list[dict[str, Value]] = []
        supplemental: list[dict[str, Value]] = []
        for subject in study.subjects:
            for seq, one in enumerate(_in_order(domain.observe(subject, study.as_of)), start=1):
                rows.append(_numbered(domain.shape, subject, one, seq))
                supplemental += [supplemental_record(subject, domain.name, seq, said) for said in one.beside]
                marked |= {(subject.number, mark): (domain.name, seq) for mark in one.marks}
        made.append(dataset(domain.shape, rows))
        if supplemental:
            made.append(dataset(supplemental_shape(domain.shape), supplemental))
    return Tabulation(tuple(made), marked)


def _in_order(observations: Iterable[Observation]) -> Iterator[Observation]:
    """Give rows by their place, rows of one place by what they say."""
    for _, same in groupby(sorted(observations, key=_place), key=_place):
        found = list(same)
        yield from found if len(found) == 1 else sorted(found, key=_said)


def _place(one: Observation) -> Order:
    return one.order


def _said(one: Observation) -> list[tuple[str, str]]:
    return sorted((name, str(value)) for name, value in one.values.items())


def _numbered(shape: Shape, subject: SubjectMaterial, one: Observation, seq: int) -> dict[str, Value]:
    names, seq_name = frozenset(shape.names), f"{shape.name}SEQ"
    row: dict[str, Value] = {
        "STUDYID": subject.definition.code,
        "DOMAIN": shape.name,
        "USUBJID": usubjid(subject),
        **one.values,
    }
    if seq_name in names:
        row[seq_name] = seq
    reference_on = subject.registered_on.get(RegistrationStep.FIRST)
    for dated, numbered in _DAY_NUMBERS:
        day, name = row.get(shape.name + dated), shape.name + numbered
        if name in names and isinstance(day, str) and reference_on is not None:
            row[name] = study_day(date.fromisoformat(day), reference_on)
    return row


def study_day(day: date, reference_on: date) -> int:
    """Return the day's number: 1 on the reference day, -1 the day before."""
    n_days = (day - reference_on).days
    return n_days + 1 if n_days >= 0 else n_days


def iso(day: date | None) -> str | None:
    """Return a day as SDTM writes it."""
    return day.isoformat() if day else None
