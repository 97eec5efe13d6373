"""Skin, fat, abdominal wall, the cavity and the diaphragm: what everything else lies in."""

from dataclasses import dataclass

import numpy as np

from sample_dicom.anatomy.canvas import Canvas, Space
from sample_dicom.anatomy.shapes import as_distance, ellipsoid, f32, smooth_max, smooth_min, tube
from sample_dicom.chance import Floats
from sample_dicom.tissues import Tissue


@dataclass(frozen=True, slots=True)
class Build:
    """How a patient is built: half width and half depth of the trunk, thickness of the fat under the skin (mm)."""

    half_width_mm: float = 168.0
    half_depth_mm: float = 112.0
    fat_mm: float = 15.0


@dataclass(frozen=True, slots=True)
class Trunk:
    """The nested hulls of the trunk (signed distances, mm)."""

    skin: Floats
    wall: Floats
    cavity: Floats
    below_diaphragm: Floats
    """Positive under the diaphragm's dome."""


def trunk(space: Space, build: Build) -> Trunk:
    """The hulls of a trunk of this build."""
    skin = _outline(space, build.half_width_mm, build.half_depth_mm)
    wall = skin - _fat_thickness(space, build)
    depth = np.float32(15.5) - np.float32(5.0) * _ramp(-space.y, -10.0, 75.0)
    depth += np.float32(1.6) * space.ripple * _ramp(-space.z, -10.0, 20.0)
    cavity = smooth_min(wall - depth, -_spine_block(space), 14.0)
    return Trunk(skin, wall, cavity, _dome(space))


def paint_hulls(canvas: Canvas, space: Space, hulls: Trunk) -> None:
    """Skin, fat, muscle wall, fat within the cavity, lungs and heart."""
    canvas.paint(hulls.skin, Tissue.SKIN)
    canvas.paint(hulls.skin - np.float32(2.0), Tissue.SUBCUTANEOUS_FAT)
    canvas.paint(hulls.wall, Tissue.MUSCLE)
    _paint_fat_planes(canvas, space, hulls)
    canvas.paint(hulls.cavity, Tissue.VISCERAL_FAT)
    diaphragm = smooth_min(hulls.cavity, np.float32(3.2) - np.abs(hulls.below_diaphragm), 1.0)
    canvas.paint(diaphragm, Tissue.MUSCLE)
    chest = np.minimum(hulls.cavity, -hulls.below_diaphragm - np.float32(1.6))
    canvas.paint(chest, Tissue.LUNG)
    heart = np.minimum(chest, ellipsoid(space, (28, -42, 118), (66, 46, 50)))
    canvas.paint(heart, Tissue.VISCERAL_FAT)
    canvas.paint(heart - np.float32(5.0), Tissue.MYOCARDIUM)
    canvas.paint(heart - np.float32(15.0), Tissue.CAVAL_VEIN)


def _outline(space: Space, half_width: float, half_depth: float) -> Floats:
    """A trunk: flatter behind than in front, with the groove over the spine."""
    front = space.y < 0
    nx = np.abs(space.x) * np.float32(1.0 / half_width)
    ny = np.abs(space.y) * np.where(front, np.float32(1.0 / half_depth), np.float32(1.03 / half_depth))
    round_power = nx * nx + ny * ny
    flat_power = nx * nx * nx + ny * ny * ny
    round_g = np.sqrt(round_power)
    flat_g = f32(np.cbrt(flat_power.astype(np.float64)))
    flatness = _ramp(space.y, -70.0, 70.0) * np.float32(0.45) + np.float32(0.35)
    g = round_g + (flat_g - round_g) * flatness + np.float32(1e-4)
    rho = np.sqrt(space.x * space.x + space.y * space.y)
    radial = rho / g - rho
    groove = ellipsoid(space, (0, 122, 0), (13, 20, 4000))
    return smooth_min(radial, -groove, 16.0)


def _fat_thickness(space: Space, build: Build) -> Floats:
    """Fat under the skin: thick at the flanks and over the loins, thin in the midline, thinner to the head."""
    flank = _ramp(np.abs(space.x), 20.0, 130.0)
    behind = _ramp(space.y, 20.0, 90.0)
    low = _ramp(-space.z, -90.0, 110.0)
    share = np.float32(0.55) + np.float32(0.35) * flank + np.float32(0.3) * behind
    return np.float32(build.fat_mm) * share * (np.float32(0.75) + np.float32(0.5) * low)


def _spine_block(space: Space) -> Floats:
    """What the vertebral column and the muscles beside it take from the cavity."""
    column = tube(space, [(0, 48, -170), (0, 48, 130)], [24, 24])
    left, right = (tube(space, [(s * 34, 84, -170), (s * 34, 86, 130)], [30, 24]) for s in (1, -1))
    return smooth_max(smooth_max(left, right, 6.0), column, 10.0)


def _dome(space: Space) -> Floats:
    """The two cupolas of the diaphragm, the right one higher, with a saddle under the heart."""
    right = _cupola(space, (-70.0, -6.0), 96.0, (96.0, 82.0))
    left = _cupola(space, (72.0, 2.0), 84.0, (84.0, 80.0))
    saddle = _cupola(space, (8.0, -30.0), 74.0, (120.0, 120.0))
    height = smooth_max(smooth_max(right, left, 14.0), saddle, 18.0)
    return as_distance(height - space.z)


def _cupola(space: Space, top: tuple[float, float], height_mm: float, reach: tuple[float, float]) -> Floats:
    nx = (space.x - np.float32(top[0])) * np.float32(1.0 / reach[0])
    ny = (space.y - np.float32(top[1])) * np.float32(1.0 / reach[1])
    r2 = nx * nx + ny * ny
    steepening: Floats = np.float32(0.75) + np.float32(0.25) * np.sqrt(r2)
    return np.float32(height_mm) - np.float32(58.0) * r2 * steepening


def _paint_fat_planes(canvas: Canvas, space: Space, hulls: Trunk) -> None:
    """Fat between the three flank muscles and around the long muscles of the back."""
    flank = np.minimum(_ramp(np.abs(space.x), 70.0, 100.0), _ramp(-space.z, -20.0, 30.0))
    for depth_mm in (4.6, 9.2):
        sheet = np.float32(0.55) - np.abs(hulls.wall - np.float32(depth_mm) - np.float32(1.1) * space.ripple)
        canvas.paint(np.minimum(sheet, np.float32(20.0) * (flank - np.float32(0.3))), Tissue.VISCERAL_FAT)
    for side in (1.0, -1.0):
        back = ellipsoid(space, (side * 36, 86, -20), (31, 19, 4000))
        shell = np.float32(1.0) - np.abs(back)
        canvas.paint(np.minimum(shell, -np.float32(60) + space.y), Tissue.VISCERAL_FAT, only=(Tissue.MUSCLE,))
        marbling = np.minimum(back - np.float32(3.0), np.float32(1.1) * space.ripple - np.float32(1.9))
        canvas.paint(marbling, Tissue.VISCERAL_FAT, only=(Tissue.MUSCLE,))
    alba = np.minimum(np.float32(1.3) - np.abs(space.x), hulls.wall - np.float32(2.0))
    canvas.paint(np.minimum(alba, -space.y - np.float32(30)), Tissue.VISCERAL_FAT, only=(Tissue.MUSCLE,))


def _ramp(values: Floats, start: float, stop: float) -> Floats:
    """0 below `start`, 1 above `stop`, straight between."""
    straight = (values - np.float32(start)) * np.float32(1.0 / (stop - start))
    ramp: Floats = np.clip(straight, np.float32(0.0), np.float32(1.0))
    return ramp
