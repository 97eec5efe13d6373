"""Which row of SDTM decided a lesion's outcome: what SRCDOM and SRCSEQ of the lesion dataset point to."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from casebook.domain.datasets.adam.adles import FindSource
from casebook.domain.datasets.material import LesionMaterial, SubjectMaterial
from casebook.domain.datasets.operations import first_operation
from casebook.domain.datasets.sdtm.observation import Mark, Tabulation
from casebook.domain.outcome.facts import Fate

_DISPOSITIONS: Final = {
    "died": ("DEATH",),
    "withdrawal": ("WITHDRAWAL BY SUBJECT",),
    "lost-to-follow-up": ("LOST TO FOLLOW-UP",),
    "ended-early": ("OTHER",),
    "left-before-surgery": ("DEATH", "WITHDRAWAL BY SUBJECT", "LOST TO FOLLOW-UP", "OTHER", "COMPLETED"),
    "found-ineligible": ("FOUND INELIGIBLE",),
    "data-withdrawn": ("WITHDRAWAL BY SUBJECT",),
}
_PATHOLOGY: Final = {
    "no-viable-cells": "VIABCELL",
    "viable-cells": "VIABCELL",
    "pathology-not-evaluable": "VIABCELL",
    "specimen-not-matched": "MATCH",
}


def finder(tabulation: Tabulation, as_of: date) -> FindSource:
    """Return what finds the row that decided; the lesion's own identification where nothing has decided yet."""

    def find(subject: SubjectMaterial, lesion: LesionMaterial) -> tuple[str, int] | None:
        for mark in _candidates(subject, lesion, as_of):
            found = tabulation.marked.get((subject.number, mark))
            if found is not None:
                return found
        return None

    return find


def _candidates(subject: SubjectMaterial, lesion: LesionMaterial, as_of: date) -> Iterator[Mark]:
    """The marks of the rows that may have decided, what tells most first."""
    for code in (lesion.outcome.reason.code, lesion.outcome.truth.reason.code):
        yield from (("DS", term) for term in _DISPOSITIONS.get(code, ()))
    yield from _of_truth(subject, lesion, as_of)
    yield ("TU", lesion.label)


def _of_truth(subject: SubjectMaterial, lesion: LesionMaterial, as_of: date) -> Iterator[Mark]:
    truth, facts, label = lesion.outcome.truth, lesion.facts, lesion.label
    operated = first_operation(subject, label, as_of)
    operated_on = operated.operated_on if operated else None
    if truth.reason.code in _PATHOLOGY:
        taken_on = operated_on if facts.fate is Fate.RESECTED else None
        taken_on = taken_on or (facts.re_resection.resected_on if facts.re_resection else None)
        if taken_on is not None:
            yield ("MI", label, _PATHOLOGY[truth.reason.code], taken_on.isoformat())
    elif truth.reason.code.endswith("-at-site") and facts.local_treatments and not truth.decided_on:
        treated_on = min(item.treated_on for item in facts.local_treatments)
        yield ("PR", label, treated_on.isoformat())
        yield ("FA", label, "FATE", treated_on.isoformat())
    seen_on = truth.decided_on or truth.last_adequate_on
    if seen_on is not None:
        yield ("TR", label, seen_on.isoformat())
    if operated_on is not None:
        yield ("FA", label, "FATE", operated_on.isoformat())
