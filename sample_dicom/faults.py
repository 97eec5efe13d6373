"""Things that come with a submission and do not belong to it: what ingest has to hold, refuse or skip."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage, XRayRadiationDoseSRStorage

from sample_dicom.chance import uid

_COPIED: Final = (
    "SpecificCharacterSet",
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
    "InstitutionName",
    "Manufacturer",
)
_KEPT_SHARE: Final = 0.6
_HTML: Final = "<!DOCTYPE html><html><head><title>502</title></head><body>Bad gateway</body></html>\n"


def add_faults(out: Path, patients: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Add one of each fault to the first patient's baseline; (path, what it is) of each."""
    series = patients[0]["timepoints"]["baseline"][0]["series"][0]
    folder = out / series["folder"]
    images = sorted(folder.iterdir())
    makers: tuple[tuple[str, str, Callable[[Path, Path], None]], ...] = (
        ("SC000001", "secondary capture with the name burned in", secondary_capture),
        ("SR000001", "radiation dose report", _dose_report),
        ("TR000001", "truncated image", truncated),
        ("IM900001", "duplicate of an image", _duplicate),
        ("index.dcm", "HTML page", html_page),
    )
    added = []
    for name, what, make in makers:
        path = folder / name
        make(images[0], path)
        added.append({"path": path.relative_to(out).as_posix(), "fault": what})
    return added


def secondary_capture(image: Path, path: Path) -> None:
    """A screen shot whose pixels show the patient's name."""
    source = dcmread(image)
    ds = _of_same_study(source, SecondaryCaptureImageStorage, "secondary capture")
    ds.Modality = "OT"
    ds.ConversionType = "WSD"
    ds.SeriesDescription = "Screen capture"
    ds.BurnedInAnnotation = "YES"
    ds.PatientOrientation = ""
    ds.Laterality = ""
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = 256, 320
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    canvas = Image.new("L", (320, 256), 16)
    latin = str(source.PatientName).split("=", maxsplit=1)[0]
    text = f"{latin}\nID {source.PatientID}\n{source.PatientBirthDate}"
    ImageDraw.Draw(canvas).multiline_text((12, 12), text, fill=240, font=ImageFont.load_default_imagefont())
    ds.add_new(0x7FE00010, "OB", np.asarray(canvas).tobytes())
    ds.save_as(path, enforce_file_format=True)


def _dose_report(image: Path, path: Path) -> None:
    """An X-Ray Radiation Dose SR with its title and one text."""
    source = dcmread(image, stop_before_pixels=True)
    ds = _of_same_study(source, XRayRadiationDoseSRStorage, "dose report")
    ds.Modality = "SR"
    ds.SeriesDescription = "Dose Report"
    ds.ReferencedPerformedProcedureStepSequence = Items([])
    ds.PerformedProcedureCodeSequence = Items([])
    ds.CompletionFlag, ds.VerificationFlag = "COMPLETE", "UNVERIFIED"
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence = Items([_code("113701", "DCM", "X-Ray Radiation Dose Report")])
    comment = Dataset()
    comment.RelationshipType, comment.ValueType = "CONTAINS", "TEXT"
    comment.ConceptNameCodeSequence = Items([_code("121106", "DCM", "Comment")])
    comment.TextValue = f"Patient {source.PatientID}: CTDIvol 8.4 mGy, DLP 612 mGy.cm"
    ds.ContentSequence = Items([comment])
    ds.save_as(path, enforce_file_format=True)


def truncated(image: Path, path: Path) -> None:
    """An image whose transfer broke off."""
    whole = image.read_bytes()
    path.write_bytes(whole[: int(len(whole) * _KEPT_SHARE)])


def _duplicate(image: Path, path: Path) -> None:
    path.write_bytes(image.read_bytes())


def html_page(_: Path, path: Path) -> None:
    """What a web server sent instead of an image."""
    path.write_text(_HTML, encoding="ascii")


def _of_same_study(source: Dataset, sop_class: UID, what: str) -> Dataset:
    """An object of the source's study with identity and UIDs of its own."""
    ds = Dataset()
    for keyword in _COPIED:
        ds[keyword] = source[keyword]
    ds.SOPClassUID = sop_class
    ds.SOPInstanceUID = uid(what, source.SOPInstanceUID)
    ds.SeriesInstanceUID = uid(what, "series", source.SOPInstanceUID)
    ds.SeriesNumber = 900
    ds.InstanceNumber = 1
    ds.ContentDate, ds.ContentTime = source.StudyDate, source.StudyTime
    ds.file_meta = source.file_meta
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = sop_class
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    return ds


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item
