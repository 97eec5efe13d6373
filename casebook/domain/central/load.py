"""How much each reader has before them: assignments by their state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from casebook.domain.texts import Text


class AssignmentState(StrEnum):
    """How far a reader is with a case they were given."""

    OPEN = "open"
    WAITING = "waiting"
    SIGNED = "signed"
    WITHDRAWN = "withdrawn"


ASSIGNMENT_LABELS: Final[Mapping[AssignmentState, Text]] = {
    AssignmentState.OPEN: Text("to read", "読影待ち"),
    AssignmentState.WAITING: Text("waiting", "待機中"),
    AssignmentState.SIGNED: Text("signed", "署名済み"),
    AssignmentState.WITHDRAWN: Text("withdrawn", "取り下げ"),
}
PLACE_LABELS: Final[Mapping[str, Text]] = {
    "first": Text("reader 1", "読影医1"),
    "second": Text("reader 2", "読影医2"),
    "third": Text("reader 3", "読影医3"),
    "adjudicator": Text("adjudicator", "裁定者"),
}


@dataclass(frozen=True, slots=True)
class GivenCase:
    """A case that a reader was given. `n_to_read` counts timepoints that are open to them and not signed."""

    opens_on: date
    closes_on: date | None = None
    is_withdrawn: bool = False
    is_adjudication: bool = False
    is_repeat: bool = False
    n_to_read: int = 0

    def state(self, today: date) -> AssignmentState:
        """Signed once everything of it is; waiting while nothing of it can be read yet."""
        if self.is_withdrawn:
            return AssignmentState.WITHDRAWN
        if self.closes_on is not None:
            return AssignmentState.SIGNED
        can_be_read = self.is_adjudication or self.n_to_read > 0
        return AssignmentState.OPEN if can_be_read and self.opens_on <= today else AssignmentState.WAITING


@dataclass(frozen=True, slots=True)
class Load:
    """How many cases a reader has by state; repeats are among them and counted again."""

    n_open: int
    n_waiting: int
    n_signed: int
    n_repeats: int


def load_of(cases: Iterable[GivenCase], today: date) -> Load:
    """Count a reader's cases; those that were withdrawn do not count."""
    kept = [case for case in cases if not case.is_withdrawn]
    states = [case.state(today) for case in kept]
    return Load(
        n_open=states.count(AssignmentState.OPEN),
        n_waiting=states.count(AssignmentState.WAITING),
        n_signed=states.count(AssignmentState.SIGNED),
        n_repeats=sum(case.is_repeat for case in kept),
    )
