"""What a compressed frame says of itself: its size is read from the code stream, never trusted from the header."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_JPEG_2000_START: Final = b"\xff\x4f\xff\x51"
_JPEG_START: Final = b"\xff\xd8"
_BOX_SEARCH_BYTES: Final = 4096
_FRAME_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_LS_MARKER: Final = 0xF7
_MARKER_PREFIX: Final = 0xFF
_STANDALONE_MARKERS: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_RLE_HEADER: Final = struct.Struct("<16I")
_RLE_MAX_SEGMENTS: Final = 15


@dataclass(frozen=True, slots=True)
class FrameSize:
    """What a decoder would produce; None where the code stream does not say."""

    rows: int | None = None
    columns: int | None = None
    samples: int | None = None
    bits: int | None = None


def jpeg_2000_size(stream: bytes) -> FrameSize | None:
    """The image of a JPEG 2000 or high-throughput code stream (SIZ, ISO 15444-1 A.5.1), with or without JP2 boxes."""
    at = stream[:_BOX_SEARCH_BYTES].find(_JPEG_2000_START)
    if at < 0 or len(stream) < at + 43:
        return None
    _, _, x_end, y_end, x_start, y_start = struct.unpack_from(">HHIIII", stream, at + 4)
    (samples,) = struct.unpack_from(">H", stream, at + 40)
    return FrameSize(y_end - y_start, x_end - x_start, samples, (stream[at + 42] & 0x7F) + 1)


def jpeg_size(stream: bytes) -> FrameSize | None:
    """The image of a JPEG or JPEG-LS code stream, by its frame header (SOF, ISO 10918-1 B.2.2)."""
    return _frame_header(stream, _FRAME_MARKERS)


def jpeg_ls_size(stream: bytes) -> FrameSize | None:
    """The image of a JPEG-LS code stream (SOF55, ISO 14495-1 C.2.2)."""
    return _frame_header(stream, frozenset({_JPEG_LS_MARKER}))


def rle_size(stream: bytes) -> FrameSize | None:
    """Of a run-length frame only the number of byte planes is known (PS3.5 G.5), here as bits of one sample."""
    if len(stream) < _RLE_HEADER.size:
        return None
    n_segments, *offsets = _RLE_HEADER.unpack_from(stream)
    used = offsets[:n_segments]
    if not 1 <= n_segments <= _RLE_MAX_SEGMENTS or used[0] != _RLE_HEADER.size:
        return None
    if used != sorted(used) or used[-1] > len(stream):
        return None
    return FrameSize(bits=8 * n_segments)


SizeReader = Callable[[bytes], FrameSize | None]


def _readers() -> dict[str, SizeReader]:
    syntaxes: dict[str, SizeReader] = {"1.2.840.10008.1.2.5": rle_size}
    for numbers, reader in (
        ((50, 51, 57, 70), jpeg_size),
        ((80, 81), jpeg_ls_size),
        ((90, 91, 92, 93, 201, 202, 203), jpeg_2000_size),
    ):
        syntaxes.update({f"1.2.840.10008.1.2.4.{number}": reader for number in numbers})
    return syntaxes


SIZE_READERS: Final[Mapping[str, SizeReader]] = MappingProxyType(_readers())
"""By transfer syntax; video has none."""


def _frame_header(stream: bytes, wanted: frozenset[int]) -> FrameSize | None:
    if not stream.startswith(_JPEG_START):
        return None
    at = len(_JPEG_START)
    while at + 4 <= len(stream) and stream[at] == _MARKER_PREFIX:
        marker = stream[at + 1]
        if marker == _MARKER_PREFIX:  # fill bytes may precede a marker
            at += 1
            continue
        if marker in _STANDALONE_MARKERS:
            at += 2
            continue
        if marker in wanted and at + 10 <= len(stream):
            bits, rows, columns, samples = struct.unpack_from(">BHHB", stream, at + 4)
            return FrameSize(rows, columns, samples, bits)
        at += 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
    return None
