"""Metastases: where they sit, how they change, on what they show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from sample_dicom.anatomy.canvas import EDGE_MM, ORIGIN_MM, SHAPE, STEP_MM
from sample_dicom.anatomy.phantom import Phantom
from sample_dicom.anatomy.segments import segment_of
from sample_dicom.chance import Floats, smooth_noise, stream, uniform
from sample_dicom.geometry import Vector
from sample_dicom.signal import Look
from sample_dicom.tissues import Tissue, texture_strength

BASELINE: Final = "baseline"
PREOPERATIVE: Final = "preoperative"
SEQUENCES: Final = ("ct", "dwi", "t1t2", "eob")
VISIBLE: Final = "visible"
NOT_VISIBLE: Final = "not-visible"
NOT_EVALUABLE: Final = "not-evaluable"

_RIM_MM: Final = 1.7
_CLEARANCE_MM: Final = 3.0
_VESSEL_SHARE: Final = 0.05
"""A place is taken when no more than this share of it is vessel."""


class Course(StrEnum):
    """What chemotherapy does to a metastasis."""

    SHRINKS = "shrinks"
    VANISHES = "vanishes on all sequences"
    VANISHES_ON_CT = "vanishes on CT only"
    ONLY_ON_EOB = "visible on EOB-MRI only"
    MOTION_ON_DWI = "gone elsewhere, hidden by motion on DWI"


_GONE_ON: Final[Mapping[Course, Mapping[str, str]]] = {
    Course.SHRINKS: {},
    Course.VANISHES: dict.fromkeys(SEQUENCES, NOT_VISIBLE),
    Course.VANISHES_ON_CT: {"ct": NOT_VISIBLE},
    Course.ONLY_ON_EOB: {"ct": NOT_VISIBLE, "dwi": NOT_VISIBLE, "t1t2": NOT_VISIBLE},
    Course.MOTION_ON_DWI: {**dict.fromkeys(SEQUENCES, NOT_VISIBLE), "dwi": NOT_EVALUABLE},
}


@dataclass(frozen=True, slots=True)
class LesionPlan:
    """A metastasis as the cohort asks for it; diameters in mm, the second after chemotherapy."""

    label: str
    segment: str
    course: Course
    baseline_mm: float
    preoperative_mm: float | None

    def diameter_mm(self, timepoint: str) -> float | None:
        """Longest diameter at the timepoint, None when it shows nowhere."""
        return self.baseline_mm if timepoint == BASELINE else self.preoperative_mm

    def visibility(self, timepoint: str) -> dict[str, str]:
        """What can be seen of it on each reading sequence."""
        gone = _GONE_ON[self.course] if timepoint == PREOPERATIVE else {}
        return {sequence: gone.get(sequence, VISIBLE) for sequence in SEQUENCES}


@dataclass(frozen=True, slots=True)
class Lesion:
    """A planned metastasis with its place in the phantom (x, y, z in mm)."""

    plan: LesionPlan
    centre: Vector
    seed: tuple[object, ...]

    def tumour(self, timepoint: str) -> "Tumour | None":
        """Its body at the timepoint, None when nothing is left of it."""
        diameter = self.plan.diameter_mm(timepoint)
        return None if diameter is None else Tumour(self.centre, diameter, (*self.seed, timepoint))


@dataclass(frozen=True, slots=True)
class Tumour:
    """A lobulated ball with a rim."""

    centre: Vector
    diameter_mm: float
    seed: tuple[object, ...]

    def paint(self, volume: Floats, look: Look, below: int) -> None:
        """Put it into a volume of fine voxels that begins with slice `below` of the phantom."""
        box, inside = self._inside()
        start, stop = box[0].start - below, box[0].stop - below
        if stop <= 0 or start >= volume.shape[0]:
            return
        cut = max(0, -start)
        inside = inside[cut : cut + volume.shape[0] - max(0, start)]
        block = volume[(slice(max(0, start), max(0, stop)), *box[1:])]
        edge = np.float32(1.0 / (EDGE_MM * 1.4))
        rim = np.clip(inside * edge + np.float32(0.5), np.float32(0.0), np.float32(1.0))
        thick = np.float32(min(_RIM_MM, self.diameter_mm * 0.14))
        core = np.clip((inside - thick) * edge + np.float32(0.5), np.float32(0.0), np.float32(1.0))
        uneven = smooth_noise(stream("core", *self.seed), block.shape, (1.2, 1.8, 1.8))
        plain = look.value[Tissue.METASTASIS]
        mottle = np.float32(texture_strength(look.modality)[1][Tissue.METASTASIS])
        centre_value = plain + (plain - np.float32(look.empty)) * mottle * uneven
        block += rim * (look.value[Tissue.METASTASIS_RIM] - block)
        block += core * (centre_value - block)

    def _inside(self) -> tuple[tuple[slice, ...], Floats]:
        radius = self.diameter_mm / 2.0
        box = []
        axes = []
        for i, middle in enumerate(reversed(self.centre)):
            start = max(0, int((middle - radius - 4.0 - ORIGIN_MM[i]) / STEP_MM[i]))
            stop = min(SHAPE[i], int((middle + radius + 4.0 - ORIGIN_MM[i]) / STEP_MM[i]) + 2)
            box.append(slice(start, stop))
            mm = np.arange(start, stop, dtype=np.float32) * np.float32(STEP_MM[i])
            axes.append(mm + np.float32(ORIGIN_MM[i] - middle))
        squash = 0.84 + 0.14 * uniform(stream("squash", *self.seed[:-1]), 2)
        z = axes[0][:, None, None] / np.float32(squash[0])
        y = axes[1][None, :, None] / np.float32(squash[1])
        x = axes[2][None, None, :]
        lobes = smooth_noise(stream("lobes", *self.seed[:-1]), tuple(s.stop - s.start for s in box), (2.2, 3.2, 3.2))
        bump = np.float32(min(0.9, 0.035 * self.diameter_mm)) * np.clip(lobes, np.float32(-1.5), np.float32(1.2))
        return tuple(box), np.float32(radius) - np.sqrt(z * z + y * y + x * x) + bump - np.float32(0.3)


def place_lesions(
    phantom: Phantom, plans: Sequence[LesionPlan], *, levels_mm: tuple[float, float], words: Sequence[object]
) -> list[Lesion]:
    """A place for each plan in its segment, between two levels, clear of capsule, trunks and each other."""
    placed: list[Lesion] = []
    for plan in plans:
        seed = (*words, plan.label)
        centre = _place(phantom, plan, placed, levels_mm, seed)
        placed.append(Lesion(plan, centre, seed))
    return placed


def _place(
    phantom: Phantom, plan: LesionPlan, others: Sequence[Lesion], levels_mm: tuple[float, float], seed: Sequence[object]
) -> Vector:
    radius = plan.baseline_mm / 2.0
    voxels = np.argwhere(phantom.liver > np.float32(radius + _CLEARANCE_MM))
    draws = uniform(stream("place", *seed), 6000)
    for draw in draws:
        index = tuple(int(i) for i in voxels[int(draw * len(voxels))])
        centre = phantom.position(index)
        if not levels_mm[0] <= centre[2] <= levels_mm[1] or segment_of(phantom.nominal(index)) != plan.segment:
            continue
        if _near(centre, radius, others) or phantom.vessel_share(centre, radius + 1.0) > _VESSEL_SHARE:
            continue
        return centre
    raise ValueError(f"no room for lesion {plan.label} ({plan.baseline_mm} mm) in segment {plan.segment}")


def _near(centre: Vector, radius: float, others: Sequence[Lesion]) -> bool:
    for other in others:
        apart = sum((a - b) ** 2 for a, b in zip(centre, other.centre, strict=True)) ** 0.5
        if apart < radius + other.plan.baseline_mm / 2.0 + 6.0:
            return True
    return False
