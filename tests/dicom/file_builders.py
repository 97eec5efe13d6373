"""Small DICOM files for tests, well-formed or broken on purpose."""

import struct
import zlib
from pathlib import Path
from typing import Any

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, MRImageStorage

STUDY = "1.2.826.0.1.3680043.8.498.1"
SERIES = "1.2.826.0.1.3680043.8.498.2"
INSTANCE = "1.2.826.0.1.3680043.8.498.3"


def a_header(**elements: Any) -> Dataset:
    """An MR header without pixels; keywords replace or, with None, remove elements."""
    ds = Dataset()
    ds.SOPClassUID = MRImageStorage
    ds.SOPInstanceUID = INSTANCE
    ds.StudyInstanceUID = STUDY
    ds.SeriesInstanceUID = SERIES
    ds.Modality = "MR"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M"]
    ds.PatientName = "Yamada^Tarou"
    ds.PatientID = "12345"
    return changed(ds, **elements)


def an_image(**elements: Any) -> Dataset:
    """An MR image of 4 x 6 pixels of 16 bits; keywords replace or, with None, remove elements."""
    ds = a_header()
    ds.Rows, ds.Columns = 4, 6
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 12, 11
    ds.PixelRepresentation = 0
    ds.PixelData = bytes(4 * 6 * 2)
    ds["PixelData"].VR = "OW"
    return changed(ds, **elements)


def a_ct(**elements: Any) -> Dataset:
    """The same as a CT."""
    return an_image(**{"SOPClassUID": CTImageStorage, "Modality": "CT"} | elements)


def changed(ds: Dataset, **elements: Any) -> Dataset:
    for keyword, value in elements.items():
        if value is None:
            if keyword in ds:
                delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    return ds


def part_10(ds: Dataset, transfer_syntax: str = ExplicitVRLittleEndian, **meta: Any) -> bytes:
    """The file of a data set; `sop_class` and `sop_instance` replace what the file meta information names."""
    syntax = UID(transfer_syntax)
    written = DicomBytesIO()
    written.write(bytes(128) + b"DICM" + file_meta(ds, syntax, **meta))
    written.is_little_endian = syntax.is_little_endian
    written.is_implicit_VR = syntax.is_implicit_VR
    write_dataset(written, ds)
    return written.getvalue()


def file_meta(ds: Dataset, syntax: UID, **meta: Any) -> bytes:
    """Group 0002 of a file."""
    information = FileMetaDataset()
    information.FileMetaInformationGroupLength = 0
    information.TransferSyntaxUID = syntax
    for keyword, name, found in (
        ("MediaStorageSOPClassUID", "sop_class", ds.get("SOPClassUID")),
        ("MediaStorageSOPInstanceUID", "sop_instance", ds.get("SOPInstanceUID")),
    ):
        if value := meta.get(name, found):
            setattr(information, keyword, value)
    written = DicomBytesIO()
    write_file_meta_info(written, information, enforce_standard=False)
    return written.getvalue()


def encapsulated(ds: Dataset, frames: list[bytes], transfer_syntax: str, *, has_table: bool = True) -> bytes:
    """The file of an image whose frames are compressed."""
    ds.PixelData = encapsulate(frames, has_bot=has_table)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return part_10(ds, transfer_syntax)


def element(tag: int, vr: str, value: bytes) -> bytes:
    """One element, explicit VR little endian."""
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    if vr in {"OB", "OW", "SQ", "UN", "UT", "UC"}:
        return head + struct.pack("<HI", 0, len(value)) + value
    return head + struct.pack("<H", len(value)) + value


def undefined_sequence(tag: int, content: bytes) -> bytes:
    """A sequence of unknown length, with its delimiter."""
    return sequence_start(tag) + content + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def sequence_start(tag: int) -> bytes:
    return struct.pack("<HH2sHI", tag >> 16, tag & 0xFFFF, b"SQ", 0, 0xFFFFFFFF)


def item(content: bytes, *, is_closed: bool = True) -> bytes:
    """An item; `is_closed` False leaves its length unknown and its delimiter out."""
    if is_closed:
        return struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content
    return struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + content


def deflated(content: bytes) -> bytes:
    """A file whose data set is deflated."""
    meta = file_meta(a_header(), UID("1.2.840.10008.1.2.1.99"))
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return bytes(128) + b"DICM" + meta + compressor.compress(content) + compressor.flush()


def dataset_bytes(ds: Dataset) -> bytes:
    """The data set of a file alone, explicit VR little endian."""
    meta = file_meta(ds, UID(ExplicitVRLittleEndian))
    return part_10(ds)[132 + len(meta) :]


def saved(folder: Path, content: bytes, name: str = "received") -> Path:
    """The content as a file."""
    path = folder / name
    path.write_bytes(content)
    return path


def jpeg_2000_header(*, rows: int, columns: int, samples: int = 1, bits: int = 16) -> bytes:
    """The beginning of a code stream that announces a size."""
    size = struct.pack(">HHIIIIIIIIH", 38 + 3 * samples, 0, columns, rows, 0, 0, columns, rows, 0, 0, samples)
    return b"\xff\x4f\xff\x51" + size + bytes([bits - 1, 1, 1]) * samples + b"\xff\xd9"


def jpeg_header(*, rows: int, columns: int, samples: int = 1, bits: int = 8, marker: int = 0xC3) -> bytes:
    """The beginning of a JPEG (C3: lossless) or JPEG-LS (F7) code stream that announces a size."""
    comment = b"\xff\xfe\x00\x04hi"
    frame = bytes([0xFF, marker]) + struct.pack(">HBHHB", 8 + 3 * samples, bits, rows, columns, samples)
    return b"\xff\xd8" + comment + frame + bytes([1, 0x11, 0]) * samples + b"\xff\xd9"


def rle_frame(planes: list[bytes]) -> bytes:
    """A run-length frame of literal runs (planes of at most 128 bytes)."""
    segments = [bytes([len(plane) - 1]) + plane for plane in planes]
    segments = [segment + b"\x80" * (len(segment) % 2) for segment in segments]
    offsets = [64 + sum(len(segment) for segment in segments[:index]) for index in range(len(segments))]
    return struct.pack("<16I", len(segments), *offsets, *[0] * (15 - len(segments))) + b"".join(segments)
