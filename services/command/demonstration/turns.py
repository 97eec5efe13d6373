"""What becomes of the listed lesions on the way to surgery: one splits, two merge, one is new, one was none."""

from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Final

from casebook.domain.lesion_events import EventKind
from services.command.demonstration.acts import LesionsChange, ListedLesion
from services.command.demonstration.case import Case
from services.command.demonstration.metastases import Metastasis, metastasis
from services.command.demonstration.stories import VISIBLE, Turn
from services.command.demonstration.words import TURNS

PART_OF_PARENT: Final = 0.55
NEW_DIAMETER_MM: Final = 8.0
GROWN_TOGETHER: Final = 1.4


@dataclass(frozen=True, slots=True)
class Turned:
    """The lesions that stand afterwards, and what is recorded of it."""

    lesions: tuple[Metastasis, ...]
    change: LesionsChange | None


def turn_of(case: Case, lesions: tuple[Metastasis, ...], on: date) -> Turned:
    """Return what stands before surgery."""
    random, next_place = case.chance("turn"), len(lesions) + 1
    seen = [lesion for lesion in lesions if lesion.pattern == VISIBLE] or list(lesions)
    match case.story.turn:
        case Turn.SPLIT:
            parent = seen[0]
            came = _from(random, parent, next_place, 2, PART_OF_PARENT)
            return _turned(case, on, EventKind.SPLIT, lesions, (parent,), came)
        case Turn.MERGE if len(seen) > 1:
            parents = (seen[-2], seen[-1])
            came = _from(random, seen[-2], next_place, 1, GROWN_TOGETHER)
            return _turned(case, on, EventKind.MERGE, lesions, parents, came)
        case Turn.NEW:
            came = (metastasis(random, f"L{next_place}", NEW_DIAMETER_MM, 1.0, VISIBLE),)
            return _turned(case, on, EventKind.NEW, lesions, (), came)
        case Turn.VOID:
            return _turned(case, on, EventKind.VOID, lesions, (seen[-1],), ())
    return Turned(lesions, None)


def _from(random: Random, parent: Metastasis, place: int, n: int, share: float) -> tuple[Metastasis, ...]:
    """Return what comes of a lesion, at its place."""
    return tuple(
        replace(
            metastasis(random, f"L{place + step}", float(parent.baseline_mm) * share, 1.0, VISIBLE),
            segment=parent.segment,
        )
        for step in range(n)
    )


def _turned(
    case: Case,
    on: date,
    kind: EventKind,
    lesions: tuple[Metastasis, ...],
    ended: tuple[Metastasis, ...],
    came: tuple[Metastasis, ...],
) -> Turned:
    change = LesionsChange(
        on=on,
        kind=kind,
        timepoint="preoperative",
        reason=case.phrase(case.chance("why turned"), TURNS[kind.value]),
        ended=tuple(lesion.label for lesion in ended),
        came=tuple(ListedLesion(lesion.label, lesion.segment) for lesion in came),
    )
    return Turned(tuple(lesion for lesion in lesions if lesion not in ended) + came, change)
