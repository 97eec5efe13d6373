"""The shown values of archived frames, read frame by frame."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from casebook.dicom.frame_index import FrameIndex
from casebook.dicom.image_description import PixelFormat, display, pixel_format
from casebook.dicom.transcode import Samples
from casebook.store.files import Range
from casebook.store.tables import Instance

Decode = Callable[[bytes, PixelFormat, str], tuple[Samples, PixelFormat]]
"""`transcode.decoded`, or the same at a distance (`CodecPool.decoded`)."""


class Readable(Protocol):
    """Where archived bytes are read from."""

    def read(self, key: str, ranges: Sequence[Range] | None = None) -> bytes:
        """Return the whole object or the joined ranges."""
        ...


def frame_values(
    frames: Iterable[tuple[Instance, int]], archive: Readable, decode: Decode
) -> Iterator[NDArray[np.float32]]:
    """Stored values times slope plus intercept, one array a frame (1-based), in the order asked for.

    Raises NotAnImage and NotDecodable.
    """
    last: Instance | None = None
    for instance, number in frames:
        if instance is not last:
            description, index = json.loads(instance.dicom_json), FrameIndex.from_bytes(instance.frame_index)
            layout, last = pixel_format(description), instance
        shown = display(description, number)
        stored = archive.read(instance.file_key, [(part.offset, part.length) for part in index.ranges(number)])
        samples, _ = decode(stored, layout, instance.transfer_syntax_uid)
        yield samples.astype(np.float32) * np.float32(shown.slope) + np.float32(shown.intercept)
