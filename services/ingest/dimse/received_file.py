"""A data set that is written to a file of ours while it comes, in the DICOM File Format (PS3.10 7.1)."""

import tempfile
from pathlib import Path

from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import UID

from casebook.dicom.deidentification.trial import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

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
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = UID(sop_class_uid)
    meta.MediaStorageSOPInstanceUID = UID(sop_uid)
    meta.TransferSyntaxUID = UID(transfer_syntax_uid)
    meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    buffer = DicomBytesIO()
    buffer.write(PREAMBLE)
    write_file_meta_info(buffer, meta, enforce_standard=True)
    return buffer.getvalue()
