"""b-values that differ only by how exactly a gradient was played out, taken together as one."""

from collections.abc import Iterable
from typing import Final

RELATIVE_TOLERANCE: Final = 0.03
ABSOLUTE_TOLERANCE_S_PER_MM2: Final = 5.0
"""United Imaging writes 1.25 for 0 and 928.3 to 929.8 for one nominal value."""


def shells(b_values_s_per_mm2: Iterable[float]) -> dict[float, float]:
    """Each value with the nominal value of its shell: the most frequent of the shell, else the smallest of these."""
    given = sorted(b_values_s_per_mm2)
    nominal: dict[float, float] = {}
    for shell in _runs(given):
        centre = max(sorted(set(shell)), key=shell.count)
        centre = 0.0 if centre <= ABSOLUTE_TOLERANCE_S_PER_MM2 else centre
        nominal.update(dict.fromkeys(shell, centre))
    return nominal


def _runs(given: list[float]) -> list[list[float]]:
    runs: list[list[float]] = []
    for value in given:
        if runs and value - runs[-1][0] <= max(ABSOLUTE_TOLERANCE_S_PER_MM2, RELATIVE_TOLERANCE * value):
            runs[-1].append(value)
        else:
            runs.append([value])
    return runs
