"""What is measured to know how breathing moved each series of a frame of reference.

Every phase and every echo is a breath of its own. Diffusion is not: all b-values of an acquisition, and the
coefficient made from them, lie where its lowest b-value lies, which alone has signal enough to be measured.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.frame_sources import (
    DIFFUSION_ROLES,
    Candidate,
    FrameSource,
    PlacedPlane,
    candidates_by_frame,
    planes,
    source_of,
    standing_source,
)
from casebook.domain.imaging import SeriesRole as Role

SAME_PLANE_MM: Final = 0.1
"""Planes of one acquisition lie in the same places but for the rounding of their headers."""

SeriesPart = tuple[str, str]
"""Series UID and role."""


@dataclass(frozen=True, slots=True)
class Breath:
    """Images taken in one position of the liver: what is measured, and the parts of series that it holds for."""

    source: FrameSource
    parts: tuple[SeriesPart, ...]


@dataclass(frozen=True, slots=True)
class FrameBreaths:
    """The series that stands for a frame of reference, and the breaths of the others."""

    standing: FrameSource
    breaths: tuple[Breath, ...]


def frame_breaths(session: Session, subject_id: UUID) -> list[FrameBreaths]:
    """Return the breaths of every frame of reference of the subject that a series stands for."""
    found = []
    for candidates in candidates_by_frame(session, subject_id).values():
        standing = standing_source(session, candidates)
        if standing is not None:
            found.append(FrameBreaths(standing, tuple(_breaths(session, candidates, standing))))
    return sorted(found, key=lambda one: (one.standing.placed.timepoint, one.standing.placed.frame_uid))


def part_of(source: FrameSource) -> SeriesPart:
    """Return the part of a series that a source is made of."""
    return source.series_uid, source.placed.role


def _breaths(session: Session, candidates: Sequence[Candidate], standing: FrameSource) -> Iterable[Breath]:
    diffusion = [item for item in candidates if item.placed.role in DIFFUSION_ROLES]
    for candidate in candidates:
        source = None if candidate in diffusion else source_of(candidate, planes(session, candidate))
        if source is not None and part_of(source) != part_of(standing):
            yield Breath(source, (part_of(source),))
    yield from _diffusion_breaths(session, diffusion)


def _diffusion_breaths(session: Session, candidates: Sequence[Candidate]) -> Iterable[Breath]:
    acquisitions: dict[Any, list[tuple[Candidate, Sequence[PlacedPlane]]]] = defaultdict(list)
    for candidate in candidates:
        placed = planes(session, candidate)
        if placed:
            acquisitions[_place(placed)].append((candidate, placed))
    for together in acquisitions.values():
        source = _lowest_b(together)
        if source is not None:
            yield Breath(source, tuple((item.series.series_uid, item.placed.role) for item, _ in together))


def _place(placed: Sequence[PlacedPlane]) -> Any:
    """Equal for images that were taken at the same places."""
    positions = {tuple(round(value / SAME_PLANE_MM) for value in item.plane.position_mm) for item in placed}
    first = placed[0].plane
    return tuple(sorted(positions)), tuple(round(value, 3) for value in first.orientation), first.shape


def _lowest_b(together: Sequence[tuple[Candidate, Sequence[PlacedPlane]]]) -> FrameSource | None:
    """The lowest b-value whose images make a volume; several images a place (directions) do not."""
    by_b: Mapping[int, list[tuple[Candidate, list[PlacedPlane]]]] = defaultdict(list)
    for candidate, placed in together:
        if candidate.placed.role == Role.DWI:
            for b_value in {item.b_value for item in placed if item.b_value is not None}:
                by_b[b_value].append((candidate, [item for item in placed if item.b_value == b_value]))
    sources = (source_of(candidate, placed) for b_value in sorted(by_b) for candidate, placed in by_b[b_value])
    return next((source for source in sources if source is not None), None)
