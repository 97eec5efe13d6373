"""Intervals for a proportion of independent units."""

from dataclasses import dataclass

from scipy import special

from casebook.domain.errors import Invalid


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided confidence interval for a proportion."""

    lower: float
    upper: float

    @property
    def width(self) -> float:
        """Upper minus lower."""
        return self.upper - self.lower


def clopper_pearson(y: float, n: float, level: float = 0.95) -> Interval:
    """The exact interval for `y` of `n`; both may be fractions (effective sizes).

    Clopper and Pearson, Biometrika 1934;26:404, by quantiles of the beta distribution.
    """
    tail = _tail(y, n, level)
    lower = 0.0 if y <= 0 else float(special.betaincinv(y, n - y + 1, tail))
    upper = 1.0 if y >= n else float(special.betaincinv(y + 1, n - y, 1 - tail))
    return Interval(lower, upper)


def wilson(y: float, n: float, level: float = 0.95) -> Interval:
    """The score interval for `y` of `n`; both may be fractions. Wilson, JASA 1927;22:209."""
    z = float(special.ndtri(1 - _tail(y, n, level)))
    p = y / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def _tail(y: float, n: float, level: float) -> float:
    if not 0 < level < 1:
        raise Invalid(f"Found the interval level {level}; expected a number between 0 and 1.", field="level")
    if not 0 <= y <= n or n <= 0:
        raise Invalid(f"Found {y} of {n}; expected a count from 0 to a positive total.", field="y")
    return (1 - level) / 2
