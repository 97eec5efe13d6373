"""The few operations on points and directions that rules about slices need (LPS, mm)."""

import math

from casebook.domain.series_facts import Orientation, Vector


def normal_of(orientation: Orientation) -> Vector:
    """The unit normal of an image plane: row direction x column direction; zero for a degenerate orientation."""
    rx, ry, rz, cx, cy, cz = orientation
    normal = (ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx)
    length = math.sqrt(dot(normal, normal))
    return normal if length == 0 else scaled(normal, 1 / length)


def dot(one: Vector, other: Vector) -> float:
    """The scalar product."""
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def minus(one: Vector, other: Vector) -> Vector:
    """The way from `other` to `one`."""
    return (one[0] - other[0], one[1] - other[1], one[2] - other[2])


def scaled(vector: Vector, factor: float) -> Vector:
    """A vector made longer or shorter."""
    return (vector[0] * factor, vector[1] * factor, vector[2] * factor)
