"""Rounding as printed tables do it: half away from zero, on the decimal digits of the number."""

from decimal import ROUND_HALF_UP, Decimal


def rounded(value: float | Decimal, decimals: int) -> Decimal:
    """`value` to `decimals` places, halves away from zero: 2.5 becomes 3, 0.625 becomes 0.63.

    A float is taken at its shortest decimal notation, so 2.675 means 2.675 and not the binary number below it.
    """
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def percent(share: float | Decimal, decimals: int = 1) -> str:
    """A share as a percentage in words: 0.625 is “62.5 %”."""
    exact = share if isinstance(share, Decimal) else Decimal(repr(float(share)))
    return f"{rounded(exact * 100, decimals)} %"
