"""Pixel data keeps the image and nothing else."""

import struct

import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.tag import BaseTag
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit

from casebook.dicom.deidentification import deidentify
from tests.dicom.deidentification.builders import a_plan, an_image

NOTE = b"Yamada Tarou 1951"


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def a_jpeg(*segments: bytes) -> bytes:
    return b"\xff\xd8" + b"".join(segments) + segment(0xDA, b"scan") + NOTE[:6] + b"\xff\xd9"


def a_jpeg_2000(*segments: bytes) -> bytes:
    return b"\xff\x4f" + segment(0x51, bytes(36)) + b"".join(segments) + b"\xff\x90\0\0data\xff\xd9"


def with_frames(syntax: str, *frames: bytes) -> Dataset:
    ds = an_image(NumberOfFrames=len(frames))
    ds.file_meta.TransferSyntaxUID = syntax
    element = DataElement(BaseTag(0x7FE00010), "OB", encapsulate(list(frames)))
    element.is_undefined_length = True
    ds.add(element)
    return ds


def cleaned_pixels(ds: Dataset) -> bytes:
    return deidentify(ds, a_plan()).dataset.PixelData


def test_native_pixels_stay_to_the_byte():
    source = an_image()
    assert cleaned_pixels(source) == source.PixelData


def test_bytes_after_a_native_image_go():
    source = an_image()
    image = source.PixelData
    source.PixelData = image + NOTE + b" "
    assert cleaned_pixels(source) == image


@pytest.mark.parametrize("marker", [0xFE, 0xE1, 0xED])
def test_notes_inside_a_jpeg_are_blanked_in_every_frame(marker):
    noted = a_jpeg(segment(0xE0, b"JFIF"), segment(marker, NOTE))
    pixels = cleaned_pixels(with_frames(JPEGBaseline8Bit, noted, noted))
    assert NOTE not in pixels
    assert pixels.count(b"JFIF") == 2


def test_blanking_changes_no_length_and_no_image_data():
    source = with_frames(JPEGBaseline8Bit, a_jpeg(segment(0xFE, NOTE)))
    assert cleaned_pixels(source) == source.PixelData.replace(NOTE, b" " * len(NOTE))


def test_the_comment_of_a_jpeg_2000_is_blanked():
    pixels = cleaned_pixels(with_frames(JPEG2000Lossless, a_jpeg_2000(segment(0x64, b"\0\1" + NOTE))))
    assert NOTE not in pixels
    assert b"data" in pixels


def test_compressed_pixels_without_notes_are_not_even_copied():
    source = with_frames(JPEGBaseline8Bit, a_jpeg(segment(0xE0, b"JFIF")))
    assert cleaned_pixels(source) is source.PixelData


@pytest.mark.parametrize(
    "broken", [b"", b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xfe\xff\xff", b"\xff\x4f\xff\x51\0"]
)
def test_broken_frames_pass_as_they_are(broken):
    source = with_frames(JPEGBaseline8Bit, broken or b"\0\0")
    assert cleaned_pixels(source) == source.PixelData


def test_a_lookup_table_of_the_declared_length_stays():
    source = an_image(ModalityLUTSequence=[a_table(b"\0\1" * 4)])
    assert deidentify(source, a_plan()).dataset.ModalityLUTSequence[0].LUTData == b"\0\1" * 4


def test_a_lookup_table_of_another_length_goes():
    source = an_image(ModalityLUTSequence=[a_table(NOTE + b" ")])
    assert "LUTData" not in deidentify(source, a_plan()).dataset.ModalityLUTSequence[0]


def a_table(data: bytes) -> Dataset:
    table = Dataset()
    table.add(DataElement(BaseTag(0x00283002), "US", [4, 0, 16]))
    table.ModalityLUTType = "HU"
    table.add(DataElement(BaseTag(0x00283006), "OW", data))
    return table
