"""Header values of files nobody checked: a usable value or None, never an exception.

Real headers hold numbers with commas, text in integer elements and values of the wrong VR; a fact that cannot be
read is a fact that is not there.
"""

import math
import re
import struct
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from pydicom import Dataset
from pydicom.tag import BaseTag, Tag

from casebook.dicom.raw_values import tag_of, value_of

_CODE: Final = re.compile(r"[A-Z0-9_ ./+-]{1,16}")
"""A code string (PS3.5 6.2, CS), with the three marks real scanners add."""
_CREATORS: Final = range(0x10, 0x100)
"""The elements of a private group that reserve its blocks (PS3.5 7.8.1)."""
_BINARY_FORMATS: Final = {"FL": "f", "FD": "d", "SS": "h", "US": "H", "SL": "i", "UL": "I"}


@cache
def _tag(of: int | str) -> BaseTag:
    return tag_of(int(Tag(of)))


def element_value(ds: Dataset, keyword: int | str) -> Any:
    """The value of an element (by keyword or tag), or None where it is absent, empty or unreadable."""
    try:
        value = value_of(ds, _tag(keyword))
    except Exception:  # noqa: BLE001  # pydicom raises almost anything for a value of the wrong form
        return None
    return None if value == "" else value


def items(ds: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence; none where it is absent or not a sequence."""
    value = element_value(ds, keyword)
    return [item for item in value if isinstance(item, Dataset)] if _is_list(value) else []


def number(ds: Dataset, keyword: str) -> float | None:
    """The first value as a finite number."""
    return next(iter(numbers(ds, keyword)), None)


def numbers(ds: Dataset, keyword: str) -> tuple[float, ...]:
    """All values as finite numbers; empty where any of them is not one."""
    return finite_numbers(element_value(ds, keyword))


def integer(ds: Dataset, keyword: str) -> int | None:
    """The first value as a whole number."""
    found = number(ds, keyword)
    return int(found) if found is not None and found == int(found) else None


def codes(ds: Dataset, keyword: str) -> tuple[str, ...]:
    """Code strings, stripped and upper case; a value that is not a code is dropped."""
    values = (str(value).strip().upper() for value in as_list(element_value(ds, keyword)))
    return tuple(value for value in values if _CODE.fullmatch(value))


def code(ds: Dataset, keyword: str) -> str | None:
    """The first code string."""
    return next(iter(codes(ds, keyword)), None)


def uid(ds: Dataset, keyword: str) -> str | None:
    """A UID without the blanks and NULs that pad it."""
    value = element_value(ds, keyword)
    return str(value).strip(" \0\r\n\t") or None if value is not None else None


def finite_numbers(value: Any) -> tuple[float, ...]:
    """A value, or list of values, as finite numbers; empty where any of them is not one."""
    try:
        found = tuple(float(item) for item in as_list(value))
    except (TypeError, ValueError, OverflowError):
        return ()
    return found if all(math.isfinite(item) for item in found) else ()


def vector(ds: Dataset, keyword: str, *, length: int) -> Any:
    """Exactly `length` finite numbers as a tuple, or None."""
    found = numbers(ds, keyword)
    return found if len(found) == length else None


def as_list(value: Any) -> Iterable[Any]:
    """A multi-value as it is, one value as a list of one, nothing as an empty list."""
    if value is None:
        return ()
    return value if _is_list(value) else (value,)


def private_value(ds: Dataset, group: int, creator: str, element: int) -> Any:
    """A private element by its creator, wherever its block was reserved."""
    for tag in ds.keys():  # noqa: SIM118  # iterating a data set would decode every element
        if tag >> 16 == group and tag & 0xFFFF in _CREATORS and _creator(ds, tag) == creator:
            found = element_value(ds, (group << 16) | ((tag & 0xFF) << 8) | element)
            if found is not None:
                return found
    return None


def orphan_value(ds: Dataset, group: int, element: int) -> Any:
    """An element of private block 10 whose creator was stripped from the file."""
    return None if (group << 16) | 0x10 in ds else element_value(ds, (group << 16) | 0x1000 | element)


def first_number(value: Any, vr: str) -> float | None:
    """The first number of a private value that may still be raw bytes (VR UN): text, or little-endian `vr`."""
    if isinstance(value, bytes):
        value = _from_bytes(value, vr)
    return next(iter(finite_numbers(value)), None)


def _from_bytes(value: bytes, vr: str) -> Any:
    if vr in _BINARY_FORMATS:
        form = "<" + _BINARY_FORMATS[vr]
        return struct.unpack_from(form, value)[0] if len(value) >= struct.calcsize(form) else None
    return value.decode("ascii", "replace").split("\\")[0].strip(" \0") or None


def _creator(ds: Dataset, tag: int) -> str:
    value = element_value(ds, tag)
    return (value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)).strip(" \0")


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Dataset))
