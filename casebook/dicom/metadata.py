"""A series' metadata made once, in both views, as they are stored and sent: gzipped DICOM JSON arrays."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from casebook.dicom.blinding import Overlay, blinded_overlay, open_overlay, overlaid_json

COMPRESSION_LEVEL: Final = 6
GZIP: Final = zlib.MAX_WBITS | 16
"""Makes zlib write gzip's header, which names no time."""


@dataclass(frozen=True, slots=True)
class SeriesBlobs:
    """What unblinded people and what blinded readers are given."""

    open_gz: bytes
    blinded_gz: bytes


def series_blobs(instances: Iterable[bytes], *, label: str | None, reading_code: str) -> SeriesBlobs:
    """Both views of a series, from its instances' DICOM JSON in the order in which they are to be listed.

    Instances are taken one by one; of the whole only what is packed is held.
    """
    unblinded = _View(open_overlay(label=label))
    blinded = _View(blinded_overlay(label=label, reading_code=reading_code))
    for instance in instances:
        unblinded.add(instance)
        blinded.add(instance)
    return SeriesBlobs(open_gz=unblinded.finish(), blinded_gz=blinded.finish())


class _View:
    """A JSON array that is packed as it grows."""

    def __init__(self, overlay: Overlay) -> None:
        self._overlay = overlay
        self._packer = zlib.compressobj(COMPRESSION_LEVEL, zlib.DEFLATED, GZIP)
        self._packed = bytearray(self._packer.compress(b"["))
        self._is_empty = True

    def add(self, instance: bytes) -> None:
        separator = b"" if self._is_empty else b","
        self._packed += self._packer.compress(separator + overlaid_json(instance, self._overlay))
        self._is_empty = False

    def finish(self) -> bytes:
        return bytes(self._packed + self._packer.compress(b"]") + self._packer.flush())
