"""A release lifts exactly the objection that a person looked at, and blanks what they marked."""

import numpy as np
import pydicom
import pytest
from pydicom.uid import ExplicitVRBigEndian, RLELossless, SecondaryCaptureImageStorage

from casebook.dicom.blanking import Rectangle, blank
from casebook.dicom.parsing import ParseLimits
from casebook.dicom.preparation import Prepared, Task, prepare
from casebook.dicom.release import Release
from casebook.domain.errors import Invalid
from tests.dicom.deidentification.builders import a_plan
from tests.dicom.file_builders import an_image, part_10

PIXELS = np.arange(100, 124, dtype="<u2").reshape(4, 6)
CORNER = Rectangle(0, 0, 2, 3)


def prepared(tmp_path, ds, *lifted, blanked=(), **meta):
    source = tmp_path / "source"
    source.write_bytes(part_10(ds, **meta))
    return prepare(Task(source, tmp_path, a_plan(), ParseLimits(), Release(frozenset(lifted), blanked)))


def burned_in(**elements):
    return an_image(**{"BurnedInAnnotation": "YES", "PixelData": PIXELS.tobytes()} | elements)


def archived(result):
    assert isinstance(result, Prepared), result
    return pydicom.dcmread(result.staged)


def test_text_burned_in_is_held_until_it_is_lifted(tmp_path):
    assert prepared(tmp_path, burned_in()).code == "burned-in-annotation"
    assert archived(prepared(tmp_path, burned_in(), "burned-in-annotation")).BurnedInAnnotation == "NO"


def test_lifting_one_objection_leaves_every_other(tmp_path):
    capture = burned_in(SOPClassUID=SecondaryCaptureImageStorage)
    assert prepared(tmp_path, capture).code == "secondary-capture"
    assert prepared(tmp_path, capture, "secondary-capture").code == "burned-in-annotation"
    assert isinstance(prepared(tmp_path, capture, "secondary-capture", "burned-in-annotation"), Prepared)


def test_what_cannot_be_released_stays_held_whatever_is_lifted(tmp_path):
    document = an_image(SOPClassUID="1.2.840.10008.5.1.4.1.1.104.1")
    assert prepared(tmp_path, document, "encapsulated-document").code == "encapsulated-document"


def test_an_embedded_overlay_does_not_pass_behind_a_drawn_one(tmp_path):
    both = an_image()
    both.add_new(0x60000040, "CS", "G")
    both.add_new(0x60000102, "US", 0)
    both.add_new(0x60003000, "OW", b"\x01" * 4)
    both.add_new(0x60020102, "US", 12)
    assert prepared(tmp_path, both, "overlay").code == "embedded-overlay"


def test_a_file_whose_meta_information_names_another_instance_passes_with_the_uid_of_its_data_set(tmp_path):
    elsewhere = {"sop_instance": "1.2.826.0.1.3680043.8.498.9"}
    assert prepared(tmp_path, an_image(), **elsewhere).code == "uid-mismatch"
    assert prepared(tmp_path, an_image(), "burned-in-annotation", **elsewhere).code == "uid-mismatch"
    released = prepared(tmp_path, an_image(), "uid-mismatch", **elsewhere)
    assert released.source_uids[released.facts.sop_uid] == ("instance", an_image().SOPInstanceUID)


def test_blanked_pixels_are_gone_from_the_archived_object_and_the_rest_stays(tmp_path):
    found = archived(prepared(tmp_path, burned_in(), "burned-in-annotation", blanked=(CORNER,)))
    expected = PIXELS.copy()
    expected[0:3, 0:2] = PIXELS.min()
    assert np.array_equal(found.pixel_array, expected)


def test_without_a_rectangle_every_pixel_stays(tmp_path):
    found = archived(prepared(tmp_path, burned_in(), "burned-in-annotation"))
    assert np.array_equal(found.pixel_array, PIXELS)


def test_a_rectangle_outside_the_picture_archives_nothing(tmp_path):
    refused = prepared(tmp_path, burned_in(), "burned-in-annotation", blanked=(Rectangle(6, 0, 1, 1),))
    assert "outside the picture of 6 x 4 pixels" in refused.message
    assert list(tmp_path.iterdir()) == [tmp_path / "source"]


def test_all_frames_and_both_ends_of_a_rectangle_that_reaches_over_the_edge_are_blanked(tmp_path):
    frames = np.stack([PIXELS, PIXELS + 100])
    ds = an_image(NumberOfFrames=2, PixelData=frames.astype("<u2").tobytes())
    ds.file_meta = pydicom.dataset.FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    blank(ds, [Rectangle(4, 2, 100, 100)])
    found = ds.pixel_array
    assert (found[:, 2:, 4:] == 100).all()
    assert np.array_equal(found[:, :2], frames[:, :2])


def test_inverted_greys_are_blanked_with_their_black(tmp_path):
    ds = burned_in(PhotometricInterpretation="MONOCHROME1")
    found = archived(prepared(tmp_path, ds, "burned-in-annotation", blanked=(CORNER,)))
    assert (found.pixel_array[0:3, 0:2] == PIXELS.max()).all()


def test_compressed_and_big_endian_pixels_are_blanked_alike(tmp_path):
    big = burned_in(PixelData=PIXELS.astype(">u2").tobytes())
    found = archived(
        prepared(tmp_path, big, "burned-in-annotation", blanked=(CORNER,), transfer_syntax=ExplicitVRBigEndian)
    )
    packed = burned_in()
    packed.file_meta = pydicom.dataset.FileMetaDataset()
    packed.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    packed.compress(RLELossless, generate_instance_uid=False)
    unpacked = archived(
        prepared(tmp_path, packed, "burned-in-annotation", blanked=(CORNER,), transfer_syntax=RLELossless)
    )
    assert np.array_equal(found.pixel_array, unpacked.pixel_array)
    assert unpacked.pixel_array[3, 5] == PIXELS[3, 5]


def test_pixels_that_cannot_be_decoded_are_not_blanked_but_refused():
    ds = an_image(PixelData=b"\0\0")
    ds.file_meta = pydicom.dataset.FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.90"
    with pytest.raises(Invalid, match="cannot be decoded"):
        blank(ds, [CORNER])
