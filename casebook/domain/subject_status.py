"""What takes a subject out of the study, or off a part of it; each kept with its day, nothing overwritten."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from casebook.domain.forms.values import Entry
from casebook.domain.texts import Text

FORM: Final = "status-change"


class StatusKind(StrEnum):
    """What happened."""

    FOUND_INELIGIBLE = "found-ineligible"
    WITHDRAWAL = "withdrawal"
    LOST_TO_FOLLOW_UP = "lost-to-follow-up"
    DEATH = "death"


class WithdrawnFrom(StrEnum):
    """How much of the consent a subject takes back."""

    TREATMENT = "treatment"
    FOLLOW_UP = "follow-up"
    ALL_DATA = "all-data"


STATUS_LABELS: Final[Mapping[StatusKind, Text]] = {
    StatusKind.FOUND_INELIGIBLE: Text("found ineligible", "不適格と判明"),
    StatusKind.WITHDRAWAL: Text("withdrew", "同意撤回・中止"),
    StatusKind.LOST_TO_FOLLOW_UP: Text("lost to follow-up", "追跡不能"),
    StatusKind.DEATH: Text("died", "死亡"),
}


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One change of status; `withdrawn_from` belongs to a withdrawal."""

    kind: StatusKind
    happened_on: date
    withdrawn_from: WithdrawnFrom | None = None

    @property
    def ends_course(self) -> bool:
        """Nothing more of the course is asked; who leaves only the treatment is still followed."""
        return self.withdrawn_from is not WithdrawnFrom.TREATMENT

    @property
    def withdraws_data(self) -> bool:
        """What was recorded may no longer be used."""
        return self.withdrawn_from is WithdrawnFrom.ALL_DATA

    @property
    def text(self) -> Text:
        """What happened and when: died 2020-01-31."""
        label = STATUS_LABELS[self.kind]
        return Text(f"{label.en} {self.happened_on}", f"{label.ja} {self.happened_on}")


def status_changes(entries: Mapping[str, tuple[Entry, ...]]) -> tuple[StatusChange, ...]:
    """The changes that stand, by their day. A loss to follow-up is over once later imaging is recorded."""
    seen_on = max(_days(entries.get("follow-up", ()), "imaged_on"), default=date.min)
    found = (_change(entry) for entry in entries.get(FORM, ()))
    standing = [
        change
        for change in found
        if change is not None and not (change.kind is StatusKind.LOST_TO_FOLLOW_UP and seen_on > change.happened_on)
    ]
    return tuple(sorted(standing, key=lambda change: (change.happened_on, change.kind)))


def first_of(changes: Iterable[StatusChange], kind: StatusKind) -> StatusChange | None:
    """The earliest change of a kind, of changes in the order of their days."""
    return next((change for change in changes if change.kind is kind), None)


def ending_of(changes: Iterable[StatusChange]) -> StatusChange | None:
    """What ended the course: a death before anything else, otherwise the earliest that does."""
    ending = [change for change in changes if change.ends_course]
    return first_of(ending, StatusKind.DEATH) or next(iter(ending), None)


def _change(entry: Entry) -> StatusChange | None:
    kind, happened_on, part = entry.word("kind"), entry.day("happened_on"), entry.word("withdrawn_from")
    if kind is None or happened_on is None:
        return None
    return StatusChange(StatusKind(kind), happened_on, WithdrawnFrom(part) if part else None)


def _days(entries: Iterable[Entry], field: str) -> Iterable[date]:
    return (day for entry in entries if (day := entry.day(field)) is not None)
