"""Rigid registration of two volumes of one patient, with an honest estimate of its error, or a refusal.

The region of the liver is aligned by mutual information from many starts; the estimate is how far single blocks
of it are still from where they belong (`block_agreement`). A transform is that of the two series it was made
from; how breathing moved the liver in the others of the same frames of reference is measured in `breathing`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casebook.dicom import itk as sitk
from casebook.dicom.block_agreement import block_shifts, grey_levels, most_within_mm
from casebook.dicom.registration_search import (
    FINE_MM,
    Prepared,
    centre_mm,
    prepared,
    search,
    transform,
)
from casebook.dicom.volumes import Volume
from casebook.domain.rigid import Matrix

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
    TOO_FAR = "too-far"


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
    if not (has_liver(fixed) and has_liver(moving)):
        return refused(Refusal.NO_BODY)
    best = search(fixed, moving)
    rigid = transform(best.parameters, centre_mm(fixed))
    remains = remaining(fixed, moving, rigid)
    return Registration(
        matrix=_matrix(rigid),
        quality_mm=remains.quality_mm,
        information=best.information,
        n_blocks=remains.n_blocks,
        seen_share=remains.seen_share,
        refusal=remains.refusal(MAX_QUALITY_MM),
    )


@dataclass(frozen=True, slots=True)
class Remaining:
    """What a transform leaves undone: how far blocks of the region are still off, and how much of it is seen."""

    quality_mm: float | None
    n_blocks: int
    seen_share: float

    def refusal(self, max_quality_mm: float) -> Refusal | None:
        """Return why the transform is not to be used."""
        if self.seen_share < MIN_SEEN:
            return Refusal.LITTLE_OVERLAP
        if self.quality_mm is None or self.n_blocks < MIN_BLOCKS:
            return Refusal.LITTLE_STRUCTURE
        return Refusal.BLOCKS_DISAGREE if self.quality_mm > max_quality_mm else None


def remaining(fixed: Prepared, moving: Prepared, placed: sitk.Transform) -> Remaining:
    """Measure the error of a transform that takes points of the fixed volume to the moving one."""
    moved = sitk.Resample(moving.fine, fixed.fine, placed, sitk.sitkLinear, UNSEEN)
    there, here = sitk.GetArrayFromImage(moved), sitk.GetArrayFromImage(fixed.fine)
    seen = there >= 0
    shifts = block_shifts(grey_levels(here), grey_levels(there), region=fixed.region, seen=seen, step_mm=FINE_MM)
    quality_mm = math.hypot(FLOOR_MM, most_within_mm(shifts)) if shifts else None
    return Remaining(quality_mm, len(shifts), float((seen & fixed.region).sum() / fixed.region.sum()))


def has_liver(volume: Prepared) -> bool:
    """Whether the region is large enough to hold a liver."""
    litres = float(volume.region.sum()) * FINE_MM**3 / 1e6
    return litres >= MIN_REGION_LITRES


def _matrix(rigid: sitk.Euler3DTransform) -> Matrix:
    rotation: NDArray[np.float64] = np.array(rigid.GetMatrix()).reshape(3, 3)
    shift = np.array(rigid.TransformPoint((0.0, 0.0, 0.0)))
    rows = np.vstack([np.column_stack([rotation, shift]), [0.0, 0.0, 0.0, 1.0]])
    return tuple(rows.ravel().tolist())
