"""Text of headers whose character set is absent, wrong or broken off: best effort, never an exception.

Facts and searches for identity read text through this module; the bytes of the file are not changed by it.
"""

from collections.abc import Sequence
from typing import Any, Final

from pydicom import Dataset
from pydicom.charset import convert_encodings, decode_bytes
from pydicom.dataelem import RawDataElement

UNDECLARED: Final = ("ascii", "utf-8", "cp932", "euc_jp", "gb18030")
"""What to try on bytes that their declared character set cannot explain: Japanese senders first."""
_DELIMITERS: Final = {ord(mark) for mark in "\\\n\r\t\f"}
_C1_CONTROLS: Final = frozenset(range(0x80, 0xA0))
_SPECIFIC_CHARACTER_SET: Final = 0x00080005


def text(ds: Dataset, keyword: str) -> str:
    """A text element as readable text, "" where it is absent."""
    return text_of(ds.get_item(keyword), declared=declared_character_sets(ds))


def declared_character_sets(ds: Dataset) -> tuple[str, ...]:
    """The values of (0008,0005), without padding; empty where none is declared."""
    element: Any = ds.get_item(_SPECIFIC_CHARACTER_SET)
    value: Any = getattr(element, "value", None)
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace").split("\\")
    values = [value] if isinstance(value, str) else list(value or ())
    return tuple(str(one).strip(" \0") for one in values)


def text_of(element: Any, *, declared: Sequence[str]) -> str:
    """The text of a raw or decoded element."""
    if element is None or element.value is None:
        return ""
    if isinstance(element, RawDataElement) or isinstance(element.value, bytes):
        return decode(element.value or b"", declared=declared)
    value = element.value
    joined = str(value) if isinstance(value, str) or not isinstance(value, Sequence) else "\\".join(map(str, value))
    return joined.strip(" \0")


def decode(raw: bytes, *, declared: Sequence[str]) -> str:
    """Bytes of a text element as text; U+FFFD stands for what no character set explains."""
    raw = raw.strip(b" \0")
    if raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii")
    for attempt in (_declared(raw, declared), *(_strictly(raw, one) for one in UNDECLARED)):
        if attempt is not None:
            return attempt
    return raw.decode("latin-1" if b"\x1b" not in raw else "iso2022_jp_2", "replace")


def _declared(raw: bytes, declared: Sequence[str]) -> str | None:
    """The text by the declared sets, when they explain every byte and say something about non-ASCII at all."""
    if not any(declared):
        return None
    try:
        decoded = decode_bytes(raw, convert_encodings(list(declared)), _DELIMITERS)
    except Exception:  # noqa: BLE001  # an unknown or malformed declaration fails in many ways
        return None
    return None if "\ufffd" in decoded or _is_mojibake(raw, declared) else decoded


def _is_mojibake(raw: bytes, declared: Sequence[str]) -> bool:
    """Whether bytes declared as Latin-1 are C1 controls, which no text holds: another set was meant."""
    return set(declared) == {"ISO_IR 100"} and not _C1_CONTROLS.isdisjoint(raw)


def _strictly(raw: bytes, encoding: str) -> str | None:
    try:
        decoded = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\x1b" in decoded else decoded
