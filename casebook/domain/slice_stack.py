"""Slices in the order of the body: what the positions say about spacing, gaps, missing and repeated slices.

The order comes from ImagePositionPatient along the normal (PS3.3 C.7.6.2.1.1), never from InstanceNumber.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from casebook.domain.series_facts import Orientation, PlacedFrame, Vector
from casebook.domain.vectors import dot, minus, normal_of, scaled

SAME_POSITION_MM: Final = 0.05
"""Slices closer than this are one position: headers round to 0.01 mm and more coarsely."""
SPACING_TOLERANCE_MM: Final = 0.1
SPACING_TOLERANCE: Final = 0.02
"""Steps that differ by less than 0.1 mm or 2 % are uniform."""
SAME_ORIENTATION_COSINE: Final = 0.9995
"""Frames whose rows or columns differ by less than 1.8 degrees are parallel."""


@dataclass(frozen=True, slots=True)
class SliceStack:
    """Parallel slices, in order along `normal`.

    `frames` holds every frame, frames at one position side by side. `distances_mm` holds the positions along the
    normal, `counts` how many frames lie at each. `spacing_mm` is the usual step between positions, None for a single
    one. `missing_mm` are the positions where a slice is not there. `tilt_deg` is the angle between the way from slice
    to slice and the normal: not 0 for a tilted gantry or a sheared stack.
    """

    normal: Vector
    frames: tuple[PlacedFrame, ...]
    distances_mm: tuple[float, ...]
    counts: tuple[int, ...]
    spacing_mm: float | None
    missing_mm: tuple[float, ...]
    is_uniform: bool
    tilt_deg: float

    @property
    def n_positions(self) -> int:
        """Distinct slice positions."""
        return len(self.distances_mm)

    @property
    def n_missing(self) -> int:
        """Slices that the spacing asks for and that are not there."""
        return len(self.missing_mm)

    @property
    def repeated_mm(self) -> tuple[float, ...]:
        """Positions with more frames than others; several directions or phases repeat all positions alike."""
        fewest = min(self.counts)
        return tuple(at for at, count in zip(self.distances_mm, self.counts, strict=True) if count > fewest)

    @property
    def thickness_mm(self) -> float | None:
        """The thickest slice."""
        return max((one for frame in self.frames if (one := frame.facts.slice_thickness_mm) is not None), default=None)

    @property
    def gap_mm(self) -> float | None:
        """Tissue between neighbouring slices that no slice shows; negative where slices overlap."""
        if self.spacing_mm is None or self.thickness_mm is None:
            return None
        return self.spacing_mm - self.thickness_mm

    @property
    def coverage_mm(self) -> float:
        """From the outer face of the first slice to that of the last."""
        return self.distances_mm[-1] - self.distances_mm[0] + (self.thickness_mm or 0.0)


def slice_stacks(frames: Iterable[PlacedFrame]) -> tuple[SliceStack, ...]:
    """One stack per orientation, the largest first; frames without position or orientation are left out."""
    groups: list[tuple[Orientation, list[PlacedFrame]]] = []
    for frame in frames:
        orientation = frame.facts.orientation
        if orientation is None or frame.facts.position_mm is None or normal_of(orientation) == (0.0, 0.0, 0.0):
            continue
        group = next((some for first, some in groups if _is_parallel(first, orientation)), None)
        if group is None:
            groups.append((orientation, [frame]))
        else:
            group.append(frame)
    stacks = (_stack(normal_of(orientation), some) for orientation, some in groups)
    return tuple(sorted(stacks, key=lambda stack: -len(stack.frames)))


def _is_parallel(one: Orientation, other: Orientation) -> bool:
    return dot(one[:3], other[:3]) >= SAME_ORIENTATION_COSINE and dot(one[3:], other[3:]) >= SAME_ORIENTATION_COSINE


def _stack(normal: Vector, frames: Sequence[PlacedFrame]) -> SliceStack:
    placed = sorted(
        ((_distance(frame, normal), frame) for frame in frames),
        key=lambda one: (one[0], one[1].instance.instance_number or 0, one[1].number),
    )
    distances_mm, counts = _positions([distance for distance, _ in placed])
    steps_mm = [later - earlier for earlier, later in pairwise(distances_mm)]
    spacing_mm = median(steps_mm) if steps_mm else None
    ordered = tuple(frame for _, frame in placed)
    return SliceStack(
        normal=normal,
        frames=ordered,
        distances_mm=tuple(round(distance, 3) for distance in distances_mm),
        counts=tuple(counts),
        spacing_mm=None if spacing_mm is None else round(spacing_mm, 3),
        missing_mm=tuple(_missing(distances_mm, spacing_mm)),
        is_uniform=spacing_mm is None or all(_is_near(step, spacing_mm) for step in steps_mm),
        tilt_deg=_tilt_deg(normal, ordered),
    )


def _distance(frame: PlacedFrame, normal: Vector) -> float:
    position = frame.facts.position_mm
    assert position is not None
    return dot(position, normal)


def _positions(sorted_mm: Sequence[float]) -> tuple[list[float], list[int]]:
    """Distinct positions and how often each occurs."""
    positions: list[float] = []
    counts: list[int] = []
    for distance in sorted_mm:
        if positions and distance - positions[-1] < SAME_POSITION_MM:
            counts[-1] += 1
        else:
            positions.append(distance)
            counts.append(1)
    return positions, counts


def _is_near(step_mm: float, spacing_mm: float) -> bool:
    return abs(step_mm - spacing_mm) <= max(SPACING_TOLERANCE_MM, SPACING_TOLERANCE * spacing_mm)


def _missing(distances_mm: Sequence[float], spacing_mm: float | None) -> Iterable[float]:
    """Positions inside steps that are a whole multiple of the usual one."""
    for earlier, later in pairwise(distances_mm):
        n_steps = round((later - earlier) / spacing_mm) if spacing_mm else 1
        if n_steps > 1 and _is_near((later - earlier) / n_steps, spacing_mm or 0.0):
            for index in range(1, n_steps):
                yield round(earlier + index * (later - earlier) / n_steps, 3)


def _tilt_deg(normal: Vector, ordered: Sequence[PlacedFrame]) -> float:
    first, last = ordered[0].facts.position_mm, ordered[-1].facts.position_mm
    assert first is not None
    assert last is not None
    way = minus(last, first)
    along = dot(way, normal)
    if along < SAME_POSITION_MM:
        return 0.0
    across = minus(way, scaled(normal, along))
    return round(math.degrees(math.atan2(math.sqrt(dot(across, across)), along)), 2)
