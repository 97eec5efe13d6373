"""The body and, crudely, the region of the liver in a volume: where a registration looks.

Arrays are (z, y, x) on a grid along the patient's axes (LPS): x grows to the left, y to the back, z to the head.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from casebook.dicom import itk as sitk
from casebook.dicom.volumes import Volume

Mask = NDArray[np.bool_]
Voxels = NDArray[np.float32]

SOFT_TISSUE_HU: Final = -300.0
"""Between fat and lung; the body's outline in CT."""
AIR_PERCENTILE: Final = 5.0
"""Value of air in an image, for what an oblique image leaves empty."""
SKIN_MM: Final = 12.0
"""Outermost layer left out: it slides over the liver and is pressed by coils and couch."""
LIVER_SHARE_OF_WIDTH: Final = 0.68
"""The liver lies within this share of the body's width, counted from the patient's right."""
SPINE_SHARE_OF_WIDTH: Final = 0.32
SPINE_SHARE_OF_DEPTH: Final = 0.58
"""Left of and behind these shares lie spine and aorta, which do not breathe with the liver."""
LUNG_SHARE: Final = 0.3
"""A level counts as lung where this share of the region is air."""
MIN_LUNG_MM: Final = 30.0
BELOW_LUNG_MM: Final = 200.0
ABOVE_LUNG_MM: Final = 30.0
"""The liver lies between these distances from the lowest level of the lung."""


def along_axes(image: sitk.Image, step_mm: float) -> sitk.Image:
    """The image on a grid along the patient's axes with `step_mm` voxels, smoothed against aliasing."""
    size = np.array(image.GetSize())
    corners = np.array(
        [
            image.TransformContinuousIndexToPhysicalPoint((np.array(corner) * (size - 1.0)).tolist())
            for corner in np.ndindex(2, 2, 2)
        ]
    )
    low, high = corners.min(axis=0), corners.max(axis=0)
    n_voxels = (np.floor((high - low) / step_mm) + 1).astype(int)
    air = float(np.percentile(sitk.GetArrayViewFromImage(image), AIR_PERCENTILE))
    identity = sitk.Transform(3, sitk.sitkIdentity)
    axes = np.eye(3).ravel().tolist()
    smoothed = _smoothed(image, step_mm)
    return sitk.Resample(smoothed, n_voxels.tolist(), identity, sitk.sitkLinear, low.tolist(), [step_mm] * 3, axes, air)


def _smoothed(image: sitk.Image, step_mm: float) -> sitk.Image:
    """Blur with the sigma that turns a voxel of the image's spacing into one of `step_mm`."""
    sigma_of_a_voxel = 0.42
    sigmas = [sigma_of_a_voxel * max(step_mm**2 - spacing**2, 0.0) ** 0.5 for spacing in image.GetSpacing()]
    return sitk.SmoothingRecursiveGaussian(image, [max(sigma, 1e-3) for sigma in sigmas]) if any(sigmas) else image


def body_mask(volume: Volume) -> Mask:
    """The largest solid thing of a volume along the axes, lungs and bowel included, couch left out."""
    bright = _brighter_than_air(volume)
    opened = sitk.BinaryMorphologicalOpening(bright, [3, 3, 1])
    body = sitk.RelabelComponent(sitk.ConnectedComponent(opened)) == 1
    closed = sitk.GetArrayFromImage(sitk.BinaryMorphologicalClosing(body, [4, 4, 1]))
    filled = [sitk.GetArrayFromImage(sitk.BinaryFillhole(sitk.GetImageFromArray(level))) for level in closed]
    return np.asarray(np.stack(filled) > 0)


def _brighter_than_air(volume: Volume) -> sitk.Image:
    if volume.is_hounsfield:
        return volume.image > SOFT_TISSUE_HU
    voxels = sitk.GetArrayFromImage(volume.image)
    above_floor = np.clip(voxels - np.percentile(voxels, 0.5), 0.0, None)
    # Cube roots bring muscle nearer to bright liver; three classes are air, dark tissue and bright tissue.
    compressed = sitk.GetImageFromArray(np.cbrt(above_floor).astype(np.float32))
    classes = sitk.GetArrayFromImage(sitk.OtsuMultipleThresholds(compressed, 2))
    return sitk.GetImageFromArray((classes > 0).astype(np.uint8))


def liver_region(volume: Volume, body: Mask, *, step_mm: float) -> Mask:
    """The part of the body in which the liver and what moves with it lies; empty where there is no body."""
    if not body.any():
        return body
    _, rows, columns = np.nonzero(body)
    (front, back), (right, left) = np.percentile(rows, (1, 99)), np.percentile(columns, (1, 99))
    depth, width = back - front, left - right
    y, x = np.ogrid[: body.shape[1], : body.shape[2]]
    is_spine = (y > front + SPINE_SHARE_OF_DEPTH * depth) & (x > right + SPINE_SHARE_OF_WIDTH * width)
    inside = _without_skin(body, step_mm) & (x < right + LIVER_SHARE_OF_WIDTH * width) & ~is_spine
    return _at_liver_levels(volume, np.asarray(inside), step_mm) if volume.is_hounsfield else np.asarray(inside)


def _without_skin(body: Mask, step_mm: float) -> Mask:
    radius = round(SKIN_MM / step_mm)
    eroded = sitk.BinaryErode(sitk.GetImageFromArray(body.astype(np.uint8)), [radius, radius, 0])
    return np.asarray(sitk.GetArrayFromImage(eroded) > 0)


def _at_liver_levels(volume: Volume, region: Mask, step_mm: float) -> Mask:
    """Cut a long CT (chest to pelvis) to the levels around the lowest one that is lung."""
    air = (sitk.GetArrayViewFromImage(volume.image) < SOFT_TISSUE_HU) & region
    share = air.sum(axis=(1, 2)) / np.maximum(region.sum(axis=(1, 2)), 1)
    n_needed = round(MIN_LUNG_MM / step_mm)
    is_lung = np.convolve(share > LUNG_SHARE, np.ones(n_needed), mode="valid") == n_needed
    if not is_lung.any():
        return region
    lowest = int(np.argmax(is_lung))
    levels = np.arange(len(region))
    near = (levels >= lowest - BELOW_LUNG_MM / step_mm) & (levels <= lowest + ABOVE_LUNG_MM / step_mm)
    return np.asarray(region & near[:, None, None])
