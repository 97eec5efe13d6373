"""What the study key makes of an identifier: the same answer in every process, not reversible without the key."""

import base64
import hmac
from dataclasses import dataclass, field
from typing import Final

from pydicom._uid_dict import UID_dictionary

SHORTEST_SHIFT_DAYS: Final = 32
"""No subject's dates move by less than a month, so that no archived date is near the true one."""

LONGEST_SHIFT_DAYS: Final = 3652
"""Ten years: every shifted date is in the past and, for a living patient, in the age of digital imaging."""

WELL_KNOWN_UIDS: Final = frozenset(UID_dictionary)
"""The UIDs of the standard itself: classes, syntaxes, frames of reference."""

_UID_BYTES: Final = 16
_ACCESSION_BYTES: Final = 10  # 16 characters of base 32: the whole length of an SH
_ID_BYTES: Final = 5


def _digest(key: bytes, purpose: str, *parts: str) -> bytes:
    message = "\0".join((purpose, *parts)).encode("utf-8", "surrogatepass")
    return hmac.digest(key, message, "sha256")


def keyed_uid(key: bytes, uid: str) -> str:
    """The archive's UID for a source UID: `2.25.` and 128 keyed bits; well-known UIDs are their own.

    The subject takes no part: one source object has one archived UID whoever it was sent for, so that a
    file sent under two subjects is noticed.
    """
    if not uid or uid in WELL_KNOWN_UIDS:
        return uid
    return f"2.25.{int.from_bytes(_digest(key, 'uid', uid)[:_UID_BYTES], 'big')}"


def keyed_accession(key: bytes, subject_label: str, accession: str) -> str:
    """An accession number of 16 characters; two subjects never share one."""
    if not accession:
        return ""
    return base64.b32encode(_digest(key, "accession", subject_label, accession)[:_ACCESSION_BYTES]).decode()


def keyed_id(key: bytes, text: str) -> str:
    """A short identifier of 8 characters for a label that only has to be equal to itself."""
    return base64.b32encode(_digest(key, "id", text)[:_ID_BYTES]).decode()


def date_shift_days(key: bytes, subject_label: str) -> int:
    """The whole days that every date of this subject moves: between -3652 and -32, never 0.

    Forms that leave the registry are shifted by the same number.
    """
    span = LONGEST_SHIFT_DAYS - SHORTEST_SHIFT_DAYS + 1
    drawn = int.from_bytes(_digest(key, "days", subject_label)[:8], "big") % span
    return -(SHORTEST_SHIFT_DAYS + drawn)


def seal(key: bytes, subject_label: str, *identity: str) -> str:
    """A mark that only the holder of the key can write, for one subject and one archived object."""
    return _digest(key, "seal", subject_label, *identity).hex()[:32]


@dataclass(slots=True)
class Keyed:
    """The keyed replacements of one pass; when `is_done` the values are our own already and stay."""

    key: bytes
    subject_label: str
    is_done: bool = False
    shift_days: int = field(init=False)
    _uids: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.shift_days = 0 if self.is_done else date_shift_days(self.key, self.subject_label)

    def uid(self, uid: str) -> str:
        """The archive's UID; remembered for the pass, because frames repeat their references."""
        if self.is_done and uid.startswith("2.25."):
            return uid
        found = self._uids.get(uid)
        if found is None:
            found = self._uids[uid] = keyed_uid(self.key, uid)
        return found

    def accession(self, accession: str) -> str:
        """The archive's accession number."""
        return accession if self.is_done else keyed_accession(self.key, self.subject_label, accession)

    def short_id(self, text: str) -> str:
        """The archive's short identifier."""
        return text if self.is_done else keyed_id(self.key, text)
