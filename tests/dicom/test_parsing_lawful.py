"""Files that are odd and complete: each is read, and read as pydicom reads it."""

import struct
from io import BytesIO

import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from casebook.dicom.parsing import parse
from tests.dicom.file_builders import (
    a_header,
    an_image,
    dataset_bytes,
    deflated,
    element,
    encapsulated,
    item,
    jpeg_2000_header,
    jpeg_header,
    part_10,
    rle_frame,
    saved,
    undefined_sequence,
)

NATIVE = [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian]


@pytest.mark.parametrize("transfer_syntax", NATIVE)
def test_native_syntaxes_are_read(tmp_path, transfer_syntax):
    ds = parse(saved(tmp_path, part_10(an_image(InstanceNumber=7), transfer_syntax)))
    assert (ds.Rows, ds.Columns, ds.InstanceNumber) == (4, 6, 7)
    assert ds.file_meta.TransferSyntaxUID == transfer_syntax


@pytest.mark.parametrize("transfer_syntax", NATIVE)
def test_a_data_set_without_preamble_and_meta_is_read_as_it_is_written(tmp_path, transfer_syntax):
    whole = part_10(an_image(SpecificCharacterSet="ISO_IR 100"), transfer_syntax)
    ds = parse(saved(tmp_path, whole[whole.index(b"ISO_IR 100") - 8 :]))
    assert ds.Columns == 6
    assert ds.file_meta.TransferSyntaxUID == transfer_syntax


def test_a_missing_preamble_alone_is_forgiven(tmp_path):
    assert parse(saved(tmp_path, part_10(an_image())[132:])).Columns == 6


def test_an_executable_preamble_is_no_reason_to_refuse(tmp_path):
    assert parse(saved(tmp_path, b"MZ" + bytes(126) + part_10(an_image())[128:])).Columns == 6


def test_a_deflated_data_set_is_read(tmp_path):
    assert parse(saved(tmp_path, deflated(dataset_bytes(an_image())))).Columns == 6


def test_data_written_implicit_and_declared_explicit_is_read(tmp_path):
    content = part_10(an_image(), ImplicitVRLittleEndian).replace(b"1.2.840.10008.1.2\0", b"1.2.840.10008.1.2.1\0")
    content = content.replace(struct.pack("<HH2sH", 2, 0x10, b"UI", 18), struct.pack("<HH2sH", 2, 0x10, b"UI", 20))
    length = int.from_bytes(content[140:144], "little")
    content = content[:140] + struct.pack("<I", length + 2) + content[144:]
    assert parse(saved(tmp_path, content)).Columns == 6


@pytest.mark.parametrize("tail", [bytes(1), bytes(7), bytes(8), bytes(512), element(0xFFFCFFFC, "OB", bytes(100))])
def test_padding_after_the_last_element_is_forgiven(tmp_path, tail):
    assert parse(saved(tmp_path, part_10(an_image()) + tail)).Columns == 6


@pytest.mark.parametrize("padding", [b"\0", b" ", b"\n", b"\0\0\0", b" \r\n"])
def test_uids_are_compared_without_their_padding(tmp_path, padding):
    whole = part_10(an_image(SOPInstanceUID="1.2.3.4"), sop_instance="1.2.3.4")
    plain = element(0x00080018, "UI", b"1.2.3.4\0")
    padded = element(0x00080018, "UI", b"1.2.3.4" + padding)
    assert parse(saved(tmp_path, whole.replace(plain, padded))).Columns == 6


def test_leading_zeros_in_a_uid_are_forgiven(tmp_path):
    whole = part_10(an_image(SOPInstanceUID="1.2.34"))
    ds = parse(saved(tmp_path, whole.replace(b"1.2.34", b"1.2.04")))
    assert ds.get_item("SOPInstanceUID").value.strip(b"\0") == b"1.2.04"


@pytest.mark.parametrize(
    "elements",
    [
        {"Rows": 3, "Columns": 3, "BitsAllocated": 8, "PixelData": bytes(10)},
        {"Rows": 3, "Columns": 3, "BitsAllocated": 8, "PixelData": bytes(9) + b"\0"},
        {"Rows": 3, "Columns": 5, "BitsAllocated": 1, "NumberOfFrames": 3, "PixelData": bytes(6)},
        {"SamplesPerPixel": 3, "BitsAllocated": 8, "PixelData": bytes(72)},
        {"SamplesPerPixel": 3, "BitsAllocated": 8, "PhotometricInterpretation": "YBR_FULL_422", "PixelData": bytes(48)},
        {"NumberOfFrames": "5", "PixelData": bytes(5 * 48)},
        {"BitsAllocated": 32, "PixelData": bytes(96)},
    ],
)
def test_pixels_of_the_announced_size_are_read(tmp_path, elements):
    ds = an_image(**elements)
    ds["PixelData"].VR = "OW"
    assert parse(saved(tmp_path, part_10(ds))).PixelData == elements["PixelData"]


def test_float_pixels_are_measured_by_their_own_width(tmp_path):
    ds = an_image(PixelData=None, BitsAllocated=32)
    ds.FloatPixelData = bytes(96)
    assert "FloatPixelData" in parse(saved(tmp_path, part_10(ds)))


@pytest.mark.parametrize("has_table", [True, False])
@pytest.mark.parametrize(
    ("transfer_syntax", "stream"),
    [
        (JPEG2000Lossless, jpeg_2000_header(rows=4, columns=6)),
        (JPEG2000Lossless, b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60) + jpeg_2000_header(rows=4, columns=6)),
        (HTJ2KLossless, jpeg_2000_header(rows=4, columns=6, bits=12)),
        (JPEGLosslessSV1, jpeg_header(rows=4, columns=6, bits=16)),
        (JPEGLosslessSV1, jpeg_header(rows=4, columns=6).replace(b"\xff\xfe", b"\xff\xff\xff\xfe")),
        (JPEGLSLossless, jpeg_header(rows=4, columns=6, bits=12, marker=0xF7)),
        (RLELossless, rle_frame([bytes(24), bytes(24)])),
    ],
)
def test_compressed_frames_of_the_announced_size_are_read(tmp_path, transfer_syntax, stream, has_table):
    content = encapsulated(an_image(), [stream], transfer_syntax, has_table=has_table)
    assert parse(saved(tmp_path, content)).Columns == 6


def test_a_frame_in_several_fragments_is_read(tmp_path):
    stream = jpeg_2000_header(rows=4, columns=6)
    content = encapsulated(an_image(), [stream, b"\1\2\3\4", b"\5\6"], JPEG2000Lossless)
    assert parse(saved(tmp_path, content)).Columns == 6


def test_a_compressed_icon_within_a_sequence_is_read(tmp_path):
    icon = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF) + item(b"") + item(b"\xff\xd8\xff\xd9")
    icon += struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    content = dataset_bytes(a_header()) + undefined_sequence(0x00880200, item(icon))
    ds = an_image()
    whole = part_10(ds)
    pixels = whole.index(struct.pack("<HH2s", 0x0028, 0x0002, b"US"))
    head = len(whole) - len(dataset_bytes(ds))
    assert parse(saved(tmp_path, whole[:head] + content + whole[pixels:])).Columns == 6


def test_a_sequence_under_vr_un_is_read(tmp_path):
    inner = struct.pack("<HHI", 0x0008, 0x0100, 2) + b"ab"
    content = part_10(a_header(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11")) + element(0x0040A730, "UN", item(inner))
    assert parse(saved(tmp_path, content)).ContentSequence[0].CodeValue == "ab"


def test_raw_data_with_a_matrix_and_no_pixels_is_no_image(tmp_path):
    ds = a_header(SOPClassUID="1.2.840.10008.5.1.4.1.1.66", Rows=112, Columns=112)
    assert parse(saved(tmp_path, part_10(ds))).Rows == 112


def test_values_nobody_can_convert_do_not_stop_a_file(tmp_path):
    content = part_10(an_image()) + element(0x00280030 + 0x70B00000, "DS", b"1,5\\x ")
    assert parse(saved(tmp_path, content)).Columns == 6


KEYWORDS = st.sampled_from(["SeriesDescription", "ProtocolName", "StudyDescription", "ImageComments"])
TEXTS = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126, blacklist_characters="\\"), max_size=60)


@st.composite
def trees(draw, depth: int = 3) -> Dataset:
    ds = Dataset()
    for keyword in draw(st.sets(KEYWORDS, max_size=3)):
        setattr(ds, keyword, draw(TEXTS))
    if depth:
        for keyword in draw(
            st.sets(st.sampled_from(["ReferencedImageSequence", "ConceptNameCodeSequence"]), max_size=2)
        ):
            setattr(ds, keyword, draw(st.lists(trees(depth - 1), max_size=3)))
            ds[keyword].is_undefined_length = draw(st.booleans())
    return ds


@given(tree=trees(), transfer_syntax=st.sampled_from(NATIVE))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_whatever_pydicom_writes_is_read_the_same(tmp_path, tree, transfer_syntax):
    ds = an_image()
    ds.update({element.tag: element for element in tree})
    content = part_10(ds, transfer_syntax)
    ours = parse(saved(tmp_path, content))
    theirs = pydicom.dcmread(BytesIO(content))
    assert ours == theirs
