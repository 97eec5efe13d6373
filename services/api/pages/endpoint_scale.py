"""Where an estimate lies on the small scale within a table row."""

from dataclasses import dataclass
from typing import Final

from casebook.stats.endpoint import StrategyEstimate

PLOT_LENGTH: Final = 220
"""Of the drawn scale from 0 % to 100 %."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An estimate on the scale of the drawing; None where there is none."""

    point: int | None
    lower: int | None
    upper: int | None


def drawn(line: StrategyEstimate) -> Drawn:
    """Place the estimate and its interval on the scale."""
    interval = line.interval
    return Drawn(
        point=None if line.estimate.p is None else place(line.estimate.p),
        lower=place(interval.lower) if interval else None,
        upper=place(interval.upper) if interval else None,
    )


def place(share: float) -> int:
    """Return where a share lies on the scale."""
    return round(min(1.0, max(0.0, share)) * PLOT_LENGTH)
