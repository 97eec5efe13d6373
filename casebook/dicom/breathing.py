"""How far breathing moved the liver between two series of one frame of reference: a shift, its error, or a refusal.

Both series count their positions from the same origin, so the search starts where the headers say and stays near:
no turning, and no further than a breath. The error is judged as that of a registration is (`registration.remaining`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from casebook.dicom import itk as sitk
from casebook.dicom.registration import Refusal, Remaining, has_liver, remaining
from casebook.dicom.registration_search import N_BINS, N_STEPS, Prepared, as_image
from casebook.domain.series_facts import Vector

VERSION: Final = "breath-1"
"""Changes with anything that changes a result."""
MAX_QUALITY_MM: Final = 3.0
"""A correction that is further off than this is no better than the several millimetres it is to mend."""
MAX_SHIFT_MM: Final = 40.0
"""The liver moves 10 to 25 mm in quiet breathing and up to 40 mm in a deep one (Langen & Jones 2001)."""
STARTS_MM: Final = (-16.0, 0.0, 16.0)
"""Towards head and feet; a climb on the coarse grid finds a shift from 10 mm away."""
MIN_GAIN_NATS: Final = 0.01
"""Less gained over no shift at all is noise: the series lie as their headers say."""


@dataclass(frozen=True, slots=True)
class Breathing:
    """p_moving = p_fixed + shift (LPS, mm); a refused one may keep the shift that was refused.

    `gain_nats` is the mutual information gained over no shift. `quality_mm` estimates what error remains in the
    region of the liver, None where nothing could be measured.
    """

    shift_mm: Vector | None
    quality_mm: float | None
    gain_nats: float
    n_blocks: int
    refusal: Refusal | None


def breathing(fixed: Prepared, moving: Prepared) -> Breathing:
    """Measure the shift; the same volumes give the same answer, bit by bit."""
    if not (has_liver(fixed) and has_liver(moving)):
        return no_breathing(Refusal.NO_BODY)
    still = _information(fixed, moving)
    shift, information = _search(fixed, moving)
    gain = information - still
    if gain < MIN_GAIN_NATS:
        shift, gain = (0.0, 0.0, 0.0), 0.0
    remains = remaining(fixed, moving, sitk.TranslationTransform(3, shift))
    return Breathing(shift, remains.quality_mm, gain, remains.n_blocks, _refusal(shift, remains))


def no_breathing(why: Refusal) -> Breathing:
    """The answer where nothing could be measured."""
    return Breathing(None, None, 0.0, 0, why)


def _refusal(shift: Vector, remains: Remaining) -> Refusal | None:
    if float(np.linalg.norm(shift)) > MAX_SHIFT_MM:
        return Refusal.TOO_FAR
    return remains.refusal(MAX_QUALITY_MM)


def _search(fixed: Prepared, moving: Prepared) -> tuple[Vector, float]:
    """The best end of all starts on the coarse grid, refined on the fine one."""
    ends = [_climbed(fixed, moving, (0.0, 0.0, z), first_step=4.0, last_step=0.3, coarse=True) for z in STARTS_MM]
    best, _ = max(ends, key=lambda end: end[1])
    return _climbed(fixed, moving, best, first_step=2.0, last_step=0.02, coarse=False)


def _climbed(
    fixed: Prepared, moving: Prepared, start: Vector, *, first_step: float, last_step: float, coarse: bool
) -> tuple[Vector, float]:
    """Follow the gradient from a shift to the nearest top; steps in mm. Where the volumes do not meet it is 0."""
    method = _method(fixed, start)
    method.SetOptimizerAsRegularStepGradientDescent(
        first_step, last_step, N_STEPS, relaxationFactor=0.6, gradientMagnitudeTolerance=1e-6
    )
    images = (fixed.coarse, moving.coarse) if coarse else (fixed.fine, moving.fine)
    try:
        x, y, z = method.Execute(*images).GetParameters()
    except RuntimeError:
        return start, 0.0
    return (x, y, z), -float(method.GetMetricValue())


def _information(fixed: Prepared, moving: Prepared) -> float:
    try:
        return -float(_method(fixed, (0.0, 0.0, 0.0)).MetricEvaluate(fixed.fine, moving.fine))
    except RuntimeError:
        return 0.0


def _method(fixed: Prepared, start: Vector) -> sitk.ImageRegistrationMethod:
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(N_BINS)
    method.SetMetricFixedMask(as_image(fixed.region, fixed.fine))
    method.SetInterpolator(sitk.sitkLinear)
    method.SetInitialTransform(sitk.TranslationTransform(3, start), True)
    return method
