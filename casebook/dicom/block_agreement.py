"""How far two aligned volumes are still apart, block by block: an honest estimate of a registration's error.

Each block of the fixed volume is moved about in the moving one; where mutual information peaks is where it
belongs. A true registration leaves every block in its place; a false one (another patient, a wrong optimum)
scatters them, however high the mutual information of the whole is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.int64]
Mask = NDArray[np.bool_]

N_LEVELS: Final = 16
"""Grey levels of the joint histograms."""
BLOCK_MM: Final = 48.0
REACH_MM: Final = 12.0
"""How far a block is moved in each direction."""
MIN_COVERED: Final = 0.35
"""Share of a block that must lie in the region and be seen by both volumes."""
MIN_GAIN: Final = 0.08
"""Nats by which the peak stands above the median of the displaced; noise of such blocks reaches 0.01."""
MOST: Final = 0.8
"""On volumes of one patient the rest are blocks that repeat themselves (ribs, walls); of two patients most are off."""
FAR_STEPS: Final = 2.5
"""Displacements further than this from the peak tell how much mutual information chance gives."""


@dataclass(frozen=True, slots=True)
class BlockShift:
    """How far a block is from where it belongs, and by how much mutual information tells so."""

    distance_mm: float
    gain: float


def grey_levels(voxels: NDArray[np.float32]) -> Levels:
    """Values from 0 to 1 as whole grey levels."""
    return np.clip((voxels * N_LEVELS).astype(np.int64), 0, N_LEVELS - 1)


def block_shifts(fixed: Levels, moving: Levels, *, region: Mask, seen: Mask, step_mm: float) -> list[BlockShift]:
    """The shifts of all blocks of the region that have structure enough to tell.

    All arrays share one grid of `step_mm` voxels; `seen` is where the moving volume has values.
    """
    reach = round(REACH_MM / step_mm)
    found = []
    for voxels in _blocks(region & seen, round(BLOCK_MM / step_mm), reach):
        information = _information_around(fixed, moving, voxels, reach)
        shift = _shift(information, reach, step_mm)
        if shift.gain >= MIN_GAIN:
            found.append(shift)
    return found


def most_within_mm(shifts: Sequence[BlockShift]) -> float:
    """The distance within which most of the blocks are (`MOST`), each with the weight of its gain."""
    ordered = sorted(shifts, key=lambda shift: shift.distance_mm)
    weights = np.cumsum([shift.gain for shift in ordered])
    return ordered[int(np.searchsorted(weights, MOST * weights[-1]))].distance_mm


def _blocks(usable: Mask, size: int, reach: int) -> Iterator[NDArray[np.int64]]:
    """Voxels (z, y, x) of each block, as far as they can be moved about without leaving the grid."""
    inner = np.zeros_like(usable)
    core = tuple(slice(reach, max(n - reach, reach)) for n in usable.shape)
    inner[core] = usable[core]
    occupied = np.argwhere(inner)
    if not len(occupied):
        return
    low, high = occupied.min(axis=0), occupied.max(axis=0) + 1
    starts = [range(int(a), max(int(b) - size // 2, int(a) + 1), size) for a, b in zip(low, high, strict=True)]
    for z in starts[0]:
        for y in starts[1]:
            for x in starts[2]:
                voxels = np.argwhere(inner[z : z + size, y : y + size, x : x + size])
                if len(voxels) >= MIN_COVERED * size**3:
                    yield voxels + np.array((z, y, x))


def _information_around(fixed: Levels, moving: Levels, voxels: NDArray[np.int64], reach: int) -> NDArray[np.float64]:
    """Mutual information (nats) at every displacement, (2 reach + 1) cubed."""
    at = np.ravel_multi_index(tuple(voxels.T), fixed.shape)
    rows = fixed.ravel()[at] * N_LEVELS
    flat = moving.ravel()
    side = 2 * reach + 1
    information = np.empty((side, side, side))
    for index in np.ndindex(side, side, side):
        z, y, x = (one - reach for one in index)
        moved = at + (z * fixed.shape[1] + y) * fixed.shape[2] + x
        joint = np.bincount(rows + flat[moved], minlength=N_LEVELS**2)
        information[index] = mutual_information(joint.reshape(N_LEVELS, N_LEVELS))
    return information


def mutual_information(joint: NDArray[np.int64]) -> float:
    """Mutual information in nats of a joint histogram."""
    share = joint / joint.sum()
    expected = share.sum(axis=1, keepdims=True) * share.sum(axis=0, keepdims=True)
    present = share > 0
    return float((share[present] * np.log(share[present] / expected[present])).sum())


def _shift(information: NDArray[np.float64], reach: int, step_mm: float) -> BlockShift:
    peak = np.unravel_index(int(information.argmax()), information.shape)
    away = np.indices(information.shape) - np.array(peak)[:, None, None, None]
    far = information[np.sqrt((away**2).sum(axis=0)) > FAR_STEPS]
    steps = [int(at) - reach + _between_steps(information, peak, axis) for axis, at in enumerate(peak)]
    distance_mm = float(np.linalg.norm(steps)) * step_mm
    return BlockShift(distance_mm, float(information.max() - np.median(far)))


def _between_steps(information: NDArray[np.float64], peak: tuple[np.intp, ...], axis: int) -> float:
    """Where between two steps the peak lies, by the parabola through it and its neighbours."""
    line = information[tuple(slice(None) if one == axis else at for one, at in enumerate(peak))]
    at = int(peak[axis])
    if not 0 < at < len(line) - 1:
        return 0.0
    before, top, after = line[at - 1 : at + 2]
    bend = before - 2 * top + after
    return float(0.5 * (before - after) / bend) if bend < 0 else 0.0
