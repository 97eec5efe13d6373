"""What the sender of an object is told (PS3.4 B.2.3): a status, and what to do in at most 64 characters (VR LO)."""

from collections.abc import Mapping
from typing import Final

from pydicom.dataset import Dataset

from casebook.actions.dicom_status import CANNOT_UNDERSTAND, DATA_SET_MISMATCH, OUT_OF_RESOURCES, failure_reason
from casebook.actions.intake import Receipt
from casebook.actions.intake_judgement import HoldCode, ReceiptOutcome
from casebook.dicom.deidentification import HoldCode as Held
from casebook.dicom.refusals import RefusalCode

SUCCESS: Final = 0x0000
CLASS_NOT_SUPPORTED: Final = 0x0122
NOT_AUTHORISED: Final = 0x0124
LONGEST_COMMENT: Final = 64

ANNOUNCE_FIRST: Final = "announce the delivery first (Casebook, Uploads)"
NO_SUCH_TARGET: Final = "no such trial subject or timepoint: announce the delivery first"
SENDER_DISABLED: Final = "this sender was disabled: ask the data centre"
SEND_AGAIN: Final = "nothing was stored: send again later"
TOO_LARGE: Final = "larger than any object this system takes"
HELD: Final = "held for a person's decision: do not send again"

COMMENTS: Final[Mapping[str, str]] = {
    HoldCode.OTHER_BYTES: "UID is archived with other content; nothing was overwritten",
    HoldCode.OTHER_PATIENT: "names another patient than earlier images: check whose it is",
    HoldCode.OTHER_PLACE: "study is archived elsewhere: check subject and timepoint",
    HoldCode.TWO_STUDIES: "series is archived in another study: export the study again",
    RefusalCode.UID_MISMATCH: "object and message name different UIDs: export again",
    RefusalCode.UID_MISSING: "a UID is missing in the object: export again",
    RefusalCode.UID_INVALID: "a UID of the object is not valid: export again",
    RefusalCode.TOO_LARGE: TOO_LARGE,
    RefusalCode.TRUNCATED: "object ends too early: send again from the source",
    Held.UNKNOWN_CLASS: "SOP class is not of use to the study: do not send it",
}
SUPPORTED_NOT: Final = frozenset({str(Held.UNKNOWN_CLASS)})
OTHERWISE: Final[Mapping[int, str]] = {
    OUT_OF_RESOURCES: "took more memory or time than one object may: export again",
    DATA_SET_MISMATCH: "object does not fit its class or UID: export again",
}
UNREADABLE: Final = "object could not be read: export the series again"


def status_of(receipt: Receipt) -> Dataset:
    """Return the status of an object that was looked at."""
    if receipt.outcome is not ReceiptOutcome.QUARANTINED:
        return status(SUCCESS)
    code = str(receipt.code)
    if code in SUPPORTED_NOT:
        return status(CLASS_NOT_SUPPORTED, COMMENTS[code])
    word = failure_reason(code)
    if word not in {OUT_OF_RESOURCES, DATA_SET_MISMATCH}:
        word = CANNOT_UNDERSTAND
    return status(word, COMMENTS.get(code) or _otherwise(word, code))


def _otherwise(word: int, code: str) -> str:
    return HELD if code in {str(one) for one in Held} else OTHERWISE.get(word, UNREADABLE)


def status(word: int, comment: str = "") -> Dataset:
    """Return a status with its comment."""
    answer = Dataset()
    answer.Status = word
    if comment:
        answer.ErrorComment = comment[:LONGEST_COMMENT]
    return answer
