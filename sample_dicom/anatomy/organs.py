"""Spleen, kidneys, adrenals, pancreas, stomach, bowel and the muscles behind them."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from sample_dicom.anatomy.body import Trunk
from sample_dicom.anatomy.canvas import Canvas, Space
from sample_dicom.anatomy.shapes import Point, ellipsoid, f32, smooth_max, smooth_min, tube
from sample_dicom.chance import Floats
from sample_dicom.tissues import Tissue

GAS_LEVEL_Y_MM: Final = -22.0
"""Gas of the stomach collects in front of this plane, the patient lying on the back."""

_JEJUNUM: Final[tuple[Point, ...]] = (
    (24, 4, -62),
    (44, -6, -52),
    (66, -18, -56),
    (84, -8, -70),
    (70, 10, -76),
    (46, -2, -80),
    (58, -34, -70),
    (84, -40, -74),
)
_ILEUM: Final[tuple[Point, ...]] = (
    (36, 0, -92),
    (62, -30, -98),
    (40, -58, -126),
    (74, -44, -128),
    (84, -10, -116),
    (50, 10, -124),
    (20, -30, -130),
    (-14, -58, -136),
    (-44, -34, -138),
    (-30, 0, -140),
    (10, -6, -146),
    (60, -20, -152),
)


def paint_back_muscles(canvas: Canvas, space: Space) -> None:
    """Psoas, quadratus lumborum and the crura of the diaphragm."""
    for side in (1.0, -1.0):
        psoas = tube(space, [(side * 27, 50, -8), (side * 36, 46, -70), (side * 46, 36, -160)], [4, 16, 23])
        canvas.paint(psoas, Tissue.MUSCLE)
        quadratus = ellipsoid(space, (side * 62, 72, -80), (24, 10, 70))
        canvas.paint(quadratus, Tissue.MUSCLE, only=(Tissue.VISCERAL_FAT,))
    right = tube(space, [(-14, 20, -30), (-10, 14, 10), (-4, 6, 48)], [3, 5, 6])
    left = tube(space, [(22, 22, -20), (22, 15, 14), (14, 6, 48)], [2.5, 4.5, 5.5])
    canvas.paint(smooth_max(right, left, 3.0), Tissue.MUSCLE)


def spleen_shape(space: Space, hulls: Trunk) -> Floats:
    """A spleen against the left wall, hollowed by stomach and kidney."""
    hull = ellipsoid(space, (98, 40, 22), (46, 52, 62), lean=(-0.12, -0.18))
    inner = smooth_min(hulls.cavity - np.float32(2.5), hulls.below_diaphragm - np.float32(3.0), 10.0)
    hollow = ellipsoid(space, (54, 6, 30), (50, 56, 86), lean=(0.0, 0.1))
    kidney = ellipsoid(space, (66, 56, -24), (37, 34, 64))
    shape = smooth_min(smooth_min(hull, inner, 9.0), -hollow, 10.0)
    return smooth_min(shape, -kidney, 8.0) + np.float32(0.5) * space.ripple


def paint_kidneys(canvas: Canvas, space: Space) -> None:
    """Both kidneys: cortex, pyramids, sinus fat and pelvis."""
    for side, centre_x, centre_y, centre_z in ((-1.0, -62.0, 50.0, -46.0), (1.0, 66.0, 50.0, -26.0)):
        lean = (side * -0.16, -0.14)
        hull = ellipsoid(space, (centre_x, centre_y, centre_z), (28, 25, 54), lean=lean)
        hilum = tube(
            space,
            [(centre_x - side * 34, centre_y - 10, centre_z), (centre_x - side * 9, centre_y - 3, centre_z)],
            [14, 8],
        )
        organ = smooth_min(hull, -(hilum - np.float32(4.0)), 7.0)
        canvas.paint(organ, Tissue.RENAL_CORTEX)
        sinus = ellipsoid(space, (centre_x - side * 7, centre_y - 3, centre_z), (12, 9, 32), lean=lean)
        _paint_pyramids(canvas, space, organ, sinus, centre_z)
        canvas.paint(np.minimum(smooth_max(sinus, hilum - np.float32(5.0), 4.0), hull), Tissue.VISCERAL_FAT)
        pelvis = tube(
            space,
            [(centre_x - side * 24, centre_y - 8, centre_z - 4), (centre_x - side * 6, centre_y - 3, centre_z)],
            [4.5, 5.0],
        )
        calyces = np.minimum(sinus - np.float32(4.0), np.float32(2.0) * space.ripple - np.float32(0.5))
        canvas.paint(smooth_max(pelvis, calyces, 2.0), Tissue.URINE)


def _paint_pyramids(canvas: Canvas, space: Space, organ: Floats, sinus: Floats, centre_z: float) -> None:
    """Wedges of medulla between the sinus and the cortex, parted by columns."""
    turn = (space.z - np.float32(centre_z)) * np.float32(2 * np.pi / 19.0)
    around = (space.y + space.x * np.float32(0.4)) * np.float32(2 * np.pi / 21.0)
    wave = f32(np.sin(turn.astype(np.float64)) + np.sin(around.astype(np.float64) + 0.7))
    wave += np.float32(0.45) * space.ripple
    pyramid = smooth_min(organ - np.float32(6.5), np.float32(3.2) * (wave + np.float32(0.9)), 3.0)
    canvas.paint(smooth_min(pyramid, np.float32(14.0) + sinus, 3.0), Tissue.RENAL_MEDULLA)


def paint_adrenals(canvas: Canvas, space: Space) -> None:
    """Two thin limbs on each side, above the kidneys."""
    for side, x, z in ((-1.0, -38.0, 20.0), (1.0, 40.0, 22.0)):
        body = (x, 34.0, z)
        limbs = [
            tube(space, [body, (x + side * 4, 50.0, z - 16)], [2.6, 1.8], flat=0.5),
            tube(space, [body, (x + side * 15, 46.0, z - 14)], [2.6, 1.8], flat=0.5),
        ]
        canvas.paint(smooth_max(limbs[0], limbs[1], 2.0), Tissue.ADRENAL)


def paint_pancreas(canvas: Canvas, space: Space) -> None:
    """Head, neck, body and tail, lobulated."""
    path = [
        (-26.0, 2.0, -62.0),
        (-24.0, -4.0, -44.0),
        (-2.0, -16.0, -34.0),
        (26.0, -12.0, -24.0),
        (58.0, 12.0, -6.0),
        (78.0, 22.0, 4.0),
    ]
    gland = tube(space, path, [10, 13, 7.5, 8.5, 8.5, 6.5], flat=0.75) + np.float32(1.7) * space.ripple
    canvas.paint(gland, Tissue.PANCREAS)
    canvas.paint(gland - np.float32(8.0), Tissue.PANCREAS)


def paint_stomach(canvas: Canvas, space: Space, hulls: Trunk) -> None:
    """A bag from the fundus to the antrum with a level between gas and juice."""
    bag = tube(
        space,
        [(62, 14, 58), (70, 4, 26), (60, -26, -8), (36, -46, -34), (8, -50, -42), (-18, -40, -38)],
        [27, 25, 21, 17, 14, 10],
    )
    inner = smooth_min(hulls.cavity - np.float32(3.0), hulls.below_diaphragm - np.float32(4.0), 10.0)
    bag = smooth_min(bag + np.float32(0.9) * space.ripple, inner, 8.0)
    folds: Floats = np.minimum(space.ripple, np.float32(0.6))
    lumen = bag - np.float32(4.0) + np.float32(2.1) * folds
    canvas.paint(bag, Tissue.GUT_WALL)
    canvas.paint(lumen, Tissue.GASTRIC_JUICE)
    canvas.paint(np.minimum(lumen, np.float32(GAS_LEVEL_Y_MM) - space.y), Tissue.GAS)
    gullet = tube(space, [(14, 24, 130), (16, 16, 84), (28, 10, 66), (46, 10, 60)], [7.5, 7.5, 7.5, 9.0])
    canvas.paint(gullet, Tissue.GUT_WALL, only=(Tissue.VISCERAL_FAT, Tissue.LUNG, Tissue.MUSCLE))


def paint_bowel(canvas: Canvas, space: Space, hulls: Trunk) -> None:
    """Duodenum, colon with gas and stool, loops of small bowel low in the cavity."""
    duodenum = (
        tube(
            space,
            [(-20, -40, -38), (-42, -20, -40), (-50, 2, -62), (-40, 12, -92), (0, 6, -98), (30, 0, -84)],
            [11, 12, 13, 12, 12, 11],
        )
        + np.float32(0.8) * space.ripple
    )
    _paint_gut(canvas, duodenum, 3.0, Tissue.GASTRIC_JUICE)
    colon = (
        tube(
            space,
            [
                (-98, 30, -160),
                (-100, 14, -112),
                (-84, -30, -92),
                (-40, -64, -104),
                (10, -74, -108),
                (62, -66, -84),
                (104, -22, -30),
                (112, 6, -14),
                (112, 30, -60),
                (106, 36, -150),
            ],
            [22, 23, 22, 20, 18, 19, 18, 19, 15, 14],
        )
        + np.float32(2.2) * space.ripple
    )
    colon = smooth_min(colon, hulls.cavity - np.float32(3.0), 6.0)
    _paint_gut(canvas, colon, 2.6, Tissue.BOWEL_CONTENT)
    gas = np.minimum(colon - np.float32(3.4), np.float32(-38.0) - space.y + np.float32(3.0) * space.ripple)
    canvas.paint(gas, Tissue.GAS)
    _paint_loops(canvas, space, hulls, _JEJUNUM, Tissue.BOWEL_CONTENT)
    _paint_loops(canvas, space, hulls, _ILEUM, Tissue.BOWEL_CONTENT)


def _paint_loops(canvas: Canvas, space: Space, hulls: Trunk, path: Sequence[Point], content: Tissue) -> None:
    """Loops of small bowel, folded inside."""
    loops = tube(space, path, [11.5] * len(path)) + np.float32(1.2) * space.ripple
    loops = smooth_min(loops, hulls.cavity - np.float32(3.0), 6.0)
    canvas.paint(loops, Tissue.GUT_WALL)
    canvas.paint(loops - np.float32(2.8) + np.float32(1.5) * space.ripple, content)


def _paint_gut(canvas: Canvas, shape: Floats, wall_mm: float, content: Tissue) -> None:
    canvas.paint(shape, Tissue.GUT_WALL)
    canvas.paint(shape - np.float32(wall_mm), content)
