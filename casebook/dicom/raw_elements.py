"""A pydicom data set from the elements that the walk found, without reading the file a second time.

Only what was checked is handed over, as pydicom's own reader would: raw, to be decoded when it is asked for.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from pydicom.dataelem import DataElement, RawDataElement, empty_value_for_VR
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.tag import BaseTag
from pydicom.valuerep import VR

from casebook.dicom.raw_values import tag_of
from casebook.dicom.structure import Buffer, Encoding, Found

_NAMES: Final = {vr.encode("ascii"): str(vr) for vr in VR if len(vr) == 2}  # noqa: PLR2004 - not "US or SS" and the like


def data_set(
    source: Path, data: Buffer, elements: Iterable[Found], encoding: Encoding, *, meta: Mapping[int, bytes]
) -> FileDataset | None:
    """Build the data set of a file; None where a VR is one that pydicom reads in its own way.

    `meta` are UIDs of the file meta information, as they are written.
    """
    raw: dict[BaseTag, DataElement | RawDataElement] = {}
    for tag, vr, start, end in elements:
        name = None if encoding.is_implicit else _NAMES.get(vr)
        if name is None and (vr or not encoding.is_implicit):
            return None
        key, length = tag_of(tag), end - start
        value = bytes(data[start:end]) if length else _empty(name)
        raw[key] = RawDataElement(key, name, length, value, start, encoding.is_implicit, encoding.is_little)
    ds = FileDataset(source, Dataset(raw), None, _meta(meta), encoding.is_implicit, encoding.is_little)
    character_set = ds._character_set  # noqa: SLF001 - what pydicom's own reader asks for
    ds.set_original_encoding(encoding.is_implicit, encoding.is_little, character_set)
    return ds


def _meta(values: Mapping[int, bytes]) -> FileMetaDataset:
    meta = FileMetaDataset()
    for tag, value in sorted(values.items()):
        key = tag_of(tag)
        meta[key] = RawDataElement(key, "UI", len(value), value, 0, is_implicit_VR=False, is_little_endian=True)
    return meta


@cache
def _empty(vr: str | None) -> bytes | None:
    value = empty_value_for_VR(vr, raw=True)
    return value if isinstance(value, bytes) else None
