"""A delivery with deliberate faults, made from the committed images: what a site sends on a bad day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from pydicom import Dataset, dcmread

from sample_dicom.chance import uid
from sample_dicom.faults import html_page, secondary_capture, truncated

IMAGES: Final = Path("BE-02", "BE-02-0001", "preoperative")
SOMEBODY_ELSE: Final = Path("JP-03", "JP-03-0001", "preoperative")
THICK_MM: Final = 7.0
SENT_B_VALUES: Final = frozenset({50.0, 800.0})
N_OF_SOMEBODY_ELSE: Final = 2
DAYS_LATE: Final = 1
"""MRI was a day later than the form says."""
_UIDS: Final = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")


@dataclass(frozen=True, slots=True)
class Days:
    """The days that the form gives."""

    ct_on: date
    mri_on: date


def write_faulty_delivery(sample: Path, folder: Path, days: Days) -> int:
    """Write CT with thick slices, diffusion with two b-values and what does not belong; return how many files."""
    images = sample / IMAGES
    for path in sorted(images.rglob("IM*")):
        ds = dcmread(path)
        if _is_sent(ds):
            _write(ds, folder / path.parent.name / path.name, days)
    first = next(iter(sorted(images.glob("CT_*/IM*"))))
    others: tuple[tuple[str, Callable[[Path, Path], None]], ...] = (
        ("SC000001", secondary_capture),
        ("TR000001", truncated),
        ("index.dcm", html_page),
    )
    for name, make in others:
        make(first, folder / name)
    for path in sorted((sample / SOMEBODY_ELSE).rglob("IM*"))[:N_OF_SOMEBODY_ELSE]:
        _write(dcmread(path), folder / "other" / path.name, days)
    again = next(iter(sorted(folder.glob("CT_*/IM*"))))
    (folder / "again.dcm").write_bytes(again.read_bytes())
    return sum(path.is_file() for path in folder.rglob("*"))


def _is_sent(ds: Dataset) -> bool:
    """CT, and of the diffusion two of four b-values."""
    if ds.Modality == "CT":
        return True
    return "DiffusionBValue" in ds and float(ds.DiffusionBValue) in SENT_B_VALUES


def _write(ds: Dataset, path: Path, days: Days) -> None:
    """The image as if it had been taken for this delivery: no archive has its UIDs."""
    for keyword in _UIDS:
        if keyword in ds:
            ds[keyword].value = uid("faulty delivery", ds[keyword].value)
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    on = days.ct_on if ds.Modality == "CT" else days.mri_on + timedelta(days=DAYS_LATE)
    for keyword in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
        if keyword in ds:
            ds[keyword].value = f"{on:%Y%m%d}"
    if ds.Modality == "CT":
        ds.SliceThickness = THICK_MM
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(path)
