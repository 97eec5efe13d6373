"""Which frames of reference of a subject are registered with each other, and which links follow from those.

Within a timepoint every frame is registered with the timepoint's best MR (the hub); between timepoints the first
MR hub with each later one, and the first CT with each later one. Everything else is composed.
"""

import heapq
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from casebook.domain.imaging import SeriesRole
from casebook.domain.rigid import Matrix, followed_by, inverted

CT_ROLES: Final = (
    SeriesRole.CT_PORTAL_VENOUS,
    SeriesRole.CT_DELAYED,
    SeriesRole.CT_ARTERIAL,
    SeriesRole.CT_PLAIN,
)
MR_ROLES: Final = (
    SeriesRole.EOB_HEPATOBILIARY,
    SeriesRole.EOB_TRANSITIONAL,
    SeriesRole.EOB_PORTAL_VENOUS,
    SeriesRole.EOB_PRE,
    SeriesRole.T1_IN_PHASE,
    SeriesRole.T1_OPPOSED_PHASE,
    SeriesRole.T2,
    SeriesRole.EOB_ARTERIAL,
)
"""What a frame of reference is registered by, best first; diffusion is too distorted to align others by."""

FramePair = tuple[str, str]
"""(fixed or from, moving or to)."""


@dataclass(frozen=True, slots=True)
class PlacedFrame:
    """A frame of reference, its timepoint's place in the course, and the role of the series that stands for it."""

    frame_uid: str
    timepoint: int
    role: SeriesRole

    @property
    def is_ct(self) -> bool:
        """Whether CT stands for it."""
        return self.role in CT_ROLES

    @property
    def preference(self) -> tuple[bool, int, str]:
        """Smaller is better: MR before CT, then the order of roles; the UID settles ties."""
        roles = CT_ROLES if self.is_ct else MR_ROLES
        return (self.is_ct, roles.index(self.role), self.frame_uid)


@dataclass(frozen=True, slots=True)
class RigidLink:
    """p_to = matrix . p_from, and the estimated error."""

    matrix: Matrix
    quality_mm: float


@dataclass(frozen=True, slots=True)
class ComposedLink:
    """A link through others: `through` are the frames between, in order."""

    link: RigidLink
    through: tuple[str, ...]


def direct_pairs(frames: Sequence[PlacedFrame]) -> tuple[FramePair, ...]:
    """The pairs (fixed, moving) that are registered with each other."""
    by_timepoint = [
        sorted(together, key=lambda frame: frame.preference)
        for _, together in itertools.groupby(
            sorted(frames, key=lambda frame: frame.timepoint), key=lambda frame: frame.timepoint
        )
    ]
    within = [(hub.frame_uid, other.frame_uid) for hub, *others in by_timepoint for other in others]
    between = [pair for is_ct in (False, True) for pair in _first_to_later(by_timepoint, is_ct=is_ct)]
    return tuple(dict.fromkeys([*within, *between]))


def _first_to_later(by_timepoint: Sequence[Sequence[PlacedFrame]], *, is_ct: bool) -> list[FramePair]:
    of_kind = [[one for one in together if one.is_ct is is_ct] for together in by_timepoint]
    best = [together[0] for together in of_kind if together]
    return [(best[0].frame_uid, later.frame_uid) for later in best[1:]]


def composed_links(direct: Mapping[FramePair, RigidLink], *, max_quality_mm: float) -> dict[FramePair, ComposedLink]:
    """The links that follow from the direct ones, from the smaller UID to the larger; errors add as independent.

    A chain whose error is beyond `max_quality_mm` is left out.
    """
    steps = _steps(direct)
    known = {frozenset(pair) for pair in direct}
    found: dict[FramePair, ComposedLink] = {}
    for start in sorted(steps):
        for end, composed in _reached(start, steps).items():
            is_new = start < end and frozenset((start, end)) not in known
            if is_new and composed.link.quality_mm <= max_quality_mm:
                found[start, end] = composed
    return found


def chained(first: RigidLink, second: RigidLink) -> RigidLink:
    """First one, then the other."""
    return RigidLink(followed_by(first.matrix, second.matrix), math.hypot(first.quality_mm, second.quality_mm))


def _steps(direct: Mapping[FramePair, RigidLink]) -> dict[str, dict[str, RigidLink]]:
    steps: dict[str, dict[str, RigidLink]] = {}
    for (start, end), link in direct.items():
        steps.setdefault(start, {})[end] = link
        steps.setdefault(end, {})[start] = RigidLink(inverted(link.matrix), link.quality_mm)
    return steps


_Waiting = tuple[float, str, tuple[str, ...], RigidLink]


def _reached(start: str, steps: Mapping[str, Mapping[str, RigidLink]]) -> dict[str, ComposedLink]:
    """Every frame that can be reached, over the chain with the smallest error."""
    reached: dict[str, ComposedLink] = {}
    waiting: list[_Waiting] = [(link.quality_mm, end, (start,), link) for end, link in steps[start].items()]
    heapq.heapify(waiting)
    while waiting:
        _, frame, path, link = heapq.heappop(waiting)
        if frame in reached or frame == start:
            continue
        reached[frame] = ComposedLink(link, path[1:])
        for neighbour, step in steps[frame].items():
            longer = chained(link, step)
            heapq.heappush(waiting, (longer.quality_mm, neighbour, (*path, frame), longer))
    return reached
