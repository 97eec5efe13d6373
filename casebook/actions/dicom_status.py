"""The status word of a quarantined object, as senders are told by DICOMweb (0008,1197) and DIMSE (PS3.7 C)."""

from collections.abc import Mapping
from typing import Final

from casebook.actions.intake_judgement import HoldCode
from casebook.dicom.refusals import RefusalCode

PROCESSING_FAILURE: Final = 0x0110
DUPLICATE_INSTANCE: Final = 0x0111
OUT_OF_RESOURCES: Final = 0xA700
DATA_SET_MISMATCH: Final = 0xA900
CANNOT_UNDERSTAND: Final = 0xC000
SYNTAX_NOT_SUPPORTED: Final = 0xC122

OTHER_STUDY: Final = "other-study"
"""The object is not of the study that the address names."""

REASONS: Final[Mapping[str, int]] = {
    RefusalCode.UNKNOWN_TRANSFER_SYNTAX: SYNTAX_NOT_SUPPORTED,
    RefusalCode.UID_MISSING: DATA_SET_MISMATCH,
    RefusalCode.UID_INVALID: DATA_SET_MISMATCH,
    RefusalCode.UID_MISMATCH: DATA_SET_MISMATCH,
    RefusalCode.TOO_LARGE: OUT_OF_RESOURCES,
    RefusalCode.INFLATES_TOO_FAR: OUT_OF_RESOURCES,
    HoldCode.OTHER_BYTES: DUPLICATE_INSTANCE,
    HoldCode.OTHER_PATIENT: DATA_SET_MISMATCH,
    HoldCode.OTHER_PLACE: DATA_SET_MISMATCH,
    HoldCode.TWO_STUDIES: DATA_SET_MISMATCH,
    OTHER_STUDY: DATA_SET_MISMATCH,
    "too-much-memory": OUT_OF_RESOURCES,
    "took-too-long": OUT_OF_RESOURCES,
}
_UNREADABLE: Final = frozenset(str(code) for code in RefusalCode) | {"unreadable", "reader-died"}


def failure_reason(code: str | None) -> int:
    """Return the status word for a reason of the quarantine."""
    said = str(code)
    return REASONS.get(said, CANNOT_UNDERSTAND if said in _UNREADABLE else PROCESSING_FAILURE)
