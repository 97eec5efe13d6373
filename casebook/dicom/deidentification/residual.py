"""The patient's own words and numbers, looked for in everything that remains."""

from collections.abc import Iterator
from typing import Final

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from casebook.dicom.deidentification.codes import MACRO
from casebook.dicom.deidentification.identity import Tokens, holds_token
from casebook.dicom.deidentification.profile import profile
from casebook.dicom.deidentification.treatments import parts_of
from casebook.dicom.deidentification.trial import WRITTEN_TAGS

_SEARCHED_VRS: Final = frozenset(
    "AE AS CS DA DS DT IS LO LT PN SH ST UC UI UN UR UT".split()  # noqa: SIM905 - reads as a list of VRs
)


def residual_tokens(ds: Dataset, tokens: Tokens) -> list[str]:
    """The paths of the elements, at any depth, in which a word or number of the patient stands.

    Not searched: what the plan wrote, times of day, and coded concepts with the standard's own meaning. In a
    coded string a word of the technical vocabulary is that word, even for a patient of that name.
    """
    return list(_found(ds, tokens.patient, tokens.patient - profile().words, ""))


def _found(ds: Dataset, tokens: frozenset[str], in_terms: frozenset[str], prefix: str) -> Iterator[str]:
    for element in ds:
        number = int(element.tag)
        path = f"{prefix}{number:08X}"
        if element.VR == "SQ":
            for item in element.value or ():
                yield from _found(item, tokens, in_terms, f"{path}/")
        elif number in MACRO or (not prefix and element.tag in WRITTEN_TAGS):
            continue
        elif _holds(element, in_terms if element.VR == "CS" else tokens):
            yield path


def _holds(element: DataElement, tokens: frozenset[str]) -> bool:
    return element.VR in _SEARCHED_VRS and any(holds_token(str(part), tokens) for part in parts_of(element))
