"""A data set that is written to a file of ours while it comes, in the DICOM File Format (PS3.10 7.1)."""

import tempfile
from pathlib import Path

from casebook.dicom.deidentification.trial import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from casebook.dicom.explicit_le import encoded_element

PREAMBLE = bytes(128) + b"DICM"


class ReceivedFile:
    """What pynetdicom writes the fragments of a data set to.

    Writing never raises: what cannot be kept is told by `failure` when all of it has come, so that the sender gets an
    answer and not an abort.
    """

    def __init__(self, folder: Path, head: bytes, *, max_bytes: int) -> None:
        self.failure: str | None = None
        self.n_bytes = 0
        self._max_bytes = max_bytes
        descriptor, self.name = tempfile.mkstemp(suffix=".dcm", dir=folder)
        self._file = open(descriptor, "wb")  # noqa: SIM115, PTH123 - closed by `close`
        self.write(head)

    @property
    def file(self) -> "ReceivedFile":
        """What pynetdicom flushes after each fragment."""
        return self

    def write(self, data: bytes) -> int:
        """Take a fragment."""
        self.n_bytes += len(data)
        if self.failure is None and self.n_bytes > self._max_bytes:
            self.failure = "too-large"
        if self.failure is None:
            try:
                self._file.write(data)
            except OSError:
                self.failure = "no-space"
        return len(data)

    def flush(self) -> None:
        """Nothing: a fragment need not be on disk before the next one comes."""

    def close(self) -> None:
        """End writing; safe to repeat."""
        try:
            self._file.close()
        except OSError:
            self.failure = "no-space"


def head(*, sop_class_uid: str, sop_uid: str, transfer_syntax_uid: str) -> bytes:
    """Return what stands before a data set in a file; the same for the same object, whoever sends it and when."""
    elements = (
        (0x00020001, b"OB", b"\x00\x01"),
        (0x00020002, b"UI", _padded(sop_class_uid, "\0")),
        (0x00020003, b"UI", _padded(sop_uid, "\0")),
        (0x00020010, b"UI", _padded(transfer_syntax_uid, "\0")),
        (0x00020012, b"UI", _padded(IMPLEMENTATION_CLASS_UID, "\0")),
        (0x00020013, b"SH", _padded(IMPLEMENTATION_VERSION_NAME, " ")),
    )
    meta = b"".join(encoded_element(*element) for element in elements)
    return PREAMBLE + encoded_element(0x00020000, b"UL", len(meta).to_bytes(4, "little")) + meta


def _padded(text: str, padding: str) -> bytes:
    """A value of even length (PS3.5 6.2)."""
    return (text + padding * (len(text) % 2)).encode("iso8859-1")
