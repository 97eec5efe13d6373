"""The bytes of a SAS transport file of version 5, as SAS Institute's note TS-140 lays them out.

Written here and not by ReadStat: that takes the time of writing into the file, cuts labels in silence, and takes names,
characters and lengths that the format does not have. ReadStat reads these files in the tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

RECORD: Final = 80
"""Bytes of a record; the last of a section is filled with blanks."""
NAMESTR: Final = 140
"""Bytes that describe a variable."""
MOST_VARIABLES: Final = 9999
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_VERSION: Final = "9.4"
_SYSTEM: Final = "CASEBOOK"
_MISSING: Final = np.uint64(0x2E << 56)
"""A number that is not known: a point and seven zeros."""


@dataclass(frozen=True, slots=True)
class Field:
    """A variable of the file; `cells` are its bytes, (rows, width)."""

    name: str
    label: str
    is_text: bool
    format_name: str
    format_width: int
    cells: NDArray[np.uint8]

    @property
    def width(self) -> int:
        """Bytes of a cell."""
        return int(self.cells.shape[1])


def transport_bytes(name: str, label: str, fields: Sequence[Field], made_at: datetime) -> bytes:
    """Return the file of one dataset; `made_at` is its only time. Names and labels must already fit."""
    at = _stamp(made_at)
    sas = f"{'SAS':8}"
    library = _header("LIBRARY") + _text(f"{sas}{sas}{'SASLIB':8}{_VERSION:8}{_SYSTEM:8}{'':24}{at}") + _text(at)
    member = (
        _header("MEMBER", f"{'0' * 17}160{'0' * 7}{NAMESTR}")
        + _header("DSCRPTR")
        + _text(f"{sas}{name:8}{'SASDATA':8}{_VERSION:8}{_SYSTEM:8}{'':24}{at}")
        + _text(f"{at}{'':16}{label:40}")
    )
    described = _header("NAMESTR", f"{'0' * 6}{len(fields):04}{'0' * 20}") + _filled(_namestrs(fields))
    rows = np.hstack([field.cells for field in fields]).tobytes()
    return library + member + described + _header("OBS") + _filled(rows)


def ibm_doubles(values: Sequence[float | None]) -> NDArray[np.uint8]:
    """Return numbers as IBM System/360 doubles, big-endian, (rows, 8); None is a missing value.

    Exact for every double between 5.4e-79 and 7.2e75: the 53 bits of a double fit into the 56 of the mantissa.
    """
    is_missing = np.array([value is None for value in values], dtype=bool)
    numbers = np.array([value or 0.0 for value in values], dtype=np.float64)
    fraction, exponent = np.frexp(np.abs(numbers))
    power = -(-exponent.astype(np.int64) // 4)
    mantissa = (fraction * 2.0**53).astype(np.uint64) << np.uint64(3) >> (4 * power - exponent).astype(np.uint64)
    bits = (power + 64).astype(np.uint64) << np.uint64(56) | mantissa
    bits |= np.signbit(numbers).astype(np.uint64) << np.uint64(63)
    bits[mantissa == 0] = 0
    bits[is_missing] = _MISSING
    return bits.astype(">u8").view(np.uint8).reshape(-1, 8)


def _header(kind: str, counts: str = "0" * 30) -> bytes:
    return _text(f"HEADER RECORD*******{kind:8}HEADER RECORD!!!!!!!{counts}")


def _text(line: str) -> bytes:
    return f"{line:{RECORD}}".encode("ascii")


def _filled(content: bytes) -> bytes:
    return content + b" " * (-len(content) % RECORD)


def _stamp(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc.day:02}{_MONTHS[utc.month - 1]}{utc.year % 100:02}:{utc:%H:%M:%S}"


def _namestrs(fields: Sequence[Field]) -> bytes:
    found, position = b"", 0
    for number, field in enumerate(fields, 1):
        found += _namestr(number, field, position)
        position += field.width
    return found


def _namestr(number: int, field: Field, position: int) -> bytes:
    short = [2 if field.is_text else 1, 0, field.width, number]
    named = f"{field.name:8}{field.label:40}{field.format_name:8}".encode("ascii")
    shown = _shorts(field.format_width, 0, 0) + bytes(2) + b" " * 8 + _shorts(0, 0)
    return _shorts(*short) + named + shown + position.to_bytes(4, "big") + bytes(52)


def _shorts(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(2, "big") for number in numbers)
