"""Builds what a site's modality sends: a CT series, an RLE series, an enhanced MR object."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from pydicom import dcmwrite
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import RLELossless

from tests.dicom.pixel_builders import a_gradient, an_image, rle

ROOT = "1.2.826.0.1.3680043.10.543"


@dataclass(frozen=True, slots=True)
class Sent:
    """One object as its sender has it."""

    ds: Dataset
    pixels: np.ndarray

    @property
    def encoded(self) -> bytes:
        """The Part 10 file."""
        buffer = BytesIO()
        dcmwrite(buffer, self.ds, enforce_file_format=True)
        return buffer.getvalue()


def a_ct_slice(patient: str, number: int, *, series: int = 1, compressed: bool = False) -> Sent:
    """One slice of a CT series of 5 mm slices."""
    pixels = a_gradient(n_rows=32, n_columns=24) + number
    study_uid = f"{ROOT}.{sum(map(ord, patient))}"
    ds = an_image(
        pixels,
        StudyInstanceUID=study_uid,
        SeriesInstanceUID=f"{study_uid}.{series}",
        SOPInstanceUID=f"{study_uid}.{series}.{number}",
        FrameOfReferenceUID=f"{study_uid}.99",
        PatientName="Yamada^Taro",
        PatientID=f"HOSP-{patient}",
        PatientBirthDate="19500101",
        PatientSex="M",
        StudyDate="20260401",
        SeriesDate="20260401",
        AcquisitionDate="20260401",
        ContentDate="20260401",
        StudyTime="101500",
        AcquisitionTime="101530",
        AccessionNumber="A123",
        StudyID="1",
        ReferringPhysicianName="Suzuki^Hanako",
        InstitutionName="Test Hospital",
        Manufacturer="SIEMENS",
        SeriesNumber=series,
        InstanceNumber=number,
        SeriesDescription="Liver portal venous",
        ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        KVP="120",
        SliceThickness="5.0",
        PixelSpacing=["0.75", "0.75"],
        ImagePositionPatient=["-100", "-100", str(-5 * number)],
        ImageOrientationPatient=["1", "0", "0", "0", "1", "0"],
        RescaleSlope="1",
        RescaleIntercept="-1024",
        WindowCenter="40",
        WindowWidth="400",
        ContrastBolusAgent="IOPAMIRON",
    )
    return Sent(rle(ds) if compressed else ds, pixels)


def an_enhanced_mr(patient: str) -> Sent:
    """One enhanced MR object of three frames."""
    pixels = a_gradient(n_frames=3, n_rows=20, n_columns=16)
    plain = a_ct_slice(patient, 1, series=3).ds
    for keyword in ("KVP", "RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth", "SliceThickness"):
        del plain[keyword]
    for keyword in ("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "ContrastBolusAgent"):
        del plain[keyword]
    ds = an_image(pixels)
    ds.update({element.tag: element for element in plain if element.tag.group < 0x0028})
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4.1"
    ds.Modality = "MR"
    ds.SharedFunctionalGroupsSequence = Sequence([_shared_groups()])
    ds.PerFrameFunctionalGroupsSequence = Sequence([_frame_groups(number) for number in range(3)])
    return Sent(ds, pixels)


def _item(**values: object) -> Sequence:
    ds = Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return Sequence([ds])


def _shared_groups() -> Dataset:
    groups = Dataset()
    groups.PixelMeasuresSequence = _item(SliceThickness="5", PixelSpacing=["1", "1"])
    groups.PlaneOrientationSequence = _item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    groups.PixelValueTransformationSequence = _item(RescaleSlope="1", RescaleIntercept="0", RescaleType="US")
    groups.FrameVOILUTSequence = _item(WindowCenter="500", WindowWidth="3000")
    return groups


def _frame_groups(number: int) -> Dataset:
    groups = Dataset()
    groups.FrameContentSequence = _item(
        StackID="1", InStackPositionNumber=number + 1, DimensionIndexValues=[number + 1]
    )
    groups.PlanePositionSequence = _item(ImagePositionPatient=[-10, -10, 5 * number])
    return groups


def a_sent_study(patient: str) -> list[Sent]:
    """Three plain CT slices, two compressed ones, and an enhanced MR object."""
    plain = [a_ct_slice(patient, number) for number in (1, 2, 3)]
    compressed = [a_ct_slice(patient, number, series=2, compressed=True) for number in (1, 2)]
    assert all(one.ds.file_meta.TransferSyntaxUID == RLELossless for one in compressed)
    return [*plain, *compressed, an_enhanced_mr(patient)]


def multipart_body(
    parts: list[bytes], *, part_type: str = "application/dicom", boundary: str = "b0undary"
) -> tuple[bytes, str]:
    """A multipart/related body and its Content-Type."""
    opening = f"--{boundary}\r\nContent-Type: {part_type}\r\n\r\n".encode()
    body = b"".join(opening + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
    return body, f'multipart/related; type="application/dicom"; boundary={boundary}'
