"""The encoded values of the commonest elements, as pydicom's writer encodes them and at a tenth of its cost."""

import struct
from collections.abc import Mapping
from typing import Any, Final

from pydicom.dataelem import DataElement
from pydicom.multival import MultiValue
from pydicom.valuerep import IS, DSfloat

ASCII_VRS: Final = frozenset({"AE", "AS", "CS", "DA", "DT", "TM", "UI"})
TEXT_VRS: Final = frozenset({"LO", "SH"})
NUMBER_VRS: Final = frozenset({"DS", "IS"})
PACKED: Final[Mapping[str, str]] = {"FD": "d", "FL": "f", "SL": "i", "SS": "h", "UL": "I", "US": "H"}
PLAIN_ENCODINGS: Final = frozenset({"utf8", "utf-8", "iso8859", "latin_1", "ascii"})
"""In these ASCII is written as it is."""
LONGEST_BYTES: Final = 0xFFFE


def plain_value(element: DataElement, encodings: list[str]) -> bytes | None:
    """The element's value in Explicit VR Little Endian, padded; None where it is not of the commonest kinds."""
    vr, value = element.VR, element.value
    if vr in PACKED:
        return _packed(PACKED[vr], value)
    parts = list(value) if isinstance(value, MultiValue) else [value]
    if vr in NUMBER_VRS:
        texts = [_written(part) for part in parts]
    elif vr in ASCII_VRS or (vr in TEXT_VRS and encodings[0] in PLAIN_ENCODINGS):
        texts = parts
    else:
        return None
    return _encoded(texts, b"\0" if vr == "UI" else b" ")


def _encoded(texts: list[Any], padding: bytes) -> bytes | None:
    if not all(isinstance(text, str) for text in texts):
        return None
    joined = "\\".join(texts)
    if not joined.isascii() or "\x1b" in joined or len(joined) > LONGEST_BYTES:
        return None
    encoded = joined.encode("ascii")
    return encoded + padding if len(encoded) % 2 else encoded


def _written(part: Any) -> str | None:
    """The digits a number was read from."""
    return getattr(part, "original_string", None) if isinstance(part, DSfloat | IS) else None


def _packed(letter: str, value: Any) -> bytes | None:
    parts = value if isinstance(value, MultiValue) else (value,)
    if not parts or any(type(part) not in {int, float} for part in parts):
        return None
    try:
        encoded = struct.pack(f"<{len(parts)}{letter}", *parts)
    except struct.error:
        return None
    return encoded if len(encoded) <= LONGEST_BYTES else None
