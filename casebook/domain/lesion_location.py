"""Where a lesion is expected on a series, and by what: the marks it has, the frames they are in, the links between.

Points are LPS, mm.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from casebook.domain.imaging import LocationBasis
from casebook.domain.rigid import transformed
from casebook.domain.series_facts import FrameFacts, Orientation, SeriesFacts, Vector
from casebook.domain.series_links import KnownLinks, SeriesLink, ShownSeries, link_between

PARALLEL_TOLERANCE: Final = 1e-3
"""Largest difference of a direction cosine between planes that count as parallel."""


@dataclass(frozen=True, slots=True)
class Plane:
    """One frame of a series: `frame` is 1-based within its instance."""

    sop_uid: str
    frame: int
    position_mm: Vector
    b_value: float | None = None


@dataclass(frozen=True, slots=True)
class SeriesPlanes:
    """The parallel planes of a series in its frame of reference."""

    series_uid: str
    frame_of_reference_uid: str
    orientation: Orientation
    planes: tuple[Plane, ...]

    def normal(self) -> Vector:
        """Return the unit normal of the planes."""
        return _cross(self.orientation[:3], self.orientation[3:])

    def closest(self, point_mm: Vector) -> tuple[Plane, float]:
        """Return the plane nearest to the point along the normal, and the distance to it in mm."""
        normal = self.normal()
        target = _dot(normal, point_mm)
        plane = min(self.planes, key=lambda item: abs(_dot(normal, item.position_mm) - target))
        return plane, target - _dot(normal, plane.position_mm)

    def to_json(self) -> dict[str, Any]:
        """Return a compact form for storage."""
        return {
            "frame_of_reference_uid": self.frame_of_reference_uid,
            "orientation": list(self.orientation),
            "planes": [[plane.sop_uid, plane.frame, *plane.position_mm, plane.b_value] for plane in self.planes],
        }

    @classmethod
    def from_json(cls, series_uid: str, plain: dict[str, Any]) -> Self:
        """Return the same planes again."""
        planes = tuple(Plane(uid, frame, (x, y, z), b) for uid, frame, x, y, z, b in plain["planes"])
        x1, y1, z1, x2, y2, z2 = plain["orientation"]
        return cls(series_uid, plain["frame_of_reference_uid"], (x1, y1, z1, x2, y2, z2), planes)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a person or a lesion list put a lesion, on which series."""

    series_uid: str
    frame_of_reference_uid: str
    position_mm: Vector


@dataclass(frozen=True, slots=True)
class Location:
    """Where a lesion is expected on a series; only `basis` when that is not known."""

    series_uid: str
    basis: LocationBasis
    position_mm: Vector | None = None
    plane: Plane | None = None
    distance_mm: float | None = None
    quality_mm: float | None = None
    role: str | None = None


def series_planes(facts: SeriesFacts) -> SeriesPlanes | None:
    """Return the planes of a series, or None where it has no geometry or several orientations."""
    frame_uid = facts.first.frame_of_reference_uid
    placed = [
        (frame.facts.orientation, Plane(frame.instance.sop_uid, frame.number, frame.facts.position_mm, _b(frame.facts)))
        for frame in facts.frames()
        if frame.facts.position_mm is not None and frame.facts.orientation is not None
    ]
    if not placed or frame_uid is None:
        return None
    orientation = placed[0][0]
    assert orientation is not None
    if any(not _is_parallel(orientation, other) for other, _ in placed):
        return None
    return SeriesPlanes(facts.series_uid, frame_uid, orientation, tuple(plane for _, plane in placed))


def locate(marks: Sequence[Mark], known: KnownLinks, series: SeriesPlanes, role: str | None = None) -> Location:
    """Return where the lesion is expected on the series, or on the part of it that has `role`.

    In this order: a mark on the series itself, a mark in its frame of reference, a mark carried over from another
    frame; of several the one with the smallest error. Never an identity between different frames of reference.
    """
    for mark in marks:
        if mark.series_uid == series.series_uid:
            return _at(series, mark.position_mm, LocationBasis.MARKED)
    there = ShownSeries(series.series_uid, series.frame_of_reference_uid, role)
    carried = [(_link_from(mark, known, there), mark) for mark in marks]
    usable = [(link, mark) for link, mark in carried if link.matrix is not None]
    if not usable:
        return Location(series.series_uid, LocationBasis.NOT_KNOWN)
    link, mark = min(usable, key=lambda pair: _rank(pair[0], pair[1], series.frame_of_reference_uid))
    assert link.matrix is not None
    return _at(series, transformed(link.matrix, mark.position_mm), link.basis, link.quality_mm)


def _link_from(mark: Mark, known: KnownLinks, there: ShownSeries) -> SeriesLink:
    return link_between(known, ShownSeries(mark.series_uid, mark.frame_of_reference_uid), there)


def _rank(link: SeriesLink, mark: Mark, frame_uid: str) -> tuple[bool, float]:
    return (mark.frame_of_reference_uid != frame_uid, math.inf if link.quality_mm is None else link.quality_mm)


def pixel_position(frame: FrameFacts, column_px: float, row_px: float) -> Vector | None:
    """Return the point of a pixel's centre, 0-based, or None without geometry (PS3.3 C.7.6.2.1.1)."""
    if frame.position_mm is None or frame.orientation is None or frame.pixel_spacing_mm is None:
        return None
    row_spacing, column_spacing = frame.pixel_spacing_mm
    along, down = frame.orientation[:3], frame.orientation[3:]
    x, y, z = (
        origin + a * column_px * column_spacing + d * row_px * row_spacing
        for origin, a, d in zip(frame.position_mm, along, down, strict=True)
    )
    return (x, y, z)


def _at(series: SeriesPlanes, point: Vector, basis: LocationBasis, quality_mm: float | None = None) -> Location:
    plane, distance = series.closest(point)
    return Location(series.series_uid, basis, point, plane, distance, quality_mm)


def _b(frame: Any) -> float | None:
    return None if frame.b_value is None else float(frame.b_value.displayed)


def _is_parallel(a: Orientation, b: Orientation | None) -> bool:
    return b is not None and all(abs(p - q) <= PARALLEL_TOLERANCE for p, q in zip(a, b, strict=True))


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Sequence[float], b: Sequence[float]) -> Vector:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
