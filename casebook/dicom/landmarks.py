"""The rigid transform that a reader's pairs of landmarks say, and what remains between them.

One pair or two move, three and more also turn (Kabsch 1976), if they span a plane. All points LPS, mm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casebook.domain.errors import Invalid
from casebook.domain.rigid import Matrix
from casebook.domain.series_facts import Vector

Pair = tuple[Vector, Vector]
"""One point in each of two series."""
Points = NDArray[np.float64]

MIN_PAIRS_TO_TURN: Final = 3
MIN_WIDTH_MM: Final = 10.0
"""Root of the summed squares of the pairs' second widest direction; points nearly on a line cannot tell a turn."""
MAX_TURN_DEG: Final = 30.0
"""A patient lies within some degrees of straight on every scanner's table; more is a wrong pair."""
MAX_RESIDUAL_MM: Final = 10.0
"""Root mean square; more is a wrong pair: the correction would lead past what it is to find."""


@dataclass(frozen=True, slots=True)
class LandmarkFit:
    """p_to = matrix . p_from; `residual_mm` is the root mean square that remains, None with a single pair."""

    matrix: Matrix
    residual_mm: float | None


def fitted(pairs: Sequence[Pair]) -> LandmarkFit:
    """Return the least-squares fit. Raises Invalid for pairs that contradict each other."""
    if not pairs:
        raise Invalid("A correction needs at least one pair of points.", field="pairs")
    here, there = (np.array([pair[side] for pair in pairs], np.float64) for side in (0, 1))
    turn = _turn(here - here.mean(axis=0), there - there.mean(axis=0))
    shift = there.mean(axis=0) - turn @ here.mean(axis=0)
    matrix = np.vstack([np.column_stack([turn, shift]), [0.0, 0.0, 0.0, 1.0]])
    away = here @ turn.T + shift - there
    residual_mm = float(np.sqrt((away**2).sum(axis=1).mean())) if len(pairs) > 1 else None
    if residual_mm is not None and residual_mm > MAX_RESIDUAL_MM:
        raise Invalid(
            f"The pairs contradict each other: {residual_mm:.1f} mm remain between them, at most "
            f"{MAX_RESIDUAL_MM:.0f} mm may. Take back the pair that is wrong.",
            field="pairs",
        )
    return LandmarkFit(tuple(matrix.ravel().tolist()), residual_mm)


def _turn(here: Points, there: Points) -> Points:
    """Return the rotation of the centred points, none where they cannot tell one. Raises Invalid for a large one."""
    if len(here) < MIN_PAIRS_TO_TURN or min(_width_mm(here), _width_mm(there)) < MIN_WIDTH_MM:
        return np.eye(3)
    u, _, vt = np.linalg.svd(here.T @ there)
    mirror = np.diag([1.0, 1.0, np.sign(np.linalg.det(vt.T @ u.T))])
    turn: Points = vt.T @ mirror @ u.T
    angle_deg = float(np.degrees(np.arccos(np.clip((np.trace(turn) - 1.0) / 2.0, -1.0, 1.0))))
    if angle_deg > MAX_TURN_DEG:
        raise Invalid(
            f"The pairs would turn the patient by {angle_deg:.0f} degrees, at most {MAX_TURN_DEG:.0f} are possible. "
            "Take back the pair that is wrong.",
            field="pairs",
        )
    return turn


def _width_mm(centred: Points) -> float:
    return float(np.linalg.svd(centred, compute_uv=False)[1])
