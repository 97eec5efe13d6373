"""Untrusted bytes to a pydicom data set, or a refusal that says why.

Meant for a child process under memory and time limits; refuses early what would exhaust them. Decisions where senders
differ from the standard:

* A missing preamble, missing file meta information, padding after the last element and UIDs padded with blanks are
  forgiven: what follows is complete all the same, and the archive writes these parts anew.
* Components of UIDs with leading zeros are forgiven (old scanners write them, and archived UIDs are replaced);
  everything else that PS3.5 9.1 forbids is refused, as is a file whose meta information names another instance.
* An image without its pixels is incomplete, whichever of its elements it ends with.
"""

import mmap
import re
import warnings
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pydicom
from pydicom.config import disable_value_validation
from pydicom.dataelem import RawDataElement
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from casebook.dicom import pixel_checks
from casebook.dicom.part10 import (
    MEDIA_SOP_CLASS,
    MEDIA_SOP_INSTANCE,
    NATIVE,
    beginning,
    uid_text,
)
from casebook.dicom.raw_elements import data_set
from casebook.dicom.refusals import RefusalCode, RefusedFile
from casebook.dicom.structure import PIXEL_ELEMENTS, Buffer, Encoding, Found, Structure, WalkLimits, walk

__all__ = ["DEFAULT_LIMITS", "ParseLimits", "RefusalCode", "RefusedFile", "parse"]


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """How much of an untrusted file is believed.

    `accepts_other_meta_uid` lets a person release files whose meta information names another instance, as tools do that
    replace UIDs in the data set only; the data set's UID counts then.
    """

    max_file_bytes: int = 4 * 1024**3
    max_inflated_bytes: int = 256 * 1024**2
    max_elements: int = 2_000_000
    max_depth: int = 32
    max_value_bytes: int = 128 * 1024**2
    max_frames: int = 20_000
    max_decoded_bytes: int = 4 * 1024**3
    accepts_other_meta_uid: bool = False


DEFAULT_LIMITS: Final = ParseLimits()

SOP_CLASS: Final = 0x00080016
SOP_INSTANCE: Final = 0x00080018
STUDY: Final = 0x0020000D
SERIES: Final = 0x0020000E
_UIDS: Final[Mapping[int, str]] = {
    SOP_CLASS: "SOPClassUID",
    SOP_INSTANCE: "SOPInstanceUID",
    STUDY: "StudyInstanceUID",
    SERIES: "SeriesInstanceUID",
}
_WANTED: Final = frozenset({*_UIDS, *pixel_checks.WANTED})
_DIRECTORY_CLASS: Final = "1.2.840.10008.1.3.10"
_UID_FORM: Final = re.compile(r"[0-9]+(\.[0-9]+)+")
_UID_MAX_LENGTH: Final = 64


def parse(source: Path, limits: ParseLimits = DEFAULT_LIMITS) -> pydicom.FileDataset:
    """The data set of a complete, consistent DICOM file, with file meta information that names its transfer syntax.

    Raises RefusedFile.
    """
    size = source.stat().st_size
    if size > limits.max_file_bytes:
        raise RefusedFile(
            RefusalCode.TOO_LARGE,
            f"The file has {size} bytes, more than the {limits.max_file_bytes} this system accepts.",
        )
    if size == 0:
        raise RefusedFile(RefusalCode.EMPTY, "The file is empty; send it again.")
    with source.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        checked = _check(data, limits)
        ds = _taken(source, data, checked) or _read(source, checked)
    ds.file_meta.TransferSyntaxUID = UID(checked.transfer_syntax_uid)
    return ds


@dataclass(frozen=True, slots=True)
class _Checked:
    """What was checked: the transfer syntax, inferred where none is declared, and what the elements held.

    `elements` are None where the walk could not keep them, or they are not in the file as such.
    """

    transfer_syntax_uid: str
    values: Mapping[int, bytes]
    has_pixels: bool
    encoding: Encoding
    meta: Mapping[int, bytes]
    elements: Sequence[Found] | None


def _check(data: Buffer, limits: ParseLimits) -> _Checked:
    """Refuse what is not complete and consistent."""
    walk_limits = WalkLimits(limits.max_elements, limits.max_depth, limits.max_value_bytes)
    begins = beginning(data, walk_limits)
    if uid_text(begins.meta.get(MEDIA_SOP_CLASS, b"")) == _DIRECTORY_CLASS:
        raise RefusedFile(
            RefusalCode.DIRECTORY, "This is the directory of a disc (DICOMDIR); send the images it lists."
        )
    is_deflated = begins.transfer_syntax_uid == DeflatedExplicitVRLittleEndian
    start = begins.start
    if is_deflated:
        data, start = _inflated(data, begins.start, limits), 0
    found = walk(data, start, begins.encoding, walk_limits, wanted=_WANTED, keeps_elements=not is_deflated)
    _check_uids(found.values)
    if not limits.accepts_other_meta_uid:
        _check_meta_uids(found.values, begins.meta)
    if found.pixels is None:
        _check_no_pixels_needed(found.values)
    transfer_syntax_uid = begins.transfer_syntax_uid or _inferred(begins.encoding, found)
    if found.pixels is not None:
        pixel_checks.check_pixels(
            data,
            found.pixels,
            found.values,
            transfer_syntax_uid=transfer_syntax_uid,
            encoding=begins.encoding,
            limits=pixel_checks.PixelLimits(limits.max_frames, limits.max_decoded_bytes),
        )
    has_pixels = found.pixels is not None
    return _Checked(transfer_syntax_uid, found.values, has_pixels, begins.encoding, begins.meta, found.elements)


def _inflated(data: Buffer, start: int, limits: ParseLimits) -> bytes:
    """The inflated data set, or a refusal as soon as it grows past the limit."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflated = inflater.decompress(data[start:], limits.max_inflated_bytes)
    except zlib.error as error:
        raise RefusedFile(RefusalCode.MALFORMED, "The deflated data set is damaged; send the file again.") from error
    if inflater.unconsumed_tail:
        raise RefusedFile(
            RefusalCode.INFLATES_TOO_FAR,
            f"The deflated data set inflates to more than {limits.max_inflated_bytes} bytes; send it uncompressed.",
        )
    if not inflater.eof:
        raise RefusedFile(RefusalCode.TRUNCATED, "The deflated data set is incomplete; send the file again.")
    return inflated


def _check_uids(values: Mapping[int, bytes]) -> None:
    for tag, keyword in _UIDS.items():
        uid = uid_text(values.get(tag, b""))
        if not uid:
            raise RefusedFile(
                RefusalCode.UID_MISSING, f"{keyword} is missing; ask the sender to export the original images again."
            )
        if len(uid) > _UID_MAX_LENGTH or not _UID_FORM.fullmatch(uid):
            raise RefusedFile(
                RefusalCode.UID_INVALID,
                f"{keyword} is not a UID (digits and dots, at most {_UID_MAX_LENGTH} characters); "
                "ask the sender to export the original images again.",
            )


def _check_meta_uids(values: Mapping[int, bytes], meta: Mapping[int, bytes]) -> None:
    for element, tag in ((MEDIA_SOP_CLASS, SOP_CLASS), (MEDIA_SOP_INSTANCE, SOP_INSTANCE)):
        declared = uid_text(meta.get(element, b""))
        if declared and declared != uid_text(values[tag]):
            raise RefusedFile(
                RefusalCode.UID_MISMATCH,
                f"The file meta information names another {_UIDS[tag]} than the data set; "
                "ask the sender to export the original images again.",
            )


def _check_no_pixels_needed(values: Mapping[int, bytes]) -> None:
    """An image class, or rows and columns, without pixels: an end that was cut off cannot be told from one left out."""
    is_image_class = "Image Storage" in UID(uid_text(values[SOP_CLASS])).name
    announces_pixels = any(values.get(pixel_checks.ROWS, b"")) and any(values.get(pixel_checks.BITS_ALLOCATED, b""))
    if is_image_class or announces_pixels:
        raise RefusedFile(
            RefusalCode.PIXELS_MISSING, "The file announces an image and holds no pixels; send the whole file again."
        )


def _inferred(encoding: Encoding, found: Structure) -> str:
    """The native transfer syntax of a file that declares none; compression cannot be inferred."""
    if found.pixels is not None and found.pixels.items is not None:
        raise RefusedFile(
            RefusalCode.UNKNOWN_TRANSFER_SYNTAX,
            "The pixels are compressed and the file does not say how; send it with file meta information.",
        )
    return next(uid for uid, written in NATIVE.items() if written == encoding)


def _taken(source: Path, data: Buffer, checked: _Checked) -> pydicom.FileDataset | None:
    """The elements as the walk found them; None where pydicom has to read the file by itself."""
    if checked.elements is None:
        return None
    with warnings.catch_warnings(), disable_value_validation():
        warnings.simplefilter("ignore")
        try:
            return data_set(source, data, checked.elements, checked.encoding, meta=checked.meta)
        except Exception:  # noqa: BLE001 - a character set that pydicom cannot make sense of; it is asked once more
            return None


def _read(source: Path, checked: _Checked) -> pydicom.FileDataset:
    """What pydicom makes of a file whose structure was checked."""
    with warnings.catch_warnings(), disable_value_validation():
        warnings.simplefilter("ignore")
        try:
            ds = pydicom.dcmread(source, force=True)
        except Exception as error:
            # pydicom raises almost anything for a value it cannot make sense of
            raise RefusedFile(
                RefusalCode.MALFORMED, "The file is damaged; ask the sender to export the original images again."
            ) from error
    if not _is_what_was_checked(ds, checked):
        raise RefusedFile(
            RefusalCode.MALFORMED,
            "The file can be read in two ways; ask the sender to export the original images again.",
        )
    return ds


def _is_what_was_checked(ds: pydicom.FileDataset, checked: _Checked) -> bool:
    """Whether the library found the same elements: only then do the checks hold for what it returns."""
    for tag, value in checked.values.items():
        read = ds.get_item(tag)
        if not isinstance(read, RawDataElement) or (read.value or b"") != value:
            return False
    return any(tag in ds for tag in PIXEL_ELEMENTS) == checked.has_pixels
