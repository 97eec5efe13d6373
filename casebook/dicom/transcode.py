"""Decodes stored frames, and rewrites an archived object as Explicit VR Little Endian (PS3.18 8.7.3.5)."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID, ExplicitVRLittleEndian

from casebook.dicom.heads import FileHead, even, spliced
from casebook.dicom.image_description import PixelFormat
from casebook.domain.errors import Invalid

Samples = NDArray[np.generic]

MAX_FRAME_BYTES: Final = 512 * 1024 * 1024
"""Largest uncompressed frame that is decoded; whole-slide tiles and CT stay far below."""
MAX_NATIVE_BYTES: Final = 0xFFFFFFFE
"""Longest value of native pixel data (PS3.5 7.1.2)."""
EXTENDED_OFFSET_TABLES: Final = (0x7FE00001, 0x7FE00002)
BITS_OF_A_BYTE: Final = 8
EXPLICIT_LITTLE_ENDIAN: Final = str(ExplicitVRLittleEndian)


class NotDecodable(Invalid):
    """A stored frame cannot be decoded."""

    code = "not-decodable"


def is_decodable(transfer_syntax_uid: str) -> bool:
    """Whether frames of this transfer syntax can be turned into plain pixels."""
    try:
        return bool(get_decoder(transfer_syntax_uid).is_available)
    except NotImplementedError:
        return False


def is_native(transfer_syntax_uid: str) -> bool:
    """Whether frames of this transfer syntax are plain little-endian pixels."""
    return transfer_syntax_uid == EXPLICIT_LITTLE_ENDIAN


def decoded(stored: bytes, layout: PixelFormat, transfer_syntax_uid: str) -> tuple[Samples, PixelFormat]:
    """One frame as (rows, columns) or (rows, columns, samples), and the layout it then has.

    YBR colours come out as RGB, planes interleaved. NotDecodable when the codec refuses or the frame is too big;
    some codecs abort the process instead, so compressed frames go through `codec_pool`.
    """
    if not 0 < layout.frame_bytes <= MAX_FRAME_BYTES:
        raise NotDecodable(f"A frame of {layout.frame_bytes} bytes is beyond what the server decodes.")
    if not is_decodable(transfer_syntax_uid):
        raise NotDecodable(f"There is no decoder for transfer syntax {transfer_syntax_uid}; ask for it as stored.")
    source = encapsulate([stored]) if UID(transfer_syntax_uid).is_encapsulated else stored + b"\0" * (len(stored) % 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            array, found = get_decoder(transfer_syntax_uid).as_array(source, index=0, **_options(layout))
    except (ValueError, RuntimeError, AttributeError, NotImplementedError, MemoryError) as refused:
        raise NotDecodable(
            "The codec refuses the stored frame; ask for it as stored, or scrub the archive."
        ) from refused
    return array, _layout_after(layout, array, str(found["photometric_interpretation"]))


def _options(layout: PixelFormat) -> dict[str, Any]:
    """The layout in pydicom's words."""
    return {
        "rows": layout.n_rows,
        "columns": layout.n_columns,
        "samples_per_pixel": layout.n_samples,
        "bits_allocated": layout.bits_allocated,
        "bits_stored": layout.bits_stored,
        "pixel_representation": int(layout.is_signed),
        "photometric_interpretation": layout.photometric,
        "planar_configuration": int(layout.is_planar),
        "number_of_frames": 1,
        "pixel_keyword": "PixelData",
    }


def _layout_after(layout: PixelFormat, array: Samples, photometric: str) -> PixelFormat:
    return PixelFormat(
        n_rows=array.shape[0],
        n_columns=array.shape[1],
        n_samples=layout.n_samples,
        bits_allocated=array.dtype.itemsize * 8,
        bits_stored=layout.bits_stored,
        is_signed=layout.is_signed,
        photometric=photometric,
        is_planar=False,
    )


def decompressed_head(head: FileHead, layout: PixelFormat) -> FileHead:
    """The head that goes with frames decoded to `layout`."""
    n_samples = layout.n_samples
    changes: dict[int, tuple[bytes, bytes] | None] = {
        0x00280004: (b"CS", even(layout.photometric.encode("ascii"))),
        0x00280006: (b"US", b"\0\0") if n_samples > 1 else None,
        0x00280100: (b"US", layout.bits_allocated.to_bytes(2, "little")),
        **dict.fromkeys(EXTENDED_OFFSET_TABLES),
    }
    plain = head.with_transfer_syntax(EXPLICIT_LITTLE_ENDIAN)
    return FileHead(plain.meta, spliced(plain.data_set, changes))


def pixel_data_header(layout: PixelFormat, n_frames: int) -> tuple[bytes, bytes]:
    """The header of native Pixel Data of `n_frames` decoded frames, and the padding after them."""
    n_bytes = layout.frame_bytes * n_frames
    if n_bytes > MAX_NATIVE_BYTES:
        raise NotDecodable("The uncompressed object is longer than DICOM allows; ask for it as stored.")
    vr = b"OW" if layout.bits_allocated > BITS_OF_A_BYTE else b"OB"
    padding = b"\0" * (n_bytes % 2)
    header = b"\xe0\x7f\x10\x00" + vr + b"\0\0" + (n_bytes + len(padding)).to_bytes(4, "little")
    return header, padding


def explicit_little_endian(
    head: FileHead, *, n_frames: int, decoded_frame: Callable[[int], tuple[Samples, PixelFormat]]
) -> Iterator[bytes]:
    """The pieces of a Part 10 file in Explicit VR Little Endian, decoded frame by frame (1-based).

    The first frame is decoded before the first piece is given, so that a refusal comes before an answer begins.
    """
    array, layout = decoded_frame(1)
    header, padding = pixel_data_header(layout, n_frames)
    yield decompressed_head(head, layout).joined() + header
    yield array.tobytes()
    for frame in range(2, n_frames + 1):
        array, _ = decoded_frame(frame)
        yield array.tobytes()
    yield padding
