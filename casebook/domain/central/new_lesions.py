"""Which new lesions of two reads are the same one: by where they were put, never by their labels.

Each reader numbers their own new lesions, so that N1 of one read says nothing about N1 of the other.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from casebook.domain.rigid import transformed
from casebook.domain.series_facts import Vector
from casebook.domain.series_links import Link

SAME_PLACE_MM: Final = 15.0
"""Two marks as near as this are one lesion: room for breathing between series and for where in it a reader clicks.

An assumption of this program, not the study's: about the diameter of the larger lesions that are new.
"""


@dataclass(frozen=True, slots=True)
class NewLesion:
    """A lesion that the list does not have: its label within the read, and where it is (LPS, mm)."""

    label: str
    frame_of_reference_uid: str
    position_mm: Vector


def matched(
    left: Sequence[NewLesion], right: Sequence[NewLesion], links: Iterable[Link] = ()
) -> tuple[tuple[NewLesion, NewLesion], ...]:
    """Return the pairs that are one lesion, the nearest first; each lesion is in one pair at most.

    Lesions whose frames of reference are not linked never match.
    """
    known = tuple(links)
    near = [
        (distance, one.label, other.label, one, other)
        for one in left
        for other in right
        if (distance := _distance_mm(one, other, known)) is not None and distance <= SAME_PLACE_MM
    ]
    pairs: list[tuple[NewLesion, NewLesion]] = []
    for *_, one, other in sorted(near, key=lambda pair: pair[:3]):
        if all(one is not taken and other is not also for taken, also in pairs):
            pairs.append((one, other))
    return tuple(pairs)


def _distance_mm(one: NewLesion, other: NewLesion, links: Sequence[Link]) -> float | None:
    """Return how far two lesions lie from each other by the best known link; None where none is known."""
    if one.frame_of_reference_uid == other.frame_of_reference_uid:
        return math.dist(one.position_mm, other.position_mm)
    return min(
        (
            (math.inf if link.quality_mm is None else link.quality_mm, math.dist(*moved))
            for link in links
            if (moved := _in_one_frame(one, other, link)) is not None
        ),
        default=(None, None),
    )[1]


def _in_one_frame(one: NewLesion, other: NewLesion, link: Link) -> tuple[Vector, Vector] | None:
    frames = (link.from_frame_uid, link.to_frame_uid)
    if frames == (one.frame_of_reference_uid, other.frame_of_reference_uid):
        return transformed(link.matrix, one.position_mm), other.position_mm
    if frames == (other.frame_of_reference_uid, one.frame_of_reference_uid):
        return transformed(link.matrix, other.position_mm), one.position_mm
    return None
