"""The dated course of one subject, read from its forms.

The field codes named here are what the rules know of the forms; loading a definition checks that they exist.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from casebook.domain.forms.values import Entry
from casebook.domain.study.model import Anchor

RESECTABLE: Final = "resectable"
Entries = Mapping[str, tuple[Entry, ...]]


def anchors(
    entries: Entries, *, first_registered_on: date | None = None, second_registered_on: date | None = None
) -> dict[Anchor, date]:
    """The dates that windows and checks count from, as far as they are known.

    Chemotherapy spans all its entries and ends only when none is still open; the MDT decision is the latest one that
    judged the disease resectable, else the latest; surgery is the first operation.
    """
    decisions = sorted(entries.get("mdt-decision", ()), key=lambda entry: entry.day("decided_on") or date.min)
    resectable = [entry for entry in decisions if entry.word("resectability") == RESECTABLE]
    found = {
        Anchor.FIRST_REGISTRATION: first_registered_on,
        Anchor.CHEMOTHERAPY_START: min(_days(entries, "chemotherapy", "started_on"), default=None),
        Anchor.CHEMOTHERAPY_END: _end_of_chemotherapy(entries),
        Anchor.MDT_DECISION: next((entry.day("decided_on") for entry in reversed(resectable or decisions)), None),
        Anchor.SECOND_REGISTRATION: second_registered_on,
        Anchor.SURGERY: min(_days(entries, "surgery", "operated_on"), default=None),
    }
    return {anchor: day for anchor, day in found.items() if day is not None}


def latest_mdt_decision(entries: Entries) -> Entry | None:
    """The last meeting's decision, by its date."""
    decisions = entries.get("mdt-decision", ())
    return max(decisions, key=lambda entry: entry.day("decided_on") or date.min, default=None)


def _end_of_chemotherapy(entries: Entries) -> date | None:
    courses = entries.get("chemotherapy", ())
    if any(entry.day("ended_on") is None for entry in courses):
        return None
    return max(_days(entries, "chemotherapy", "ended_on"), default=None)


def _days(entries: Entries, form: str, field: str) -> Iterable[date]:
    return [day for entry in entries.get(form, ()) if (day := entry.day(field)) is not None]
