"""A DICOMDIR for a folder of DICOM files (PS3.3 Annex F, PS3.10 8): the files stay byte for byte what they are.

pydicom's own FileSet writes each file anew and looks through all of them for each one added; here only the directory is
made, in one pass.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.uid import UID, ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from casebook.dicom.deidentification.trial import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

DIRECTORY: Final = "DICOMDIR"
IN_USE: Final = 0xFFFF
PATIENT_KEYS: Final = ("PatientName", "PatientID")
STUDY_KEYS: Final = ("StudyDate", "StudyTime", "AccessionNumber", "StudyInstanceUID", "StudyID")
SERIES_KEYS: Final = ("Modality", "SeriesInstanceUID", "SeriesNumber", "SeriesDescription")
IMAGE_KEYS: Final = (
    "InstanceNumber",
    "ImageType",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "FrameOfReferenceUID",
    "Rows",
    "Columns",
    "PixelSpacing",
)
_ITEM: Final = Struct("<HHI")
_LONG_HEADER: Final = Struct("<HH2sHI")
_OFFSET: Final = Struct("<I")
_NEXT_AT: Final = _ITEM.size + 8
"""Where the offset of the next record lies in an item: after the headers of the item and of (0004,1400)."""
_LOWER_AT: Final = _ITEM.size + 30
"""The same for (0004,1420), which follows two short elements."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A file of the folder: its name by components (`PT000001`, `ST000001`, ...) and its header.

    `study_label` says what a person looks for in the list of studies. Files of one series follow each other.
    """

    file_id: tuple[str, ...]
    header: Dataset
    study_label: str


@dataclass(slots=True)
class _Record:
    depth: int
    item: bytearray
    next: int | None = None
    lower: int | None = None


def file_id(patient: int, study: int, series: int, image: int) -> tuple[str, ...]:
    """Name a file by its place, in eight characters a component (ISO 9660 level 1; PS3.10 8.2)."""
    return f"PT{patient:06}", f"ST{study:06}", f"SE{series:06}", f"IM{image:06}"


def dicomdir(files: Iterable[Filed], *, file_set_id: str, identity: str) -> bytes:
    """Return the directory of the files; the same files and the same `identity` give the same bytes."""
    uid = UID(f"2.25.{int.from_bytes(hashlib.sha256(identity.encode()).digest()[:16])}")
    records = list(_records(files))
    _link(records)
    head, root_at = _head(file_set_id, uid)
    positions = _positions(records, len(head) + _LONG_HEADER.size)
    roots = [at for record, at in zip(records, positions, strict=True) if record.depth == 0]
    for record in records:
        _OFFSET.pack_into(record.item, _NEXT_AT, 0 if record.next is None else positions[record.next])
        _OFFSET.pack_into(record.item, _LOWER_AT, 0 if record.lower is None else positions[record.lower])
    for place, offset in zip(root_at, (roots[0], roots[-1]) if roots else (0, 0), strict=True):
        _OFFSET.pack_into(head, place, offset)
    body = b"".join(record.item for record in records)
    return bytes(head) + _LONG_HEADER.pack(0x0004, 0x1220, b"SQ", 0, len(body)) + body


def _records(files: Iterable[Filed]) -> Iterator[_Record]:
    """Patient, study, series and image, each where it begins."""
    last: tuple[str, ...] = ()
    for filed in files:
        levels = ("PATIENT", "STUDY", "SERIES", "IMAGE")
        keys = (PATIENT_KEYS, STUDY_KEYS, SERIES_KEYS, IMAGE_KEYS)
        n_same = next((n for n, (a, b) in enumerate(zip(last, filed.file_id, strict=False)) if a != b), len(last))
        for depth in range(n_same, len(levels)):
            yield _Record(depth, _item(_keys(filed, levels[depth], keys[depth])))
        last = filed.file_id


def _keys(filed: Filed, level: str, keys: Sequence[str]) -> Dataset:
    record = Dataset()
    record.OffsetOfTheNextDirectoryRecord = 0
    record.RecordInUseFlag = IN_USE
    record.OffsetOfReferencedLowerLevelDirectoryEntity = 0
    record.DirectoryRecordType = level
    for keyword in ("SpecificCharacterSet", *keys):
        if keyword in filed.header:
            setattr(record, keyword, filed.header[keyword].value)
    _complete(record, filed, level)
    return record


def _complete(record: Dataset, filed: Filed, level: str) -> None:
    """Put in what a record must have and the header need not."""
    header = filed.header
    numbers = [int(component[2:]) for component in filed.file_id]
    if level == "STUDY":
        record.StudyDescription = filed.study_label
        record.StudyID = record.get("StudyID") or str(numbers[1])
        record.StudyDate, record.StudyTime = record.get("StudyDate", ""), record.get("StudyTime", "")
        record.AccessionNumber = record.get("AccessionNumber", "")
    if level == "SERIES":
        record.SeriesNumber = numbers[2] if record.get("SeriesNumber") is None else record.SeriesNumber
    if level == "IMAGE":
        record.InstanceNumber = numbers[3] if record.get("InstanceNumber") is None else record.InstanceNumber
        record.ReferencedFileID = list(filed.file_id)
        record.ReferencedSOPClassUIDInFile = header.SOPClassUID
        record.ReferencedSOPInstanceUIDInFile = header.SOPInstanceUID
        record.ReferencedTransferSyntaxUIDInFile = header.file_meta.TransferSyntaxUID


def _item(record: Dataset) -> bytearray:
    out = _stream()
    write_dataset(out, record)
    body = out.getvalue()
    return bytearray(_ITEM.pack(0xFFFE, 0xE000, len(body)) + body)


def _link(records: Sequence[_Record]) -> None:
    """Let each record know the next one beside it and the first one below it, by their places."""
    last_at: dict[int, int] = {}
    for place, record in enumerate(records):
        if record.depth in last_at:
            records[last_at[record.depth]].next = place
        elif record.depth:
            records[last_at[record.depth - 1]].lower = place
        last_at = {depth: at for depth, at in last_at.items() if depth < record.depth} | {record.depth: place}


def _positions(records: Iterable[_Record], start: int) -> list[int]:
    positions = []
    for record in records:
        positions.append(start)
        start += len(record.item)
    return positions


def _head(file_set_id: str, uid: UID) -> tuple[bytearray, tuple[int, int]]:
    """Return everything before the records, and where the offsets of the first and the last root record lie."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    meta.MediaStorageSOPInstanceUID = uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    file_set = Dataset()
    file_set.FileSetID = file_set_id
    before = _stream()
    before.write(b"\0" * 128 + b"DICM")
    write_file_meta_info(before, meta)
    write_dataset(before, file_set)
    n_before = before.tell()
    roots = Dataset()
    roots.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = 0
    roots.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity = 0
    roots.FileSetConsistencyFlag = 0
    write_dataset(before, roots)
    return bytearray(before.getvalue()), (n_before + _ITEM.size, n_before + 2 * _ITEM.size + _OFFSET.size)


def _stream() -> DicomBytesIO:
    out = DicomBytesIO()
    out.is_little_endian, out.is_implicit_VR = True, False
    return out
