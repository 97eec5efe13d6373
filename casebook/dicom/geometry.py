"""Between pixels and the patient: planes of frames in LPS millimetres (PS3.3 C.7.6.2.1.1).

Columns and rows are 0-based and count pixel centres: (0, 0) is the centre of the first pixel, at ImagePositionPatient.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from casebook.domain.series_facts import FrameFacts, PixelFacts, PlacedFrame, SeriesFacts, Vector
from casebook.domain.slice_stack import SliceStack, slice_stacks
from casebook.domain.vectors import dot, minus, normal_of

__all__ = [
    "FramePoint",
    "Plane",
    "Planes",
    "SliceStack",
    "frame_plane",
    "index_to_patient",
    "patient_to_pixel",
    "pixel_to_patient",
    "planes",
    "slice_stacks",
]

HALF_A_PIXEL: Final = 0.5

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Plane:
    """One frame in space. `along_row` and `along_column` are the steps in mm from pixel to pixel."""

    origin_mm: Vector
    along_row: Vector
    along_column: Vector
    normal: Vector
    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class FramePoint:
    """Where a point of the patient lies on the frame nearest to it; `distance_mm` is to the plane, never negative."""

    sop_uid: str
    frame_number: int
    column: float
    row: float
    distance_mm: float
    is_inside: bool


def frame_plane(frame: FrameFacts, pixels: PixelFacts | None) -> Plane | None:
    """The plane of a frame, or None where the header does not place it in the patient."""
    if pixels is None or frame.position_mm is None or frame.orientation is None or frame.pixel_spacing_mm is None:
        return None
    between_rows_mm, between_columns_mm = frame.pixel_spacing_mm
    normal = normal_of(frame.orientation)
    if normal == (0.0, 0.0, 0.0) or between_rows_mm <= 0 or between_columns_mm <= 0:
        return None
    row, column = frame.orientation[:3], frame.orientation[3:]
    return Plane(
        origin_mm=frame.position_mm,
        along_row=(row[0] * between_columns_mm, row[1] * between_columns_mm, row[2] * between_columns_mm),
        along_column=(column[0] * between_rows_mm, column[1] * between_rows_mm, column[2] * between_rows_mm),
        normal=normal,
        rows=pixels.rows,
        columns=pixels.columns,
    )


def pixel_to_patient(plane: Plane, *, column: float, row: float) -> Vector:
    """The point of a pixel position, LPS mm."""
    x, y, z = (
        start + column * step + row * down
        for start, step, down in zip(plane.origin_mm, plane.along_row, plane.along_column, strict=True)
    )
    return (x, y, z)


def patient_to_pixel(plane: Plane, point_mm: Vector) -> tuple[float, float, float]:
    """(column, row, signed distance in mm along the normal) of a point of the patient."""
    offset = minus(point_mm, plane.origin_mm)
    column = dot(offset, plane.along_row) / dot(plane.along_row, plane.along_row)
    row = dot(offset, plane.along_column) / dot(plane.along_column, plane.along_column)
    return column, row, dot(offset, plane.normal)


class Planes:
    """All placed frames of a series, asked many times which one shows a point."""

    def __init__(self, frames: Iterable[PlacedFrame]) -> None:
        found = [(frame, frame_plane(frame.facts, frame.instance.pixels)) for frame in frames]
        self._frames = [frame for frame, plane in found if plane is not None]
        self._planes = [plane for _, plane in found if plane is not None]
        self._origins: Array = np.array([plane.origin_mm for plane in self._planes], dtype=float).reshape(-1, 3)
        self._normals: Array = np.array([plane.normal for plane in self._planes], dtype=float).reshape(-1, 3)

    def __len__(self) -> int:
        return len(self._planes)

    def closest(self, point_mm: Vector) -> FramePoint | None:
        """The frame whose plane is nearest to a point, among those that show the point if any does.

        Where several frames are equally near (b-values, phases), the first in the order given.
        """
        if not self._planes:
            return None
        distances = np.abs(np.einsum("ij,ij->i", np.asarray(point_mm, dtype=float) - self._origins, self._normals))
        nearest, *farther = (int(index) for index in np.argsort(distances, kind="stable"))
        first = self._point(nearest, point_mm)
        if first.is_inside:
            return first
        others = (self._point(index, point_mm) for index in farther)
        return next((found for found in others if found.is_inside), first)

    def _point(self, index: int, point_mm: Vector) -> FramePoint:
        plane, frame = self._planes[index], self._frames[index]
        column, row, distance_mm = patient_to_pixel(plane, point_mm)
        return FramePoint(
            sop_uid=frame.instance.sop_uid,
            frame_number=frame.number,
            column=column,
            row=row,
            distance_mm=abs(distance_mm),
            is_inside=_is_within(column, plane.columns) and _is_within(row, plane.rows),
        )


def _is_within(index: float, count: int) -> bool:
    """Whether a position lies on one of `count` pixels, each half a pixel to either side of its centre."""
    return -HALF_A_PIXEL <= index <= count - HALF_A_PIXEL


def planes(series: SeriesFacts) -> Planes:
    """The planes of a series, frames in the order of its instances."""
    return Planes(series.frames())


def index_to_patient(stack: SliceStack, pixels: PixelFacts) -> npt.NDArray[Any] | None:
    """The 4 x 4 matrix from (column, row, slice, 1) to LPS mm; None for a stack that is not uniform."""
    first = frame_plane(stack.frames[0].facts, pixels)
    last = stack.frames[-1].facts.position_mm
    if first is None or last is None or not stack.is_uniform:
        return None
    matrix = np.eye(4)
    matrix[:3, 0] = first.along_row
    matrix[:3, 1] = first.along_column
    matrix[:3, 3] = first.origin_mm
    matrix[:3, 2] = first.normal
    if stack.n_positions > 1:
        matrix[:3, 2] = np.asarray(minus(last, first.origin_mm)) / (stack.n_positions - 1)
    return matrix
