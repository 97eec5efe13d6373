"""The skeleton of a data set, checked element by element before any library trusts its lengths.

Walks explicit and implicit VR in either byte order without recursion, so that neither depth, nor the number of
elements, nor a length that points past the end can cost more than the limits allow (PS3.5 7.1, 7.5, A.4).
"""

import mmap
import struct
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pydicom._dicom_dict import DicomDictionary

from casebook.dicom.refusals import RefusalCode, RefusedFile

Buffer = bytes | mmap.mmap

PIXEL_DATA: Final = 0x7FE00010
PIXEL_ELEMENTS: Final = frozenset({0x7FE00008, 0x7FE00009, PIXEL_DATA})
"""Float, double float and ordinary pixel data."""

_ITEM: Final = 0xFFFEE000
_ITEM_END: Final = 0xFFFEE00D
_SEQUENCE_END: Final = 0xFFFEE0DD
_UNDEFINED: Final = 0xFFFFFFFF
_LONG_VRS: Final = frozenset(
    {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
)
_HEADER_BYTES: Final = 8
_LONG_HEADER_BYTES: Final = 12
_KEPT_VALUE_BYTES: Final = 4096
_SEQUENCE_TAGS: Final = frozenset(tag for tag, entry in DicomDictionary.items() if entry[0] == "SQ")
_FINISHED: Final = -1


@dataclass(frozen=True, slots=True)
class WalkLimits:
    """Where the walk gives up."""

    max_elements: int
    max_depth: int
    max_value_bytes: int


@dataclass(frozen=True, slots=True)
class Encoding:
    """How element headers are written."""

    is_implicit: bool = False
    is_little: bool = True


@dataclass(frozen=True, slots=True)
class PixelValue:
    """Where pixels lie: one native value, or (offset, length) of each encapsulated item, offset table first."""

    tag: int
    offset: int
    length: int
    items: tuple[tuple[int, int], ...] | None = None


class Found(NamedTuple):
    """One element of the top level: its VR ("" where none is written), and where its value lies."""

    tag: int
    vr: bytes
    start: int
    end: int


@dataclass(slots=True)
class Structure:
    """What the walk found at the top level: raw values of the elements asked for, the pixels, where it ended.

    `elements` are all of the top level in order where the walk keeps them; None where one of them has no length.
    """

    values: dict[int, bytes] = field(default_factory=dict)
    elements: list[Found] | None = None
    pixels: PixelValue | None = None
    n_elements: int = 0
    end: int = 0


def walk(
    data: Buffer,
    start: int,
    encoding: Encoding,
    limits: WalkLimits,
    *,
    wanted: Collection[int] = (),
    only_group: int | None = None,
    keeps_elements: bool = False,
) -> Structure:
    """Check a data set from `start` to the end of `data`, or to the end of `only_group`.

    Raises RefusedFile: TRUNCATED, MALFORMED, TOO_DEEP, TOO_MANY_ELEMENTS or VALUE_TOO_LONG.
    """
    steps = _Walk(data, encoding, limits, frozenset(wanted), only_group)
    return steps.run(start, [] if keeps_elements else None)


class _Container:
    """An open data set, sequence or item. `end` is None where a delimiter ends it; `bound` is never passed."""

    __slots__ = ("bound", "end", "is_implicit", "is_sequence")

    def __init__(self, end: int | None, bound: int, *, is_sequence: bool, is_implicit: bool) -> None:
        self.end = end
        self.bound = bound
        self.is_sequence = is_sequence
        self.is_implicit = is_implicit


class _Walk:
    """The state of one walk: the open containers and what was counted so far."""

    def __init__(
        self,
        data: Buffer,
        encoding: Encoding,
        limits: WalkLimits,
        wanted: frozenset[int],
        only_group: int | None,
    ) -> None:
        order = "<" if encoding.is_little else ">"
        self._explicit_header = struct.Struct(order + "HH2sH").unpack_from
        self._implicit_header = struct.Struct(order + "HHI").unpack_from
        self._long = struct.Struct(order + "I").unpack_from
        self._data = data
        self._limits = limits
        self._wanted = wanted
        self._only_group = only_group
        self._size = len(data)
        root = _Container(self._size, self._size, is_sequence=False, is_implicit=encoding.is_implicit)
        self._open = [root]
        self._depth = 0
        self._found = Structure()

    def run(self, start: int, elements: list[Found] | None) -> Structure:
        self._found.elements = elements
        at = start
        while self._open:
            top = self._open[-1]
            if at >= top.bound if top.end is None else at >= top.end:
                if top.end is None:
                    raise self._overrun(top.bound, "a sequence or item is not closed")
                self._close()
                continue
            self._count()
            found = self._item(top, at) if top.is_sequence else self._element(top, at)
            if found == _FINISHED:
                break
            at = found
        self._found.end = at
        return self._found

    def _count(self) -> None:
        self._found.n_elements += 1
        if self._found.n_elements > self._limits.max_elements:
            raise RefusedFile(
                RefusalCode.TOO_MANY_ELEMENTS,
                f"The file holds more than {self._limits.max_elements} elements, more than any image needs; "
                "ask the sender to export the original images again.",
            )

    def _close(self) -> None:
        if self._open.pop().is_sequence:
            self._depth -= 1

    def _enter(self, end: int | None, bound: int, *, is_sequence: bool, is_implicit: bool) -> None:
        if is_sequence:
            self._depth += 1
            if self._depth > self._limits.max_depth:
                raise RefusedFile(
                    RefusalCode.TOO_DEEP,
                    f"Sequences are nested more than {self._limits.max_depth} deep; "
                    "ask the sender to export the original images again.",
                )
        self._open.append(_Container(end, bound, is_sequence=is_sequence, is_implicit=is_implicit))

    def _item(self, top: _Container, at: int) -> int:
        """The header of an item, or the end of the sequence; returns where to go on."""
        if at + _HEADER_BYTES > top.bound:
            raise self._overrun(top.bound, "a sequence ends within an item")
        group, element, length = self._implicit_header(self._data, at)
        tag = group << 16 | element
        at += _HEADER_BYTES
        if tag == _SEQUENCE_END and top.end is None:
            self._close()
        elif tag == _ITEM:
            end = None if length == _UNDEFINED else self._end(at, length, top.bound)
            bound = top.bound if end is None else end
            self._enter(end, bound, is_sequence=False, is_implicit=top.is_implicit)
        else:
            raise _malformed("a sequence holds something that is not an item", at)
        return at

    def _element(self, top: _Container, at: int) -> int:
        """One element of a data set or item; returns where to go on."""
        data = self._data
        is_top_level = len(self._open) == 1
        if at + _HEADER_BYTES > top.bound:
            return self._trailing(top, at)
        group, element, vr, length = self._explicit_header(data, at)
        tag = group << 16 | element
        if is_top_level and (group == 0 or (self._only_group is not None and group != self._only_group)):
            return self._after_the_last(tag, at)
        if tag == _ITEM_END and top.end is None:
            self._close()
            return at + _HEADER_BYTES
        start = at + _HEADER_BYTES
        if top.is_implicit or not (vr.isalpha() and vr.isupper()):
            vr = b""
            (length,) = self._long(data, at + 4)
        elif vr in _LONG_VRS:
            start = at + _LONG_HEADER_BYTES
            if start > top.bound:
                raise self._overrun(top.bound, "an element's header is cut off")
            (length,) = self._long(data, at + _HEADER_BYTES)
        if length == _UNDEFINED:
            return self._undefined(top, tag, vr, start)
        end = self._end(start, length, top.bound)
        if is_top_level and self._found.elements is not None:
            self._found.elements.append(Found(tag, vr, start, end))
        if self._is_sequence(tag, vr, start, end):
            self._enter(end, end, is_sequence=True, is_implicit=top.is_implicit or vr == b"UN")
            return start
        self._keep(tag, start, end, is_top_level=is_top_level)
        return end

    def _is_sequence(self, tag: int, vr: bytes, start: int, end: int) -> bool:
        """Whether a value of known length is a sequence; without a VR the dictionary and the first bytes tell."""
        if vr == b"SQ":
            return True
        if vr not in {b"", b"UN"} or tag not in _SEQUENCE_TAGS or end - start < _HEADER_BYTES:
            return False
        group, element, _ = self._implicit_header(self._data, start)
        return bool(group << 16 | element == _ITEM)

    def _undefined(self, top: _Container, tag: int, vr: bytes, start: int) -> int:
        """A value without a length: encapsulated pixels, or a sequence up to its delimiter."""
        if len(self._open) == 1:
            self._found.elements = None
        if tag in PIXEL_ELEMENTS:
            return self._encapsulated(top, tag, start)
        if vr not in {b"SQ", b"UN", b""}:
            raise _malformed("an element that is no sequence has no length", start)
        self._enter(None, top.bound, is_sequence=True, is_implicit=top.is_implicit or vr == b"UN")
        return start

    def _encapsulated(self, top: _Container, tag: int, start: int) -> int:
        items: list[tuple[int, int]] = []
        at = start
        while True:
            self._count()
            if at + _HEADER_BYTES > top.bound:
                raise self._overrun(top.bound, "compressed pixel data is not closed")
            group, element, length = self._implicit_header(self._data, at)
            at += _HEADER_BYTES
            if group << 16 | element == _SEQUENCE_END:
                break
            if group << 16 | element != _ITEM or length == _UNDEFINED:
                raise _malformed("compressed pixel data is not made of fragments", at)
            end = self._end(at, length, top.bound)
            items.append((at, length))
            at = end
        if len(self._open) == 1:
            self._found.pixels = PixelValue(tag, start, at - start, tuple(items))
        return at

    def _keep(self, tag: int, start: int, end: int, *, is_top_level: bool) -> None:
        if is_top_level and tag in PIXEL_ELEMENTS:
            self._found.pixels = PixelValue(tag, start, end - start)
        elif end - start > self._limits.max_value_bytes:
            raise RefusedFile(
                RefusalCode.VALUE_TOO_LONG,
                f"Element ({tag >> 16:04X},{tag & 0xFFFF:04X}) holds {end - start} bytes, more than "
                f"{self._limits.max_value_bytes}; ask the sender to export without attached raw data.",
            )
        elif is_top_level and tag in self._wanted and end - start <= _KEPT_VALUE_BYTES:
            self._found.values[tag] = bytes(self._data[start:end])

    def _trailing(self, top: _Container, at: int) -> int:
        """Fewer bytes than a header: padding at the very end is legal, anything else was cut off."""
        if len(self._open) == 1 and not any(self._data[at : self._size]):
            return _FINISHED
        raise self._overrun(top.bound, "an element's header is cut off")

    def _after_the_last(self, tag: int, at: int) -> int:
        """Another group than the one asked for, or NULs up to the end of the file."""
        if self._only_group is not None and tag >> 16 != self._only_group:
            self._found.end = at
            self._open.clear()
            return at
        if self._data[at : self._size].count(0) == self._size - at:
            return _FINISHED
        raise _malformed("an element of group 0000 is no part of a file", at)

    def _end(self, start: int, length: int, bound: int) -> int:
        end = start + length
        if end > bound:
            raise self._overrun(bound, f"a value of {length} bytes starts {bound - start} bytes before the end")
        return end

    def _overrun(self, bound: int, what: str) -> RefusedFile:
        """Running out of file is a truncation; running out of a sequence is a wrong length."""
        if bound < self._size:
            return _malformed(what + " of its sequence", bound)
        return RefusedFile(
            RefusalCode.TRUNCATED, f"The file is incomplete: {what} (at byte {bound}); send the file again."
        )


def _malformed(what: str, at: int) -> RefusedFile:
    return RefusedFile(
        RefusalCode.MALFORMED,
        f"The file is damaged: {what} (near byte {at}); ask the sender to export the original images again.",
    )
