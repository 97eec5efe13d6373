"""Coded concepts: kept when the code is a known one, with the standard's meaning instead of the sender's."""

from typing import Final

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from casebook.dicom.deidentification.identity import text_of
from casebook.dicom.deidentification.profile import Code, Profile
from casebook.dicom.raw_values import tag_of

MACRO: Final = range(0x00080100, 0x00080124)
"""The tags of the Code Sequence Macro (PS3.3 8.8)."""

_CODE_VALUE: Final = tag_of(0x00080100)
_CODING_SCHEME: Final = tag_of(0x00080102)
_CODE_MEANING: Final = tag_of(0x00080104)
_LONG_CODE_VALUE: Final = tag_of(0x00080119)
_URN_CODE_VALUE: Final = tag_of(0x00080120)
_VALUES: Final = (_CODE_VALUE, _LONG_CODE_VALUE, _URN_CODE_VALUE)
_VALUE_KEYWORDS: Final = ("CodeValue", "LongCodeValue", "URNCodeValue")
_SAME_SCHEME: Final = {"SNM3": "SRT", "99SDM": "SRT", "SNOMED": "SRT", "SNOMED-CT": "SCT"}


def is_coded(ds: Dataset) -> bool:
    """Whether a sequence item is a coded concept."""
    tags = ds.keys()
    return any(tag in tags for tag in _VALUES)


def known_code(ds: Dataset, profile: Profile) -> Code | None:
    """The concept an item names, or None for one that the profile does not know (local codes among them)."""
    value = next((text for keyword in _VALUE_KEYWORDS if (text := text_of(ds, keyword))), "")
    scheme = text_of(ds, "CodingSchemeDesignator")
    scheme = _SAME_SCHEME.get(scheme, scheme)
    meaning = profile.codes.get((scheme, value))
    return None if meaning is None else Code(value, scheme, meaning)


def code_elements(code: Code) -> dict[BaseTag, DataElement]:
    """Value, scheme and meaning, and nothing else of the macro."""
    return {
        _CODE_VALUE: DataElement(_CODE_VALUE, "SH", code.value),
        _CODING_SCHEME: DataElement(_CODING_SCHEME, "SH", code.scheme),
        _CODE_MEANING: DataElement(_CODE_MEANING, "LO", code.meaning),
    }
