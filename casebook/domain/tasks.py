"""What there is for a person to do: one line each, in groups, the most urgent first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from casebook.domain.next_step import Urgency
from casebook.domain.texts import Text

MOST_SHOWN: Final = 8
"""Lines of a group; the count says how many there are, and its link leads to all."""
MOST_OF_A_GROUP: Final = 1000
"""Lines of a group that is looked at by itself."""


class Place(StrEnum):
    """Where a task is done."""

    PATIENT = "patient"
    FORM = "form"
    FORMS = "forms"
    LESIONS = "lesions"
    READ = "read"
    IMAGES = "images"
    PATIENTS = "patients"
    QUARANTINE = "quarantine"
    BOARD = "board"
    QUERY = "query"
    QUERIES = "queries"
    ENTRIES = "entries"
    WORK = "work"
    SITE = "site"
    ENDPOINT = "endpoint"
    LESION_TABLE = "lesion-table"
    AUDIT = "audit"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Target:
    """Where to go: the place, with what it needs to be found. `state` and `mark` are filters of a list.

    For the list of a group of tasks `state` is the group's code.
    """

    place: Place
    subject: str | None = None
    form: str | None = None
    timepoint: str | None = None
    ordinal: int = 1
    site: str | None = None
    state: str | None = None
    mark: str | None = None
    login: str | None = None
    query: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do or to look at: what, whose, how urgent, and where it is done."""

    what: Text
    target: Target
    detail: Text | None = None
    urgency: Urgency = Urgency.TO_DO
    due_on: date | None = None

    @property
    def subject(self) -> str | None:
        """The patient it is about."""
        return self.target.subject


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """Tasks of one kind; `tasks` are the first of `n_total`, `everything` leads to all of them.

    `known` are all that were gathered, `tasks` among them.
    """

    code: str
    title: Text
    tasks: tuple[Task, ...]
    n_total: int
    everything: Target | None = None
    known: tuple[Task, ...] = ()

    @property
    def is_late(self) -> bool:
        """Something of it is overdue."""
        return any(task.urgency is Urgency.OVERDUE for task in self.tasks)


_RANK: Final = {Urgency.OVERDUE: 0, Urgency.TO_DO: 1, Urgency.WAITING: 2, Urgency.DONE: 3}


def group_of(
    code: str, title: Text, tasks: Iterable[Task], *, n_total: int | None = None, everything: Target | None = None
) -> TaskGroup:
    """Return a group of the most urgent of the tasks, the earliest due of them first; `n_total` counts all.

    A group with more tasks than are shown always leads to all of them, to a list of its own where there is no other.
    """
    ordered = tuple(sorted(tasks, key=lambda task: (_RANK[task.urgency], task.due_on or date.max)))
    total = len(ordered) if n_total is None else n_total
    if everything is None and total > MOST_SHOWN:
        everything = Target(Place.WORK, state=code)
    return TaskGroup(code, title, ordered[:MOST_SHOWN], total, everything, ordered)


def by_urgency(groups: Iterable[TaskGroup]) -> Sequence[TaskGroup]:
    """Return the groups that hold something: those with something late first, otherwise as they are given."""
    return sorted((group for group in groups if group.n_total), key=lambda group: not group.is_late)
