"""Changes elements in the head of an archived file without parsing the rest; the pixel bytes stay as they lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from struct import Struct
from typing import Final

from casebook.dicom.explicit_le import (
    DamagedArchiveFile,
    elements,
    encoded_element,
    encoded_item,
    items,
)

PREFIX: Final = bytes(128) + b"DICM"
TRANSFER_SYNTAX_UID: Final = 0x00020010
_GROUP_LENGTH: Final = Struct("<HH2sHI")
_TAG: Final = Struct("<HH")

Changes = Mapping[int, tuple[bytes, bytes] | None]
"""The new VR and value (of even length) of each element to set, None for elements to leave out."""


@dataclass(frozen=True, slots=True)
class FileHead:
    """The beginning of an archived file up to its pixel data element: file meta information and data set."""

    meta: bytes
    data_set: bytes

    @classmethod
    def split(cls, file_head: bytes) -> "FileHead":
        """The two parts of the first bytes of a file."""
        start = len(PREFIX) + _GROUP_LENGTH.size
        if len(file_head) < start or not file_head.startswith(PREFIX):
            raise DamagedArchiveFile("An archived file does not begin as it was written; run the scrub and restore it.")
        meta_end = start + _GROUP_LENGTH.unpack_from(file_head, len(PREFIX))[4]
        return cls(meta=file_head[start:meta_end], data_set=file_head[meta_end:])

    def joined(self) -> bytes:
        """The bytes of the file's beginning, with the group length made anew."""
        return PREFIX + _GROUP_LENGTH.pack(2, 0, b"UL", 4, len(self.meta)) + self.meta + self.data_set

    def with_transfer_syntax(self, uid: str) -> "FileHead":
        """The same head announcing another transfer syntax."""
        value = even(uid.encode("ascii"), b"\0")
        return FileHead(spliced(self.meta, {TRANSFER_SYNTAX_UID: (b"UI", value)}), self.data_set)


def even(value: bytes, padding: bytes = b" ") -> bytes:
    """The value padded to an even length (PS3.5 6.2)."""
    return value + padding * (len(value) % 2)


def spliced(data_set: bytes, changes: Changes) -> bytes:
    """The elements with the changed ones set, inserted in order, or left out; sequences are not entered."""
    pending = sorted(changes, reverse=True)
    pieces: list[bytes] = []
    copied_to = 0
    for element in elements(data_set):
        if not pending:
            break
        while pending and pending[-1] <= element.tag:
            tag = pending.pop()
            pieces += [data_set[copied_to : element.start], _encoded(tag, changes)]
            copied_to = element.end if tag == element.tag else element.start
    pieces.append(data_set[copied_to:])
    pieces += [_encoded(tag, changes) for tag in reversed(pending)]
    return b"".join(pieces)


def replaced_everywhere(data_set: bytes, changes: Changes) -> bytes:
    """The elements with those of `changes` that exist replaced, at any depth."""
    names = [_TAG.pack(tag >> 16, tag & 0xFFFF) for tag in changes]
    if not any(name in data_set for name in names):
        return data_set
    pieces: list[bytes] = []
    for element in elements(data_set):
        if element.tag in changes:
            pieces.append(_encoded(element.tag, changes))
        elif element.vr == b"SQ":
            content = (
                encoded_item(replaced_everywhere(data_set[start:end], changes))
                for start, end in items(data_set, element.value_start, element.end)
            )
            pieces.append(encoded_element(element.tag, b"SQ", b"".join(content)))
        else:
            pieces.append(data_set[element.start : element.end])
    return b"".join(pieces)


def _encoded(tag: int, changes: Changes) -> bytes:
    change = changes[tag]
    return b"" if change is None else encoded_element(tag, *change)


def value_at(data_set: bytes, path: tuple[int, ...]) -> bytes | None:
    """The value of the element at a path of tag, item (1-based), tag, ...; None where there is none."""
    tag, *rest = path
    found = next((element for element in elements(data_set) if element.tag == tag), None)
    if found is None:
        return None
    if not rest:
        return data_set[found.value_start : found.end]
    number, *deeper = rest
    if found.vr != b"SQ" or not deeper or number < 1:
        return None
    for position, (start, end) in enumerate(items(data_set, found.value_start, found.end), start=1):
        if position == number:
            return value_at(data_set[start:end], tuple(deeper))
    return None
