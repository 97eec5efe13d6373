"""A series' metadata made once, in both views, as they are stored and sent: gzipped DICOM JSON arrays."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from casebook.dicom.blinding import Overlay, blinded_overlay, open_overlay, overlaid_json
from casebook.dicom.dicom_json import series_metadata

COMPRESSION_LEVEL: Final = 6


@dataclass(frozen=True, slots=True)
class SeriesBlobs:
    """What unblinded people and what blinded readers are given."""

    open_gz: bytes
    blinded_gz: bytes


def series_blobs(instances: Sequence[bytes], *, label: str | None, reading_code: str) -> SeriesBlobs:
    """Both views of a series, from its instances' DICOM JSON in the order in which they are to be listed."""
    joined = series_metadata(instances)
    return SeriesBlobs(
        open_gz=_packed(joined, open_overlay(label=label)),
        blinded_gz=_packed(joined, blinded_overlay(label=label, reading_code=reading_code)),
    )


def _packed(metadata: bytes, overlay: Overlay) -> bytes:
    return gzip.compress(overlaid_json(metadata, overlay), COMPRESSION_LEVEL, mtime=0)
