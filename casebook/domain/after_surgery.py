"""How long after surgery a complication comes: within 30 days, within 90 days, later.

Clavien-Dindo grades are reported at 30 and at 90 days (Dindo 2004, doi:10.1097/01.sla.0000133083.54934.ae; 90 days is
usual after liver resection). Days are counted from the latest operation on or before the event.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from casebook.domain.forms.values import Entry
from casebook.domain.texts import Text

EARLY_DAYS: Final = 30
LATE_DAYS: Final = 90


class AfterSurgery(StrEnum):
    """The window a complication belongs to; the 30-day window lies within the 90-day one."""

    BEFORE = "before-surgery"
    WITHIN_30 = "within-30-days"
    WITHIN_90 = "within-90-days"
    LATER = "later"


WINDOW_LABELS: Final[Mapping[AfterSurgery, Text]] = {
    AfterSurgery.BEFORE: Text("before surgery", "手術前"),
    AfterSurgery.WITHIN_30: Text("within 30 days", "術後30日以内"),
    AfterSurgery.WITHIN_90: Text("within 90 days", "術後90日以内"),
    AfterSurgery.LATER: Text("later than 90 days", "術後90日超"),
}


@dataclass(frozen=True, slots=True)
class Complication:
    """An adverse event with its distance from the operation it follows, None where it follows none."""

    entry: Entry
    days_after_surgery: int | None

    @property
    def window(self) -> AfterSurgery:
        """The window of the day it occurred on; day 0 is the day of surgery."""
        if self.days_after_surgery is None:
            return AfterSurgery.BEFORE
        if self.days_after_surgery <= EARLY_DAYS:
            return AfterSurgery.WITHIN_30
        return AfterSurgery.WITHIN_90 if self.days_after_surgery <= LATE_DAYS else AfterSurgery.LATER


def days_after_surgery(occurred_on: date, operated_on: Iterable[date]) -> int | None:
    """Days from the latest operation on or before the event; None before any operation."""
    before = [day for day in operated_on if day <= occurred_on]
    return (occurred_on - max(before)).days if before else None


def complications(entries: Mapping[str, tuple[Entry, ...]]) -> tuple[Complication, ...]:
    """The adverse events of a subject, by their day."""
    operated_on = [day for entry in entries.get("surgery", ()) if (day := entry.day("operated_on"))]
    dated = [(day, entry) for entry in entries.get("adverse-event", ()) if (day := entry.day("occurred_on"))]
    return tuple(
        Complication(entry, days_after_surgery(day, operated_on))
        for day, entry in sorted(dated, key=lambda item: item[0])
    )
