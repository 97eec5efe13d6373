"""The dated course of one subject, read from its forms.

The field codes named here are what the rules know of the forms; loading a definition checks that they exist.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from casebook.domain.forms.values import Entry
from casebook.domain.study.model import Anchor

RESECTABLE: Final = "resectable"
RESECTED: Final = "resected"
Entries = Mapping[str, tuple[Entry, ...]]


def anchors(
    entries: Entries, *, first_registered_on: date | None = None, second_registered_on: date | None = None
) -> dict[Anchor, date]:
    """The dates that windows and checks count from, as far as they are known.

    Chemotherapy spans its entries that start before surgery and ends only when none of them is still open; the MDT
    decision is the latest one that judged the disease resectable, else the latest; surgery is the first operation.
    """
    surgery_on = min(_days(entries.get("surgery", ()), "operated_on"), default=None)
    chemotherapy = [entry for entry in entries.get("chemotherapy", ()) if _is_before(entry, surgery_on)]
    decisions = sorted(entries.get("mdt-decision", ()), key=lambda entry: entry.day("decided_on") or date.min)
    resectable = [entry for entry in decisions if entry.word("resectability") == RESECTABLE]
    found = {
        Anchor.FIRST_REGISTRATION: first_registered_on,
        Anchor.CHEMOTHERAPY_START: min(_days(chemotherapy, "started_on"), default=None),
        Anchor.CHEMOTHERAPY_END: _end_of_chemotherapy(chemotherapy),
        Anchor.MDT_DECISION: next((entry.day("decided_on") for entry in reversed(resectable or decisions)), None),
        Anchor.SECOND_REGISTRATION: second_registered_on,
        Anchor.SURGERY: surgery_on,
    }
    return {anchor: day for anchor, day in found.items() if day is not None}


def latest_mdt_decision(entries: Entries) -> Entry | None:
    """The last meeting's decision, by its date."""
    decisions = entries.get("mdt-decision", ())
    return max(decisions, key=lambda entry: entry.day("decided_on") or date.min, default=None)


def awaiting_pathology(entries: Entries) -> tuple[str, ...]:
    """The labels of lesions that an operation resected and no report speaks of yet."""
    fates = [row for entry in entries.get("surgery", ()) for row in entry.lesions.items()]
    resected = {label for label, answers in fates if answers.get("fate") == RESECTED}
    reported = {label for entry in entries.get("pathology", ()) for label in entry.lesions}
    return tuple(sorted(resected - reported, key=lambda label: (len(label), label)))


def _is_before(course: Entry, surgery_on: date | None) -> bool:
    """Chemotherapy that starts after surgery does not prepare it."""
    started_on = course.day("started_on")
    return surgery_on is None or started_on is None or started_on < surgery_on


def _end_of_chemotherapy(courses: Sequence[Entry]) -> date | None:
    if any(entry.day("ended_on") is None for entry in courses):
        return None
    return max(_days(courses, "ended_on"), default=None)


def _days(entries: Iterable[Entry], field: str) -> Iterable[date]:
    return [day for entry in entries if (day := entry.day(field)) is not None]
