"""Datasets and plans for the tests of de-identification, all invented here."""

from dataclasses import replace
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid

from casebook.dicom.deidentification import DeidentificationPlan

A_PLAN = DeidentificationPlan(
    key=b"0123456789abcdef0123456789abcdef",
    study_code="DREAM",
    sponsor="JCOG",
    protocol_id="JCOG1609INT",
    subject_label="JP-03-0147",
    site_code="JP-03",
    reading_code="R-0147",
    timepoint_code="BL",
    timepoint_label="Baseline",
    site_name="国立がん研究センター",
    ethics_number="2019-123",
)


def a_plan(**changes: Any) -> DeidentificationPlan:
    return replace(A_PLAN, **changes)


def an_image(**elements: Any) -> Dataset:
    """A small classic MR image of a patient who does not exist."""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
    ds.SOPClassUID = MRImageStorage
    ds.SOPInstanceUID = "1.2.3.4.5"
    ds.StudyInstanceUID = "1.2.3.4"
    ds.SeriesInstanceUID = "1.2.3.4.9"
    ds.FrameOfReferenceUID = "1.2.3.7"
    ds.StudyDate = "20170304"
    ds.StudyTime = "101112"
    ds.AccessionNumber = "A0099123"
    ds.Modality = "MR"
    ds.Manufacturer = "SIEMENS"
    ds.PatientName = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    ds.PatientID = "98765432"
    ds.PatientBirthDate = "19510203"
    ds.PatientSex = "M"
    ds.PatientAge = "066Y"
    ds.RepetitionTime = "4000"
    ds.Rows = 2
    ds.Columns = 2
    ds.BitsAllocated = 16
    ds.BitsStored = 12
    ds.HighBit = 11
    ds.PixelRepresentation = 0
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.PixelSpacing = [1.5, 1.5]
    ds.PixelData = b"\1\0\2\0\3\0\4\0"
    ds["PixelData"].VR = "OW"
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return with_meta(ds)


def a_ct_image(**elements: Any) -> Dataset:
    return an_image(SOPClassUID=CTImageStorage, Modality="CT", **elements)


def with_meta(ds: Dataset) -> Dataset:
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.set_original_encoding(is_implicit_vr=False, is_little_endian=True, character_encoding="utf-8")
    return ds


def a_uid() -> str:
    return str(generate_uid())
