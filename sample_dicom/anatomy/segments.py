"""Couinaud's segments by the planes of the hepatic veins and the level of the portal bifurcation."""

from typing import Final

from sample_dicom.anatomy.shapes import Point

_PORTAL_LEVEL_Z: Final = 3.0
_FOURTH_LEVEL_Z: Final = 10.0
_LATERAL_LEVEL_Z: Final = 12.0
_CAUDATE_TOP_Z: Final = 50.0
_CAUDATE_LEFT_X: Final = 28.0
_UMBILICAL_Y: Final = -34.0
"""Behind this the plane of the umbilical fissure bends to the caval vein."""


def segment_of(nominal: Point) -> str:
    """The segment that holds a nominal point of the liver (x, y, z in mm): I to VIII, IV divided."""
    x, y, z = nominal
    if y + 4.0 + 0.55 * x > 0.0 and _middle_x(y) < x < _CAUDATE_LEFT_X and z < _CAUDATE_TOP_Z:
        return "I"
    if x < _middle_x(y):
        return _right(x, y, z)
    if x < _left_x(y):
        return "IVa" if z > _FOURTH_LEVEL_Z else "IVb"
    return "II" if z + 0.3 * (y + 45.0) > _LATERAL_LEVEL_Z else "III"


def _right(x: float, y: float, z: float) -> str:
    above = z > _PORTAL_LEVEL_Z
    if y > 22.0 + 0.111 * (x + 24.0):
        return "VII" if above else "VI"
    return "VIII" if above else "V"


def _middle_x(y: float) -> float:
    """The plane of the middle hepatic vein, from the caval vein to the gallbladder."""
    return -22.0 + (y - 24.0) * (21.0 / 80.0)


def _left_x(y: float) -> float:
    """The plane of the umbilical fissure, bent back to the caval vein."""
    return 14.0 + 0.22 * (y + 50.0) if y < _UMBILICAL_Y else 17.5 - (y - _UMBILICAL_Y) * (35.5 / 50.0)
