"""The phantom seen by a scanner: values on slices, with blur, noise and the faults of each method."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from scipy import ndimage

from sample_dicom.anatomy.canvas import ORIGIN_MM, STEP_MM
from sample_dicom.anatomy.phantom import Phantom
from sample_dicom.chance import Floats, bell, smooth_noise, stream
from sample_dicom.geometry import Placement, Stack, Vector
from sample_dicom.lesions import Tumour
from sample_dicom.signal import Look

_CHUNK: Final = 8
"""Fine slices worked on at once, so that they stay in the cache."""

_COUCH_GAP_MM: Final = 9.0
_COUCH_HU: Final = (-190.0, -760.0)


@dataclass(frozen=True, slots=True)
class View:
    """A stack in a frame of reference in which the patient lies, breathed `shift_mm` away."""

    stack: Stack
    placement: Placement
    shift_mm: Vector


def slices_of(phantom: Phantom, look: Look, tumours: Sequence[Tumour], view: View) -> Floats:
    """The look of the phantom and of these tumours at the pixels of the view (slices, rows, columns)."""
    levels = _levels(phantom, view)
    volume = np.empty((levels.stop - levels.start, *phantom.code.shape[1:]), np.float32)
    for start in range(levels.start, levels.stop, _CHUNK):
        chunk = slice(start, min(start + _CHUNK, levels.stop))
        volume[chunk.start - levels.start : chunk.stop - levels.start] = _values(phantom, look, chunk)
    for tumour in tumours:
        tumour.paint(volume, look, levels.start)
    return sampled(through_plane(volume, view.stack.thickness_mm), view, look.empty, levels.start)


def _values(phantom: Phantom, look: Look, levels: slice) -> Floats:
    """Values of some fine slices with their texture."""
    values = phantom.lookup(look.value, levels)
    values += (values - np.float32(look.empty)) * phantom.texture[look.modality][levels]
    if look.uneven is not None:
        values += phantom.mottle[levels] * phantom.lookup(look.uneven, levels)
    return values


def _levels(phantom: Phantom, view: View) -> slice:
    """The fine slices that the stack can reach, with room for its thickness."""
    stack = view.stack
    size = (stack.n_slices - 1, stack.rows - 1, stack.columns - 1)
    rotation = np.array(view.placement.rotation)
    away = np.array(stack.first) - np.array(view.shift_mm) - np.array(view.placement.translation_mm)
    steps = stack.index_to_mm()
    corners = [
        (rotation.T @ (away + steps @ np.array([a * size[0], b * size[1], c * size[2]])))[2]
        for a in (0, 1)
        for b in (0, 1)
        for c in (0, 1)
    ]
    margin = stack.thickness_mm + 2.0
    return phantom.levels(float(min(corners)) - margin, float(max(corners)) + margin)


def through_plane(volume: Floats, thickness_mm: float) -> Floats:
    """Averaged over the slice's thickness; beyond the ends the last slice goes on."""
    half = max(0.0, thickness_mm / STEP_MM[0] - 1.0) / 2.0
    whole = int(half)
    shares = [1.0] * whole + [half - whole]
    weights = [np.float32(share / (1.0 + 2.0 * half)) for share in shares]
    top = volume.shape[0] - 1
    averaged = volume * np.float32(1.0 / (1.0 + 2.0 * half))
    for k in range(top + 1):
        for offset, weight in enumerate(weights, start=1):
            averaged[k] += (volume[max(0, k - offset)] + volume[min(top, k + offset)]) * weight
    return averaged


def sampled(volume: Floats, view: View, empty: float, below: int = 0) -> Floats:
    """Values at the pixels of the stack; the volume begins `below` fine slices above the phantom's lowest."""
    rotation = np.array(view.placement.rotation)
    to_phantom = rotation.T @ view.stack.index_to_mm()
    away = np.array(view.stack.first) - np.array(view.shift_mm) - np.array(view.placement.translation_mm)
    start = rotation.T @ away
    flip = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    step = np.array(STEP_MM)
    matrix = np.round((flip @ to_phantom) / step[:, None], 10)
    offset = np.round((start[::-1] - np.array(ORIGIN_MM)) / step, 9)
    offset[0] -= below
    shape = (view.stack.n_slices, view.stack.rows, view.stack.columns)
    return np.asarray(
        ndimage.affine_transform(
            volume, matrix, offset, shape, output=np.float32, order=1, mode="constant", cval=empty
        ),
        np.float32,
    )


def scanned_ct(slices: Floats, view: View, *, noise_hu: float, words: Sequence[object]) -> Floats:
    """Couch below, quantum noise with the grain of a soft-tissue kernel, stronger behind bone."""
    stack = view.stack
    _add_couch(slices, view)
    out = np.empty_like(slices)
    for k in range(stack.n_slices):
        noise = _kernel_grain(bell(stream("ct", *words, k), (stack.rows, stack.columns)))
        out[k] = slices[k] + np.float32(noise_hu) * _attenuation(slices[k]) * noise
    return np.clip(out, np.float32(-1024.0), np.float32(3071.0))


def _kernel_grain(white: Floats) -> Floats:
    """Noise whose neighbours resemble each other, of standard deviation about 1."""
    grain = white.copy()
    for axis in (0, 1):
        side = np.roll(grain, 1, axis) + np.roll(grain, -1, axis)
        grain = grain + np.float32(0.55) * side
    return grain * np.float32(0.62)


def _attenuation(values: Floats) -> Floats:
    """Noise grows where rays pass much tissue: a smooth factor from 0.35 (outside) to 1.3 (the middle)."""
    body = np.clip((values + np.float32(500.0)) * np.float32(1 / 700), np.float32(0.0), np.float32(1.5))
    n = max(3, values.shape[0] // 12)
    coarse = ndimage.uniform_filter(body, n, output=np.float32)
    return np.float32(0.35) + np.float32(0.75) * np.asarray(coarse, np.float32)


def _add_couch(slices: Floats, view: View) -> None:
    """The curved couch top: a thin shell with a light core, fixed in the frame of reference."""
    stack = view.stack
    x = np.float32(stack.first[0]) + np.arange(stack.columns, dtype=np.float32)[None, :] * np.float32(stack.pixel_mm)
    y = np.float32(stack.first[1]) + np.arange(stack.rows, dtype=np.float32)[:, None] * np.float32(stack.pixel_mm)
    tx, ty, _ = view.placement.translation_mm
    across = x - np.float32(tx)
    down = y - np.float32(ty + 112.0 + _COUCH_GAP_MM + 8.0) + across * across * np.float32(0.0011)
    wide = np.abs(across) < np.float32(205.0)
    shell = wide & ((np.abs(down) < np.float32(1.4)) | (np.abs(down - np.float32(26.0)) < np.float32(1.2)))
    core = wide & (down >= np.float32(1.4)) & (down <= np.float32(24.8))
    for image in slices:
        air = image < np.float32(-900.0)
        image[core & air] = np.float32(_COUCH_HU[1] - 180.0)
        image[shell & air] = np.float32(_COUCH_HU[0])


def scanned_mr(
    slices: Floats,
    view: View,
    *,
    noise: float,
    blur_px: float,
    bias: float,
    words: Sequence[object],
    coil_words: Sequence[object],
) -> Floats:
    """Blur of the matrix, uneven coil sensitivity (the same for equal `coil_words`), Rician noise."""
    stack = view.stack
    field = np.float32(1.0) + np.float32(bias) * _coil_field(
        (stack.n_slices, stack.rows, stack.columns), tuple(coil_words)
    )
    out = np.empty_like(slices)
    for k in range(stack.n_slices):
        image = slices[k]
        if blur_px > 0.0:
            image = np.asarray(ndimage.gaussian_filter(image, blur_px, output=np.float32), np.float32)
        image = image * field[k]
        bits = stream("mr", *words, k)
        real = image + np.float32(noise) * _soft(bell(bits, image.shape))
        imaginary = np.float32(noise) * _soft(bell(bits, image.shape))
        out[k] = np.sqrt(real * real + imaginary * imaginary)
    return out


def _soft(white: Floats) -> Floats:
    """Noise of an interpolated matrix, standard deviation about 1."""
    grain = white + np.float32(0.45) * (np.roll(white, 1, 0) + np.roll(white, 1, 1))
    return grain * np.float32(0.844)


@lru_cache(maxsize=2)
def _coil_field(shape: tuple[int, int, int], words: tuple[object, ...]) -> Floats:
    """Smooth waves over a stack of this shape, brighter near the coil on belly and back."""
    coarse = smooth_noise(stream("coil", *words), (6, 10, 12), (1.6, 2.6, 3.0))
    zoom = [n / c for n, c in zip(shape, coarse.shape, strict=True)]
    waves = ndimage.zoom(coarse, zoom, output=np.float32, order=1, mode="nearest", grid_mode=True)
    row = np.arange(shape[1], dtype=np.float32) * np.float32(2.0 / shape[1]) - np.float32(1.0)
    near_coil = (row * row - np.float32(0.25))[None, :, None]
    return np.asarray(np.float32(0.6) * waves + near_coil, np.float32)


def with_ghost(slices: Floats, strength: float) -> Floats:
    """A weak second image half the field of view away in the phase direction (rows), as EPI leaves it."""
    return slices + np.float32(strength) * np.roll(slices, slices.shape[1] // 2, axis=1)


def with_motion(slices: Floats, at: Vector, *, reach_px: float, left: float) -> Floats:
    """Signal lost to the heart beat around a pixel (slice, row, column): `left` remains in the middle."""
    n_slices, rows, columns = slices.shape
    k = (np.arange(n_slices, dtype=np.float32)[:, None, None] - np.float32(at[0])) * np.float32(1.0 / 3.2)
    r = (np.arange(rows, dtype=np.float32)[None, :, None] - np.float32(at[1])) * np.float32(1.0 / reach_px)
    c = (np.arange(columns, dtype=np.float32)[None, None, :] - np.float32(at[2])) * np.float32(0.7 / reach_px)
    near = np.clip(np.float32(1.25) - np.float32(0.75) * np.sqrt(k * k + r * r + c * c), 0.0, 1.0).astype(np.float32)
    near *= near * (np.float32(3.0) - np.float32(2.0) * near)
    lost = slices * (np.float32(1.0) - np.float32(1.0 - left) * near)
    smear = np.roll(slices, rows // 9, axis=1) + np.roll(slices, -rows // 9, axis=1)
    moved: Floats = lost + np.float32(0.16) * near * smear
    return moved


def whole_numbers(values: Floats, low: int, high: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    """Rounded and kept within the range that is stored."""
    return np.clip(np.rint(values), low, high).astype(np.int16)
