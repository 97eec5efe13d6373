"""Frames of reference and stacks of slices (LPS, mm)."""

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

Vector = tuple[float, float, float]
Matrix3 = tuple[Vector, Vector, Vector]


@dataclass(frozen=True, slots=True)
class Placement:
    """How the patient lies in a frame of reference: position = rotation x phantom position + translation."""

    rotation: Matrix3
    translation_mm: Vector

    def apply(self, point: Vector) -> Vector:
        """The phantom's point in the frame of reference."""
        x, y, z = (
            sum(r * p for r, p in zip(row, point, strict=True)) + t
            for row, t in zip(self.rotation, self.translation_mm, strict=True)
        )
        return (x, y, z)

    def matrix(self) -> list[list[float]]:
        """4 x 4, phantom to frame of reference."""
        rows = [[*row, t] for row, t in zip(self.rotation, self.translation_mm, strict=True)]
        return [*rows, [0.0, 0.0, 0.0, 1.0]]


def placement(turn_deg: Vector, translation_mm: Vector) -> Placement:
    """A patient turned about the x, then y, then z axis and moved."""
    ax, ay, az = (radians(v) for v in turn_deg)
    rx = np.array([[1, 0, 0], [0, cos(ax), -sin(ax)], [0, sin(ax), cos(ax)]])
    ry = np.array([[cos(ay), 0, sin(ay)], [0, 1, 0], [-sin(ay), 0, cos(ay)]])
    rz = np.array([[cos(az), -sin(az), 0], [sin(az), cos(az), 0], [0, 0, 1]])
    turned = np.round(rz @ ry @ rx, 9)
    rows = [(float(r[0]), float(r[1]), float(r[2])) for r in turned]
    return Placement((rows[0], rows[1], rows[2]), translation_mm)


@dataclass(frozen=True, slots=True)
class Stack:
    """Parallel slices: slice 0 is the lowest; `first` is the centre of its first pixel."""

    n_slices: int
    rows: int
    columns: int
    pixel_mm: float
    step_mm: float
    thickness_mm: float
    row_direction: Vector
    column_direction: Vector
    first: Vector

    @property
    def normal(self) -> Vector:
        """Direction from slice to slice."""
        a, b = self.row_direction, self.column_direction
        return (
            a[1] * b[2] - a[2] * b[1],
            a[2] * b[0] - a[0] * b[2],
            a[0] * b[1] - a[1] * b[0],
        )

    def position(self, index: int) -> Vector:
        """ImagePositionPatient of a slice."""
        x, y, z = (round(f + index * self.step_mm * n, 4) for f, n in zip(self.first, self.normal, strict=True))
        return (x, y, z)

    def find(self, point: Vector) -> Vector:
        """Slice, row and column (0-based, fractions kept) of a point."""
        away = [p - f for p, f in zip(point, self.first, strict=True)]
        axes = (self.normal, self.column_direction, self.row_direction)
        steps = (self.step_mm, self.pixel_mm, self.pixel_mm)
        k, row, column = (
            sum(a * d for a, d in zip(away, axis, strict=True)) / step for axis, step in zip(axes, steps, strict=True)
        )
        return (k, row, column)

    def index_to_mm(self) -> NDArray[np.float64]:
        """3 x 3 whose columns are the steps (x, y, z) of slice, row and column."""
        return np.array(
            [
                [v * self.step_mm for v in self.normal],
                [v * self.pixel_mm for v in self.column_direction],
                [v * self.pixel_mm for v in self.row_direction],
            ]
        ).T


def stack_around(
    centre: Vector,
    *,
    n_slices: int,
    rows: int,
    columns: int,
    pixel_mm: float,
    step_mm: float,
    thickness_mm: float,
    tilt_deg: float = 0.0,
) -> Stack:
    """A stack centred on a point; `tilt_deg` turns it about the left-right axis."""
    c, s = round(cos(radians(tilt_deg)), 8), round(sin(radians(tilt_deg)), 8)
    row_direction, column_direction, normal = (1.0, 0.0, 0.0), (0.0, c, -s), (0.0, s, c)
    half = ((n_slices - 1) / 2 * step_mm, (rows - 1) / 2 * pixel_mm, (columns - 1) / 2 * pixel_mm)
    first = tuple(
        round(centre[i] - half[0] * normal[i] - half[1] * column_direction[i] - half[2] * row_direction[i], 4)
        for i in range(3)
    )
    return Stack(
        n_slices,
        rows,
        columns,
        pixel_mm,
        step_mm,
        thickness_mm,
        row_direction,
        column_direction,
        (first[0], first[1], first[2]),
    )
