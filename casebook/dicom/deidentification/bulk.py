"""Blocks of data that belong to an image, kept only where the header accounts for every byte of them."""

from typing import Final

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from casebook.dicom.deidentification.pixels import image_only, n_image_bytes, whole_number
from casebook.dicom.deidentification.treatments import parts_of

_BULK_VRS: Final = frozenset({"OB", "OW", "OF", "OD", "OV", "OL", "US", "SS", "US or OW"})
_PIXEL_DATA: Final = 0x7FE00010
_FLOAT_PIXEL_DATA: Final = 0x7FE00008
_DOUBLE_PIXEL_DATA: Final = 0x7FE00009
_OFFSET_TABLES: Final = frozenset({0x7FE00001, 0x7FE00002})
_LUT_DATA: Final = 0x00283006
_LUT_DESCRIPTOR: Final = 0x00283002
_PALETTE_DATA: Final = range(0x00281201, 0x00281204)
_PALETTE_DESCRIPTOR_BEFORE: Final = 0x100
_OFFSET_BYTES: Final = 8
_BYTE_BITS: Final = 8
_ENTRIES_WRITTEN_AS_0: Final = 65536
_DESCRIPTOR_VALUES: Final = 3


def bulk(element: DataElement, before: Dataset, *, is_encapsulated: bool) -> DataElement | None:
    """The block, trimmed to the image where it is the image; None for one the header does not account for.

    `before` holds the elements of the same dataset that stay and come before this one.
    """
    if element.VR not in _BULK_VRS:
        return None
    if int(element.tag) == _PIXEL_DATA:
        return image_only(element, before, is_encapsulated=is_encapsulated)
    return element if _n_bytes(element) in _expected(element, before, is_encapsulated=is_encapsulated) else None


def _expected(element: DataElement, before: Dataset, *, is_encapsulated: bool) -> frozenset[int]:
    tag = int(element.tag)
    if tag in _OFFSET_TABLES:
        n_frames = whole_number(before, "NumberOfFrames", default=1)
        return frozenset({_OFFSET_BYTES * n_frames} if is_encapsulated and n_frames else ())
    if tag in {_FLOAT_PIXEL_DATA, _DOUBLE_PIXEL_DATA}:
        n_bytes = n_image_bytes(before)
        return frozenset() if n_bytes is None else frozenset({n_bytes})
    if tag == _LUT_DATA:
        return _table_bytes(before, _LUT_DESCRIPTOR)
    if tag in _PALETTE_DATA and before.get("PhotometricInterpretation") == "PALETTE COLOR":
        return _table_bytes(before, tag - _PALETTE_DESCRIPTOR_BEFORE)
    return frozenset()


def _table_bytes(before: Dataset, descriptor: int) -> frozenset[int]:
    """Lengths of a lookup table: one byte or one word an entry, padded to an even length (PS3.3 C.11.1.1.1)."""
    values = parts_of(before[descriptor]) if descriptor in before else []
    if len(values) != _DESCRIPTOR_VALUES:
        return frozenset()
    n_entries = int(values[0]) % _ENTRIES_WRITTEN_AS_0 or _ENTRIES_WRITTEN_AS_0
    words = frozenset({n_entries * 2})
    return words if int(values[2]) > _BYTE_BITS else words | {n_entries + n_entries % 2}


def _n_bytes(element: DataElement) -> int:
    value = element.value
    if isinstance(value, bytes):
        return len(value)
    return 2 * (len(value) if hasattr(value, "__len__") else 1)
