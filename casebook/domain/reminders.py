"""What a site owes on a day: forms, images, answers to queries, approvals; due, overdue or escalated.

Due date = anchor + offset + window (ICH E6(R3) 4.2.2: data are entered in a timely manner). Everything here follows
from the records and the day alone, so that a digest of a day is the same whenever it is made. An item names a trial and
registration numbers, and nothing else of a person.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from casebook.domain.next_step import NextStep
from casebook.domain.progress import Progress
from casebook.domain.study.model import Reminder, ReminderOf, StudyDefinition
from casebook.domain.texts import Text


class ReminderState(StrEnum):
    """How an item stands on a day."""

    NOT_DUE = "not-due"
    DUE = "due"
    OVERDUE = "overdue"
    ESCALATED = "escalated"


STATE_LABELS: Final = {
    ReminderState.NOT_DUE: Text("not due yet", "期限前"),
    ReminderState.DUE: Text("due", "期限到来"),
    ReminderState.OVERDUE: Text("overdue", "期限超過"),
    ReminderState.ESCALATED: Text("escalated", "要督促（長期超過）"),
}
ORDER: Final = (ReminderState.ESCALATED, ReminderState.OVERDUE, ReminderState.DUE)
"""What is told of, the gravest first."""


@dataclass(frozen=True, slots=True)
class Owed:
    """Something a site owes, counted from `base_on`; it may come until `closes_on` without being late.

    `reference` is what it is about: a registration number, a query's number with it, an approval's number.
    """

    reminder: Reminder
    reference: str
    what: Text
    base_on: date
    closes_on: date
    path: str

    @property
    def due_on(self) -> date:
        """The day from which the site is reminded."""
        return self.base_on + timedelta(days=self.reminder.after_days)

    @property
    def late_after(self) -> date:
        """The last day on which it is not overdue."""
        return max(self.due_on, self.closes_on)

    def state(self, as_of: date) -> ReminderState:
        """Return how it stands on a day."""
        if as_of < self.due_on:
            return ReminderState.NOT_DUE
        if as_of <= self.late_after:
            return ReminderState.DUE
        escalates_after = max(self.late_after, self.base_on + timedelta(days=self.reminder.escalate_after_days))
        return ReminderState.OVERDUE if as_of <= escalates_after else ReminderState.ESCALATED

    def is_called_for(self, as_of: date, *, since: date) -> bool:
        """Whether the site is to be asked again on a day, or was to be on one after `since` and before it."""
        if as_of < self.due_on:
            return False
        every = self.reminder.every_days
        last = as_of - timedelta(days=(as_of - self.due_on).days % every)
        return last > since


@dataclass(frozen=True, slots=True)
class DueItem:
    """Something owed as it stands on a day; `days_late` is 0 where it is not overdue."""

    owed: Owed
    state: ReminderState
    days_late: int

    @property
    def when(self) -> Text:
        """Since when it is due, or how late it is, in words."""
        if not self.days_late:
            until = self.owed.late_after
            return Text(f"due by {until}", f"期限 {until}")
        days = "1 day" if self.days_late == 1 else f"{self.days_late} days"
        return Text(f"{days} overdue", f"{self.days_late}日超過")


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything a site owes on a day, the gravest first; `is_called_for` says that today it is told."""

    site: str
    as_of: date
    items: tuple[DueItem, ...]
    is_called_for: bool

    def of_state(self, state: ReminderState) -> tuple[DueItem, ...]:
        """Return the items that stand so."""
        return tuple(item for item in self.items if item.state is state)


def digest(site: str, owed: Iterable[Owed], *, as_of: date, since: date) -> Digest:
    """Return what a site owes on a day, and whether it is told: when an item's turn came after `since`."""
    due = [item for item in owed if item.state(as_of) is not ReminderState.NOT_DUE]
    return Digest(
        site=site,
        as_of=as_of,
        items=tuple(sorted((_item(one, as_of) for one in due), key=_gravest_first)),
        is_called_for=any(item.is_called_for(as_of, since=since) for item in due),
    )


def _item(owed: Owed, as_of: date) -> DueItem:
    return DueItem(owed, owed.state(as_of), max((as_of - owed.late_after).days, 0))


def _gravest_first(item: DueItem) -> tuple[int, date, str, str]:
    return ORDER.index(item.state), item.owed.late_after, item.owed.reference, item.owed.what.en


def owed_by_patient(definition: StudyDefinition, progress: Progress, step: NextStep, *, number: str) -> Owed | None:
    """Return what the patient's next step owes: a form counted from its window or anchor, or the images of a window."""
    if step.form is None:
        return _images(definition, step, number)
    reminder = next((item for item in definition.reminders if item.form == step.form), None)
    if reminder is None:
        return None
    label = definition.form(step.form).label
    path = f"/patients/{number}/forms/{step.form}"
    if step.window is not None:
        at = definition.timepoint(step.window.timepoint).label
        what = Text(f"{label.en}, {at.en}", f"{label.ja}・{at.ja}")
        path = f"{path}?timepoint={step.window.timepoint}"
        return Owed(reminder, number, what, step.window.due_on, step.window.closes_on, path)
    base_on = progress.dates.get(reminder.anchor) if reminder.anchor else None
    return None if base_on is None else Owed(reminder, number, label, base_on, base_on, path)


def _images(definition: StudyDefinition, step: NextStep, number: str) -> Owed | None:
    reminder = reminder_of(definition, ReminderOf.IMAGES)
    if reminder is None or step.window is None:
        return None
    at = definition.timepoint(step.window.timepoint).label
    path = f"/patients/{number}/images/{step.window.timepoint}"
    what = Text(f"images, {at.en}", f"画像・{at.ja}")
    return Owed(reminder, number, what, step.window.due_on, step.window.closes_on, path)


def owed_answer(definition: StudyDefinition, *, query: int, number: str | None, due_on: date) -> Owed | None:
    """Return the answer to an open query that is owed until its due day."""
    reminder = reminder_of(definition, ReminderOf.QUERIES)
    if reminder is None:
        return None
    what = Text(f"answer to query {query}", f"クエリ {query} への回答")
    return Owed(reminder, number or "–", what, due_on, due_on, f"/queries/{query}")


def owed_approval(definition: StudyDefinition, *, site: str, ends: Sequence[date | None]) -> Owed | None:
    """Return the renewal of the approval that ends last, owed until its last valid day; None where one does not end."""
    reminder = reminder_of(definition, ReminderOf.APPROVALS)
    days = [day for day in ends if day is not None]
    if reminder is None or len(days) < len(ends) or not days:
        return None
    what = Text("renewal of the ethics approval", "倫理審査の承認の更新")
    return Owed(reminder, site, what, max(days), max(days), f"/sites/{site}")


def reminder_of(definition: StudyDefinition, what: ReminderOf) -> Reminder | None:
    """Return the study's reminder of something that is no form."""
    return next((item for item in definition.reminders if item.of is what), None)
