"""Vertebrae with their canal, discs and ribs."""

from typing import Final

import numpy as np

from sample_dicom.anatomy.body import Trunk
from sample_dicom.anatomy.canvas import Canvas, Space
from sample_dicom.anatomy.shapes import ellipsoid, smooth_max, smooth_min, tube
from sample_dicom.chance import Floats
from sample_dicom.tissues import Tissue

_VERTEBRA_MM: Final = 33.0
_DISC_MM: Final = 7.5
_CORTEX_MM: Final = 1.3
_BODY_CENTRE: Final = (0.0, 46.0)
_RIB_STEP_MM: Final = 26.0
_RIB_FALL_MM: Final = 74.0
_RIB_PHASE_MM: Final = 12.0
_LOWEST_RIB: Final = -4
_CANAL_CENTRE: Final = (0.0, 76.0)


def paint_spine(canvas: Canvas, space: Space) -> None:
    """Bodies, discs, arches with their processes, and the canal with cord and fluid."""
    phase = (space.z + np.float32(180.0)) * np.float32(1.0 / _VERTEBRA_MM)
    from_disc = np.abs(phase - np.floor(phase) - np.float32(0.5)) * np.float32(_VERTEBRA_MM)
    waist = np.float32(1.0) - np.float32(0.0035) * (np.float32(16.5) - from_disc)
    round_body = ellipsoid(space, (*_BODY_CENTRE, 0.0), (23.0, 18.5, 4000.0)) * waist
    body = smooth_min(round_body, from_disc_edge(from_disc), 3.0)
    canvas.paint(round_body - np.float32(0.5), Tissue.DISC)
    _paint_bone(canvas, body)
    _paint_bone(canvas, _arch(space, from_disc))
    canal = ellipsoid(space, (*_CANAL_CENTRE, 0.0), (11.5, 9.5, 4000.0))
    canvas.paint(canal, Tissue.VISCERAL_FAT)
    canvas.paint(canal - np.float32(1.8), Tissue.CSF)
    cord = tube(space, [(0, 76, 130), (0, 76, 20), (0, 77, -12)], [4.6, 5.0, 1.0])
    roots = tube(space, [(1, 79, 0), (1.5, 79.5, -160)], [2.2, 2.4])
    canvas.paint(smooth_max(cord, roots, 1.0), Tissue.CORD)


def from_disc_edge(from_disc_mm: Floats) -> Floats:
    """Positive within the vertebral body, by the distance from the middle of the disc."""
    return from_disc_mm - np.float32(_DISC_MM / 2)


def _arch(space: Space, from_disc: Floats) -> Floats:
    """Pedicles, laminae, transverse and spinous processes."""
    ring = np.float32(4.2) - np.abs(ellipsoid(space, (0, 77, 0), (15.5, 13.5, 4000)))
    behind = np.minimum(ring, space.y - np.float32(66.0))
    level = from_disc - np.float32(7.0)
    spinous = np.minimum(
        np.float32(3.0) - np.abs(space.x), np.minimum(space.y - np.float32(86.0), np.float32(105.0) - space.y)
    )
    transverse_y = space.y - np.float32(80.0) - np.float32(0.12) * np.abs(space.x)
    transverse = np.minimum(np.float32(3.6) - np.abs(transverse_y), np.float32(37.0) - np.abs(space.x))
    transverse = np.minimum(transverse, np.abs(space.x) - np.float32(13.0))
    arch = smooth_max(smooth_max(behind, spinous, 3.0), np.minimum(transverse, level), 2.0)
    between_discs: Floats = np.minimum(arch, from_disc - np.float32(3.0))
    return between_discs


def paint_ribs(canvas: Canvas, space: Space, hulls: Trunk) -> None:
    """Ribs that fall from back to front just outside the cavity, cartilage at their front ends."""
    along = (np.float32(80.0) - space.y) * np.float32(1.0 / 165.0)
    fall = np.float32(_RIB_FALL_MM) * np.sqrt(np.maximum(along, np.float32(0.0)) + np.float32(0.02))
    height = (space.z + fall - np.float32(_RIB_PHASE_MM)) * np.float32(1.0 / _RIB_STEP_MM)
    number = np.floor(height)
    across = (height - number - np.float32(0.5)) * np.float32(_RIB_STEP_MM / 1.75)
    deep = -hulls.cavity - np.float32(5.2)
    bar = np.float32(3.5) - np.sqrt(deep * deep + across * across)
    bar = np.minimum(bar, np.abs(space.x) - np.float32(21.0))
    bar = np.minimum(bar, (number - np.float32(_LOWEST_RIB)) * np.float32(90.0))
    reach = np.clip(np.float32(0.42) + (number - np.float32(_LOWEST_RIB)) * np.float32(0.16), 0.0, 0.80)
    to_end = (reach.astype(np.float32) - along) * np.float32(165.0)
    _paint_bone(canvas, np.minimum(bar, to_end))
    gristle = np.minimum(bar, np.minimum(-to_end, to_end + np.float32(38.0)))
    canvas.paint(np.minimum(gristle, (number - np.float32(_LOWEST_RIB + 2)) * np.float32(90.0)), Tissue.CARTILAGE)


def _paint_bone(canvas: Canvas, shape: Floats) -> None:
    canvas.paint(shape, Tissue.CORTICAL_BONE)
    canvas.paint(shape - np.float32(_CORTEX_MM), Tissue.MARROW)
