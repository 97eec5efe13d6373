"""Pictures of frames for people: window, viewport, JPEG or PNG (PS3.18 8.3.5, PS3.3 C.11)."""

import io
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from casebook.dicom.image_description import Display, NotAnImage, PixelFormat, Window
from casebook.dicom.transcode import Samples
from casebook.domain.errors import Invalid

Greys = NDArray[np.uint8]

MAX_SIDE_PIXELS: Final = 4096
"""Largest side of a picture that is made."""
DEFAULT_QUALITY: Final = 90
THUMBNAIL_PIXELS: Final = 128
MONOCHROME: Final = frozenset({"MONOCHROME1", "MONOCHROME2"})
_TABLE_BITS: Final = 16
_PERCENTILES: Final = (1.0, 99.0)
"""What is shown when neither the request nor the object names a window."""
_SAMPLE_PIXELS: Final = 65536


class Format(StrEnum):
    """Media types of pictures."""

    JPEG = "image/jpeg"
    PNG = "image/png"


@dataclass(frozen=True, slots=True)
class Viewport:
    """Fit the region (x, y, width, height in source pixels; all of it by default) into width x height pixels.

    A negative region width or height flips the picture.
    """

    width: int
    height: int
    region: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """How a frame is to be shown."""

    format: Format = Format.JPEG
    quality: int = DEFAULT_QUALITY
    window: Window | None = None
    viewport: Viewport | None = None


def rendered(samples: Samples, layout: PixelFormat, shown: Display, picture: Picture) -> bytes:
    """The encoded picture of one decoded frame. NotAnImage for colour models that are not shown."""
    if layout.photometric in MONOCHROME:
        image = Image.fromarray(greys(samples, layout, shown, picture.window))
    elif layout.photometric == "RGB":
        image = Image.fromarray(np.ascontiguousarray(eight_bit(samples, layout.bits_stored)))
    else:
        raise NotAnImage(f"Pictures of {layout.photometric} pixels are not made; ask for the frame.")
    if picture.viewport is not None:
        image = fitted(image, picture.viewport)
    buffer = io.BytesIO()
    if picture.format is Format.PNG:
        image.save(buffer, "PNG", compress_level=1)
    else:
        image.save(buffer, "JPEG", quality=picture.quality)
    return buffer.getvalue()


def eight_bit(colours: Samples, bits_stored: int) -> NDArray[np.uint8]:
    """Colour samples of any depth by their upper eight bits."""
    if colours.dtype.kind not in "iu":
        raise NotAnImage("Pictures of floating-point colours are not made; ask for the frame.")
    depth = max(0, bits_stored - 8)
    return (colours.astype(np.int64) >> depth).astype(np.uint8) if depth else colours.astype(np.uint8)


def greys(samples: Samples, layout: PixelFormat, shown: Display, window: Window | None) -> Greys:
    """Stored values to 8-bit greys: modality transformation, window, inversion for MONOCHROME1."""
    chosen = window or shown.window or spread_window(samples, shown)
    is_inverted = layout.photometric == "MONOCHROME1"
    if samples.dtype.kind not in "iu" or samples.dtype.itemsize * 8 > _TABLE_BITS:
        return _windowed(samples.astype(np.float64), shown, chosen, is_inverted=is_inverted)
    lowest, highest = int(samples.min()), int(samples.max())
    stored = np.arange(lowest, highest + 1, dtype=np.float64)
    table = _windowed(stored, shown, chosen, is_inverted=is_inverted)
    picture: Greys = table[samples.astype(np.int32) - lowest]
    return picture


def _windowed(stored: NDArray[np.float64], shown: Display, window: Window, *, is_inverted: bool) -> Greys:
    share = in_window(stored * shown.slope + shown.intercept, window)
    grey = np.rint((1.0 - share if is_inverted else share) * 255.0)
    return grey.astype(np.uint8)


def in_window(values: NDArray[np.float64], window: Window) -> NDArray[np.float64]:
    """Where each value lies in the window, 0 to 1 (PS3.3 C.11.2.1.2.1, C.11.2.1.3)."""
    center, width = window.center, window.width
    if window.shape == "sigmoid":
        exponent = np.clip(-4.0 * (values - center) / width, -700.0, 700.0)
        share = 1.0 / (1.0 + np.exp(exponent))
    elif window.shape == "linear_exact":
        share = (values - center) / width + 0.5
    elif width <= 1.0:
        share = (values > center - 0.5).astype(np.float64)
    else:
        share = (values - (center - 0.5)) / (width - 1.0) + 0.5
    return np.clip(share, 0.0, 1.0)


def spread_window(samples: Samples, shown: Display) -> Window:
    """A window over the bulk of the values, without padding, for objects that name none."""
    step = max(1, math.isqrt(samples.size // _SAMPLE_PIXELS))
    sample = samples[::step, ::step]
    if shown.padding_value is not None and bool((sample != shown.padding_value).any()):
        sample = sample[sample != shown.padding_value]
    low, high = np.percentile(sample.astype(np.float64), _PERCENTILES) * shown.slope + shown.intercept
    return Window(center=float(low + high) / 2, width=max(abs(float(high - low)), 1.0), shape="linear_exact")


def fitted(image: Image.Image, viewport: Viewport) -> Image.Image:
    """The region scaled into the viewport with its proportions kept (PS3.18 8.3.5.1.3).

    Invalid where the region does not meet the picture.
    """
    if viewport.region is not None:
        image = _cropped(image, viewport.region)
    scale = min(viewport.width / image.width, viewport.height / image.height)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BILINEAR)


def _cropped(image: Image.Image, region: tuple[float, float, float, float]) -> Image.Image:
    x, y, width, height = region
    left, upper = max(0, math.floor(x)), max(0, math.floor(y))
    right = min(image.width, math.ceil(x + abs(width)))
    lower = min(image.height, math.ceil(y + abs(height)))
    if left >= right or upper >= lower:
        raise Invalid(
            f"The region lies outside the picture of {image.width} x {image.height} pixels.", field="viewport"
        )
    image = image.crop((left, upper, right, lower))
    if width < 0:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return image.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if height < 0 else image
