"""Where each frame of an archived file lies, so that a frame is read without parsing (1-based frames)."""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct, error
from typing import Final, NamedTuple

from casebook.dicom.explicit_le import DamagedArchiveFile
from casebook.domain.errors import NotFound

_VERSION: Final = 1
_EVEN: Final = 0
"""All frames have one length and follow each other (native pixel data)."""
_SINGLE: Final = 1
"""Each frame is one range (encapsulated, one fragment a frame)."""
_SEVERAL: Final = 2
"""A frame can be several ranges."""

_HEADER: Final = Struct("<BBIQ")
_EVEN_FRAMES: Final = Struct("<QI")
_RANGE: Final = Struct("<QI")
_COUNT: Final = Struct("<I")


class ByteRange(NamedTuple):
    """A part of a file."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """The byte ranges of every frame, kept in the compact form in which it is stored.

    Layout, little endian: version u8, kind u8, number of frames u32, length of the head u64, then by kind
    (offset u64, length u32) once, or once a frame, or the running counts of ranges (n + 1 times u32) and the ranges.
    """

    encoded: bytes

    def __post_init__(self) -> None:
        """Refuse bytes that are not an index."""
        if len(self.encoded) < _HEADER.size or self.encoded[0] != _VERSION or self.encoded[1] > _SEVERAL:
            raise DamagedArchiveFile("A stored frame index is not readable; index the object again.")

    @classmethod
    def from_bytes(cls, encoded: bytes) -> "FrameIndex":
        """The index that `to_bytes` stored."""
        return cls(bytes(encoded))

    def to_bytes(self) -> bytes:
        """What the database keeps."""
        return self.encoded

    @property
    def n_frames(self) -> int:
        """How many frames can be read; zero for objects without (addressable) pixel data."""
        n_frames: int = _HEADER.unpack_from(self.encoded)[2]
        return n_frames

    @property
    def head_bytes(self) -> int:
        """Offset at which the pixel data element begins, or the file's end where there is none."""
        head_bytes: int = _HEADER.unpack_from(self.encoded)[3]
        return head_bytes

    def ranges(self, frame: int) -> tuple[ByteRange, ...]:
        """Where frame `frame` (1-based) lies; NotFound beyond the last."""
        _, kind, n_frames, _ = _HEADER.unpack_from(self.encoded)
        if not 1 <= frame <= n_frames:
            raise NotFound(f"The object has {n_frames} frames; there is no frame {frame}.")
        try:
            return self._ranges(kind, frame - 1, n_frames)
        except error as short:
            raise DamagedArchiveFile("A stored frame index is cut short; index the object again.") from short

    def _ranges(self, kind: int, position: int, n_frames: int) -> tuple[ByteRange, ...]:
        base = _HEADER.size
        if kind == _EVEN:
            offset, length = _EVEN_FRAMES.unpack_from(self.encoded, base)
            return (ByteRange(offset + position * length, length),)
        if kind == _SINGLE:
            return (ByteRange(*_RANGE.unpack_from(self.encoded, base + position * _RANGE.size)),)
        (first,) = _COUNT.unpack_from(self.encoded, base + position * _COUNT.size)
        (last,) = _COUNT.unpack_from(self.encoded, base + (position + 1) * _COUNT.size)
        ranges_at = base + (n_frames + 1) * _COUNT.size
        return tuple(
            ByteRange(*_RANGE.unpack_from(self.encoded, ranges_at + number * _RANGE.size))
            for number in range(first, last)
        )


def no_frames(*, head_bytes: int) -> FrameIndex:
    """The index of an object without addressable frames."""
    return even_frames(head_bytes=head_bytes, offset=0, frame_bytes=0, n_frames=0)


def even_frames(*, head_bytes: int, offset: int, frame_bytes: int, n_frames: int) -> FrameIndex:
    """The index of native frames: equal lengths, one after the other from `offset`."""
    header = _HEADER.pack(_VERSION, _EVEN, n_frames, head_bytes)
    return FrameIndex(header + _EVEN_FRAMES.pack(offset, frame_bytes))


def scattered_frames(frames: Sequence[Sequence[ByteRange]], *, head_bytes: int) -> FrameIndex:
    """The index of encapsulated frames, each of one or several fragments."""
    ranges = b"".join(_RANGE.pack(*part) for frame in frames for part in frame)
    if all(len(frame) == 1 for frame in frames):
        return FrameIndex(_HEADER.pack(_VERSION, _SINGLE, len(frames), head_bytes) + ranges)
    counts, total = [_COUNT.pack(0)], 0
    for frame in frames:
        total += len(frame)
        counts.append(_COUNT.pack(total))
    return FrameIndex(_HEADER.pack(_VERSION, _SEVERAL, len(frames), head_bytes) + b"".join(counts) + ranges)
