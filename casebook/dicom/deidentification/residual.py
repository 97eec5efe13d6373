"""The patient's own words and numbers, looked for in everything that remains."""

from collections.abc import Iterator
from typing import Final

from pydicom.dataset import Dataset

from casebook.dicom.deidentification.identity import holds_token
from casebook.dicom.deidentification.treatments import parts_of

_SEARCHED_VRS: Final = frozenset(
    {"AE", "AS", "CS", "DA", "DT", "IS", "DS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"}
)


def residual_tokens(ds: Dataset, tokens: frozenset[str]) -> list[str]:
    """The paths of the elements in which one of the tokens stands, at any depth."""
    return list(_found(ds, tokens, ""))


def _found(ds: Dataset, tokens: frozenset[str], prefix: str) -> Iterator[str]:
    for element in ds:
        path = f"{prefix}{int(element.tag):08X}"
        if element.VR == "SQ":
            for item in element.value or ():
                yield from _found(item, tokens, f"{path}/")
        elif element.VR in _SEARCHED_VRS and any(holds_token(str(v), tokens) for v in parts_of(element)):
            yield path
