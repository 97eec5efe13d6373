"""Rigid transforms as 16 numbers, row-major: p_to = matrix . p_from (LPS, mm)."""

from typing import Final

from casebook.domain.series_facts import Vector

Matrix = tuple[float, ...]
"""16 numbers, row-major."""

IDENTITY: Final[Matrix] = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def transformed(matrix: Matrix, point: Vector) -> Vector:
    """Return matrix . point."""
    x, y, z = point
    rows = (matrix[0:4], matrix[4:8], matrix[8:12])
    a, b, c = (row[0] * x + row[1] * y + row[2] * z + row[3] for row in rows)
    return (a, b, c)


def inverted(matrix: Matrix) -> Matrix:
    """Return the inverse of a rigid transform: the transposed rotation and the turned-back translation."""
    rotation = tuple(tuple(matrix[4 * column + row] for column in range(3)) for row in range(3))
    shift = (matrix[3], matrix[7], matrix[11])
    rows = [(*row, -sum(r * t for r, t in zip(row, shift, strict=True))) for row in rotation]
    return (*rows[0], *rows[1], *rows[2], 0.0, 0.0, 0.0, 1.0)


def followed_by(first: Matrix, second: Matrix) -> Matrix:
    """Return the transform that does the first one, then the second."""
    return tuple(
        sum(second[4 * row + k] * first[4 * k + column] for k in range(4)) for row in range(4) for column in range(4)
    )


def shifted_by(shift: Vector) -> Matrix:
    """Return the transform that moves by `shift` (mm) and turns nothing."""
    x, y, z = shift
    return (1.0, 0.0, 0.0, x, 0.0, 1.0, 0.0, y, 0.0, 0.0, 1.0, z, 0.0, 0.0, 0.0, 1.0)
