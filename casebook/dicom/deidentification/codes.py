"""Coded concepts: kept when the code is a known one, with the standard's meaning instead of the sender's."""

from typing import Final

from pydicom.dataset import Dataset

from casebook.dicom.deidentification.identity import text_of
from casebook.dicom.deidentification.profile import Code, Profile

MACRO: Final = range(0x00080100, 0x00080124)
"""The tags of the Code Sequence Macro (PS3.3 8.8)."""

_VALUES: Final = ("CodeValue", "LongCodeValue", "URNCodeValue")
_SAME_SCHEME: Final = {"SNM3": "SRT", "99SDM": "SRT", "SNOMED": "SRT", "SNOMED-CT": "SCT"}


def is_coded(ds: Dataset) -> bool:
    """Whether a sequence item is a coded concept."""
    return any(keyword in ds for keyword in _VALUES)


def known_code(ds: Dataset, profile: Profile) -> Code | None:
    """The concept an item names, or None for one that the profile does not know (local codes among them)."""
    value = next((text_of(ds, keyword) for keyword in _VALUES if keyword in ds), "")
    scheme = text_of(ds, "CodingSchemeDesignator")
    scheme = _SAME_SCHEME.get(scheme, scheme)
    meaning = profile.codes.get((scheme, value))
    return None if meaning is None else Code(value, scheme, meaning)


def write_code(ds: Dataset, code: Code) -> None:
    """Value, scheme and meaning, and nothing else of the macro."""
    ds.CodeValue = code.value
    ds.CodingSchemeDesignator = code.scheme
    ds.CodeMeaning = code.meaning
