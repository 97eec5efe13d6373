"""When two reads of a case need a third person, and what the case's result is then.

Frame: FDA “Clinical Trial Imaging Endpoint Process Standards” (2018), an imaging charter per study. Adjudication starts
by itself where what the endpoint hangs on, the cDLM status, differs for a lesion of the list, or where one read has a
new lesion that the other has not. Where both agree on that, no third read is made, whatever else differs.

Left and right are the two reads as the adjudicator sees them; which is the first and which the second reader's is drawn
anew for each case.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from casebook.domain.cdlm import CdlmStatus, derive_cdlm
from casebook.domain.central.assignment import lot
from casebook.domain.central.new_lesions import NewLesion, matched
from casebook.domain.errors import Invalid, Refused
from casebook.domain.imaging import ReadingSequence, Visibility
from casebook.domain.lesion_events import in_order
from casebook.domain.series_links import Link
from casebook.domain.study.model import CdlmParameters
from casebook.domain.texts import Text

Cells = Mapping[ReadingSequence, Visibility | None]
"""What one read says of one lesion; a sequence that is absent or None was not judged."""


class AdjudicationState(StrEnum):
    """Open until somebody decides; void once one of the two reads has a newer edition, or other images."""

    OPEN = "open"
    DECIDED = "decided"
    VOID = "void"


class Side(StrEnum):
    """One of the two reads."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> "Side":
        """The other read."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Dispute(StrEnum):
    """Why a lesion goes to the adjudicator."""

    STATUS_DIFFERS = "status-differs"
    ONLY_IN_ONE_READ = "only-in-one-read"


class Choice(StrEnum):
    """What the adjudicator decides for a lesion: one of the reads, or a third verdict where the charter lets them."""

    LEFT = "left"
    RIGHT = "right"
    THIRD = "third"

    @property
    def side(self) -> Side | None:
        """The read that is chosen; None for a third verdict."""
        return None if self is Choice.THIRD else Side(self.value)


def is_second_left(seed: str, case: str, editions: tuple[int, int]) -> bool:
    """Draw whether the second reader's read stands on the left, so that its place tells nothing."""
    return lot(seed, "sides", case, *map(str, editions)) % 2 == 1


@dataclass(frozen=True, slots=True)
class Read:
    """What one reader says: each lesion of the list by its label, and lesions that the list does not have."""

    cells: Mapping[str, Cells]
    new: tuple[NewLesion, ...] = ()


@dataclass(frozen=True, slots=True)
class Disputed:
    """A lesion that the reads do not agree on.

    For a lesion of the list `left` and `right` are the status that each read gives it. A new lesion is in the read
    `only_in` under `new_label`; its `label` here is counted through both reads, so that none is there twice.
    """

    label: str
    why: Dispute
    left: CdlmStatus | None = None
    right: CdlmStatus | None = None
    only_in: Side | None = None
    new_label: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return a form for storage."""
        return {
            "label": self.label,
            "why": self.why.value,
            "left": self.left.value if self.left else None,
            "right": self.right.value if self.right else None,
            "only_in": self.only_in.value if self.only_in else None,
            "new_label": self.new_label,
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Return the same again."""
        return cls(
            label=plain["label"],
            why=Dispute(plain["why"]),
            left=CdlmStatus(plain["left"]) if plain["left"] else None,
            right=CdlmStatus(plain["right"]) if plain["right"] else None,
            only_in=Side(plain["only_in"]) if plain["only_in"] else None,
            new_label=plain["new_label"],
        )


def disputes(left: Read, right: Read, rule: CdlmParameters, links: Iterable[Link] = ()) -> tuple[Disputed, ...]:
    """Return what needs a third person: lesions of the list in their order, then new ones; empty where both agree."""
    return (*_of_the_list(left, right, rule), *_new(left, right, links))


def _of_the_list(left: Read, right: Read, rule: CdlmParameters) -> list[Disputed]:
    found = []
    for label in sorted(left.cells.keys() | right.cells.keys(), key=in_order):
        one = derive_cdlm(left.cells.get(label, {}), rule).status
        other = derive_cdlm(right.cells.get(label, {}), rule).status
        if one is not other:
            found.append(Disputed(label, Dispute.STATUS_DIFFERS, left=one, right=other))
    return found


def _new(left: Read, right: Read, links: Iterable[Link]) -> list[Disputed]:
    pairs = matched(left.new, right.new, links)
    known = {Side.LEFT: [pair[0] for pair in pairs], Side.RIGHT: [pair[1] for pair in pairs]}
    alone = [
        (side, lesion)
        for side, read in ((Side.LEFT, left), (Side.RIGHT, right))
        for lesion in sorted(read.new, key=lambda item: in_order(item.label))
        if lesion not in known[side]
    ]
    return [
        Disputed(f"N{n}", Dispute.ONLY_IN_ONE_READ, only_in=side, new_label=lesion.label)
        for n, (side, lesion) in enumerate(alone, start=1)
    ]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The adjudicator's choice for one disputed lesion; `third` is their own verdict by sequence."""

    choice: Choice
    third: Mapping[ReadingSequence, Visibility] | None = None
    comment: str | None = None

    def to_json(self) -> dict[str, str] | None:
        """Return the third verdict for storage."""
        return {sequence.value: seen.value for sequence, seen in self.third.items()} if self.third else None


MAY_NOT_GIVE_THIRD = Text(
    "The study's charter lets the adjudicator choose one of the two reads, not give a third.",
    "試験の読影規定では、裁定医は2つの読影のどちらかを選びます。第3の判定はできません。",
)


def check_choice(
    disputed: Disputed, chosen: Chosen, *, sequences: Iterable[ReadingSequence], may_give_third: bool
) -> None:
    """Raise Refused or Invalid for a choice that the charter or the lesion does not allow, and say which it does."""
    if chosen.choice is not Choice.THIRD:
        if chosen.third is not None:
            raise Invalid("A chosen read comes without a verdict of one's own.", field="third")
        return
    if not may_give_third:
        raise Refused(MAY_NOT_GIVE_THIRD, field="choice")
    if disputed.why is Dispute.ONLY_IN_ONE_READ:
        raise Refused(f"{disputed.label} is a lesion or none: choose the read that is right.", field="choice")
    missing = [sequence.upper() for sequence in sequences if sequence not in (chosen.third or {})]
    if missing:
        raise Invalid(f"The third verdict is to name every sequence: {', '.join(missing)} is missing.", field="third")
    if not (chosen.comment or "").strip():
        raise Invalid("A third verdict needs a comment that says why neither read is right.", field="comment")


def undecided(disputed: Iterable[Disputed], choices: Mapping[str, Chosen]) -> tuple[str, ...]:
    """Return the labels that still wait for a choice, in their order."""
    return tuple(item.label for item in disputed if item.label not in choices)


@dataclass(frozen=True, slots=True)
class Taken:
    """What the accepted read takes for one lesion: all that a read says of it, or a third verdict."""

    side: Side | None
    third: Mapping[ReadingSequence, Visibility] | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """The accepted read: what it takes for each lesion of the list, and which new lesions, by read and label there."""

    lesions: Mapping[str, Taken]
    new: tuple[tuple[Side, str], ...]


def settle(
    left: Read, right: Read, disputed: Iterable[Disputed], choices: Mapping[str, Chosen], *, agreed: Side
) -> Settled:
    """Return the accepted read: `agreed` where both agree, else what was chosen. Raises Refused for an open choice.

    A new lesion that only the other read has is no lesion.
    """
    items = {item.label: item for item in disputed}
    waiting = undecided(items.values(), choices)
    if waiting:
        raise Refused(
            Text(f"Not decided yet: {', '.join(waiting)}.", f"未決定の病変：{'、'.join(waiting)}"), field="choices"
        )
    lesions = {}
    for label in sorted(left.cells.keys() | right.cells.keys(), key=in_order):
        chosen = choices[label] if label in items else None
        lesions[label] = Taken(chosen.choice.side, chosen.third) if chosen else Taken(agreed)
    return Settled(lesions, _new_taken(left if agreed is Side.LEFT else right, items.values(), choices, agreed))


def _new_taken(
    agreed_read: Read, disputed: Iterable[Disputed], choices: Mapping[str, Chosen], agreed: Side
) -> tuple[tuple[Side, str], ...]:
    new = [item for item in disputed if item.only_in is not None and item.new_label is not None]
    alone = {(item.only_in, item.new_label) for item in new}
    in_both = [(agreed, lesion.label) for lesion in agreed_read.new if (agreed, lesion.label) not in alone]
    kept = [
        (item.only_in, item.new_label)
        for item in new
        if item.only_in and item.new_label and choices[item.label].choice.side is item.only_in
    ]
    return (*in_both, *kept)
