"""A site's zip with ten deliberate faults, made from the sample study; what each is, and what is to be said of it.

The images are a patient's pre-operative ones, sent for another, new patient of the same site as the baseline.
"""

import io
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pydicom

from sample_dicom.chance import uid
from sample_dicom.faults import html_page, secondary_capture, truncated
from services.command.demo import ROOT

SITE = "BE-02"
IMAGES = ROOT / "sample_dicom" / "small" / SITE / "BE-02-0001" / "preoperative"
SOMEBODY_ELSE = ROOT / "sample_dicom" / "small" / "JP-03" / "JP-03-0001" / "preoperative" / "MR_S003_1BCD"
CT_ON, MRI_ON, WRONG_MRI_ON = "2017-12-18", "2017-12-20", "2017-12-02"
REGISTERED_ON = "2017-12-15"
LEFT_OUT_B_VALUES = {50.0, 400.0}
THICK_MM = 7.0
HELD = {
    "other-patient": 7,
    "secondary-capture": 1,
    "truncated": 1,
    "not-dicom": 1,
    "nested-archive": 1,
}
"""Files that go to the quarantine, by reason."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The zip, and how many of its files are to be archived and known already."""

    path: Path
    n_archived: int
    n_duplicates: int = 1


def make_missing(folder: Path) -> Path:
    """Write a zip with what the first one lacks: the hepatobiliary phase."""
    members = {
        f"MR_S015/{path.name}": _anew(path.read_bytes()) for path in sorted(next(IMAGES.glob("MR_S015_*")).iterdir())
    }
    path = folder / "hepatobiliary.zip"
    path.write_bytes(_zipped(members))
    return path


def make(folder: Path) -> Sent:
    """Write the zip."""
    members = {path.relative_to(IMAGES).as_posix(): path.read_bytes() for path in sorted(IMAGES.rglob("IM*"))}
    members = {name: raw for name, raw in members.items() if not _is_left_out(name, raw)}
    members = {name: _anew(raw, thick=name.startswith("CT_S003")) for name, raw in members.items()}
    n_archived = len(members)
    first = IMAGES / next(iter(members))
    members["CT_S002_64B0/again.dcm"] = members[next(iter(members))]
    members |= {f"MR_other/{path.name}": _anew(path.read_bytes()) for path in sorted(SOMEBODY_ELSE.iterdir())}
    members["SC000001"] = _made(secondary_capture, first)
    members["TR000001"] = _made(truncated, next(IMAGES.glob("MR_S003_*/*")))
    members["index.dcm"] = _made(html_page, first)
    members["more.zip"] = _zipped({"inner.dcm": first.read_bytes()})
    path = folder / "images.zip"
    path.write_bytes(_zipped(members))
    return Sent(path, n_archived)


def _is_left_out(name: str, raw: bytes) -> bool:
    """Whether it belongs to the hepatobiliary phase or to a b-value between the first and the last."""
    if name.startswith("MR_S015"):
        return True
    return name.startswith("MR_S009") and _b_value(raw) in LEFT_OUT_B_VALUES


def _b_value(raw: bytes) -> float:
    ds = pydicom.dcmread(io.BytesIO(raw), stop_before_pixels=True)
    return float(ds["DiffusionBValue"].value)


def _anew(raw: bytes, *, thick: bool = False) -> bytes:
    """The image as if it had been taken for this delivery: no archive has its UIDs."""
    ds = pydicom.dcmread(io.BytesIO(raw))
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"):
        ds[keyword].value = uid("ten faults", ds[keyword].value)
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    if thick:
        ds.SliceThickness = THICK_MM
    written = io.BytesIO()
    ds.save_as(written)
    return written.getvalue()


def _made(make_file: Callable[[Path, Path], None], source: Path) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "made")
        make_file(source, path)
        return path.read_bytes()


def _zipped(members: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return written.getvalue()
