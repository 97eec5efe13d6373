"""Signed distances of simple shapes and ways to join them (mm, positive inside)."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sample_dicom.anatomy.canvas import COARSE_SHAPE, COARSE_STEP_MM, ORIGIN_MM, Space
from sample_dicom.chance import Floats

Point = tuple[float, float, float]
"""x, y, z in mm, LPS."""

_FAR_MM: Final = 40.0
"""Tubes say how far outside a point is up to here."""

_BEND_MM: Final = 14.0
"""More than the deformation of a space moves anything."""


def f32(values: NDArray[np.float64]) -> Floats:
    """Single precision, where the last bits of a double no longer show."""
    return values.astype(np.float32)


def smooth_min(a: Floats, b: Floats, blend_mm: float) -> Floats:
    """The intersection of two shapes with its edge rounded over `blend_mm`."""
    k = np.float32(blend_mm)
    h = np.maximum(k - np.abs(a - b), np.float32(0.0))
    joined: Floats = np.minimum(a, b) - h * h * (np.float32(0.25) / k)
    return joined


def smooth_max(a: Floats, b: Floats, blend_mm: float) -> Floats:
    """The union of two shapes with the notch filled over `blend_mm`."""
    return -smooth_min(-a, -b, blend_mm)


def ellipsoid(space: Space, centre: Point, radii: Point, *, lean: tuple[float, float] = (0.0, 0.0)) -> Floats:
    """An ellipsoid; `lean` moves its centre in x and y for each mm of z."""
    z = space.z - np.float32(centre[2])
    x = space.x - np.float32(centre[0]) - z * np.float32(lean[0])
    y = space.y - np.float32(centre[1]) - z * np.float32(lean[1])
    nx, ny, nz = (v * np.float32(1.0 / r) for v, r in zip((x, y, z), radii, strict=True))
    g = np.sqrt(nx * nx + ny * ny + nz * nz) + np.float32(1e-4)
    slope = np.sqrt(
        (nx * nx) * np.float32(radii[0] ** -2)
        + (ny * ny) * np.float32(radii[1] ** -2)
        + (nz * nz) * np.float32(radii[2] ** -2)
    ) + np.float32(1e-5)
    inside: Floats = (np.float32(1.0) - g) * g / slope
    return inside


def tube(space: Space, path: Sequence[Point], radii_mm: Sequence[float], *, flat: float = 1.0) -> Floats:
    """A tube along a path; `flat` below 1 makes it taller in z than it is wide."""
    inside = np.full(space.z.shape, np.float32(-_FAR_MM))
    for a, b, ra, rb in zip(path[:-1], path[1:], radii_mm[:-1], radii_mm[1:], strict=True):
        box = _around(a, b, max(ra, rb) + _FAR_MM + _BEND_MM)
        near = Space(space.z[box], space.y[box], space.x[box], space.ripple[box])
        np.maximum(inside[box], capsule(near, a, b, ra, rb, flat=flat), out=inside[box])
    return inside


def _around(a: Point, b: Point, reach_mm: float) -> tuple[slice, ...]:
    """The coarse voxels within reach of a line."""
    box = []
    for axis in range(3):
        low, high = sorted((a[2 - axis], b[2 - axis]))
        start = int((low - reach_mm - ORIGIN_MM[axis]) / COARSE_STEP_MM[axis])
        stop = int((high + reach_mm - ORIGIN_MM[axis]) / COARSE_STEP_MM[axis]) + 2
        box.append(slice(max(0, start), max(0, min(stop, COARSE_SHAPE[axis]))))
    return tuple(box)


def capsule(space: Space, a: Point, b: Point, ra: float, rb: float, *, flat: float = 1.0) -> Floats:
    """A straight piece of tube with round ends."""
    d = (b[0] - a[0], b[1] - a[1], (b[2] - a[2]) * flat)
    length2 = max(d[0] ** 2 + d[1] ** 2 + d[2] ** 2, 1e-6)
    px = space.x - np.float32(a[0])
    py = space.y - np.float32(a[1])
    pz = (space.z - np.float32(a[2])) * np.float32(flat)
    t = px * np.float32(d[0] / length2) + py * np.float32(d[1] / length2) + pz * np.float32(d[2] / length2)
    np.clip(t, 0.0, 1.0, out=t)
    px = px - t * np.float32(d[0])
    py = py - t * np.float32(d[1])
    pz = pz - t * np.float32(d[2])
    inside: Floats = np.float32(ra) + t * np.float32(rb - ra) - np.sqrt(px * px + py * py + pz * pz)
    return inside


def as_distance(level: Floats) -> Floats:
    """A level set brought to roughly unit slope, so that its values are millimetres near the border."""
    slope2: Floats = np.full(level.shape, 1e-3, np.float32)
    for axis, step in enumerate(COARSE_STEP_MM):
        d = np.gradient(level, np.float32(step), axis=axis).astype(np.float32)
        slope2 += d * d
    return np.asarray(level / np.sqrt(slope2), np.float32)


def table_surface(
    rows: Sequence[float], columns: Sequence[float], table: Sequence[Sequence[float]], at: tuple[Floats, Floats]
) -> Floats:
    """A smooth surface through a table of heights, read at (row value, column value)."""
    fine_rows = np.linspace(rows[0], rows[-1], 121)
    fine_columns = np.linspace(columns[0], columns[-1], 121)
    along = np.array([np.interp(fine_columns, columns, line) for line in table])
    grid = np.array([np.interp(fine_rows, rows, along[:, j]) for j in range(along.shape[1])]).T
    grid = ndimage.gaussian_filter(grid, (5.0, 4.0), mode="nearest")
    row_index = (at[0] - np.float32(rows[0])) * np.float32(120.0 / (rows[-1] - rows[0]))
    column_index = (at[1] - np.float32(columns[0])) * np.float32(120.0 / (columns[-1] - columns[0]))
    values = ndimage.map_coordinates(grid, [row_index, column_index], order=1, mode="nearest", output=np.float32)
    return np.asarray(values, np.float32)
