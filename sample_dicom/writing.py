"""Objects to files: Part 10, several transfer syntaxes, always the same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from sample_dicom.chance import digest, uid
from sample_dicom.enhanced import enhanced_object
from sample_dicom.exam import Exam, Pixels
from sample_dicom.geometry import Stack
from sample_dicom.headers import part_header, pixel_header, plane_header, series_header
from sample_dicom.protocol import Kind, Part, SeriesPlan

_ENCODERS: Final = {RLELossless: "pydicom", JPEGLSLossless: "pyjpegls", JPEG2000Lossless: "pylibjpeg"}
_IMPLEMENTATION: Final = UID(uid("implementation", "sample study"))
_VERSION: Final = "SAMPLE_STUDY_1"
_HU_OFFSET: Final = 1024
_PADDING: Final = -2000

_SYNTAXES: Final[dict[tuple[str, str], UID]] = {
    ("siemens", "ct-arterial"): JPEGLSLossless,
    ("siemens", "t2"): RLELossless,
    ("philips", "ct-arterial"): JPEGLSLossless,
    ("philips", "dual-echo"): ImplicitVRLittleEndian,
    ("philips", "eob-dynamic"): ImplicitVRLittleEndian,
    ("philips", "t2"): JPEG2000Lossless,
    ("ge", "ct-arterial"): ImplicitVRLittleEndian,
    ("ge", "t2"): RLELossless,
    ("canon", "ct-arterial"): JPEGLSLossless,
    ("canon", "t2"): JPEG2000Lossless,
    ("uih", "eob-hepatobiliary"): JPEG2000Lossless,
    ("uih", "t2"): ImplicitVRLittleEndian,
}
"""Transfer syntax by vendor and series name; explicit little endian otherwise."""

_SMALL_SYNTAXES: Final[dict[tuple[str, Kind], UID]] = {
    ("siemens", Kind.T2): RLELossless,
    ("siemens", Kind.DWI): JPEG2000Lossless,
    ("philips", Kind.T2): ImplicitVRLittleEndian,
    ("philips", Kind.DWI): JPEG2000Lossless,
    ("philips", Kind.ADC): ExplicitVRLittleEndian,
}
"""In the small set, where most is JPEG-LS."""


@dataclass(frozen=True, slots=True)
class Written:
    """One object on disk: its part, slice (0-based, from the lowest) and frame (1-based)."""

    path: Path
    sop_instance_uid: str
    part: Part
    slice_index: int
    frame: int


def transfer_syntax(exam: Exam, plan: SeriesPlan) -> UID:
    """What the series is stored in."""
    if exam.size.compressed:
        return _SMALL_SYNTAXES.get((exam.patient.manner.key, plan.kind), JPEGLSLossless)
    if plan.enhanced:
        return ExplicitVRLittleEndian
    return _SYNTAXES.get((exam.patient.manner.key, plan.name), ExplicitVRLittleEndian)


def write_series(
    exam: Exam, plan: SeriesPlan, volumes: Sequence[Pixels], folder: Path, first_number: int
) -> list[Written]:
    """Write every image of the series as IM000001 and so on, counting from `first_number`."""
    folder.mkdir(parents=True, exist_ok=True)
    if plan.enhanced:
        return _write_enhanced(exam, plan, volumes, folder, first_number)
    syntax = transfer_syntax(exam, plan)
    ds = series_header(exam, plan)
    written: list[Written] = []
    for part, volume in zip(plan.parts, volumes, strict=True):
        stack = exam.view(plan, part).stack
        pixel_header(ds, exam, plan, stack)
        part_header(ds, exam, plan, part)
        stored = _stored(exam, volume)
        for index in _order(exam, stack):
            number = len(written) + 1
            path = folder / f"IM{first_number + len(written):06d}"
            _number_image(ds, exam, plan, number)
            plane_header(ds, stack, index)
            _save(ds, stored[index], syntax, path, exam)
            written.append(Written(path, ds.SOPInstanceUID, part, index, 1))
    return written


def _order(exam: Exam, stack: Stack) -> Sequence[int]:
    """CT is sent from the head down, MR from the lowest slice up."""
    return range(stack.n_slices - 1, -1, -1) if exam.modality == "CT" else range(stack.n_slices)


def _number_image(ds: Dataset, exam: Exam, plan: SeriesPlan, number: int) -> None:
    ds.InstanceNumber = number
    ds.SOPInstanceUID = uid("instance", *exam.seed_words, plan.number, number)


def _stored(exam: Exam, volume: Pixels) -> NDArray[np.int16] | NDArray[np.uint16]:
    """Stored values: HU plus 1024 for CT; signed with padding outside the circle where the vendor does so."""
    if exam.modality != "CT":
        return volume if exam.patient.manner.signed_pixels else volume.astype(np.uint16)
    shifted = volume + np.int16(_HU_OFFSET)
    if not exam.patient.manner.signed_pixels:
        return shifted.astype(np.uint16)
    rows, columns = volume.shape[1:]
    y = np.arange(rows)[:, None] - (rows - 1) / 2
    x = np.arange(columns)[None, :] - (columns - 1) / 2
    shifted[:, x * x + y * y > (rows / 2) ** 2] = _PADDING
    return shifted


def _save(ds: Dataset, pixels: NDArray[np.int16] | NDArray[np.uint16], syntax: UID, path: Path, exam: Exam) -> None:
    if exam.modality == "CT" and exam.patient.manner.signed_pixels:
        ds.add_new(0x00280120, "SS", _PADDING)
    ds.add_new(0x7FE00010, "OW", pixels.tobytes())
    ds.file_meta = file_meta(ds, ExplicitVRLittleEndian if syntax in _ENCODERS else syntax, exam)
    if syntax in _ENCODERS:
        ds.compress(syntax, pixels, encoding_plugin=_ENCODERS[syntax], generate_instance_uid=False)
    ds.save_as(path, enforce_file_format=True)


def file_meta(ds: Dataset, syntax: UID, exam: Exam) -> FileMetaDataset:
    """Group 2, with the sending station as hospitals leave it there."""
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = _IMPLEMENTATION
    meta.ImplementationVersionName = _VERSION
    meta.SourceApplicationEntityTitle = exam.patient.person.ae_title
    return meta


def _write_enhanced(
    exam: Exam, plan: SeriesPlan, volumes: Sequence[Pixels], folder: Path, first_number: int
) -> list[Written]:
    """One multi-frame object: slice by slice, each with all its b-values."""
    ds, frames, order = enhanced_object(exam, plan, volumes)
    _number_image(ds, exam, plan, 1)
    path = folder / f"IM{first_number:06d}"
    _save(ds, frames, transfer_syntax(exam, plan), path, exam)
    return [
        Written(path, ds.SOPInstanceUID, plan.parts[p], index, number)
        for number, (index, p) in enumerate(order, start=1)
    ]


def folder_name(exam: Exam, plan: SeriesPlan) -> str:
    """A folder as a scanner's export names it: number, modality and a hash, nothing that helps."""
    return f"{exam.modality}_S{plan.number:03d}_{digest('folder', *exam.seed_words, plan.number) % 0xFFFF:04X}"
