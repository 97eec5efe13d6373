"""What is done about an invented patient, in the order in which a site and the data centre do it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from casebook.domain.forms.states import EntryState
from casebook.domain.imaging import ReadingSequence, Visibility
from casebook.domain.lesion_events import EventKind

Answers = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RegisterFirst:
    """First registration on a day, with the answers of its eligibility, which come to the state `goal`."""

    on: date
    answers: Answers
    goal: EntryState = EntryState.COMPLETE


@dataclass(frozen=True, slots=True)
class RegisterSecond:
    """Second registration on a day, with the answers of its eligibility, which come to the state `goal`."""

    on: date
    answers: Answers
    goal: EntryState = EntryState.COMPLETE


@dataclass(frozen=True, slots=True)
class ListedLesion:
    """A lesion as it is listed: diameters in mm, at baseline and per sequence."""

    label: str
    segment: str
    diameter_mm: Decimal | None = None
    diameters_mm: Mapping[ReadingSequence, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListLesions:
    """The baseline lesions are listed; with `is_agreed` the list is signed and locked."""

    on: date
    lesions: tuple[ListedLesion, ...]
    is_agreed: bool


@dataclass(frozen=True, slots=True)
class LesionsChange:
    """A split, a merge, a new lesion or an entry in error, after the list is locked."""

    on: date
    kind: EventKind
    timepoint: str
    reason: str
    ended: tuple[str, ...] = ()
    came: tuple[ListedLesion, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """What a reader says of one lesion on one sequence, None for all together; the diameter in mm where visible."""

    label: str
    sequence: ReadingSequence | None
    visibility: Visibility
    diameter_mm: Decimal | None = None
    not_evaluable_reason: str | None = None
    confidence: int | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A read of the pre-operative images; `place` says whose among the readers, `is_central` for whom.

    Where the reads of a central reader and of the one before differ, `is_settled` says that a third person decided.
    """

    on: date
    place: int
    is_central: bool
    is_signed: bool
    cells: tuple[Cell, ...]
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class Fill:
    """A form is filled; `on` is the day of the work, never earlier than what the form tells of.

    With a `reason` it changes what was saved before. `goal` is the state that the data centre brings it to.
    """

    on: date
    form: str
    data: Answers
    timepoint: str | None = None
    ordinal: int = 1
    reason: str | None = None
    goal: EntryState = EntryState.COMPLETE

    @property
    def is_draft(self) -> bool:
        """Answers are still to come."""
        return self.goal is EntryState.STARTED


Act = RegisterFirst | RegisterSecond | ListLesions | LesionsChange | Read | Fill
