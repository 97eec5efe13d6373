"""Values of elements as pydicom decodes them, each once for equal bytes; the data set keeps what it was read from.

Files of one series repeat most of their headers. What is handed out is shared: to be read, never to be changed.
"""

from collections.abc import MutableSequence
from functools import lru_cache
from typing import Any, Final

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement, convert_raw_data_element
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

PIXEL_REPRESENTATION: Final = 0x00280103
"""Decoded in its place: pydicom notes it for elements whose VR depends on it."""
LONGEST_REMEMBERED_BYTES: Final = 512
N_REMEMBERED: Final = 8192
_CHARACTER_SET: Final = 0x00080005


@lru_cache(maxsize=N_REMEMBERED)
def tag_of(number: int) -> BaseTag:
    """The tag, the same object each time: looking one up by an equal one costs ten times as much."""
    return BaseTag(number)


def value_of(ds: Dataset, tag: BaseTag) -> Any:
    """The value of an element, None where it is absent. Raises whatever pydicom finds wrong with its bytes."""
    raw: DataElement | RawDataElement | None = ds._dict.get(tag)  # noqa: SLF001 - get_item takes ten times as long
    if raw is None:
        return None
    if not isinstance(raw, RawDataElement) or len(raw.value or b"") > LONGEST_REMEMBERED_BYTES:
        return ds[tag].value
    vr = known_vr(raw)
    if vr is None or vr == "SQ":
        return ds[tag].value
    return _decoded(tag, vr, raw.value, raw.is_implicit_VR, raw.is_little_endian, encodings(ds))


def known_vr(raw: RawDataElement) -> str | None:
    """The VR of a public element; None where pydicom looks at other elements to know it, or for them at this one."""
    tag = int(raw.tag)
    if tag >> 16 & 1 or tag in {PIXEL_REPRESENTATION, _CHARACTER_SET}:
        return None
    vr = raw.VR or _vr_of(tag)
    return vr if vr != "UN" and len(vr) == 2 else None  # noqa: PLR2004 - not "US or SS" and the like


def encodings(ds: Dataset) -> tuple[str, ...]:
    """The character sets that the texts of a data set are read in."""
    found: str | MutableSequence[str] = ds.original_character_set or ds._character_set  # noqa: SLF001 - as pydicom itself
    return (found,) if isinstance(found, str) else tuple(found)


@lru_cache(maxsize=N_REMEMBERED)
def _vr_of(tag: int) -> str:
    try:
        return dictionary_VR(tag)
    except KeyError:
        return "UN"


@lru_cache(maxsize=N_REMEMBERED)
def _decoded(
    tag: BaseTag,
    vr: str,
    value: bytes | None,
    is_implicit: bool,  # noqa: FBT001
    is_little: bool,  # noqa: FBT001
    encodings: tuple[str, ...],
) -> Any:
    raw = RawDataElement(tag, vr, len(value or b""), value, 0, is_implicit, is_little)
    return convert_raw_data_element(raw, encoding=list(encodings)).value
