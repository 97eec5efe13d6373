"""Branching vessels: trunks that are given, twigs that grow to points scattered in the organ."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sample_dicom.anatomy.shapes import Point

MURRAY_EXPONENT: Final = 2.7
"""A parent's radius to this power is the sum over its children (Murray's law gives 3, measured trees 2.6-2.8)."""

_TRUNK_STEP_MM: Final = 4.0
_TWIG_STEP_MM: Final = 5.0


@dataclass(slots=True)
class Tree:
    """Nodes with their parents; node 0 is the root."""

    at: list[NDArray[np.float64]] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)

    def extend(self, path: Sequence[Point], *, step_mm: float = _TRUNK_STEP_MM) -> None:
        """Add a path of given points, starting at the node nearest to its first point."""
        points = [np.array(p, np.float64) for p in path]
        node = self._nearest(points[0]) if self.at else self._add(points[0], -1)
        for goal in points[1:]:
            start = self.at[node]
            n = max(1, int(np.ceil(_length(goal - start) / step_mm)))
            for i in range(1, n + 1):
                node = self._add(start + (goal - start) * (i / n), node)

    def reach(self, goal: NDArray[np.float64]) -> None:
        """Grow a twig to the goal from the node that is nearest, leaving it in the vessel's own direction."""
        node = self._nearest(goal)
        start = self.at[node]
        way = goal - start
        length = _length(way)
        if length < 1.0:
            return
        before = start - self.at[self.parent[node]] if self.parent[node] >= 0 else way
        heading = before * (1.0 / max(_length(before), 1e-6))
        knee = start + heading * (0.38 * length) + way * 0.12
        n = max(2, int(np.ceil(length / _TWIG_STEP_MM)))
        for i in range(1, n + 1):
            t = i / n
            point = start * (1 - t) ** 2 + knee * (2 * t * (1 - t)) + goal * t**2
            node = self._add(point, node)

    def radii_mm(self, leaf_mm: float) -> list[float]:
        """The radius at each node, by Murray's law from the leaves."""
        load = [0.0] * len(self.at)
        has_child = [False] * len(self.at)
        for parent in self.parent:
            if parent >= 0:
                has_child[parent] = True
        for node in range(len(self.at) - 1, -1, -1):
            if not has_child[node]:
                load[node] = leaf_mm**MURRAY_EXPONENT
            if self.parent[node] >= 0:
                load[self.parent[node]] += load[node]
        return [round(value ** (1.0 / MURRAY_EXPONENT), 4) for value in load]

    def _nearest(self, point: NDArray[np.float64]) -> int:
        away = np.array(self.at) - point
        return int(np.argmin(np.round((away * away).sum(axis=1), 6)))

    def _add(self, point: NDArray[np.float64], parent: int) -> int:
        self.at.append(np.round(point, 4))
        self.parent.append(parent)
        return len(self.at) - 1


def grow(trunks: Sequence[Sequence[Point]], goals: NDArray[np.float64]) -> Tree:
    """A tree with these trunks that reaches every goal (n, 3), nearer goals first."""
    tree = Tree()
    for trunk in trunks:
        tree.extend(trunk)
    stem = np.array(tree.at)
    away = goals[:, None, :] - stem[None, :, :]
    nearest = np.round((away * away).sum(axis=2).min(axis=1), 6)
    for i in np.argsort(nearest, kind="stable"):
        tree.reach(goals[i])
    return tree


def _length(vector: NDArray[np.float64]) -> float:
    return float(np.sqrt(vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2))
