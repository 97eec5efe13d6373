"""Which objects wait for a person."""

import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pydicom.uid import (
    BasicTextSRStorage,
    EncapsulatedPDFStorage,
    EnhancedCTImageStorage,
    EnhancedMRImageStorage,
    MultiFrameTrueColorSecondaryCaptureImageStorage,
    ParametricMapStorage,
    SecondaryCaptureImageStorage,
    SegmentationStorage,
    UltrasoundImageStorage,
    XRayRadiationDoseSRStorage,
)

from casebook.dicom.deidentification import HoldCode, reason_to_hold
from casebook.dicom.deidentification.holds import MESSAGES
from tests.dicom.deidentification.builders import a_ct_image, an_image


def code_of(ds: Dataset) -> HoldCode | None:
    hold = reason_to_hold(ds)
    return None if hold is None else hold.code


def with_overlay(data: bytes | None, kind: str = "G") -> Dataset:
    ds = an_image()
    ds.add(DataElement(BaseTag(0x60000040), "CS", kind))
    ds.add(DataElement(BaseTag(0x60000100), "US", 1))
    ds.add(DataElement(BaseTag(0x60000102), "US", 0 if data is not None else 12))
    if data is not None:
        ds.add(DataElement(BaseTag(0x60003000), "OW", data))
    return ds


def test_classic_images_of_ct_and_mr_pass():
    assert (code_of(an_image()), code_of(a_ct_image())) == (None, None)


@pytest.mark.parametrize("uid", [EnhancedCTImageStorage, EnhancedMRImageStorage])
def test_enhanced_images_pass(uid):
    assert code_of(an_image(SOPClassUID=uid)) is None


@pytest.mark.parametrize(
    ("uid", "code"),
    [
        (SecondaryCaptureImageStorage, HoldCode.SECONDARY_CAPTURE),
        (MultiFrameTrueColorSecondaryCaptureImageStorage, HoldCode.SECONDARY_CAPTURE),
        (EncapsulatedPDFStorage, HoldCode.DOCUMENT),
        (XRayRadiationDoseSRStorage, HoldCode.DOSE_REPORT),
        (UltrasoundImageStorage, HoldCode.ULTRASOUND),
        (SegmentationStorage, HoldCode.NOT_EXPECTED),
        (ParametricMapStorage, HoldCode.NOT_EXPECTED),
        (BasicTextSRStorage, HoldCode.NOT_EXPECTED),
        ("1.3.12.2.1107.5.9.1", HoldCode.UNKNOWN_CLASS),
        ("", HoldCode.UNKNOWN_CLASS),
    ],
)
def test_other_objects_are_held_by_their_class(uid, code):
    assert code_of(an_image(SOPClassUID=uid)) is code


@pytest.mark.parametrize("value", ["YES", "OTHER"])
def test_a_burned_in_annotation_is_held(value):
    assert code_of(an_image(BurnedInAnnotation=value)) is HoldCode.BURNED_IN


def test_an_image_without_burned_in_annotation_passes():
    assert code_of(an_image(BurnedInAnnotation="NO")) is None


@pytest.mark.parametrize(
    "image_type",
    [
        ["DERIVED", "SECONDARY", "SCREEN SAVE"],
        ["DERIVED", "SECONDARY", "OTHER", "CT_SOM5 PROT"],
        ["ORIGINAL", "SECONDARY", "AXIAL", "DOSE_INFO"],
    ],
)
def test_a_saved_screen_is_held_whatever_its_class(image_type):
    assert code_of(a_ct_image(ImageType=image_type)) is HoldCode.SCREEN_SAVE


def test_a_colour_image_of_ct_is_held():
    assert code_of(a_ct_image(PhotometricInterpretation="RGB")) is HoldCode.COLOUR


def test_an_overlay_with_graphics_is_held():
    assert code_of(with_overlay(b"\0\1")) is HoldCode.OVERLAY


def test_an_empty_overlay_passes():
    assert code_of(with_overlay(bytes(8))) is None


def test_an_overlay_that_marks_a_region_passes():
    assert code_of(with_overlay(b"\0\1", kind="R")) is None


def test_an_overlay_inside_the_pixels_is_held_and_cannot_be_released():
    hold = reason_to_hold(with_overlay(None))
    assert hold is not None
    assert (hold.code, hold.may_be_released) == (HoldCode.EMBEDDED_OVERLAY, False)


def test_a_burned_in_image_can_be_released_by_a_person():
    hold = reason_to_hold(an_image(BurnedInAnnotation="YES"))
    assert hold is not None
    assert hold.may_be_released


def test_every_code_has_a_message():
    assert set(MESSAGES) == set(HoldCode)
