"""The voxels an abdomen is painted on, two materials and their share in each."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from sample_dicom.chance import Floats, smooth_noise, stream
from sample_dicom.tissues import Tissue

ORIGIN_MM: Final = (-152.0, -128.0, -188.0)
"""z, y, x of the first voxel's centre."""

COARSE_STEP_MM: Final = (3.0, 2.0, 2.0)
COARSE_SHAPE: Final = (92, 124, 189)
STEP_MM: Final = (1.5, 1.0, 1.0)
SHAPE: Final = tuple(2 * n - 1 for n in COARSE_SHAPE)
EDGE_MM: Final = 1.3
"""Width over which a border passes from one material to the other."""

LEVELS: Final = 32
"""Steps of the share of the first material."""

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Space:
    """Where each coarse voxel lies once the patient's own deformation is undone (z, y, x in mm)."""

    z: Floats
    y: Floats
    x: Floats
    ripple: Floats
    """Fine noise of standard deviation 1 for uneven surfaces."""

    @classmethod
    def deformed(cls, *words: object) -> Self:
        """A space whose organs are bent by some millimetres, differently for each set of words."""
        axes = [
            (np.arange(n, dtype=np.float32) * np.float32(step) + np.float32(start)).reshape(shape)
            for n, step, start, shape in zip(
                COARSE_SHAPE,
                COARSE_STEP_MM,
                ORIGIN_MM,
                ((-1, 1, 1), (1, -1, 1), (1, 1, -1)),
                strict=True,
            )
        ]
        bent = [axis + _bend(*words, i) for i, axis in enumerate(axes)]
        ripple = smooth_noise(stream("ripple", *words), COARSE_SHAPE, (1.3, 2.0, 2.0))
        return cls(bent[0], bent[1], bent[2], ripple)


def _bend(*words: object) -> Floats:
    """Displacement in mm: long waves of 3 mm and shorter ones of 0.9 mm."""
    long = smooth_noise(stream("bend", *words), tuple(n // 4 + 1 for n in COARSE_SHAPE), (2.2, 3.0, 3.0))
    for axis in range(3):
        long = refine(refine(long, axis), axis)
    z, y, x = COARSE_SHAPE
    short = smooth_noise(stream("bend short", *words), COARSE_SHAPE, (2.6, 4.0, 4.0))
    return np.float32(2.6) * long[:z, :y, :x] + np.float32(0.8) * short


def refine(field: Floats, axis: int) -> Floats:
    """The field with a linearly interpolated value between each two samples of the axis (2n - 1 samples)."""
    shape = list(field.shape)
    shape[axis] = 2 * shape[axis] - 1
    fine = np.empty(shape, np.float32)
    at: list[slice] = [slice(None)] * field.ndim

    def part(chosen: slice) -> tuple[slice, ...]:
        return (*at[:axis], chosen, *at[axis + 1 :])

    fine[part(slice(0, None, 2))] = field
    between = field[part(slice(1, None))] + field[part(slice(None, -1))]
    between *= np.float32(0.5)
    fine[part(slice(1, None, 2))] = between
    return fine


class Canvas:
    """Painted from the back to the front; a border voxel keeps the two materials that meet in it."""

    def __init__(self) -> None:
        self.first: Bytes = np.full(SHAPE, Tissue.AIR, np.uint8)
        self.second: Bytes = np.full(SHAPE, Tissue.AIR, np.uint8)
        self.share: Bytes = np.full(SHAPE, LEVELS - 1, np.uint8)

    def paint(self, inside_mm: Floats, tissue: Tissue, *, only: tuple[Tissue, ...] = ()) -> None:
        """Fill where the coarse signed distance is positive; with `only`, over those materials alone."""
        touched = inside_mm > np.float32(-4.0)
        box = _bounds(touched)
        if box is None:
            return
        fine_mm = inside_mm[box]
        for axis in range(3):
            fine_mm = refine(fine_mm, axis)
        corner = tuple(2 * s.start for s in box)
        self.paint_fine(fine_mm, corner, tissue, only=only)

    def paint_fine(
        self,
        inside_mm: Floats,
        corner: tuple[int, ...],
        tissue: Tissue,
        *,
        only: tuple[Tissue, ...] = (),
    ) -> None:
        """Fill a block of fine voxels that begins at `corner` from its signed distance."""
        box = tuple(slice(c, c + n) for c, n in zip(corner, inside_mm.shape, strict=True))
        first, second, share = self.first[box], self.second[box], self.share[box]
        cover = inside_mm * np.float32(1.0 / EDGE_MM) + np.float32(0.5)
        np.clip(cover, 0.0, 1.0, out=cover)
        if only:
            allowed = np.zeros(len(Tissue), np.bool_)
            allowed[list(only)] = True
            cover[~allowed[first]] = 0.0
        most = cover >= np.float32(0.5)
        some = (cover > np.float32(0.03)) & ~most
        top = np.float32(LEVELS - 1)
        second[most] = np.where(first[most] == tissue, second[most], first[most])
        first[most] = tissue
        share[most] = np.rint(cover[most] * top).astype(np.uint8)
        other = some & (first != tissue)
        second[other] = tissue
        share[other] = np.rint((np.float32(1.0) - cover[other]) * top).astype(np.uint8)

    def code(self) -> NDArray[np.uint16]:
        """Both materials and the share as one number: (first x tissues + second) x levels + share."""
        code = self.first.astype(np.uint16)
        code *= np.uint16(len(Tissue))
        code += self.second
        code *= np.uint16(LEVELS)
        code += self.share
        return code


def _bounds(mask: NDArray[np.bool_]) -> tuple[slice, slice, slice] | None:
    spans = []
    for axis in range(3):
        line = mask.any(axis=tuple(a for a in range(3) if a != axis))
        found = np.flatnonzero(line)
        if found.size == 0:
            return None
        spans.append(slice(int(found[0]), int(found[-1]) + 1))
    return spans[0], spans[1], spans[2]
