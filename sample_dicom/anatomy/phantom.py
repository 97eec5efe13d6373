"""One patient's abdomen, painted once and looked at by every series."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sample_dicom.anatomy import organs
from sample_dicom.anatomy.body import Build, paint_hulls, trunk
from sample_dicom.anatomy.canvas import (
    COARSE_SHAPE,
    COARSE_STEP_MM,
    LEVELS,
    ORIGIN_MM,
    SHAPE,
    STEP_MM,
    Canvas,
    Space,
    refine,
)
from sample_dicom.anatomy.liver import LiverShape, liver_shape
from sample_dicom.anatomy.shapes import Point
from sample_dicom.anatomy.skeleton import paint_ribs, paint_spine
from sample_dicom.anatomy.vessels import paint_great_vessels, paint_liver_vessels
from sample_dicom.chance import Floats, smooth_noise, stream
from sample_dicom.tissues import Tissue, texture_strength

_SOFT: tuple[Tissue, ...] = (
    Tissue.GUT_WALL,
    Tissue.GASTRIC_JUICE,
    Tissue.GAS,
    Tissue.BOWEL_CONTENT,
    Tissue.SPLEEN,
    Tissue.RENAL_CORTEX,
    Tissue.PANCREAS,
    Tissue.ADRENAL,
)


@dataclass(frozen=True, slots=True)
class Phantom:
    """The painted voxels, their textures, and the liver for placing things in it."""

    code: NDArray[np.uint16]
    """Two materials and the first one's share, as one number."""

    texture: dict[str, Floats]
    """Relative change of the value by fine and coarse texture, for CT and for MR."""

    mottle: Floats
    space: Space
    liver: Floats
    """Signed distance of the liver on the coarse voxels (mm)."""

    def levels(self, low_mm: float, high_mm: float) -> slice:
        """The fine slices between two levels."""
        start = int((low_mm - ORIGIN_MM[0]) / STEP_MM[0])
        stop = int((high_mm - ORIGIN_MM[0]) / STEP_MM[0]) + 2
        return slice(min(max(0, start), SHAPE[0] - 1), max(1, min(stop, SHAPE[0])))

    def lookup(self, value: Floats, levels: slice) -> Floats:
        """The values (one per tissue) of some fine slices, mixed where two materials meet."""
        return _mixed(value, self.code[levels])

    def position(self, index: tuple[int, ...]) -> Point:
        """Centre of a coarse voxel (x, y, z in mm)."""
        z, y, x = (round(o + i * s, 4) for o, i, s in zip(ORIGIN_MM, index, COARSE_STEP_MM, strict=True))
        return (x, y, z)

    def nominal(self, index: tuple[int, ...]) -> Point:
        """Where the coarse voxel lies in the anatomy before this patient's deformation."""
        return (float(self.space.x[index]), float(self.space.y[index]), float(self.space.z[index]))

    def vessel_share(self, centre: Point, radius_mm: float) -> float:
        """Share of a box around a point that is vessel, duct or gallbladder."""
        box = tuple(
            slice(max(0, round((c - radius_mm - o) / s)), round((c + radius_mm - o) / s) + 1)
            for c, o, s in zip(reversed(centre), ORIGIN_MM, STEP_MM, strict=True)
        )
        first = self.code[box] // np.uint16(len(Tissue) * LEVELS)
        return float((first != Tissue.LIVER).mean())


def build_phantom(*words: object, build: Build | None = None) -> Phantom:
    """The abdomen that belongs to the words."""
    build = build or Build()
    space = Space.deformed(*words)
    hulls = trunk(space, build)
    shape = liver_shape(space, hulls)
    canvas = Canvas()
    paint_hulls(canvas, space, hulls)
    organs.paint_back_muscles(canvas, space)
    paint_spine(canvas, space)
    paint_ribs(canvas, space, hulls)
    organs.paint_bowel(canvas, space, hulls)
    organs.paint_adrenals(canvas, space)
    organs.paint_kidneys(canvas, space)
    organs.paint_pancreas(canvas, space)
    organs.paint_stomach(canvas, space, hulls)
    canvas.paint(organs.spleen_shape(space, hulls), Tissue.SPLEEN)
    paint_great_vessels(canvas, space)
    _paint_liver(canvas, shape)
    paint_liver_vessels(canvas, space, shape.liver, *words)
    code = canvas.code()
    grain, mottle = _grain(*words), _mottle(*words)
    texture = {modality: _texture(code, modality, grain, mottle) for modality in ("CT", "MR")}
    return Phantom(code, texture, mottle, space, shape.liver)


def _mixed(value: Floats, code: NDArray[np.uint16]) -> Floats:
    """The values of the two materials of each voxel in their shares."""
    share = np.arange(LEVELS, dtype=np.float32) * np.float32(1.0 / (LEVELS - 1))
    first, second = value[:, None, None], value[None, :, None]
    return np.take((second + (first - second) * share).reshape(-1), code)


def _texture(code: NDArray[np.uint16], modality: str, grain: Floats, mottle: Floats) -> Floats:
    fine, coarse = (np.array(strength, np.float32) for strength in texture_strength(modality))
    texture = _mixed(fine, code) * grain
    texture += _mixed(coarse, code) * mottle
    return texture


def _paint_liver(canvas: Canvas, shape: LiverShape) -> None:
    vessels = {Tissue.CAVAL_VEIN, Tissue.HEPATIC_VEIN, Tissue.ARTERY}
    canvas.paint(shape.liver + np.float32(1.6), Tissue.VISCERAL_FAT, only=_SOFT)
    canvas.paint(shape.fissures, Tissue.VISCERAL_FAT, only=_SOFT)
    canvas.paint(shape.liver, Tissue.LIVER, only=tuple(t for t in Tissue if t not in vessels))
    canvas.paint(shape.gallbladder, Tissue.GALLBLADDER_WALL)
    canvas.paint(shape.gallbladder - np.float32(1.0), Tissue.BILE)


def _grain(*words: object) -> Floats:
    """Waves of a few millimetres: one block, repeated, since it closes on itself."""
    block = smooth_noise(stream("grain", *words), COARSE_SHAPE, (0.8, 1.2, 1.2))
    z, y, x = SHAPE
    return np.tile(block, (2, 2, 2))[:z, :y, :x]


def _mottle(*words: object) -> Floats:
    """Waves of about a centimetre."""
    coarse = smooth_noise(stream("mottle", *words), COARSE_SHAPE, (1.5, 2.3, 2.3))
    for axis in range(3):
        coarse = refine(coarse, axis)
    return coarse
