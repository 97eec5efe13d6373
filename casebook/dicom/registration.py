"""Rigid registration of two volumes of one patient, with an honest estimate of its error, or a refusal.

The region of the liver is aligned by mutual information from many starts; the estimate is how far single blocks
of it are still from where they belong (`block_agreement`). Breathing between two series of one frame of
reference is not seen here: a transform is that of the two series it was made from.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from casebook.dicom.block_agreement import BlockShift, block_shifts, grey_levels, most_within_mm
from casebook.dicom.registration_search import (
    FINE_MM,
    Found,
    Prepared,
    centre_mm,
    prepared,
    search,
    transform,
)
from casebook.dicom.volumes import Volume
from casebook.domain.lesion_location import Matrix

VERSION: Final = "rigid-1"
"""Changes with anything that changes a result."""
MAX_QUALITY_MM: Final = 5.0
"""A link that is further off would lead a reader past a small lesion."""
FLOOR_MM: Final = 1.0
"""Blocks on a grid of 3 mm cannot promise less (seen: 0.97 mm where they said 0.67 mm)."""
MIN_BLOCKS: Final = 6
MIN_REGION_LITRES: Final = 0.3
"""Less is no liver: a localiser, a phantom, noise."""
MIN_SEEN: Final = 0.6
"""Share of the region that the other volume must show."""
UNSEEN: Final = -1.0


class Refusal(StrEnum):
    """Why a registration is not used."""

    NOT_READABLE = "not-readable"
    NO_BODY = "no-body"
    LITTLE_OVERLAP = "little-overlap"
    LITTLE_STRUCTURE = "little-structure"
    BLOCKS_DISAGREE = "blocks-disagree"


@dataclass(frozen=True, slots=True)
class Registration:
    """p_moving = matrix . p_fixed (row-major 4 x 4, LPS mm); a refused one may keep the matrix that was refused.

    `quality_mm` estimates the error in the region of the liver; None where nothing could be measured.
    `information` is the mutual information at the end in nats, `n_blocks` how many blocks the estimate rests on.
    """

    matrix: Matrix | None
    quality_mm: float | None
    information: float
    n_blocks: int
    seen_share: float
    refusal: Refusal | None

    @property
    def is_accepted(self) -> bool:
        """Whether the matrix may be used."""
        return self.refusal is None


def refused(why: Refusal) -> Registration:
    """The answer where nothing could be measured."""
    return Registration(None, None, 0.0, 0, 0.0, why)


def register(fixed: Volume, moving: Volume) -> Registration:
    """Align two volumes; the same volumes give the same answer, bit by bit."""
    return register_prepared(prepared(fixed), prepared(moving))


def register_prepared(fixed: Prepared, moving: Prepared) -> Registration:
    """`register` for volumes that are aligned with several others."""
    if not (_has_liver(fixed) and _has_liver(moving)):
        return refused(Refusal.NO_BODY)
    best = search(fixed, moving)
    shifts, seen_share = _remaining_shifts(fixed, moving, best)
    quality_mm = math.hypot(FLOOR_MM, most_within_mm(shifts)) if shifts else None
    return Registration(
        matrix=_matrix(best, fixed),
        quality_mm=quality_mm,
        information=best.information,
        n_blocks=len(shifts),
        seen_share=seen_share,
        refusal=_refusal(quality_mm, len(shifts), seen_share),
    )


def _has_liver(volume: Prepared) -> bool:
    litres = float(volume.region.sum()) * FINE_MM**3 / 1e6
    return litres >= MIN_REGION_LITRES


def _refusal(quality_mm: float | None, n_blocks: int, seen_share: float) -> Refusal | None:
    if seen_share < MIN_SEEN:
        return Refusal.LITTLE_OVERLAP
    if quality_mm is None or n_blocks < MIN_BLOCKS:
        return Refusal.LITTLE_STRUCTURE
    return Refusal.BLOCKS_DISAGREE if quality_mm > MAX_QUALITY_MM else None


def _remaining_shifts(fixed: Prepared, moving: Prepared, found: Found) -> tuple[list[BlockShift], float]:
    rigid = transform(found.parameters, centre_mm(fixed))
    moved = sitk.Resample(moving.fine, fixed.fine, rigid, sitk.sitkLinear, UNSEEN)
    there, here = sitk.GetArrayFromImage(moved), sitk.GetArrayFromImage(fixed.fine)
    seen = there >= 0
    shifts = block_shifts(grey_levels(here), grey_levels(there), region=fixed.region, seen=seen, step_mm=FINE_MM)
    return shifts, float((seen & fixed.region).sum() / fixed.region.sum())


def _matrix(found: Found, fixed: Prepared) -> Matrix:
    rigid = transform(found.parameters, centre_mm(fixed))
    rotation: NDArray[np.float64] = np.array(rigid.GetMatrix()).reshape(3, 3)
    shift = np.array(rigid.TransformPoint((0.0, 0.0, 0.0)))
    rows = np.vstack([np.column_stack([rotation, shift]), [0.0, 0.0, 0.0, 1.0]])
    return tuple(rows.ravel().tolist())
