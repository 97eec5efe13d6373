"""DICOM JSON (PS3.18 F) straight from the archive's encoding: numbers keep the digits they were written with.

Pixel data stay out. Binary values longer than `INLINE_LIMIT_BYTES` become a BulkDataURI that begins with "/";
`with_base_url` makes it absolute when it is served.
"""

import base64
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from struct import Struct
from typing import Final

from casebook.dicom.explicit_le import Element, elements, items
from casebook.dicom.text_values import ASCII, Decoder, decoder_for

INLINE_LIMIT_BYTES: Final = 1024
"""Longest binary value kept inline as base64."""
TEXT_LIMIT_BYTES: Final = 65536
"""Longest unlimited text kept inline."""
ALWAYS_PRESENT: Final[Mapping[int, str]] = {0x0008103E: "LO", 0x00100010: "PN", 0x00100020: "LO"}
"""Elements that every answer shows, empty if need be, so that an overlay finds them."""
_SPECIFIC_CHARACTER_SET: Final = 0x00080005
_PIXEL_GROUP: Final = 0x7FE00000

_JSON_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INTEGERS: Final = {b"US": "H", b"SS": "h", b"UL": "I", b"SL": "i", b"UV": "Q", b"SV": "q"}
_FLOATS: Final = {b"FL": "f", b"FD": "d"}
_BINARY: Final = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"UN"})
_ONE_TEXT: Final = frozenset({b"LT", b"ST", b"UT", b"UR"})
"""One value always: a backslash is a character of the text."""
_BULK_TEXT: Final = frozenset({b"UC", b"UT"})
_ASCII_TEXTS: Final = frozenset({b"AE", b"AS", b"CS", b"DA", b"DT", b"TM", b"UI"})
_PN_GROUPS: Final = ("Alphabetic", "Ideographic", "Phonetic")
_BULK_URI: Final = '"BulkDataURI":"/'
_KEY_CHARACTERS: Final = len('"00100020":')
_quoted: Final = json.JSONEncoder(ensure_ascii=False).encode


class InstanceJson:
    """Writes the DICOM JSON object of one instance, element by element in order."""

    def __init__(self, *, study_uid: str, series_uid: str, sop_uid: str) -> None:
        self._bulk = f"/studies/{study_uid}/series/{series_uid}/instances/{sop_uid}/bulkdata/"
        self._decoder: Decoder = ASCII
        self._members: dict[int, str] = {}

    def add(self, data_set: bytes) -> None:
        """Write elements in the archive's encoding."""
        self._members |= _members(data_set, 0, len(data_set), self._bulk, self._decoder)
        for element in elements(data_set):
            if element.tag == _SPECIFIC_CHARACTER_SET:
                self._decoder = decoder_for(data_set[element.value_start : element.end])
            elif element.tag > _SPECIFIC_CHARACTER_SET:
                break

    def add_written(self, tag: int, member: str) -> None:
        """Write an element whose member another instance has as well."""
        if member:
            self._members[tag] = member

    def member(self, tag: int) -> str | None:
        """Return what was written of an element for other instances; None for what is this one's own."""
        member = self._members.get(tag, "")
        return None if _BULK_URI in member else member

    def finish(self) -> bytes:
        """Return the object (UTF-8)."""
        members = self._members
        for tag, vr in ALWAYS_PRESENT.items():
            members.setdefault(tag, f'"{tag:08X}":{{"vr":"{vr}"}}')
        return ("{" + ",".join(members[tag] for tag in sorted(members)) + "}").encode("utf-8", "replace")


def series_metadata(instances: Iterable[bytes]) -> bytes:
    """The JSON array of instances that `instance_json` made."""
    return b"[" + b",".join(instances) + b"]"


def with_base_url(metadata: bytes, base_url: str) -> bytes:
    """Metadata whose BulkDataURIs are absolute; `base_url` is the DICOMweb root without a final slash.

    Within a JSON text a quotation mark is always escaped, so the key cannot be met inside a value.
    """
    return metadata.replace(b'"BulkDataURI":"/', b'"BulkDataURI":"' + base_url.encode() + b"/")


def _members(buffer: bytes, start: int, end: int, bulk: str, decoder: Decoder) -> dict[int, str]:
    """The JSON member of each element between two offsets, by tag, in the order of the data set."""
    members: dict[int, str] = {}
    for element in elements(buffer, start, end):
        tag, vr, _, value_start, value_end = element
        if tag & 0xFFFF == 0 or tag & 0xFFFF0000 == _PIXEL_GROUP:
            continue
        if tag == _SPECIFIC_CHARACTER_SET:
            decoder = decoder_for(buffer[value_start:value_end])
        if vr == b"SQ":
            content = _sequence(buffer, element, bulk, decoder)
        elif value_start == value_end:
            content = ""
        else:
            content = _content(buffer[value_start:value_end], tag, vr, bulk, decoder)
        members[tag] = f'"{tag:08X}":{{"vr":"{vr.decode("ascii")}"{content}}}'
    return members


def _sequence(buffer: bytes, element: Element, bulk: str, decoder: Decoder) -> str:
    objects = []
    for number, (start, end) in enumerate(items(buffer, element.value_start, element.end), start=1):
        members = _members(buffer, start, end, f"{bulk}{element.tag:08X}/{number}/", decoder)
        objects.append("{" + ",".join(members.values()) + "}")
    return f',"Value":[{",".join(objects)}]' if objects else ""


def _content(value: bytes, tag: int, vr: bytes, bulk: str, decoder: Decoder) -> str:
    """The rest of a member after its vr: its Value, InlineBinary or BulkDataURI."""
    if vr in _BINARY:
        if len(value) > INLINE_LIMIT_BYTES:
            return f',"BulkDataURI":"{bulk}{tag:08X}"'
        return f',"InlineBinary":"{base64.b64encode(value).decode("ascii")}"'
    if vr in _BULK_TEXT and len(value) > TEXT_LIMIT_BYTES:
        return f',"BulkDataURI":"{bulk}{tag:08X}"'
    values = _VALUES[vr](value, decoder) if vr in _VALUES else _texts(value, decoder)
    return f',"Value":[{values}]' if values else ""


def _texts(value: bytes, decoder: Decoder) -> str:
    return _listed(text.rstrip(" \0") for text in decoder(value).split("\\"))


def _ascii_texts(value: bytes, _: Decoder) -> str:
    return _listed(text.rstrip(" \0") for text in value.decode("latin-1").split("\\"))


def _one_text(value: bytes, decoder: Decoder) -> str:
    text = decoder(value).rstrip(" \0")
    return _quoted(text) if text else ""


def _listed(texts: Iterable[str]) -> str:
    """Texts as JSON values, empty ones as null; nothing at all when every one is empty (F.2.5)."""
    values = list(texts)
    return ",".join(_quoted(text) if text else "null" for text in values) if any(values) else ""


def _decimals(value: bytes, _: Decoder) -> str:
    values = [text.strip(" \0") for text in value.decode("latin-1").split("\\")]
    return ",".join(_number(text) if text else "null" for text in values) if any(values) else ""


def _number(text: str) -> str:
    """A decimal as a JSON number with the digits it was written with; a string when it is none (F.2.3)."""
    if _JSON_NUMBER.fullmatch(text):
        return text
    if not _DECIMAL.fullmatch(text):
        return _quoted(text)
    sign = "-" if text.startswith("-") else ""
    mantissa, mark, exponent = text.lstrip("+-").replace("E", "e").partition("e")
    whole, point, fraction = mantissa.partition(".")
    return sign + (whole.lstrip("0") or "0") + (point + fraction if fraction else "") + mark + exponent


def _names(value: bytes, decoder: Decoder) -> str:
    names = [_name(text) for text in decoder(value, in_name=True).split("\\")]
    return ",".join(name or "null" for name in names) if any(names) else ""


def _name(text: str) -> str:
    groups = zip(_PN_GROUPS, text.rstrip(" \0").split("="), strict=False)
    members = ",".join(f'"{group}":{_quoted(name.rstrip(" "))}' for group, name in groups if name)
    return "{" + members + "}" if members else ""


def _attribute_tags(value: bytes, _: Decoder) -> str:
    pairs = Struct("<HH").iter_unpack(value[: len(value) // 4 * 4])
    return ",".join(f'"{group:04X}{element:04X}"' for group, element in pairs)


def _integers(letter: str) -> Callable[[bytes, Decoder], str]:
    size = Struct("<" + letter).size

    def values(value: bytes, _: Decoder) -> str:
        n_values = len(value) // size
        return ",".join(map(str, Struct(f"<{n_values}{letter}").unpack_from(value)))

    return values


def _floats(letter: str) -> Callable[[bytes, Decoder], str]:
    size = Struct("<" + letter).size

    def values(value: bytes, _: Decoder) -> str:
        n_values = len(value) // size
        return ",".join(map(_float, Struct(f"<{n_values}{letter}").unpack_from(value)))

    return values


def _float(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return '"NaN"' if math.isnan(value) else '"inf"' if value > 0 else '"-inf"'


_VALUES: Final[Mapping[bytes, Callable[[bytes, Decoder], str]]] = {
    **dict.fromkeys(_ASCII_TEXTS, _ascii_texts),
    **dict.fromkeys(_ONE_TEXT, _one_text),
    **{vr: _integers(letter) for vr, letter in _INTEGERS.items()},
    **{vr: _floats(letter) for vr, letter in _FLOATS.items()},
    b"DS": _decimals,
    b"IS": _decimals,
    b"PN": _names,
    b"AT": _attribute_tags,
}


def members_of(instance: bytes) -> dict[int, str]:
    """The members of an `instance_json` object as they are written, by tag."""
    text = instance.decode()
    decoder = json.JSONDecoder()
    members: dict[int, str] = {}
    start = 1
    while start < len(text) - 1:
        _, end = decoder.raw_decode(text, start + _KEY_CHARACTERS)
        members[int(text[start + 1 : start + 9], 16)] = text[start:end]
        start = end + 1
    return members
