"""Which fragments of encapsulated pixel data make up which frame (PS3.5 A.4)."""

from collections.abc import Sequence
from struct import Struct
from typing import Final

from casebook.dicom.frame_index import ByteRange
from casebook.domain.errors import Invalid

_ITEM_HEADER: Final = Struct("<HHI")
_ITEM: Final = (0xFFFE, 0xE000)
_DELIMITER: Final = (0xFFFE, 0xE0DD)
_END_OF_IMAGE: Final = b"\xff\xd9"
"""Ends every JPEG, JPEG-LS and JPEG 2000 codestream."""


class PixelsNotAddressable(Invalid):
    """The pixel data do not hold the frames that the header announces."""

    code = "pixels-not-addressable"


def frames_of_fragments(value: bytes, *, n_frames: int, extended_offsets: Sequence[int] = ()) -> list[list[ByteRange]]:
    """The fragments of each frame, as ranges within `value` (the items, offset table first).

    The extended offset table is believed first, then the basic one, when they point at fragments; otherwise one
    fragment a frame, and last the ends of the codestreams decide.
    """
    table, fragments = _items(value)
    if len(fragments) < n_frames:
        raise PixelsNotAddressable(
            f"The header announces {n_frames} frames, the pixel data hold {len(fragments)} fragments; "
            "send the object again from its source."
        )
    if n_frames == 1:
        return [fragments]
    by_table = _grouped(fragments, extended_offsets or table, n_frames)
    if by_table is not None:
        return by_table
    if len(fragments) == n_frames:
        return [[fragment] for fragment in fragments]
    return _grouped_by_ends(value, fragments, n_frames)


def _items(value: bytes) -> tuple[list[int], list[ByteRange]]:
    """The basic offset table and the fragments, as ranges within `value`."""
    ranges: list[ByteRange] = []
    position = 0
    while position + 8 <= len(value):
        group, element, length = _ITEM_HEADER.unpack_from(value, position)
        if (group, element) == _DELIMITER:
            break
        if (group, element) != _ITEM or position + 8 + length > len(value):
            raise PixelsNotAddressable(
                "The compressed pixel data are not a sequence of items; send the object again from its source."
            )
        ranges.append(ByteRange(position + 8, length))
        position += 8 + length
    if not ranges:
        raise PixelsNotAddressable("The compressed pixel data are empty; send the object again from its source.")
    table = value[ranges[0].offset : ranges[0].offset + ranges[0].length]
    return [offset for (offset,) in Struct("<I").iter_unpack(table[: len(table) // 4 * 4])], ranges[1:]


def _grouped(fragments: Sequence[ByteRange], offsets: Sequence[int], n_frames: int) -> list[list[ByteRange]] | None:
    """The fragments divided where the offsets say; None when the offsets do not fit the fragments."""
    origin = fragments[0].offset - 8
    number_at = {fragment.offset - 8 - origin: number for number, fragment in enumerate(fragments)}
    starts = [number_at.get(offset, -1) for offset in offsets]
    if len(starts) != n_frames or not starts or starts[0] != 0 or starts != sorted(set(starts)):
        return None
    ends = [*starts[1:], len(fragments)]
    return [list(fragments[start:end]) for start, end in zip(starts, ends, strict=True)]


def _grouped_by_ends(value: bytes, fragments: Sequence[ByteRange], n_frames: int) -> list[list[ByteRange]]:
    """The fragments divided after each that ends a codestream."""
    frames: list[list[ByteRange]] = [[]]
    for fragment in fragments:
        frames[-1].append(fragment)
        tail = value[fragment.offset : fragment.offset + fragment.length][-16:].rstrip(b"\0")
        if tail.endswith(_END_OF_IMAGE):
            frames.append([])
    complete = [frame for frame in frames if frame]
    if len(complete) != n_frames:
        raise PixelsNotAddressable(
            f"{len(fragments)} fragments without an offset table do not make {n_frames} frames; "
            "send the object again from its source with an offset table."
        )
    return complete
