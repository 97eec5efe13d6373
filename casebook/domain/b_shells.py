"""b-values that differ only by how exactly a gradient was played out, taken together as one."""

from collections.abc import Iterable
from typing import Final

RELATIVE_TOLERANCE: Final = 0.03
ABSOLUTE_TOLERANCE_S_PER_MM2: Final = 5.0
"""United Imaging writes 1.25 for 0 and 928.3 to 929.8 for one nominal value."""
NOMINAL_STEP_S_PER_MM2: Final = 10
NOMINAL_TOLERANCE: Final = 0.005
"""Protocols ask for multiples of ten; what comes within half a percent of one was meant to be it."""


def shells(b_values_s_per_mm2: Iterable[float]) -> dict[float, float]:
    """Each value with the nominal value of its shell: by the shell's most frequent value, the smallest of these."""
    given = sorted(b_values_s_per_mm2)
    nominal: dict[float, float] = {}
    for shell in _runs(given):
        centre = max(sorted(set(shell)), key=shell.count)
        nominal.update(dict.fromkeys(shell, _nominal(centre)))
    return nominal


def _nominal(value: float) -> float:
    """The b-value that was asked for, as far as the one that was played out tells."""
    if value <= ABSOLUTE_TOLERANCE_S_PER_MM2:
        return 0.0
    nearest = float(round(value / NOMINAL_STEP_S_PER_MM2) * NOMINAL_STEP_S_PER_MM2)
    return nearest if abs(value - nearest) <= NOMINAL_TOLERANCE * value else value


def _runs(given: list[float]) -> list[list[float]]:
    runs: list[list[float]] = []
    for value in given:
        if runs and value - runs[-1][0] <= max(ABSOLUTE_TOLERANCE_S_PER_MM2, RELATIVE_TOLERANCE * value):
            runs[-1].append(value)
        else:
            runs.append([value])
    return runs
