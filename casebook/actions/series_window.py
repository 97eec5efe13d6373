"""The window a series is first shown with: the study's preset for its role, scaled to the series where it must be."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casebook.dicom.frame_index import FrameIndex
from casebook.dicom.image_description import NotAnImage, display, pixel_format
from casebook.dicom.transcode import NotDecodable, decoded
from casebook.domain.imaging import SeriesRole
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import WindowUnit
from casebook.store.files import FileStore
from casebook.store.images import ListedInstance
from casebook.store.tables import Instance

N_SAMPLED_FRAMES: Final = 5
LOW_PERCENTILE: Final = 0.5
HIGH_PERCENTILE: Final = 99.8
"""The series' own range leaves out the darkest and brightest specks (noise, wrap, metal)."""


@dataclass(frozen=True, slots=True)
class InitialWindow:
    """Centre and width in the units of the shown values."""

    center: float
    width: float


@dataclass(frozen=True, slots=True)
class ImageSource:
    """Where the few instances that are looked at come from."""

    instance: Callable[[int], Instance]
    archive: FileStore


def initial_window(
    definition: StudyDefinition, role: SeriesRole | None, instances: Sequence[ListedInstance], images: ImageSource
) -> InitialWindow | None:
    """Return the window, or None where neither the study nor the pixels tell one."""
    preset = definition.window(role) if role is not None else None
    if preset is not None and preset.unit is not WindowUnit.PERCENT:
        return InitialWindow(float(preset.center), float(preset.width))
    span = _own_range(instances, images)
    if span is None:
        return None
    low, high = span
    if preset is None:
        return InitialWindow((low + high) / 2, max(high - low, 1.0))
    one_percent = (high - low) / 100
    return InitialWindow(
        round(low + float(preset.center) * one_percent, 3), max(round(float(preset.width) * one_percent, 3), 1.0)
    )


def _own_range(instances: Sequence[ListedInstance], images: ImageSource) -> tuple[float, float] | None:
    values = [frame.ravel() for frame in _sampled_frames(instances, images)]
    if not values:
        return None
    low, high = np.percentile(np.concatenate(values), (LOW_PERCENTILE, HIGH_PERCENTILE))
    return (float(low), float(high)) if high > low else None


def _sampled_frames(instances: Sequence[ListedInstance], images: ImageSource) -> Iterator[NDArray[np.float64]]:
    frames = [(instance, number) for instance in instances for number in range(1, instance.n_frames + 1)]
    inner = frames[len(frames) // 5 : len(frames) - len(frames) // 5] or frames
    for instance, number in inner[:: max(1, len(inner) // N_SAMPLED_FRAMES)][:N_SAMPLED_FRAMES]:
        try:
            yield _shown_values(images.instance(instance.id), number, images.archive)
        except (NotAnImage, NotDecodable):
            continue


def _shown_values(instance: Instance, number: int, archive: FileStore) -> NDArray[np.float64]:
    description = json.loads(instance.dicom_json)
    layout, shown = pixel_format(description), display(description, number)
    ranges = FrameIndex.from_bytes(instance.frame_index).ranges(number)
    stored = archive.read(instance.file_key, [(part.offset, part.length) for part in ranges])
    samples, _ = decoded(stored, layout, instance.transfer_syntax_uid)
    return samples.astype(np.float64) * shown.slope + shown.intercept
