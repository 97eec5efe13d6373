"""Where the data set of a file begins and how it is written (PS3.10 7.1), or why the file is not DICOM at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pydicom.uid import (
    AllTransferSyntaxes,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from casebook.dicom.refusals import RefusalCode, RefusedFile
from casebook.dicom.structure import Buffer, Encoding, WalkLimits, walk

PREAMBLE_BYTES: Final = 128
MAGIC: Final = b"DICM"
TRANSFER_SYNTAX: Final = 0x00020010
MEDIA_SOP_CLASS: Final = 0x00020002
MEDIA_SOP_INSTANCE: Final = 0x00020003

NATIVE: Final[Mapping[str, Encoding]] = MappingProxyType(
    {
        str(ImplicitVRLittleEndian): Encoding(is_implicit=True),
        str(ExplicitVRLittleEndian): Encoding(),
        str(DeflatedExplicitVRLittleEndian): Encoding(),
        str(ExplicitVRBigEndian): Encoding(is_little=False),
    }
)
"""Transfer syntaxes whose pixels are not compressed frame by frame."""

VIDEO: Final = frozenset(str(uid) for uid in AllTransferSyntaxes if str(uid).startswith("1.2.840.10008.1.2.4.10"))
"""MPEG-2, MPEG-4 and HEVC: one stream for all frames."""

ENCAPSULATED: Final = VIDEO | frozenset(
    f"1.2.840.10008.1.2.{end}"
    for end in ("5", *(f"4.{number}" for number in (50, 51, 57, 70, 80, 81, 90, 91, 92, 93, 201, 202, 203)))
)
"""RLE, JPEG, JPEG-LS, JPEG 2000, high-throughput JPEG 2000, video; not the retired ones, and none that is a link."""

_LOOKS_LIKE: Final = (
    (b"<", "a web page or XML document"),
    (b"PK\x03\x04", "a zip archive; send it as one, so that its files are taken out"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"BM", "a bitmap picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"{", "a JSON document"),
    (b"n+1\0", "a NIfTI volume"),
)
_META_GROUP: Final = 0x0002
_FIRST_GROUPS: Final = frozenset({_META_GROUP, 0x0008})
_HEADER_BYTES: Final = 8
_LONGEST_FIRST_VALUE: Final = 1024
"""The first element of a data set is a group length, a character set, an image type or a UID."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """The data set starts at `start`; `meta` holds raw values of group 0002, empty where the file has none."""

    start: int
    transfer_syntax_uid: str | None
    encoding: Encoding
    meta: Mapping[int, bytes]


def beginning(data: Buffer, limits: WalkLimits) -> Beginning:
    """Find the data set. A missing preamble or missing file meta information is forgiven, other content is not.

    Raises RefusedFile: EMPTY, NOT_DICOM, UNKNOWN_TRANSFER_SYNTAX, or what `walk` finds in the meta information.
    """
    if len(data) == 0:
        raise RefusedFile(RefusalCode.EMPTY, "The file is empty; send it again.")
    if data[PREAMBLE_BYTES : PREAMBLE_BYTES + len(MAGIC)] == MAGIC:
        return _after_meta(data, PREAMBLE_BYTES + len(MAGIC), limits)
    head = bytes(data[:8])
    if int.from_bytes(head[:2], "little") == _META_GROUP and head[4:6].isupper():
        return _after_meta(data, 0, limits)
    encoding = _guessed_encoding(head)
    if encoding is None:
        raise _not_dicom(bytes(data[:16]))
    return Beginning(0, None, encoding, {})


def uid_text(raw: bytes) -> str:
    """A UID without the padding that real files add: NUL by the standard, blanks and line ends by mistake."""
    return raw.decode("latin-1").strip("\0 \r\n\t")


def _after_meta(data: Buffer, start: int, limits: WalkLimits) -> Beginning:
    wanted = (TRANSFER_SYNTAX, MEDIA_SOP_CLASS, MEDIA_SOP_INSTANCE)
    meta = walk(data, start, Encoding(), limits, wanted=wanted, only_group=_META_GROUP)
    declared = uid_text(meta.values.get(TRANSFER_SYNTAX, b""))
    head = bytes(data[meta.end : meta.end + 8])
    if not declared:
        return Beginning(meta.end, None, _guessed_encoding(head) or Encoding(), meta.values)
    if declared not in NATIVE and declared not in ENCAPSULATED:
        raise RefusedFile(
            RefusalCode.UNKNOWN_TRANSFER_SYNTAX,
            "The transfer syntax is not one this system can read; export the images uncompressed or as "
            "JPEG, JPEG-LS, JPEG 2000 or RLE.",
        )
    encoding = NATIVE.get(declared, Encoding())
    if declared != str(DeflatedExplicitVRLittleEndian):
        encoding = _as_written(head, encoding)
    return Beginning(meta.end, declared, encoding, meta.values)


def _as_written(head: bytes, declared: Encoding) -> Encoding:
    """What the first element shows, where a sender declared explicit and wrote implicit VR or the reverse."""
    guessed = _guessed_encoding(head)
    if guessed is None or guessed.is_little != declared.is_little:
        return declared
    return guessed


def _guessed_encoding(head: bytes) -> Encoding | None:
    """How a data set is written, by its first element; None where it does not begin like one."""
    if len(head) < _HEADER_BYTES:
        return None
    for is_little in (True, False):
        group = int.from_bytes(head[:2], "little" if is_little else "big")
        if group in _FIRST_GROUPS:
            is_explicit = head[4:6].isalpha() and head[4:6].isupper()
            if is_explicit or int.from_bytes(head[4:8], "little" if is_little else "big") < _LONGEST_FIRST_VALUE:
                return Encoding(is_implicit=not is_explicit, is_little=is_little)
    return None


def _not_dicom(head: bytes) -> RefusedFile:
    stripped = head.lstrip(b"\xef\xbb\xbf\r\n\t ")
    found = next((what for start, what in _LOOKS_LIKE if stripped.startswith(start)), "no DICOM file")
    return RefusedFile(RefusalCode.NOT_DICOM, f"This is {found}; send the images as DICOM (Part 10) files.")
