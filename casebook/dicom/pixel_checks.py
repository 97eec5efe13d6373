"""Whether the pixels a file holds are the pixels its header announces."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from casebook.dicom.codestreams import SIZE_READERS, FrameSize, SizeReader
from casebook.dicom.part10 import ENCAPSULATED, VIDEO
from casebook.dicom.refusals import RefusalCode, RefusedFile
from casebook.dicom.structure import PIXEL_DATA, Buffer, Encoding, PixelValue

SAMPLES: Final = 0x00280002
PHOTOMETRIC: Final = 0x00280004
FRAMES: Final = 0x00280008
ROWS: Final = 0x00280010
COLUMNS: Final = 0x00280011
BITS_ALLOCATED: Final = 0x00280100
WANTED: Final = (SAMPLES, PHOTOMETRIC, FRAMES, ROWS, COLUMNS, BITS_ALLOCATED)

BITS_POSSIBLE: Final = frozenset({1, 8, 16, 32, 64})
SAMPLES_POSSIBLE: Final = frozenset({1, 3, 4})
USUAL_HEADER_BYTES: Final = 4096
LARGEST_HEADER_BYTES: Final = 2 * 1024**2
"""Markers, tables, boxes and colour profiles before a code stream's size fit into this."""


@dataclass(frozen=True, slots=True)
class PixelLimits:
    """How much a file may announce."""

    max_frames: int
    max_decoded_bytes: int


@dataclass(frozen=True, slots=True)
class Announced:
    """What the header says of the pixels."""

    rows: int
    columns: int
    samples: int
    frames: int
    bits_allocated: int
    is_subsampled: bool

    @property
    def frame_bits(self) -> int:
        """Bits of one uncompressed frame."""
        return self.rows * self.columns * self.samples * self.bits_allocated

    @property
    def native_bytes(self) -> int:
        """Bytes of all frames as uncompressed pixel data; one-bit frames follow each other without padding."""
        bits = self.frame_bits * self.frames
        return (bits * 2 // 3 if self.is_subsampled else bits + 7) // 8


def check_pixels(
    data: Buffer,
    pixels: PixelValue,
    values: Mapping[int, bytes],
    *,
    transfer_syntax_uid: str,
    encoding: Encoding,
    limits: PixelLimits,
) -> None:
    """Raise RefusedFile where pixels and header disagree, or announce more than the limits.

    PIXELS_INCONSISTENT, PIXELS_TOO_MANY, or CODESTREAM_MISMATCH for a compressed frame of another size or kind.
    """
    announced = _announced(values, pixels.tag, encoding)
    if announced.frames > limits.max_frames or announced.native_bytes > limits.max_decoded_bytes:
        raise RefusedFile(
            RefusalCode.PIXELS_TOO_MANY,
            f"The header announces {announced.frames} frames of {announced.columns} x {announced.rows}, more than "
            "this system accepts; ask the sender to export the original images again.",
        )
    if (pixels.items is not None) != (transfer_syntax_uid in ENCAPSULATED):
        raise _inconsistent("the transfer syntax says one thing about compression, the pixel data another")
    if pixels.items is None:
        _check_native(announced, pixels)
    else:
        _check_encapsulated(data, announced, pixels.items, transfer_syntax_uid)


def _announced(values: Mapping[int, bytes], tag: int, encoding: Encoding) -> Announced:
    order = "little" if encoding.is_little else "big"

    def whole(element: int, default: int | None = None) -> int:
        raw = values.get(element, b"")
        if len(raw) >= 2:  # noqa: PLR2004  # the size of a US value
            return int.from_bytes(raw[:2], order)  # type: ignore[arg-type]  # one of two literals
        if default is None:
            raise _inconsistent(f"element (0028,{element & 0xFFFF:04X}), which its pixels need, is missing")
        return default

    bits = whole(BITS_ALLOCATED, None if tag == PIXEL_DATA else 32)
    samples = whole(SAMPLES, 1)
    if bits not in BITS_POSSIBLE or samples not in SAMPLES_POSSIBLE:
        raise _inconsistent(f"{bits} bits in {samples} samples per pixel is no form of image")
    rows, columns = whole(ROWS), whole(COLUMNS)
    if rows == 0 or columns == 0:
        raise _inconsistent(f"{columns} x {rows} is no image")
    photometric = values.get(PHOTOMETRIC, b"").strip(b"\0 ")
    return Announced(
        rows=rows,
        columns=columns,
        samples=samples,
        frames=_n_frames(values.get(FRAMES, b"")),
        bits_allocated=bits,
        is_subsampled=photometric == b"YBR_FULL_422",
    )


def _n_frames(raw: bytes) -> int:
    text = raw.strip(b"\0 ")
    if not text:
        return 1
    if not text.isdigit() or int(text) < 1:
        raise _inconsistent("the number of frames is not a positive whole number")
    return int(text)


def _check_native(announced: Announced, pixels: PixelValue) -> None:
    expected = announced.native_bytes
    if pixels.length not in {expected, expected + expected % 2}:
        raise _inconsistent(
            f"{announced.frames} frame(s) of {announced.columns} x {announced.rows} with {announced.samples} x "
            f"{announced.bits_allocated} bits need {expected} bytes, {pixels.length} are there"
        )


def _check_encapsulated(
    data: Buffer, announced: Announced, items: tuple[tuple[int, int], ...], transfer_syntax_uid: str
) -> None:
    fragments = items[1:]
    if transfer_syntax_uid in VIDEO:
        return
    if len(fragments) < announced.frames:
        raise _inconsistent(f"{announced.frames} frames are announced, {len(fragments)} fragments are there")
    read = SIZE_READERS[transfer_syntax_uid]
    is_one_each = len(fragments) == announced.frames
    for index, (offset, length) in enumerate(fragments):
        size = _size(data, offset, length, read)
        if size is not None:
            _check_size(announced, size)
        elif index == 0 or is_one_each:
            raise RefusedFile(
                RefusalCode.CODESTREAM_MISMATCH,
                "A compressed frame is not of the kind its transfer syntax names, or damaged; "
                "ask the sender to export the original images again.",
            )


def _size(data: Buffer, offset: int, length: int, read: SizeReader) -> FrameSize | None:
    """The size a fragment announces; a second look further in finds what stands behind a large profile."""
    found = read(bytes(data[offset : offset + min(length, USUAL_HEADER_BYTES)]))
    if found is None and length > USUAL_HEADER_BYTES:
        found = read(bytes(data[offset : offset + min(length, LARGEST_HEADER_BYTES)]))
    return found


def _check_size(announced: Announced, size: FrameSize) -> None:
    is_same = (
        size.rows in {None, announced.rows}
        and size.columns in {None, announced.columns}
        and size.samples in {None, announced.samples}
        and (size.bits is None or _fits(announced, size))
    )
    if not is_same:
        raise RefusedFile(
            RefusalCode.CODESTREAM_MISMATCH,
            f"The header announces {announced.columns} x {announced.rows} with {announced.samples} sample(s), a "
            f"compressed frame is {size.columns} x {size.rows} with {size.samples}; "
            "ask the sender to export the original images again.",
        )


def _fits(announced: Announced, size: FrameSize) -> bool:
    if size.samples is None:
        return size.bits == announced.samples * max(announced.bits_allocated, 8)
    return (size.bits or 0) <= max(announced.bits_allocated, 8)


def _inconsistent(what: str) -> RefusedFile:
    return RefusedFile(
        RefusalCode.PIXELS_INCONSISTENT,
        f"Header and pixels do not agree: {what}; ask the sender to export the original images again.",
    )
