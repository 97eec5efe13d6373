"""Archived objects on their way out: as they lie, with another head, or decoded."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from casebook.dicom.blinding import Overlay, blinded_overlay, open_overlay, overlaid_head
from casebook.dicom.codec_pool import CodecPool
from casebook.dicom.frame_index import FrameIndex
from casebook.dicom.heads import FileHead
from casebook.dicom.image_description import JsonObject, PixelFormat, pixel_format
from casebook.dicom.transcode import Samples, explicit_little_endian, is_decodable
from casebook.domain.actors import Actor
from casebook.store.dicomweb import StoredInstance
from casebook.store.files import FileStore

PIECE_BYTES: Final = 4 * 1024 * 1024
"""Objects are read and sent in pieces of this size, so that memory stays small."""


@cache
def codec_pool() -> CodecPool:
    """The process's codecs; its children end with it."""
    return CodecPool()


def overlay_for(actor: Actor, stored: StoredInstance) -> Overlay:
    """What the actor sees in place of the archived values."""
    if actor.is_blinded:
        return blinded_overlay(label=stored.label, reading_code=stored.reading_code)
    return open_overlay(label=stored.label)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One archived object and where its bytes come from."""

    stored: StoredInstance
    archive: FileStore
    index: FrameIndex

    @classmethod
    def of(cls, stored: StoredInstance, archive: FileStore) -> "Outgoing":
        """The object with its frame index read."""
        return cls(stored, archive, FrameIndex.from_bytes(stored.frame_index))

    @property
    def can_be_decoded(self) -> bool:
        """Whether the frames can leave as plain pixels."""
        return self.index.n_frames > 0 and is_decodable(self.stored.transfer_syntax_uid)

    def head(self) -> FileHead:
        """The file up to its pixel data."""
        return FileHead.split(self.archive.read(self.stored.file_key, [(0, self.index.head_bytes)]))

    def frame(self, number: int) -> bytes:
        """The stored bytes of a frame (1-based). Raises NotFound."""
        return self.archive.read(self.stored.file_key, self.index.ranges(number))

    def decoded_frame(self, number: int, layout: PixelFormat) -> tuple[Samples, PixelFormat]:
        """The pixels of a frame (1-based), decoded in a child process where they are compressed."""
        return codec_pool().decoded(self.frame(number), layout, self.stored.transfer_syntax_uid)

    def as_stored(self, overlay: Overlay) -> Iterator[bytes]:
        """The file with the overlay's values in its head."""
        if self.stored.n_bytes <= PIECE_BYTES:
            content = self.archive.read(self.stored.file_key)
            head = FileHead.split(content[: self.index.head_bytes])
            yield overlaid_head(head, overlay).joined() + content[self.index.head_bytes :]
            return
        yield overlaid_head(self.head(), overlay).joined()
        for offset in range(self.index.head_bytes, self.stored.n_bytes, PIECE_BYTES):
            length = min(PIECE_BYTES, self.stored.n_bytes - offset)
            yield self.archive.read(self.stored.file_key, [(offset, length)])

    def as_plain_pixels(self, overlay: Overlay, layout: PixelFormat) -> Iterator[bytes]:
        """The file in Explicit VR Little Endian with the overlay's values in its head."""
        return explicit_little_endian(
            overlaid_head(self.head(), overlay),
            n_frames=self.index.n_frames,
            decoded_frame=lambda number: self.decoded_frame(number, layout),
        )


def description(dicom_json: bytes) -> JsonObject:
    """An instance's metadata as Python values."""
    found: JsonObject = json.loads(dicom_json)
    return found


def layout_of(dicom_json: bytes) -> PixelFormat:
    """How the samples of an instance lie. Raises NotAnImage."""
    return pixel_format(description(dicom_json))
