"""Pixel data without what does not belong to the image: trailing bytes, comments inside compressed frames."""

from collections.abc import Iterator
from math import prod
from typing import Final

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

_ITEM: Final = b"\xfe\xff\x00\xe0"
_ITEM_HEADER_BYTES: Final = 8
_JPEG_START: Final = b"\xff\xd8"
_JPEG_2000_START: Final = b"\xff\x4f\xff\x51"
_MARKER: Final = 0xFF
_JPEG_SCAN: Final = 0xDA
_JPEG_END: Final = 0xD9
_JPEG_COMMENT: Final = 0xFE
_JPEG_APPLICATION: Final = range(0xE0, 0xF0)
_JPEG_KEPT_APPLICATION: Final = frozenset({0xE0, 0xE8, 0xEE})
"""JFIF, SPIFF/colour transform and Adobe segments say how to decode; the others are someone's notes."""

_JPEG_2000_TILE: Final = 0x90
_JPEG_2000_COMMENT: Final = 0x64
_JPEG_2000_COMMENT_HEAD_BYTES: Final = 2
_LENGTH_BYTES: Final = 2


def n_image_bytes(ds: Dataset) -> int | None:
    """The bytes that the native pixels of this header have, padded; None where the header does not say."""
    factors = [whole_number(ds, keyword) for keyword in ("Rows", "Columns", "BitsAllocated")]
    factors += [whole_number(ds, keyword, default=1) for keyword in ("SamplesPerPixel", "NumberOfFrames")]
    if None in factors:
        return None
    n_bits = prod(factor for factor in factors if factor is not None)
    if ds.get("PhotometricInterpretation") == "YBR_FULL_422":
        n_bits = n_bits * 2 // 3
    n_bytes = (n_bits + 7) // 8
    return n_bytes + n_bytes % 2


def whole_number(ds: Dataset, keyword: str, *, default: int | None = None) -> int | None:
    """The element's one positive whole number; the default where it is absent, None where it is something else."""
    value = ds.get(keyword)
    if value is None or value == "":
        return default
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() and int(value) > 0 else None


def image_only(element: DataElement, ds: Dataset, *, is_encapsulated: bool) -> DataElement:
    """Pixel data without bytes after a native image and without comments in compressed frames."""
    pixels = element.value
    if not isinstance(pixels, bytes):
        return element
    cleaned = _without_comments(pixels) if is_encapsulated else pixels[: n_image_bytes(ds)]
    if cleaned is pixels:
        return element
    replaced = DataElement(element.tag, element.VR, cleaned)
    replaced.is_undefined_length = element.is_undefined_length
    return replaced


def _without_comments(pixels: bytes) -> bytes:
    found = [span for start, end in _fragments(pixels) for span in _comments(pixels, start, end)]
    if not found:
        return pixels
    blanked = bytearray(pixels)
    for start, end in found:
        blanked[start:end] = b" " * (end - start)
    return bytes(blanked)


def _fragments(pixels: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    while pixels[at : at + len(_ITEM)] == _ITEM:
        start = at + _ITEM_HEADER_BYTES
        at = start + int.from_bytes(pixels[at + len(_ITEM) : start], "little")
        yield start, min(at, len(pixels))


def _comments(pixels: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    if pixels.startswith(_JPEG_2000_START, start):
        for marker, body, body_end in _segments(pixels, start + 2, end, last=_JPEG_2000_TILE):
            if marker == _JPEG_2000_COMMENT:
                yield min(body + _JPEG_2000_COMMENT_HEAD_BYTES, body_end), body_end
    elif pixels.startswith(_JPEG_START, start):
        for marker, body, body_end in _segments(pixels, start + 2, end, last=_JPEG_SCAN):
            is_note = marker in _JPEG_APPLICATION and marker not in _JPEG_KEPT_APPLICATION
            if is_note or marker == _JPEG_COMMENT:
                yield body, body_end


def _segments(pixels: bytes, at: int, end: int, *, last: int) -> Iterator[tuple[int, int, int]]:
    while at + 2 + _LENGTH_BYTES <= end and pixels[at] == _MARKER:
        marker = pixels[at + 1]
        if marker in {last, _JPEG_END}:
            return
        body = at + 2 + _LENGTH_BYTES
        body_end = at + 2 + int.from_bytes(pixels[at + 2 : body], "big")
        if body_end < body or body_end > end:
            return
        yield marker, body, body_end
        at = body_end
