"""Archived images on their way out: each is read whole and compared with its SHA-256 before anything is made of it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from casebook.domain.errors import NotFound
from casebook.store import image_list as store
from casebook.store.files import FileStore, Range
from casebook.store.tables import Instance

NOT_THERE = "The archive does not hold this image any more."
OTHER_BYTES = "The archive holds other bytes under this image's UID than were listed."
ALTERED = "The archived file is not what its SHA-256 says; run `casebook scrub`."


class NotWhole(NotFound):
    """An image that is not there, or is not what it was."""

    code = "image-not-whole"


@dataclass(slots=True)
class WholeImages:
    """Reads archived objects, and refuses those whose bytes are not what their digest says. Keeps the last one."""

    archive: FileStore
    sha256_of: Mapping[str, bytes]
    _key: str | None = field(default=None, init=False)
    _content: bytes = field(default=b"", init=False)

    def read(self, key: str, ranges: Sequence[Range] | None = None) -> bytes:
        """Return the whole object or the joined ranges. Raises NotWhole."""
        if key != self._key:
            self._content, self._key = self._whole(key), key
        if ranges is None:
            return self._content
        return b"".join(self._content[offset : offset + length] for offset, length in ranges)

    def _whole(self, key: str) -> bytes:
        try:
            content = self.archive.read(key)
        except NotFound:
            raise NotWhole(NOT_THERE) from None
        if hashlib.sha256(content).digest() != self.sha256_of[key]:
            raise NotWhole(ALTERED)
        return content


@dataclass(frozen=True, slots=True)
class Source:
    """A listed image with its row; `missing` says why there is none to be used."""

    sop_uid: str
    sha256: str
    row: Instance | None
    missing: str | None = None

    def found(self) -> Instance:
        """Return the row. Raises NotWhole, with why, where there is none."""
        if self.row is None:
            raise NotWhole(self.missing or NOT_THERE)
        return self.row


def sources(session: Session, listed: Mapping[str, Any]) -> list[Source]:
    """Return the listed images of a series in the list's order, as far as the archive's rows still hold them."""
    rows = {row.sop_uid: row for row in store.stored_images(session, listed["series_uid"])}
    return [_source(image, rows.get(image["sop_uid"])) for image in listed["instances"]]


def _source(image: Mapping[str, Any], row: Instance | None) -> Source:
    uid, sha256 = image["sop_uid"], image["sha256"]
    if row is None:
        return Source(uid, sha256, None, NOT_THERE)
    if row.archived_sha256.hex() != sha256:
        return Source(uid, sha256, None, OTHER_BYTES)
    return Source(uid, sha256, row)


def whole_images(archive: FileStore, found: Iterable[Source]) -> WholeImages:
    """Return a reader of the sources' files."""
    rows = [source.row for source in found if source.row is not None]
    return WholeImages(archive, {row.file_key: row.archived_sha256 for row in rows})
