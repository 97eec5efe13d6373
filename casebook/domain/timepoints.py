"""When each timepoint is due: anchor + offset, accepted within its window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from casebook.domain.study.model import Anchor, Timepoint


class DueState(StrEnum):
    """Where a timepoint stands on a day."""

    NOT_PLANNED = "not-planned"
    NOT_DUE = "not-due"
    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "done"
    NOT_DONE = "not-done"


@dataclass(frozen=True, slots=True)
class Window:
    """The days on which a timepoint may take place, and the day it is due."""

    timepoint: str
    opens_on: date
    due_on: date
    closes_on: date

    def __contains__(self, day: date) -> bool:
        return self.opens_on <= day <= self.closes_on


def window_of(timepoint: Timepoint, anchors: Mapping[Anchor, date]) -> Window | None:
    """The timepoint's window; None while its anchor has no date."""
    anchor_on = anchors.get(timepoint.anchor)
    if anchor_on is None:
        return None
    due_on = anchor_on + timedelta(days=timepoint.offset_days)
    return Window(
        timepoint=timepoint.code,
        opens_on=due_on - timedelta(days=timepoint.early_days),
        due_on=due_on,
        closes_on=due_on + timedelta(days=timepoint.late_days),
    )


def windows_of(timepoints: Sequence[Timepoint], anchors: Mapping[Anchor, date]) -> tuple[Window, ...]:
    """The windows of every timepoint whose anchor has a date, in the order of the study."""
    found = (window_of(timepoint, anchors) for timepoint in timepoints)
    return tuple(window for window in found if window is not None)


def due_state(
    window: Window | None, *, today: date, done_on: date | None = None, is_not_done: bool = False
) -> DueState:
    """Where the timepoint stands `today`; done counts whenever it was, inside the window or not.

    `is_not_done` says that it is recorded as not having taken place; a day on which it did is worth more.
    """
    if done_on is not None:
        return DueState.DONE
    if is_not_done:
        return DueState.NOT_DONE
    if window is None:
        return DueState.NOT_PLANNED
    if today < window.opens_on:
        return DueState.NOT_DUE
    return DueState.OPEN if today <= window.closes_on else DueState.OVERDUE


def days_from_window(window: Window, day: date) -> int:
    """How far a day lies outside the window: negative before, positive after, 0 inside."""
    if day < window.opens_on:
        return (day - window.opens_on).days
    return max(0, (day - window.closes_on).days)


def nearest_timepoint(windows: Sequence[Window], day: date) -> Window | None:
    """The window a day belongs to: one that holds it, else the nearest; ties go to the nearer due day."""
    return min(
        windows,
        key=lambda window: (abs(days_from_window(window, day)), abs((day - window.due_on).days)),
        default=None,
    )
