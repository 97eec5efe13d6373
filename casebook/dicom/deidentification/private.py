"""Safe private elements: found by their creator wherever its block lies, kept when they hold what they should."""

import struct
from collections.abc import Mapping
from typing import Any, Final

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag

from casebook.dicom.deidentification import values
from casebook.dicom.deidentification.profile import PrivateRule, Profile

_FIRST_BLOCK: Final = 0x10
_LAST_BLOCK: Final = 0xFF
_PACKED: Final[Mapping[str, str]] = {"FD": "d", "FL": "f"}
_SMALLEST: Final = 1e-9
"""A number below this is rounding noise, or other bytes read as a number: it is written as 0."""


def is_creator(tag: int) -> bool:
    """Whether a private tag reserves a block."""
    return _FIRST_BLOCK <= tag & 0xFFFF <= _LAST_BLOCK


def creator_tag(tag: int) -> BaseTag:
    """Where the creator of a private element's block is named."""
    return BaseTag((tag & 0xFFFF0000) | ((tag & 0xFFFF) >> 8))


def rule_for(ds: Dataset, tag: int, profile: Profile) -> PrivateRule | None:
    """The rule of a safe private element, or None."""
    if tag & 0xFFFF < _FIRST_BLOCK << 8:
        return None
    creator = _creator(ds, creator_tag(tag))
    rules = profile.private.get((tag >> 16, creator))
    return None if rules is None else rules.get(tag & 0xFF)


def _creator(ds: Dataset, tag: BaseTag) -> str:
    if tag not in ds:
        return ""
    try:
        value = ds[tag].value
    except Exception:  # noqa: BLE001 - a creator whose bytes pydicom cannot read is not a known one
        return ""
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
    return text.strip(" \0")


def safe_element(element: DataElement, rule: PrivateRule, words: frozenset[str]) -> DataElement | None:
    """The element in its proper VR, or None where it holds something else."""
    found = _values(element, rule)
    if not found:
        return None
    if rule.vr == "CS":
        texts = [str(value).strip() for value in found]
        if not all(values.technical(text, words) for text in texts):
            return None
        return DataElement(element.tag, rule.vr, texts if len(texts) > 1 else texts[0])
    try:
        numbers = [_snapped(float(value)) for value in found]
    except (TypeError, ValueError):
        return None
    if not all(rule.lowest <= number <= rule.highest for number in numbers):
        return None
    written = [str(int(n)) if rule.vr == "IS" else f"{n:.10g}" for n in numbers]
    kept: list[Any] = written if rule.vr in {"IS", "DS"} else list(numbers)
    return DataElement(element.tag, rule.vr, kept if len(kept) > 1 else kept[0])


def _snapped(number: float) -> float:
    return 0.0 if abs(number) < _SMALLEST else number


def _values(element: DataElement, rule: PrivateRule) -> list[Any]:
    value = element.value
    if isinstance(value, bytes):
        return _unpacked(value, rule.vr)
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, MultiValue | list) else [value]


def _unpacked(raw: bytes, vr: str) -> list[Any]:
    letter = _PACKED.get(vr)
    if letter is None:
        return [part for part in raw.decode("ascii", "replace").strip(" \0").split("\\") if part]
    size = struct.calcsize(letter)
    if len(raw) % size:
        return []
    return list(struct.unpack(f"<{len(raw) // size}{letter}", raw))
