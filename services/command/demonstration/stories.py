"""What each patient's course is to show: rare turns are dealt out like cards, so that none is left to luck.

A pattern says what the four sequences CT, DWI, T1/T2 and EOB show of a lesion before surgery, in this order: V visible,
N not visible, X not evaluable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from random import Random
from typing import Final

from services.command.demonstration.accrual import Enrolment
from services.command.demonstration.chance import chance, drawn, happens

GONE: Final = "NNNN"
VISIBLE: Final = "VVVV"
UNDETERMINED: Final = ("XNNN", "NXNN", "NNXN", "NNNX", "NXXN", "XXXX")
"""Gone as far as one can see: each sequence alone, two, and all of them say nothing."""
ONE_SEQUENCE: Final = ("VNNN", "NVNN", "NNVN", "NNNV")
"""Seen on a single sequence."""
DEALT_FROM_DAYS: Final = 330
"""Patients registered so long ago have come far enough for any turn to have been taken."""
GONE_SHARE: Final = 0.16
"""Of the patients whose story does not say so anyway."""
GONE_COUNTS: Final = {1: 0.5, 2: 0.28, 3: 0.15, 4: 0.07}


class Ending(StrEnum):
    """How a course ends before its time."""

    NONE = "none"
    DEATH = "death"
    LOST = "lost"
    INELIGIBLE = "ineligible"
    WITHDRAWN_TREATMENT = "withdrawn-treatment"
    WITHDRAWN_FOLLOW_UP = "withdrawn-follow-up"
    WITHDRAWN_DATA = "withdrawn-data"


class Turn(StrEnum):
    """What happens to the lesions once the list is locked."""

    NONE = "none"
    SPLIT = "split"
    MERGE = "merge"
    NEW = "new"
    VOID = "void"


class Meetings(StrEnum):
    """What the multidisciplinary team decides, meeting after meeting."""

    RESECTABLE = "resectable"
    BORDERLINE_FIRST = "borderline-first"
    UNRESECTABLE_FIRST = "unresectable-first"
    THIRD_TIME = "third-time"
    NEVER = "never"


class After(StrEnum):
    """What becomes of the first lesion that was left in place."""

    NONE = "none"
    RE_RESECTED = "re-resected"
    ABLATED = "ablated"
    IRRADIATED = "irradiated"
    RECURS_LATE = "recurs-late"


@dataclass(frozen=True, slots=True)
class Story:
    """One patient's turns. `n_gone` lesions disappear on all sequences; one more shows `pattern` where there is one."""

    n_gone: int = 0
    pattern: str | None = None
    ending: Ending = Ending.NONE
    turn: Turn = Turn.NONE
    meetings: Meetings = Meetings.RESECTABLE
    after: After = After.NONE
    is_watched: bool = False
    """Everything is gone and nobody operates: the sites are followed from the second registration."""


Card = Ending | Turn | Meetings | After
DEALT: Final[Mapping[Card, int]] = {
    Ending.DEATH: 9,
    Ending.LOST: 4,
    Ending.INELIGIBLE: 4,
    Ending.WITHDRAWN_TREATMENT: 2,
    Ending.WITHDRAWN_FOLLOW_UP: 3,
    Ending.WITHDRAWN_DATA: 2,
    Turn.SPLIT: 4,
    Turn.MERGE: 4,
    Turn.NEW: 6,
    Turn.VOID: 2,
    Meetings.BORDERLINE_FIRST: 14,
    Meetings.UNRESECTABLE_FIRST: 10,
    Meetings.THIRD_TIME: 5,
    Meetings.NEVER: 10,
    After.RE_RESECTED: 5,
    After.ABLATED: 3,
    After.IRRADIATED: 2,
    After.RECURS_LATE: 2,
}
"""Cards of each kind, for 150 patients who have come far enough; fewer patients get fewer, at least one of each."""
DEALT_FOR: Final = 150
N_WATCHED: Final = 2
PATTERNS: Final = (*UNDETERMINED, *ONE_SEQUENCE)
N_OF_PATTERN: Final = 4


def plan_stories(seed: int, enrolments: Sequence[Enrolment], today: date) -> dict[str, Story]:
    """Return each patient's story by number."""
    random = chance(seed, "stories")
    stories = {item.number: _ordinary(chance(seed, "story", item.number)) for item in enrolments}
    far = [item.number for item in enrolments if (today - item.registered_on).days >= DEALT_FROM_DAYS]
    share = min(1.0, len(far) / DEALT_FOR)
    cards = [card for card, n in DEALT.items() for _ in range(max(1, round(n * share)))]
    for number, card in zip(_shuffled(random, far), _mixed(random, cards), strict=False):
        stories[number] = _with_card(stories[number], card)
    patterns = [pattern for pattern in PATTERNS for _ in range(max(1, round(N_OF_PATTERN * share)))]
    for number, pattern in zip(_shuffled(random, far), patterns, strict=False):
        stories[number] = replace(stories[number], pattern=pattern)
    quiet = [number for number in far if stories[number] == Story(n_gone=stories[number].n_gone)]
    for number in _shuffled(random, quiet)[: max(1, round(N_WATCHED * share))]:
        stories[number] = Story(n_gone=2, is_watched=True)
    return stories


def _mixed(random: Random, cards: Sequence[Card]) -> list[Card]:
    """Return the cards in no order, one of each kind first: where patients are few, each kind still occurs."""
    first = list(dict.fromkeys(cards))
    others = list(cards)
    for card in first:
        others.remove(card)
    return first + random.sample(others, len(others))


def _shuffled(random: Random, numbers: Sequence[str]) -> list[str]:
    return random.sample(list(numbers), len(numbers))


def _ordinary(random: Random) -> Story:
    return Story(n_gone=drawn(random, GONE_COUNTS) if happens(random, GONE_SHARE) else 0)


def _with_card(story: Story, card: Card) -> Story:
    match card:
        case Ending():
            return replace(story, ending=card)
        case Turn():
            return replace(story, turn=card, meetings=Meetings.RESECTABLE)
        case Meetings():
            return replace(story, meetings=card, turn=Turn.NONE)
        case After():
            return replace(story, after=card, n_gone=max(1, story.n_gone), meetings=Meetings.RESECTABLE)
