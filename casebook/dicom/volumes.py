"""Volumes in patient space from the parallel planes of a series (LPS, mm), thinned so that memory stays bounded."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casebook.dicom import itk as sitk
from casebook.domain.errors import Invalid
from casebook.domain.series_facts import FrameFacts, Orientation, Vector

Pixels = NDArray[np.float32]

FEWEST_PLANES: Final = 2
MIN_PLANES: Final = 8
MIN_HEIGHT_MM: Final = 60.0
"""A thinner slab slides along the liver without anything to hold it."""
MAX_PLANES: Final = 4000
STEP_TOLERANCE: Final = 0.05
"""Share of the step by which a plane may be off its place: rounding of positions, not a missing plane."""
TILT_TOLERANCE: Final = 0.02
"""Sideways drift per step along the normal; more is a tilted gantry, whose planes are no box."""
PARALLEL_TOLERANCE: Final = 1e-3
"""Largest difference of a direction cosine between parallel planes."""
THINNED_MM: Final = 1.5
"""Pixels and planes that lie closer are averaged to about this size."""
LOWEST_HU: Final = -1000.0
"""Air; what lies below is the padding outside the scanned circle."""


class NotAVolume(Invalid):
    """The planes do not make one evenly spaced box."""

    code = "not-a-volume"


@dataclass(frozen=True, slots=True)
class Plane:
    """Where one frame lies: centre of its first pixel, direction cosines, (row, column) spacing, (rows, columns)."""

    position_mm: Vector
    orientation: Orientation
    pixel_spacing_mm: tuple[float, float]
    shape: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stack:
    """Parallel planes `step_mm` apart: `order` holds their indices in the given sequence along the normal."""

    first: Plane
    order: tuple[int, ...]
    step_mm: float

    @property
    def axes(self) -> NDArray[np.float64]:
        """3 x 3: columns are the directions of a row, of a column and of the normal."""
        along, down = np.array(self.first.orientation[:3]), np.array(self.first.orientation[3:])
        return np.stack([along, down, np.cross(along, down)], axis=1)


@dataclass(frozen=True, slots=True)
class Volume:
    """An image with its place in patient space; CT has Hounsfield units, MR any unit."""

    image: sitk.Image
    is_hounsfield: bool


@dataclass(frozen=True, slots=True)
class Box:
    """A volume as plain numbers, to be sent to the process that makes an image of it."""

    values: Pixels
    origin_mm: Vector
    spacing_mm: Vector
    axes: tuple[float, ...]
    is_hounsfield: bool

    def as_volume(self) -> Volume:
        """The image in its place."""
        image = sitk.GetImageFromArray(self.values)
        image.SetOrigin(self.origin_mm)
        image.SetSpacing(self.spacing_mm)
        image.SetDirection(self.axes)
        return Volume(image, self.is_hounsfield)


def plane_of(frame: FrameFacts, *, n_rows: int, n_columns: int) -> Plane:
    """Take a frame's plane from its facts. Raises NotAVolume where the header does not place it."""
    if frame.position_mm is None or frame.orientation is None or frame.pixel_spacing_mm is None:
        raise NotAVolume("A frame has no position, orientation or pixel spacing; it cannot be placed in the patient.")
    return Plane(frame.position_mm, frame.orientation, frame.pixel_spacing_mm, (n_rows, n_columns))


def stack_of(planes: Sequence[Plane]) -> Stack:
    """Order the planes along their normal, for registration. Raises NotAVolume unless they are one tall enough box."""
    if not MIN_PLANES <= len(planes) <= MAX_PLANES:
        raise NotAVolume(f"Found {len(planes)} planes; a volume has {MIN_PLANES} to {MAX_PLANES}.")
    stack = even_stack(planes)
    if stack.step_mm * len(planes) < MIN_HEIGHT_MM:
        raise NotAVolume(f"The planes cover {stack.step_mm * len(planes):.0f} mm; {MIN_HEIGHT_MM:.0f} mm are needed.")
    return stack


def even_stack(planes: Sequence[Plane]) -> Stack:
    """Order two or more planes along their normal. Raises NotAVolume unless they are one evenly spaced box."""
    if len(planes) < FEWEST_PLANES:
        raise NotAVolume("A single plane is no volume.")
    first = planes[0]
    if any(not _is_alike(first, plane) for plane in planes):
        raise NotAVolume("The planes differ in orientation, pixel spacing or matrix.")
    normal = np.cross(first.orientation[:3], first.orientation[3:])
    positions = np.array([plane.position_mm for plane in planes])
    order = np.argsort(positions @ normal, kind="stable")
    step_mm = _even_step_mm(positions[order], normal)
    return Stack(planes[int(order[0])], tuple(int(index) for index in order), step_mm)


def _is_alike(a: Plane, b: Plane) -> bool:
    cosines = max(abs(p - q) for p, q in zip(a.orientation, b.orientation, strict=True))
    same_spacing = all(
        math.isclose(p, q, rel_tol=1e-4) for p, q in zip(a.pixel_spacing_mm, b.pixel_spacing_mm, strict=True)
    )
    return cosines <= PARALLEL_TOLERANCE and same_spacing and a.shape == b.shape


def _even_step_mm(ordered: NDArray[np.float64], normal: NDArray[np.float64]) -> float:
    away = ordered - ordered[0]
    heights = away @ normal
    step_mm = float(heights[-1]) / (len(heights) - 1)
    if step_mm <= 0:
        raise NotAVolume("The planes all lie in one place.")
    off = np.abs(heights - step_mm * np.arange(len(heights))).max()
    if off > STEP_TOLERANCE * step_mm:
        raise NotAVolume(
            f"The planes are {step_mm:.2f} mm apart on average but one is {off:.2f} mm off its place: "
            "some are missing or there twice."
        )
    drift = np.linalg.norm(away[-1] - heights[-1] * normal) / heights[-1]
    if drift > TILT_TOLERANCE:
        raise NotAVolume("The planes drift sideways along their normal (tilted gantry); they are no box.")
    return step_mm


def volume_from_frames(stack: Stack, frames: Iterable[NDArray[np.generic]], *, is_hounsfield: bool) -> Volume:
    """Build the volume from one (rows, columns) array a plane, given in the order of `stack.order`."""
    return box_from_frames(stack, frames, is_hounsfield=is_hounsfield).as_volume()


def box_from_frames(stack: Stack, frames: Iterable[NDArray[np.generic]], *, is_hounsfield: bool) -> Box:
    """Gather the values of a volume from one (rows, columns) array a plane, given in the order of `stack.order`.

    Fine pixels and thin planes are averaged as they come, so no more than the thinned volume is held.
    """
    spacing = stack.first.pixel_spacing_mm
    n_down, n_across = (max(1, round(THINNED_MM / one)) for one in spacing)
    n_deep = max(1, round(THINNED_MM / stack.step_mm))
    thinned = np.stack(list(_thinned(frames, n_down=n_down, n_across=n_across, n_deep=n_deep, stack=stack)))
    if is_hounsfield:
        np.maximum(thinned, LOWEST_HU, out=thinned)
    steps = np.array([spacing[1], spacing[0], stack.step_mm])
    counts = np.array([n_across, n_down, n_deep])
    origin = np.array(stack.first.position_mm) + stack.axes @ ((counts - 1) / 2 * steps)
    return Box(
        values=thinned,
        origin_mm=tuple(origin.tolist()),
        spacing_mm=tuple((steps * counts).tolist()),
        axes=tuple(stack.axes.ravel().tolist()),
        is_hounsfield=is_hounsfield,
    )


def _thinned(
    frames: Iterable[NDArray[np.generic]], *, n_down: int, n_across: int, n_deep: int, stack: Stack
) -> Iterator[Pixels]:
    """Means of blocks of n_deep x n_down x n_across; what is left over at the far edges is cut off."""
    total: Pixels | None = None
    n_seen = 0
    for frame in frames:
        if frame.shape != stack.first.shape:
            raise NotAVolume(f"A frame is {frame.shape} pixels, announced were {stack.first.shape}.")
        mean = _block_means(frame.astype(np.float32), n_down, n_across)
        total = mean if total is None else total + mean
        n_seen += 1
        if n_seen % n_deep == 0:
            yield total / np.float32(n_deep)
            total = None
    if n_seen != len(stack.order):
        raise NotAVolume(f"Found {n_seen} frames for {len(stack.order)} planes.")


def _block_means(frame: Pixels, n_down: int, n_across: int) -> Pixels:
    rows, columns = frame.shape[0] // n_down, frame.shape[1] // n_across
    blocks = frame[: rows * n_down, : columns * n_across].reshape(rows, n_down, columns, n_across)
    return np.asarray(blocks.mean(axis=(1, 3)), np.float32)
