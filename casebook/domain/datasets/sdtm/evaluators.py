"""Who judged the images: the site, the central readers, the adjudicator; and which of their reads are tabulated.

Of each evaluator and timepoint one read is: of the first round, signed, on the images that are there now. A site's read
is tabulated where it counts, or where a central read counts in its place; so, without ACPTFL among a subject's rows of
a timepoint, INVESTIGATOR is who counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from casebook.domain.datasets.material import ReadMaterial, SubjectMaterial
from casebook.domain.datasets.model import Value

SITE: Final = "site"
ADJUDICATION: Final = "adjudication"
_READERS: Final = ("RADIOLOGIST 1", "RADIOLOGIST 2")
_OF_PLACE: Final = {"first": _READERS[0], "second": _READERS[1]}


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Who judged: --EVAL, --EVALID (None at the site), and the beginning of their link identifiers."""

    role: str
    identifier: str | None
    prefix: str

    @property
    def is_independent(self) -> bool:
        """Central, blinded."""
        return self.identifier is not None

    def link(self, label: str) -> str:
        """Return the identifier by which rows name a lesion as this evaluator saw it: R1-L2."""
        return f"{self.prefix}-{label}"

    def values(self, domain: str, *, is_accepted: bool) -> dict[str, Value]:
        """Return the evaluator's variables of a row."""
        return {
            f"{domain}EVAL": self.role,
            f"{domain}EVALID": self.identifier,
            f"{domain}ACPTFL": "Y" if is_accepted and self.is_independent else None,
        }


INVESTIGATOR: Final = Evaluator("INVESTIGATOR", None, "INV")
_INDEPENDENT: Final = {
    name: Evaluator("INDEPENDENT ASSESSOR", name, prefix)
    for name, prefix in ((_READERS[0], "R1"), (_READERS[1], "R2"), ("ADJUDICATOR", "ADJ"))
}
Judged = tuple[Evaluator, ReadMaterial]


def tabulated_reads(subject: SubjectMaterial) -> list[Judged]:
    """Return the reads that are tabulated with who made them, by timepoint and evaluator."""
    found: list[Judged] = []
    for timepoint in dict.fromkeys(one.timepoint for one in subject.reads):
        reads = [read for read in subject.reads if read.timepoint == timepoint and read.round == 1]
        central = _central([read for read in reads if read.kind != SITE and (read.stands or read.is_accepted)])
        found += central
        site = _newest(read for read in reads if read.kind == SITE and (read.stands or read.is_accepted))
        if site and (site.is_accepted or any(read.is_accepted for _, read in central)):
            found.append((INVESTIGATOR, site))
    return sorted(found, key=lambda pair: (pair[1].timepoint, pair[0].prefix))


def _central(reads: Sequence[ReadMaterial]) -> list[Judged]:
    """Give each read its evaluator by its place; one whose case was not drawn takes a reader's free place."""
    of: dict[str, list[ReadMaterial]] = {}
    for read in sorted(reads, key=_age):
        place = "ADJUDICATOR" if read.kind == ADJUDICATION else _OF_PLACE.get(read.place or "")
        of.setdefault(place or next((one for one in _READERS if one not in of), _READERS[-1]), []).append(read)
    return [(_INDEPENDENT[name], newest) for name, found in of.items() if (newest := _newest(found))]


def evaluator_of(subject: SubjectMaterial, read: ReadMaterial) -> Evaluator:
    """Return who made a read, one that is not tabulated too."""
    if read.kind == SITE:
        return INVESTIGATOR
    if read.kind == ADJUDICATION:
        return _INDEPENDENT["ADJUDICATOR"]
    tabulated = next((who for who, one in tabulated_reads(subject) if one is read), None)
    return tabulated or _INDEPENDENT[_OF_PLACE.get(read.place or "", _READERS[0])]


def _newest(reads: Iterable[ReadMaterial]) -> ReadMaterial | None:
    return max(reads, key=lambda read: (read.is_accepted, *_age(read)), default=None)


def _age(read: ReadMaterial) -> tuple[date, int, str]:
    return (read.signed_on, read.edition, read.reader)
