import hashlib

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from casebook.dicom.archive_form import write_archive_form
from casebook.dicom.fragments import PixelsNotAddressable
from tests.dicom.pixel_builders import a_gradient, an_image, rle


def reread(ds: Dataset, tmp_path, syntax):
    """The data set after a trip through a file of another transfer syntax."""
    ds.file_meta.TransferSyntaxUID = syntax
    ds.save_as(
        tmp_path / "sent.dcm",
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=syntax != ExplicitVRBigEndian,
        enforce_file_format=True,
    )
    return dcmread(tmp_path / "sent.dcm")


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_every_uncompressed_syntax_is_archived_as_explicit_little_endian(tmp_path, syntax):
    pixels = a_gradient(n_frames=2)
    archived = write_archive_form(reread(an_image(pixels), tmp_path, syntax), tmp_path / "a.dcm")
    back = dcmread(tmp_path / "a.dcm")
    assert back.file_meta.TransferSyntaxUID == archived.transfer_syntax_uid == ExplicitVRLittleEndian
    assert back.PixelData == pixels.tobytes()
    assert back["PixelData"].VR == "OW"
    assert archived.pixel_sha256 == hashlib.sha256(pixels.tobytes()).digest()


@pytest.mark.parametrize("dtype", ["<i2", "<u4", "u1"])
def test_big_endian_words_are_turned_round_everywhere(tmp_path, dtype):
    pixels = a_gradient().astype(dtype)
    ds = an_image(pixels)
    overlay = Dataset()
    overlay.add_new(0x00283006, "OW", b"\x02\x01\x04\x03")
    ds.ModalityLUTSequence = Sequence([overlay])
    ds.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    ds["PixelData"].VR = "OW"
    big = pixels.astype(pixels.dtype.newbyteorder(">")).tobytes()
    ds.PixelData = big if pixels.dtype.itemsize > 1 else pixels.view("<u2").byteswap().tobytes()
    ds.ModalityLUTSequence[0][0x00283006].value = b"\x01\x02\x03\x04"
    write_archive_form(reread(ds, tmp_path, ExplicitVRBigEndian), tmp_path / "a.dcm")
    back = dcmread(tmp_path / "a.dcm")
    assert back.PixelData == pixels.tobytes()
    assert back.ModalityLUTSequence[0][0x00283006].value == b"\x02\x01\x04\x03"
    assert back.Rows == 16


def test_a_compressed_object_keeps_its_syntax_and_its_pixels(tmp_path):
    pixels = a_gradient(n_frames=3)
    archived = write_archive_form(rle(an_image(pixels)), tmp_path / "a.dcm")
    back = dcmread(tmp_path / "a.dcm")
    assert archived.transfer_syntax_uid == RLELossless
    assert (back.pixel_array == pixels).all()


def test_what_is_returned_is_what_lies_in_the_file(tmp_path):
    archived = write_archive_form(an_image(), tmp_path / "a.dcm")
    content = (tmp_path / "a.dcm").read_bytes()
    assert content[:132] == bytes(128) + b"DICM"
    assert archived.n_bytes == len(content)
    assert archived.sha256 == hashlib.sha256(content).digest()
    assert content[archived.frame_index.head_bytes :][:4] == b"\xe0\x7f\x10\x00"
    back = dcmread(tmp_path / "a.dcm")
    assert back.file_meta.ImplementationClassUID == "1.2.826.0.1.3680043.10.543.99"
    assert back.file_meta.MediaStorageSOPInstanceUID == back.SOPInstanceUID


def test_the_pixel_hash_does_not_depend_on_the_head(tmp_path):
    for build in (an_image, lambda **changes: rle(an_image(**changes))):
        first = write_archive_form(build(), tmp_path / "a.dcm")
        second = write_archive_form(build(PatientID="R-0147"), tmp_path / "b.dcm")
        assert first.pixel_sha256 == second.pixel_sha256
        assert first.sha256 != second.sha256


def test_writing_twice_gives_the_same_bytes(tmp_path):
    first = write_archive_form(an_image(), tmp_path / "a.dcm")
    second = write_archive_form(dcmread(tmp_path / "a.dcm"), tmp_path / "b.dcm")
    assert first == second


def test_group_lengths_and_trailing_padding_stay_behind(tmp_path):
    ds = an_image()
    ds.add_new(0x00080000, "UL", 4)
    ds.add_new(0xFFFCFFFC, "OB", bytes(100))
    write_archive_form(ds, tmp_path / "a.dcm")
    back = dcmread(tmp_path / "a.dcm")
    assert 0x00080000 not in back
    assert 0xFFFCFFFC not in back


def test_a_transfer_syntax_nobody_knows_is_refused(tmp_path):
    ds = an_image()
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.999"
    with pytest.raises(PixelsNotAddressable, match="not known"):
        write_archive_form(ds, tmp_path / "a.dcm")
