"""Aorta, caval vein, portal and hepatic veins, arteries and bile ducts."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sample_dicom.anatomy.canvas import COARSE_STEP_MM, ORIGIN_MM, SHAPE, STEP_MM, Canvas, Space
from sample_dicom.anatomy.shapes import Point, capsule, ellipsoid, smooth_max, tube
from sample_dicom.anatomy.trees import Tree, grow
from sample_dicom.chance import Floats, stream, uniform
from sample_dicom.tissues import Tissue

PORTAL_TRUNKS: Final[tuple[tuple[Point, ...], ...]] = (
    ((2, -4, -38), (-10, -4, -20), (-22, 0, -4)),
    ((-22, 0, -4), (-36, 3, 1), (-47, 3, 4)),
    ((-47, 3, 4), (-60, -8, 12), (-70, -14, 28), (-76, -16, 48)),
    ((-60, -8, 12), (-66, -24, 0), (-72, -38, -18)),
    ((-47, 3, 4), (-64, 14, 5), (-76, 26, 18), (-84, 34, 38)),
    ((-64, 14, 5), (-80, 26, -10), (-94, 34, -32)),
    ((-22, 0, -4), (-12, -10, 8), (0, -24, 14), (9, -36, 13), (14, -50, 4)),
    ((7, -34, 13), (24, -34, 22), (48, -32, 30)),
    ((14, -50, 4), (28, -58, 0), (50, -64, -6)),
    ((12, -46, 7), (-4, -56, 8), (-16, -62, 14)),
)
HEPATIC_TRUNKS: Final[tuple[tuple[Point, ...], ...]] = (
    ((-23, 24, 68), (-34, 22, 62), (-54, 18, 48), (-80, 16, 20), (-92, 14, -8), (-98, 10, -34)),
    ((-21, 20, 68), (-24, 4, 56), (-32, -16, 36), (-40, -34, 12), (-46, -46, -14)),
    ((-18, 18, 67), (-6, 2, 56), (14, -16, 44), (36, -28, 34), (60, -36, 22)),
)
_PORTAL_GOALS: Final = 170
_HEPATIC_GOALS: Final = 140
_PORTAL_LEAF_MM: Final = 1.25
_HEPATIC_LEAF_MM: Final = 1.3


def paint_great_vessels(canvas: Canvas, space: Space) -> None:
    """Aorta and its branches, caval, splenic, mesenteric and renal veins."""
    caval = tube(
        space,
        [(-26, 20, -170), (-26, 19, -30), (-25, 25, 20), (-23, 26, 62), (-20, 18, 80), (-12, -4, 104)],
        [10, 10.5, 11, 12, 12.5, 16],
    )
    canvas.paint(caval, Tissue.CAVAL_VEIN)
    canvas.paint(ellipsoid(space, (-23, 26, 62), (13, 12, 26)), Tissue.HEPATIC_VEIN)
    canvas.paint(tube(space, [(-26, 19, -30), (-40, 34, -40), (-54, 44, -44)], [5.5, 5, 3.5]), Tissue.CAVAL_VEIN)
    canvas.paint(
        tube(space, [(-20, 14, -30), (8, 0, -32), (34, 24, -28), (56, 44, -26)], [5, 5, 5, 3.5]), Tissue.CAVAL_VEIN
    )
    portal = smooth_max(
        tube(space, [(2, -4, -38), (24, -2, -26), (54, 20, -8), (80, 32, 10)], [5.4, 4.8, 4.4, 3.2]),
        tube(space, [(2, -4, -38), (6, -14, -70), (4, -22, -120), (2, -20, -165)], [5.6, 5.2, 4.6, 3.6]),
        3.0,
    )
    canvas.paint(portal, Tissue.PORTAL_VEIN)
    aorta = tube(space, [(12, 17, 130), (9, 15, 60), (6, 13, 0), (5, 12, -80), (3, 13, -165)], [11.5, 11, 10, 9.3, 8.6])
    canvas.paint(aorta, Tissue.ARTERY)
    for path, radii in _ARTERIES:
        _paint_polyline(canvas, space, path, radii, Tissue.ARTERY)


_ARTERIES: Final[tuple[tuple[tuple[Point, ...], tuple[float, ...]], ...]] = (
    (((7, 12, -4), (6, -4, -10), (-6, -8, -12), (-18, -6, -8)), (3.8, 3.4, 2.6, 2.3)),
    (
        ((6, -4, -10), (22, -8, -10), (34, 2, -16), (46, 4, -6), (58, 16, -8), (78, 28, 10)),
        (3.2, 2.9, 2.7, 2.7, 2.5, 2.2),
    ),
    (((6, 6, -22), (7, -10, -40), (9, -16, -80), (8, -16, -160)), (3.9, 3.7, 3.3, 2.6)),
    (((-1, 12, -30), (-28, 32, -36), (-56, 44, -44)), (3.0, 2.7, 2.3)),
    (((12, 14, -28), (34, 30, -28), (58, 45, -26)), (3.0, 2.7, 2.3)),
    (((4, 22, 40), (22, 40, 48)), (1.2, 1.0)),
    (((4, 22, 8), (-20, 42, 14)), (1.2, 1.0)),
)


def paint_liver_vessels(canvas: Canvas, space: Space, liver: Floats, *words: object) -> None:
    """Portal and hepatic veins grown through the liver, arteries and ducts along the portal branches."""
    portal = _tree(space, liver, PORTAL_TRUNKS, _PORTAL_GOALS, "portal", *words)
    hepatic = _tree(space, liver, HEPATIC_TRUNKS, _HEPATIC_GOALS, "hepatic", *words)
    radii = portal.radii_mm(_PORTAL_LEAF_MM)
    _paint_tree(canvas, hepatic, [r * 0.95 for r in hepatic.radii_mm(_HEPATIC_LEAF_MM)], Tissue.HEPATIC_VEIN)
    _paint_beside(canvas, portal, radii, (1.0, -0.9, 0.5), (2.2, 0.24), Tissue.ARTERY)
    _paint_beside(canvas, portal, radii, (-0.9, -1.0, -0.5), (2.6, 0.20), Tissue.BILE_DUCT)
    _paint_tree(canvas, portal, radii, Tissue.PORTAL_VEIN)
    duct = ((-28, -5, -4), (-27, -8, -18), (-29, 0, -44), (-34, 6, -62))
    _paint_polyline(canvas, space, duct, (2.2, 2.9, 3.0, 2.2), Tissue.BILE_DUCT)


def _tree(space: Space, liver: Floats, trunks: Sequence[Sequence[Point]], n_goals: int, *words: object) -> Tree:
    placed = [[unbend(space, p) for p in trunk] for trunk in trunks]
    return grow(placed, _scattered(liver, n_goals, *words))


def unbend(space: Space, nominal: Point) -> Point:
    """Where a nominal point comes to lie in this patient (x, y, z in mm)."""
    index = tuple(
        min(max(round((v - o) / s), 0), n - 1)
        for v, o, s, n in zip(reversed(nominal), ORIGIN_MM, COARSE_STEP_MM, space.z.shape, strict=True)
    )
    plain = [o + s * i for o, s, i in zip(ORIGIN_MM, COARSE_STEP_MM, index, strict=True)]
    bend = [float(axis[index]) - p for axis, p in zip((space.z, space.y, space.x), plain, strict=True)]
    return (nominal[0] - bend[2], nominal[1] - bend[1], nominal[2] - bend[0])


def _scattered(liver: Floats, n: int, *words: object) -> NDArray[np.float64]:
    """`n` points (x, y, z in mm) inside the liver, kept apart by choosing the loneliest of some candidates."""
    voxels = np.argwhere(liver > np.float32(3.5))
    bits = stream("goals", *words)
    picks = voxels[(uniform(bits, n * 6) * len(voxels)).astype(np.int64)].astype(np.float64)
    points = (picks * np.array(COARSE_STEP_MM) + np.array(ORIGIN_MM))[:, ::-1]
    points = points + (uniform(bits, points.size).reshape(points.shape) - 0.5) * 2.0
    chosen = [points[0]]
    for i in range(1, n):
        candidates = points[i * 6 : i * 6 + 6]
        away = candidates[:, None, :] - np.array(chosen)[None, :, :]
        lonely = np.round((away * away).sum(axis=2).min(axis=1), 6)
        chosen.append(candidates[int(np.argmax(lonely))])
    return np.round(np.array(chosen), 3)


def _paint_tree(canvas: Canvas, tree: Tree, radii: Sequence[float], tissue: Tissue) -> None:
    field = _Field()
    for node, parent in enumerate(tree.parent):
        if parent >= 0:
            field.add(tree.at[parent], tree.at[node], min(radii[parent], radii[node] * 1.25), radii[node])
    field.paint(canvas, tissue)


def _paint_beside(
    canvas: Canvas, tree: Tree, radii: Sequence[float], side: Point, rule: tuple[float, float], tissue: Tissue
) -> None:
    """A thinner vessel beside each branch wider than `rule[0]` mm, `rule[1]` as wide."""
    field = _Field()
    shift = np.array(side)
    for node, parent in enumerate(tree.parent):
        if parent >= 0 and radii[node] >= rule[0]:
            a = tree.at[parent] + shift * (radii[parent] * 0.9)
            b = tree.at[node] + shift * (radii[node] * 0.9)
            field.add(a, b, radii[parent] * rule[1] + 0.35, radii[node] * rule[1] + 0.35)
    field.paint(canvas, tissue)


def _paint_polyline(
    canvas: Canvas, space: Space, path: Sequence[Point], radii: Sequence[float], tissue: Tissue
) -> None:
    field = _Field()
    points = [np.array(unbend(space, p)) for p in path]
    for a, b, ra, rb in zip(points[:-1], points[1:], radii[:-1], radii[1:], strict=True):
        field.add(a, b, ra, rb)
    field.paint(canvas, tissue)


def _point(values: NDArray[np.float64]) -> Point:
    return (float(values[0]), float(values[1]), float(values[2]))


class _Field:
    """The signed distance of many thin tubes on the fine voxels."""

    def __init__(self) -> None:
        self._inside: Floats = np.full(SHAPE, np.float32(-9.0))
        self._low = list(SHAPE)
        self._high = [0, 0, 0]

    def add(self, a: NDArray[np.float64], b: NDArray[np.float64], ra: float, rb: float) -> None:
        """Join a tube from `a` to `b` (x, y, z in mm)."""
        reach = max(ra, rb) + 2.0
        low = np.minimum(a, b)[::-1] - reach
        high = np.maximum(a, b)[::-1] + reach
        box = []
        axes = []
        for i in range(3):
            start = max(0, int(np.floor((low[i] - ORIGIN_MM[i]) / STEP_MM[i])))
            stop = min(SHAPE[i], int(np.ceil((high[i] - ORIGIN_MM[i]) / STEP_MM[i])) + 1)
            if start >= stop:
                return
            box.append(slice(start, stop))
            axes.append(np.arange(start, stop, dtype=np.float32) * np.float32(STEP_MM[i]) + np.float32(ORIGIN_MM[i]))
        local = Space(axes[0][:, None, None], axes[1][None, :, None], axes[2][None, None, :], np.zeros(1, np.float32))
        self._low = [min(v, s.start) for v, s in zip(self._low, box, strict=True)]
        self._high = [max(v, s.stop) for v, s in zip(self._high, box, strict=True)]
        block = self._inside[tuple(box)]
        np.maximum(block, capsule(local, _point(a), _point(b), ra, rb), out=block)

    def paint(self, canvas: Canvas, tissue: Tissue) -> None:
        """Put the tubes on the canvas."""
        touched = tuple(slice(a, b) for a, b in zip(self._low, self._high, strict=True))
        canvas.paint_fine(self._inside[touched], tuple(self._low), tissue)
