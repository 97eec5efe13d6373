"""The liver: everything between the dome of the diaphragm and the visceral surface."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sample_dicom.anatomy.body import Trunk
from sample_dicom.anatomy.canvas import Space
from sample_dicom.anatomy.shapes import as_distance, ellipsoid, smooth_max, smooth_min, table_surface, tube
from sample_dicom.chance import Floats

_LEVELS: Final = (-130.0, -90.0, -60.0, -30.0, 0.0, 30.0, 60.0, 90.0)
_COLUMNS: Final = (-140.0, -110.0, -80.0, -50.0, -25.0, 0.0, 25.0, 50.0, 75.0, 100.0)
_VISCERAL_Y: Final = (
    (0, -40, -80, -110, -120, -130, -130, -130, -130, -130),
    (44, 26, -10, -44, -74, -98, -110, -120, -125, -130),
    (60, 50, 20, -20, -48, -64, -80, -95, -105, -115),
    (72, 66, 40, 2, -24, -40, -50, -62, -80, -100),
    (90, 90, 66, 24, 0, -18, -30, -42, -60, -84),
    (95, 95, 92, 58, 34, 10, -14, -32, -50, -74),
    (95, 95, 95, 72, 44, 20, -4, -24, -40, -62),
    (95, 95, 95, 72, 44, 18, -6, -26, -44, -62),
)
"""y of the visceral surface (mm) by level z and column x: the liver lies in front of it."""

_LEFT_EXTENT_X: Final = (-150.0, -76.0, -30.0, 22.0, 74.0, 92.0, 82.0, 40.0)
"""x that the left lobe reaches at each level."""


@dataclass(frozen=True, slots=True)
class LiverShape:
    """The liver and what lies in its hollows (signed distances, mm)."""

    liver: Floats
    gallbladder: Floats
    fissures: Floats


def liver_shape(space: Space, hulls: Trunk) -> LiverShape:
    """A liver fitted into the trunk, with its gallbladder and fissures."""
    visceral = table_surface(_LEVELS, _COLUMNS, _VISCERAL_Y, (space.z, space.x)) - space.y
    left = table_surface(_LEVELS, (0.0, 1.0), [(x, x) for x in _LEFT_EXTENT_X], (space.z, space.x)) - space.x
    inner = smooth_min(hulls.cavity - np.float32(2.5), hulls.below_diaphragm - np.float32(3.0), 10.0)
    body = smooth_min(smooth_min(as_distance(visceral), as_distance(left), 22.0), inner, 9.0)
    gallbladder = tube(space, [(-30, -18, -20), (-38, -38, -36), (-43, -56, -50)], [5.0, 12.0, 15.0])
    body = smooth_min(body, -(gallbladder + np.float32(0.5)), 5.0)
    kidney_bed = ellipsoid(space, (-58, 52, -44), (37, 33, 66), lean=(0.12, -0.1))
    body = smooth_min(body, -kidney_bed, 10.0)
    fissures = _fissures(space)
    return LiverShape(smooth_min(body, -fissures, 3.0), gallbladder, fissures)


def _fissures(space: Space) -> Floats:
    """Fat in the fissure of the ligamentum teres, of the ligamentum venosum and in the porta hepatis."""
    bow = (space.y + np.float32(68.0)) * np.float32(0.05)
    teres_plane = space.x - np.float32(14.0) - np.float32(0.22) * (space.y + np.float32(50.0)) - bow * bow
    teres_plane = teres_plane + np.float32(0.9) * space.ripple
    widening = np.clip((np.float32(18.0) - space.z) * np.float32(0.07), np.float32(-3.0), np.float32(3.4))
    teres = np.minimum(widening - np.abs(teres_plane), -space.y - np.float32(34.0))
    teres = np.minimum(teres, np.float32(24.0) - space.z)
    venosum_plane = space.y + np.float32(4.0) + np.float32(0.55) * space.x + np.float32(0.7) * space.ripple
    venosum = np.minimum(np.float32(1.3) - np.float32(0.88) * np.abs(venosum_plane), space.x + np.float32(14.0))
    venosum = np.minimum(venosum, np.minimum(np.float32(34.0) - space.x, np.float32(46.0) - space.z))
    hilum = tube(space, [(10, 4, -24), (-22, 0, -4), (-44, 2, 2)], [12.0, 9.0, 5.0])
    return smooth_max(smooth_max(teres, venosum, 2.0), hilum, 4.0)
