"""The search for a rigid transform between two prepared volumes: many starts, coarse to fine.

Points of the fixed volume go to the moving one; parameters are Euler angles about x, y, z (radians) and a
translation (mm) about the centre of the region. ITK sums over threads in the order in which they end: equal
volumes give equal bits only where `sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)` was called before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casebook.dicom import itk as sitk
from casebook.dicom.body_region import along_axes, body_mask, liver_region
from casebook.dicom.volumes import Volume

Parameters = tuple[float, ...]
Mask = NDArray[np.bool_]

FINE_MM: Final = 3.0
COARSE_MM: Final = 6.0
"""Voxels of the two stages; finer ones took five times as long and moved lesions by less than 0.2 mm."""
N_BINS: Final = 32
SOFT_TISSUE_WINDOW_HU: Final = (-150.0, 250.0)
MR_WINDOW_PERCENTILES: Final = (2.0, 98.0)
LEVEL_STEP_MM: Final = 24.0
"""Distance between starts towards head and feet; a climb finds the liver from twice as far."""
MIN_OVERLAP: Final = 0.6
"""Share of the region's height that a start must leave inside the other volume."""
N_TRIED: Final = 10
"""Best starts that are followed at the coarse stage; a volume of the liver alone has fewer."""
N_STEPS: Final = 60
"""Most steps of one climb."""
TURN: Final = 0.12
"""Radians (7 degrees) by which the best end is turned about each axis and followed again."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A volume on a grid along the axes, values from 0 to 1 within the body's range, and its region."""

    fine: sitk.Image
    coarse: sitk.Image
    body: Mask
    region: Mask

    @property
    def points_mm(self) -> NDArray[np.float64]:
        """The voxels of the region as points."""
        return _points_mm(self.fine, self.region)

    @property
    def body_points_mm(self) -> NDArray[np.float64]:
        """The voxels of the body as points."""
        return _points_mm(self.fine, self.body)


@dataclass(frozen=True, slots=True)
class Found:
    """Where a search ended, and the mutual information there (nats, larger is better)."""

    parameters: Parameters
    information: float


def prepared(volume: Volume) -> Prepared:
    """Bring a volume onto the search's grids."""
    placed = along_axes(volume.image, FINE_MM)
    on_grid = Volume(placed, volume.is_hounsfield)
    body = body_mask(on_grid)
    fine = _windowed(on_grid, body)
    smooth = sitk.SmoothingRecursiveGaussian(fine, 0.42 * COARSE_MM)
    coarse = sitk.Shrink(smooth, [round(COARSE_MM / FINE_MM)] * 3)
    return Prepared(fine, coarse, body, liver_region(on_grid, body, step_mm=FINE_MM))


def search(fixed: Prepared, moving: Prepared) -> Found:
    """The best of all followed starts, refined at the fine stage."""
    centre = centre_mm(fixed)
    coarse = _Metric(fixed.coarse, moving.coarse, fixed, centre)
    starts = sorted(_starts(fixed, moving), key=coarse.information_at, reverse=True)[:N_TRIED]
    ends = [coarse.climbed(start, first_step=8.0, last_step=0.3) for start in starts]
    top = max(ends, key=lambda found: found.information)
    turned = [_turned(top.parameters, axis, angle) for axis in range(3) for angle in (-TURN, TURN)]
    ends += [coarse.climbed(start, first_step=4.0, last_step=0.3) for start in turned]
    top = max(ends, key=lambda found: found.information)
    fine = _Metric(fixed.fine, moving.fine, fixed, centre)
    # Begun again from its own end, the optimiser leaves the shallow places that its shrinking steps stop at.
    first = fine.climbed(top.parameters, first_step=2.0, last_step=0.05)
    second = fine.climbed(first.parameters, first_step=1.0, last_step=0.02)
    return max(first, second, key=lambda found: found.information)


def centre_mm(prepared_volume: Prepared) -> tuple[float, float, float]:
    """The centre of the region."""
    x, y, z = prepared_volume.points_mm.mean(axis=0).tolist()
    return (x, y, z)


def transform(parameters: Parameters, centre: tuple[float, float, float]) -> sitk.Euler3DTransform:
    """The rigid transform of these parameters."""
    rigid = sitk.Euler3DTransform()
    rigid.SetCenter(centre)
    rigid.SetParameters(parameters)
    return rigid


@dataclass(frozen=True, slots=True)
class _Metric:
    """Mutual information of two images over the region of the fixed one."""

    fixed: sitk.Image
    moving: sitk.Image
    of: Prepared
    centre: tuple[float, float, float]

    def information_at(self, parameters: Parameters) -> float:
        """Return it at a transform; 0 where the volumes do not meet."""
        method = self._method(parameters)
        try:
            return -float(method.MetricEvaluate(self.fixed, self.moving))
        except RuntimeError:
            return 0.0

    def climbed(self, parameters: Parameters, *, first_step: float, last_step: float) -> Found:
        """Follow the gradient to the nearest top; steps in mm at the region's far corners."""
        method = self._method(parameters)
        method.SetOptimizerAsRegularStepGradientDescent(
            first_step, last_step, N_STEPS, relaxationFactor=0.6, gradientMagnitudeTolerance=1e-6
        )
        method.SetOptimizerScalesFromPhysicalShift()
        try:
            end = method.Execute(self.fixed, self.moving)
        except RuntimeError:
            return Found(parameters, 0.0)
        return Found(tuple(end.GetParameters()), -float(method.GetMetricValue()))

    def _method(self, parameters: Parameters) -> sitk.ImageRegistrationMethod:
        method = sitk.ImageRegistrationMethod()
        method.SetMetricAsMattesMutualInformation(N_BINS)
        method.SetMetricFixedMask(as_image(self.of.region, self.of.fine))
        method.SetInterpolator(sitk.sitkLinear)
        method.SetInitialTransform(transform(parameters, self.centre), True)
        return method


def _starts(fixed: Prepared, moving: Prepared) -> list[Parameters]:
    """Body over body, at every level that leaves enough of the region inside the moving volume."""
    region, body, other = fixed.points_mm, fixed.body_points_mm, moving.body_points_mm
    across = (other.mean(axis=0) - body.mean(axis=0))[:2].tolist()
    low, high = float(region[:, 2].min()), float(region[:, 2].max())
    needed = MIN_OVERLAP * (high - low)
    lowest, highest = float(other[:, 2].min()) - high + needed, float(other[:, 2].max()) - low - needed
    middle = (lowest + highest) / 2
    n_each_way = int(max(highest - lowest, 0.0) / 2 / LEVEL_STEP_MM)
    return [(0.0, 0.0, 0.0, *across, middle + number * LEVEL_STEP_MM) for number in range(-n_each_way, n_each_way + 1)]


def _turned(start: Parameters, axis: int, angle: float) -> Parameters:
    return tuple(value + angle if index == axis else value for index, value in enumerate(start))


def _windowed(volume: Volume, body: Mask) -> sitk.Image:
    """Values from 0 to 1 over soft tissue (CT) or over the body's own range (MR)."""
    voxels = sitk.GetArrayFromImage(volume.image)
    if volume.is_hounsfield:
        low, high = SOFT_TISSUE_WINDOW_HU
    else:
        low, high = np.percentile(voxels[body] if body.any() else voxels, MR_WINDOW_PERCENTILES)
    shares = np.clip((voxels - low) / max(high - low, 1e-6), 0.0, 1.0).astype(np.float32)
    return _like(sitk.GetImageFromArray(shares), volume.image)


def as_image(mask: Mask, like: sitk.Image) -> sitk.Image:
    """The mask as an image on the grid of another."""
    return _like(sitk.GetImageFromArray(mask.astype(np.uint8)), like)


def _like(image: sitk.Image, other: sitk.Image) -> sitk.Image:
    image.CopyInformation(other)
    return image


def _points_mm(grid: sitk.Image, mask: Mask) -> NDArray[np.float64]:
    z, y, x = np.nonzero(mask)
    origin, spacing = np.array(grid.GetOrigin()), np.array(grid.GetSpacing())
    return np.asarray(origin + np.stack([x, y, z], axis=1) * spacing, np.float64)
