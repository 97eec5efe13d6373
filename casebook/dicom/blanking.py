"""Blanks rectangles of an image's pixels, in every frame, so that what was burned in is gone. For a child process."""

import struct
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import set_pixel_data
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian

from casebook.domain.errors import Invalid

Pixels = NDArray[Any]
COLOUR_SAMPLES: Final = 3
BITS_OF_A_WORD: Final = 16
DECODER_FAILURES: Final = (
    ValueError,
    RuntimeError,
    AttributeError,
    NotImplementedError,
    KeyError,
    TypeError,
    struct.error,
)
"""What decoders raise for pixels they cannot read."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A part of a picture in its own pixels; `x`, `y` is the corner at the upper left, counted from 0."""

    x: int
    y: int
    width: int
    height: int


def blank(ds: Dataset, rectangles: Sequence[Rectangle]) -> None:
    """Overwrite the rectangles with black in all frames of a data set that was checked; nothing where there are none.

    Compressed pixels come out uncompressed. Raises Invalid where a rectangle misses the picture or the pixels cannot be
    decoded: then nothing may be archived.
    """
    if not rectangles:
        return
    is_big_endian = turned_to_little_endian(ds)
    pixels, photometric = _decoded(ds)
    for rectangle in rectangles:
        _fill(pixels, rectangle, photometric)
    bits_stored = min(int(ds.get("BitsStored") or pixels.dtype.itemsize * 8), pixels.dtype.itemsize * 8)
    try:
        set_pixel_data(ds, pixels, photometric, bits_stored, generate_instance_uid=False)
    except (ValueError, AttributeError, TypeError) as refused:
        raise _impossible() from refused
    if is_big_endian:
        ds.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
        ds.PixelData = pixels.byteswap().tobytes()


def turned_to_little_endian(ds: Dataset) -> bool:
    """Turn big-endian pixels round, which the decoders do not; tells whether there were such."""
    if UID(ds.file_meta.TransferSyntaxUID) != ExplicitVRBigEndian:
        return False
    bits = int(ds.get("BitsAllocated") or BITS_OF_A_WORD)
    if "PixelData" in ds and (bits >= BITS_OF_A_WORD or ds["PixelData"].VR == "OW"):
        words = np.frombuffer(ds.PixelData, dtype=f">u{max(bits, BITS_OF_A_WORD) // 8}")
        ds.PixelData = words.byteswap().tobytes()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return True


def _decoded(ds: Dataset) -> tuple[Pixels, str]:
    """All frames as one writable array (frames, rows, columns[, samples]) and their colour model."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found, described = get_decoder(ds.file_meta.TransferSyntaxUID).as_array(ds)
    except DECODER_FAILURES as refused:
        raise _impossible() from refused
    n_samples = int(described["samples_per_pixel"])
    pixels = np.array(found, copy=True)
    if pixels.ndim == (3 if n_samples > 1 else 2):
        pixels = pixels[np.newaxis]
    return pixels, str(described["photometric_interpretation"])


def _fill(pixels: Pixels, rectangle: Rectangle, photometric: str) -> None:
    n_rows, n_columns = pixels.shape[1:3]
    is_inside = 0 <= rectangle.x < n_columns and 0 <= rectangle.y < n_rows
    if not is_inside or rectangle.width < 1 or rectangle.height < 1:
        raise Invalid(
            f"A rectangle to blank lies outside the picture of {n_columns} x {n_rows} pixels; give it anew.",
            field="blank",
        )
    rows = slice(rectangle.y, rectangle.y + rectangle.height)
    columns = slice(rectangle.x, rectangle.x + rectangle.width)
    pixels[:, rows, columns] = _black(pixels, photometric)


def _black(pixels: Pixels, photometric: str) -> Any:
    """The value that is shown as black, of those the picture holds; 0 for colours."""
    if pixels.ndim > COLOUR_SAMPLES or photometric == "PALETTE COLOR":
        return 0
    return pixels.max() if photometric == "MONOCHROME1" else pixels.min()


def _impossible() -> Invalid:
    return Invalid(
        "The pixels of this file cannot be decoded, so nothing in them can be blanked; ask for another export.",
        field="blank",
    )
