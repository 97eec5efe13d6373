"""What a person sees of a held file, and how the children that draw it are guarded."""

import io

import numpy as np
import pytest
from PIL import Image
from pydicom.uid import SecondaryCaptureImageStorage

from casebook.dicom.examination import IDENTITY, Look, examine
from casebook.dicom.parsing import ParseLimits
from casebook.dicom.workshop import Workshop, WorkshopLimits
from tests.dicom.file_builders import an_image, part_10


@pytest.fixture
def look(tmp_path):
    def of(content: bytes, frame: int = 1):
        source = tmp_path / "held"
        source.write_bytes(content)
        return examine(Look(source, ParseLimits(), frame))

    return of


def test_a_picture_shows_the_frame_in_its_own_size(look):
    pixels = np.zeros((2, 4, 6), "<u2")
    pixels[1, :, 3:] = 1000
    seen = look(part_10(an_image(NumberOfFrames=2, PixelData=pixels.tobytes())), frame=2)
    picture = np.asarray(Image.open(io.BytesIO(seen.picture.png)).convert("L"))
    assert (seen.picture.n_rows, seen.picture.n_columns, seen.picture.scale, seen.n_frames) == (4, 6, 1.0, 2)
    assert picture[0, 0] < picture[0, 5]


def test_a_frame_that_is_not_there_shows_the_last(look):
    assert look(part_10(an_image()), frame=99).picture is not None


def test_large_pictures_are_made_smaller_and_say_how_much(look):
    ds = an_image(Rows=10, Columns=1440, PixelData=bytes(10 * 1440 * 2))
    seen = look(part_10(ds))
    assert seen.picture.scale == 0.5
    assert Image.open(io.BytesIO(seen.picture.png)).size == (720, 5)


def test_all_reasons_to_hold_are_told_not_the_first_alone(look):
    ds = an_image(SOPClassUID=SecondaryCaptureImageStorage, BurnedInAnnotation="YES")
    assert look(part_10(ds, sop_instance="1.2.3.4")).objections == (
        "uid-mismatch",
        "secondary-capture",
        "burned-in-annotation",
    )


def test_values_that_may_say_who_the_patient_is_are_marked_so(look):
    seen = look(part_10(an_image(ImageType=["ORIGINAL", "PRIMARY", "YAMADA"])))
    marked = {value.keyword for value in seen.values if value.is_identity}
    assert {"PatientName", "PatientID", "ImageType"} <= marked <= {*IDENTITY, "ImageType"}
    assert "Rows" not in marked
    assert seen.identity.patient_id == "12345"


@pytest.mark.parametrize("content", [b"<html></html>", b"", part_10(an_image())[:-7]])
def test_a_broken_file_says_so_and_shows_nothing(look, content):
    seen = look(content)
    assert (seen.picture, seen.values, seen.identity) == (None, (), None)
    assert "broken" in seen.no_picture.en
    assert seen.refusal


def test_an_object_without_pixels_is_no_picture(look):
    ds = an_image(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", PixelData=None, Rows=None, Columns=None)
    assert "no picture" in look(part_10(ds)).no_picture.en


def test_a_child_that_hangs_or_dies_over_a_look_is_replaced(tmp_path):
    source = tmp_path / "held"
    source.write_bytes(part_10(an_image()))
    with Workshop(n_children=1, limits=WorkshopLimits(seconds=0)) as workshop:
        assert "more time or memory" in workshop.examine(source).no_picture.en
        workshop.limits = WorkshopLimits()
        assert workshop.examine(source).picture is not None
