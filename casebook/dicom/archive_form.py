"""Writes a de-identified data set the way the archive keeps it, and works out at once what serving it needs.

Encapsulated transfer syntaxes stay as they are; everything else becomes Explicit VR Little Endian. Every length
is defined, group lengths are gone, the preamble is zero.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import Any, Final

import numpy as np
from pydicom.charset import convert_encodings
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import correct_ambiguous_vr_element, write_data_element
from pydicom.tag import BaseTag
from pydicom.uid import UID, AllTransferSyntaxes, ExplicitVRBigEndian, ExplicitVRLittleEndian

from casebook.dicom import explicit_le
from casebook.dicom.dicom_json import InstanceJson
from casebook.dicom.file_meta import naming_elements
from casebook.dicom.fragments import PixelsNotAddressable, frames_of_fragments
from casebook.dicom.frame_index import ByteRange, FrameIndex, even_frames, no_frames, scattered_frames
from casebook.dicom.plain_values import plain_value
from casebook.dicom.shared_element import SharedElement

PIXEL_TAGS: Final = (0x7FE00010, 0x7FE00008, 0x7FE00009)
"""Pixel Data, Float Pixel Data, Double Float Pixel Data; an object holds at most one of them."""
EXTENDED_OFFSET_TABLE: Final = 0x7FE00001
META_GROUP_LENGTH: Final = 0x00020000
_UIDS: Final = tuple(BaseTag(tag) for tag in (0x0020000D, 0x0020000E, 0x00080018))
"""Study, series, instance."""
TRAILING_PADDING: Final = 0xFFFCFFFC
WORD_BYTES: Final = {"OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}
"""Size of the words whose bytes turn round between the two byte orders, by value representation."""


@dataclass(frozen=True, slots=True)
class ArchivedObject:
    """What is known of an archived file from writing it.

    `pixel_sha256` is over the uncompressed little-endian pixel bytes when they are native, over the fragments
    when they are encapsulated; so it stays the same while only the head changes.
    """

    n_bytes: int
    sha256: bytes
    pixel_sha256: bytes
    transfer_syntax_uid: str
    frame_index: FrameIndex
    dicom_json: bytes


@dataclass(frozen=True, slots=True)
class _Pixels:
    """The pixel data element split into its header, its frames' bytes and what closes it."""

    header: bytes = b""
    value: bytes = b""
    closing: bytes = b""
    frames: tuple[tuple[ByteRange, ...], ...] | None = None
    frame_bytes: int = 0
    n_frames: int = 0

    def index(self, head_bytes: int) -> FrameIndex:
        """The frame index, given where the element begins in the file."""
        origin = head_bytes + len(self.header)
        if self.frames is None:
            return even_frames(
                head_bytes=head_bytes, offset=origin, frame_bytes=self.frame_bytes, n_frames=self.n_frames
            )
        moved = [[ByteRange(origin + part.offset, part.length) for part in frame] for frame in self.frames]
        return scattered_frames(moved, head_bytes=head_bytes)

    def sha256(self) -> bytes:
        """The pixel hash."""
        digest = hashlib.sha256()
        view = memoryview(self.value)
        if self.frames is None:
            digest.update(view[: self.frame_bytes * self.n_frames] if self.frame_bytes else view)
        else:
            for part in (part for frame in self.frames for part in frame):
                digest.update(view[part.offset : part.offset + part.length])
        return digest.digest()


@dataclass(frozen=True, slots=True)
class _Head:
    """The elements before the pixels, as they are written and as DICOM JSON."""

    encoded: bytes
    dicom_json: bytes


def write_archive_form(ds: Dataset, target: Path) -> ArchivedObject:
    """Write the de-identified `ds` to `target` and return what serving it needs; the caller makes it durable.

    PixelsNotAddressable when the pixel data are shorter than the header says or not in frames.
    """
    source = UID(ds.file_meta.TransferSyntaxUID)
    if source not in AllTransferSyntaxes:
        raise PixelsNotAddressable(f"Transfer syntax {source} is not known; send the object in one of the standard's.")
    kept = source if source.is_encapsulated else ExplicitVRLittleEndian
    is_big_endian = source == ExplicitVRBigEndian
    tags = [tag for tag in sorted(ds.keys(), key=int) if int(tag) != TRAILING_PADDING]
    first_pixel = next((int(tag) for tag in tags if int(tag) in PIXEL_TAGS), 0xFFFFFFFF)
    head = _head(ds, [tag for tag in tags if int(tag) < first_pixel], is_big_endian=is_big_endian)
    pixels = _pixels(ds, first_pixel, is_big_endian=is_big_endian) if first_pixel in ds else _Pixels()
    tail = encoded_elements(ds, [tag for tag in tags if int(tag) > first_pixel], is_big_endian=is_big_endian)
    prologue = _prologue(ds, kept)
    pieces = (prologue, head.encoded, pixels.header, pixels.value, pixels.closing, tail)
    digest = hashlib.sha256()
    with target.open("wb") as file:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
    head_bytes = len(prologue) + len(head.encoded)
    return ArchivedObject(
        n_bytes=sum(map(len, pieces)),
        sha256=digest.digest(),
        pixel_sha256=pixels.sha256(),
        transfer_syntax_uid=str(kept),
        frame_index=pixels.index(head_bytes) if pixels.n_frames else no_frames(head_bytes=head_bytes),
        dicom_json=head.dicom_json,
    )


def _head(ds: Dataset, tags: Iterable[BaseTag], *, is_big_endian: bool) -> _Head:
    """Write the head; of a shared element only once, for whichever object comes first."""
    encoding = _Encoding.of(ds, is_big_endian=is_big_endian)
    study, series, sop = (_uid(ds, tag, encoding) for tag in _UIDS)
    writer = InstanceJson(study_uid=study, series_uid=series, sop_uid=sop)
    pieces = []
    read = dict(ds.items())
    for tag in tags:
        if tag & 0xFFFF == 0:
            continue
        element = read[tag]
        if isinstance(element, RawDataElement):
            element = ds[tag]
        shared = element if isinstance(element, SharedElement) else None
        if shared is not None and shared.encoded is not None and shared.member is not None:
            writer.add_written(tag, shared.member)
            pieces.append(shared.encoded)
            continue
        piece = encoding.encoded(ds, element)
        writer.add(piece)
        pieces.append(piece)
        if shared is not None:
            shared.encoded, shared.member = piece, writer.member(tag)
    return _Head(b"".join(pieces), writer.finish())


def _uid(ds: Dataset, tag: BaseTag, encoding: "_Encoding") -> str:
    if tag not in ds:
        return ""
    (element,) = explicit_le.elements(piece := encoding.encoded(ds, ds[tag]))
    return piece[element.value_start :].decode("ascii").rstrip("\0 ")


def _prologue(ds: Dataset, transfer_syntax_uid: UID) -> bytes:
    """Zero preamble, prefix and file meta information."""
    kept = {tag: element for tag, element in ds.file_meta.items() if tag != META_GROUP_LENGTH}
    meta = FileMetaDataset({**kept, **naming_elements(ds, transfer_syntax_uid)})
    content = encoded_elements(meta, sorted(meta.keys(), key=int))
    length = explicit_le.encoded_element(META_GROUP_LENGTH, b"UL", Struct("<I").pack(len(content)))
    return bytes(128) + b"DICM" + length + content


@dataclass(frozen=True, slots=True)
class _Encoding:
    """How the texts and words of a data set are read and written."""

    charset: Any
    encodings: list[str]
    is_big_endian: bool

    @classmethod
    def of(cls, ds: Dataset, *, is_big_endian: bool, charset: Any = "iso8859") -> "_Encoding":
        """The encoding of a data set; `charset` is that of what it lies in."""
        charset = ds.get("SpecificCharacterSet", charset)
        return cls(charset, convert_encodings(charset or "iso8859"), is_big_endian)

    def encoded(self, ds: Dataset, element: DataElement) -> bytes:
        """One element of `ds` in Explicit VR Little Endian."""
        if len(element.VR) > 2:  # noqa: PLR2004 - "US or SS" and the like
            correct_ambiguous_vr_element(element, ds, is_little_endian=True)
        return self._sequence(element) if element.VR == "SQ" else self._leaf(element)

    def _sequence(self, element: DataElement) -> bytes:
        content = b"".join(
            explicit_le.encoded_item(
                encoded_elements(
                    item, sorted(item.keys(), key=int), is_big_endian=self.is_big_endian, charset=self.charset
                )
            )
            for item in element.value
        )
        return explicit_le.encoded_element(int(element.tag), b"SQ", content)

    def _leaf(self, element: DataElement) -> bytes:
        value = element.value
        if isinstance(value, bytes) and element.VR in {"OB", "UN", *WORD_BYTES}:
            plain = _little_endian(value, WORD_BYTES.get(element.VR, 1)) if self.is_big_endian else value
            vr = element.VR.encode("ascii")
            return explicit_le.encoded_element(int(element.tag), vr, plain + b"\0" * (len(plain) % 2))
        plain_form = plain_value(element, self.encodings)
        if plain_form is not None:
            return explicit_le.encoded_element(int(element.tag), element.VR.encode("ascii"), plain_form)
        buffer = DicomBytesIO()
        buffer.is_little_endian = True
        buffer.is_implicit_VR = False
        write_data_element(buffer, element, self.encodings)
        return buffer.getvalue()


def encoded_elements(
    ds: Dataset, tags: Iterable[BaseTag], *, is_big_endian: bool = False, charset: Any = "iso8859"
) -> bytes:
    """The elements `tags` of `ds` in Explicit VR Little Endian, every length defined, no group lengths."""
    encoding = _Encoding.of(ds, is_big_endian=is_big_endian, charset=charset)
    return b"".join(encoding.encoded(ds, ds[tag]) for tag in tags if tag & 0xFFFF)


def _little_endian(value: bytes, word_bytes: int) -> bytes:
    """Big-endian words turned round; a rest shorter than a word stays."""
    if word_bytes == 1:
        return value
    whole = len(value) // word_bytes * word_bytes
    return np.frombuffer(value[:whole], dtype=f">u{word_bytes}").byteswap().tobytes() + value[whole:]


def _pixels(ds: Dataset, tag: int, *, is_big_endian: bool) -> _Pixels:
    value = ds.get_item(tag).value
    n_frames = _count(ds, "NumberOfFrames", otherwise=1)
    if UID(ds.file_meta.TransferSyntaxUID).is_encapsulated:
        frames = frames_of_fragments(value, n_frames=n_frames, extended_offsets=_extended_offsets(ds))
        return _Pixels(
            header=explicit_le.undefined_length_header(tag, b"OB"),
            value=value,
            closing=explicit_le.SEQUENCE_DELIMITER,
            frames=tuple(tuple(frame) for frame in frames),
            n_frames=n_frames,
        )
    bits = _count(ds, "BitsAllocated", otherwise={0x7FE00008: 32, 0x7FE00009: 64}.get(tag, 16))
    vr = {0x7FE00008: b"OF", 0x7FE00009: b"OD"}.get(tag, b"OW" if bits > 8 else b"OB")  # noqa: PLR2004
    if is_big_endian and (bits > 8 or ds[tag].VR == "OW"):  # noqa: PLR2004 - OW words hold two 8-bit samples
        value = _little_endian(value, max(bits // 8, 2))
    frame_bits = _frame_bits(ds, bits)
    if frame_bits * n_frames > len(value) * 8:
        raise PixelsNotAddressable(
            f"The header announces {n_frames} frames of {frame_bits // 8} bytes, the pixel data are "
            f"{len(value)} bytes; send the object again from its source."
        )
    is_addressable = frame_bits % 8 == 0 and frame_bits > 0
    closing = b"\0" * (len(value) % 2)
    length = Struct("<I").pack(len(value) + len(closing))
    return _Pixels(
        header=explicit_le.undefined_length_header(tag, vr)[:8] + length,
        value=value,
        closing=closing,
        frame_bytes=frame_bits // 8 if is_addressable else 0,
        n_frames=n_frames if is_addressable else 0,
    )


def _frame_bits(ds: Dataset, bits_allocated: int) -> int:
    """Length of a native frame in bits; 4:2:2 chroma halves the colour samples (PS3.3 C.7.6.3.1.2)."""
    samples = _count(ds, "SamplesPerPixel", otherwise=1)
    if samples == 3 and ds.get("PhotometricInterpretation") == "YBR_FULL_422":  # noqa: PLR2004
        samples = 2
    n_pixels = _count(ds, "Rows", otherwise=0) * _count(ds, "Columns", otherwise=0)
    return n_pixels * samples * bits_allocated


def _count(ds: Dataset, keyword: str, *, otherwise: int) -> int:
    """The number in an element of the image pixel module; `otherwise` where it is absent, empty or zero."""
    try:
        count = int(ds.get(keyword) or otherwise)
    except (TypeError, ValueError) as odd:
        raise PixelsNotAddressable(f"{keyword} is not one number; send the object again from its source.") from odd
    if count < 0:
        raise PixelsNotAddressable(f"{keyword} is {count}; send the object again from its source.")
    return count


def _extended_offsets(ds: Dataset) -> tuple[int, ...]:
    if EXTENDED_OFFSET_TABLE not in ds:
        return ()
    table = ds[EXTENDED_OFFSET_TABLE].value or b""
    return tuple(offset for (offset,) in Struct("<Q").iter_unpack(table[: len(table) // 8 * 8]))
