"""A stack of frames at full size as a NIfTI-1 file, compressed so that the same frames give the same bytes.

NIfTI counts in RAS where DICOM counts in LPS; SimpleITK turns the one into the other when it writes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casebook.dicom import itk as sitk
from casebook.dicom.volumes import NotAVolume, Plane, Stack, even_stack

POSITION_TOLERANCE_MM: Final = 0.5
"""How far a plane may lie from where the file puts it; a tilted gantry's planes lie farther."""
COMPRESSION: Final = 4
"""Images compress as far as at the highest level, in a third of its time (measured)."""
WHOLE: Final = np.iinfo(np.int16)


@dataclass(frozen=True, slots=True)
class NiftiFile:
    """A `.nii.gz` file. `voxels_sha256` is of the file before compression, whatever library compressed it."""

    content: bytes
    sha256: str
    voxels_sha256: str


def box_of(planes: Sequence[Plane]) -> Stack:
    """Order the planes as one box at right angles. Raises NotAVolume where they are none."""
    stack = even_stack(planes)
    origin, normal = np.array(stack.first.position_mm), stack.axes[:, 2]
    for number, index in enumerate(stack.order):
        off_mm = float(np.linalg.norm(np.array(planes[index].position_mm) - origin - number * stack.step_mm * normal))
        if off_mm > POSITION_TOLERANCE_MM:
            raise NotAVolume(
                f"A plane lies {off_mm:.1f} mm from its place in an upright box: a tilted gantry, or uneven steps."
            )
    return stack


def nifti(stack: Stack, frames: Iterable[NDArray[np.float32]]) -> NiftiFile:
    """Write the frames, (rows, columns) each in the order of `stack.order`. Raises NotAVolume for other frames.

    Voxels are whole numbers of 16 bits where all values are such, else 32-bit floating point.
    """
    image = sitk.GetImageFromArray(_voxels(stack, frames))
    row_mm, column_mm = stack.first.pixel_spacing_mm
    image.SetOrigin(list(stack.first.position_mm))
    image.SetSpacing([column_mm, row_mm, stack.step_mm])
    image.SetDirection(stack.axes.ravel().tolist())
    plain = _written(image)
    content = _compressed(plain)
    return NiftiFile(content, hashlib.sha256(content).hexdigest(), hashlib.sha256(plain).hexdigest())


def _voxels(stack: Stack, frames: Iterable[NDArray[np.float32]]) -> NDArray[np.generic]:
    held: list[NDArray[np.generic]] = []
    for frame in frames:
        if frame.shape != stack.first.shape:
            raise NotAVolume(f"A frame is {frame.shape} pixels, announced were {stack.first.shape}.")
        held.append(frame.astype(np.int16) if _is_whole(frame) else frame)
    if len(held) != len(stack.order):
        raise NotAVolume(f"Found {len(held)} frames for {len(stack.order)} planes.")
    return np.stack(held)


def _is_whole(frame: NDArray[np.float32]) -> bool:
    low, high = float(frame.min()), float(frame.max())
    return low >= WHOLE.min and high <= WHOLE.max and bool((frame == np.rint(frame)).all())


def _written(image: sitk.Image) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "volume.nii"
        sitk.WriteImage(image, str(path))
        return path.read_bytes()


def _compressed(plain: bytes) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, compresslevel=COMPRESSION, mtime=0) as file:
        file.write(plain)
    return out.getvalue()
