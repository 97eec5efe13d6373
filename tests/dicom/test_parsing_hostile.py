"""The DICOM paragraph of the list of bad inputs, one by one: refused with a true reason, quickly, and without a name."""

import pickle
import struct
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.uid import (
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from casebook.dicom.facts import instance_facts
from casebook.dicom.parsing import DEFAULT_LIMITS, ParseLimits, RefusalCode, RefusedFile, parse
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
    sequence_start,
    undefined_sequence,
)


def refusal(folder: Path, content: bytes, limits: ParseLimits = DEFAULT_LIMITS) -> RefusedFile:
    with pytest.raises(RefusedFile) as caught:
        parse(saved(folder, content), limits)
    assert "Yamada" not in caught.value.message
    assert "12345" not in caught.value.message
    assert caught.value.message.endswith(".")
    return caught.value


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b"\xef\xbb\xbf  <html>", "web page"),
        (b"PK\x03\x04" + bytes(200), "zip archive"),
        (b"%PDF-1.7\n", "PDF"),
        (b'{"00100010": 1}', "JSON"),
        (b"just words", "no DICOM file"),
        (bytes(1000), "no DICOM file"),
        (b"\x7fELF" + bytes(200), "no DICOM file"),
        (b"D", "no DICOM file"),
    ],
)
def test_other_files_are_named_for_what_they_are(tmp_path, content, what):
    refused = refusal(tmp_path, content)
    assert refused.code is RefusalCode.NOT_DICOM
    assert what in refused.message


def test_an_empty_file_is_refused(tmp_path):
    assert refusal(tmp_path, b"").code is RefusalCode.EMPTY


def test_a_file_above_the_limit_is_refused_unread(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as sparse:
        sparse.truncate(DEFAULT_LIMITS.max_file_bytes + 1)
    with pytest.raises(RefusedFile) as caught:
        parse(path)
    assert caught.value.code is RefusalCode.TOO_LARGE


def test_the_directory_of_a_disc_is_refused_as_such(tmp_path):
    content = part_10(a_header(), sop_class="1.2.840.10008.1.3.10")
    assert refusal(tmp_path, content).code is RefusalCode.DIRECTORY


@pytest.mark.parametrize(
    ("uid", "code"),
    [
        ("../../etc/passwd", RefusalCode.UID_INVALID),
        ("/etc/passwd", RefusalCode.UID_INVALID),
        ("1.2\0.3", RefusalCode.UID_INVALID),
        ("1." + "2" * 63, RefusalCode.UID_INVALID),
        ("1.2..3", RefusalCode.UID_INVALID),
        ("1.2.3.", RefusalCode.UID_INVALID),
        ("1.2.3\\1.2.4", RefusalCode.UID_INVALID),
        ("1.2.a", RefusalCode.UID_INVALID),
        ("<b>1.2</b>", RefusalCode.UID_INVALID),
        ("", RefusalCode.UID_MISSING),
        ("  ", RefusalCode.UID_MISSING),
    ],
)
@pytest.mark.parametrize("tag", [0x00080018, 0x0020000D, 0x0020000E])
def test_a_uid_that_is_none_is_refused(tmp_path, tag, uid, code):
    raw = uid.encode()
    ds = an_image()
    ds.add_new(tag, "UI", "1.9.9.9.9.9")
    good = element(tag, "UI", b"1.9.9.9.9.9\0")
    content = part_10(ds, sop_instance="")
    assert good in content
    assert refusal(tmp_path, content.replace(good, element(tag, "UI", raw + b"\0" * (len(raw) % 2)))).code is code


@pytest.mark.parametrize("keyword", ["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"])
def test_a_missing_uid_is_named(tmp_path, keyword):
    refused = refusal(tmp_path, part_10(an_image(**{keyword: None})))
    assert refused.code is RefusalCode.UID_MISSING
    assert keyword in refused.message


def test_meta_information_of_another_instance_is_refused_unless_a_person_allows_it(tmp_path):
    content = part_10(an_image(), sop_instance="1.2.3.4")
    assert refusal(tmp_path, content).code is RefusalCode.UID_MISMATCH
    assert (
        refusal(tmp_path, part_10(an_image(), sop_class="1.2.840.10008.5.1.4.1.1.2")).code is RefusalCode.UID_MISMATCH
    )
    assert parse(saved(tmp_path, content), ParseLimits(accepts_other_meta_uid=True)).Rows == 4


def test_a_deflate_bomb_is_stopped_at_the_limit(tmp_path):
    bomb = deflated(dataset_bytes(an_image()) + element(0x7FE10010, "OB", bytes(300 * 1024**2)))
    assert len(bomb) < 1024**2
    limits = ParseLimits(max_inflated_bytes=8 * 1024**2)
    tracemalloc.start()
    try:
        assert refusal(tmp_path, bomb, limits).code is RefusalCode.INFLATES_TOO_FAR
        assert tracemalloc.get_traced_memory()[1] < 32 * 1024**2
    finally:
        tracemalloc.stop()


def test_damaged_and_cut_deflated_data_sets_are_refused(tmp_path):
    whole = deflated(dataset_bytes(an_image()))
    assert refusal(tmp_path, whole[:-20]).code is RefusalCode.TRUNCATED
    assert refusal(tmp_path, whole[:-60] + b"\xff" * 60).code in {RefusalCode.MALFORMED, RefusalCode.TRUNCATED}


@pytest.mark.parametrize("depth", [33, 200, 1000, 20_000])
def test_sequences_nested_too_deep_are_refused_without_recursion(tmp_path, depth):
    opened = (sequence_start(0x0040A730) + item(b"", is_closed=False)) * depth
    content = part_10(an_image(PixelData=None, Rows=None, Columns=None)) + opened
    assert refusal(tmp_path, content).code is RefusalCode.TOO_DEEP


def test_defined_lengths_do_not_hide_depth(tmp_path):
    nested = element(0x00080100, "SH", b"ab")
    for _ in range(40):
        nested = element(0x0040A730, "SQ", item(nested))
    assert refusal(tmp_path, part_10(a_header()) + nested).code is RefusalCode.TOO_DEEP


def test_depth_within_the_limit_is_read(tmp_path):
    nested = element(0x00080100, "SH", b"ab")
    for _ in range(30):
        nested = undefined_sequence(0x0040A730, item(nested))
    raw = part_10(a_header(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", Modality="SR")) + nested
    assert "ContentSequence" in parse(saved(tmp_path, raw))


@pytest.mark.parametrize(
    "tail",
    [
        pytest.param(sequence_start(0x0040A730), id="sequence never closed"),
        pytest.param(sequence_start(0x0040A730) + item(b"", is_closed=False), id="item never closed"),
        pytest.param(element(0x00400555, "SQ", b"")[:-4] + struct.pack("<I", 5000), id="length beyond the file"),
        pytest.param(struct.pack("<HH2sH", 0x0040, 0x0254, b"LO", 60000) + b"abc", id="value beyond the file"),
        pytest.param(b"\x40\x00\x54", id="half a tag"),
        pytest.param(
            struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF) + item(b""), id="pixels never closed"
        ),
    ],
)
def test_an_open_end_is_a_truncation(tmp_path, tail):
    assert refusal(tmp_path, part_10(a_header()) + tail).code is RefusalCode.TRUNCATED


@pytest.mark.parametrize(
    "tail",
    [
        pytest.param(
            element(0x0040A730, "SQ", item(b"")[:-4] + struct.pack("<I", 100)) + bytes(400),
            id="item beyond its sequence",
        ),
        pytest.param(undefined_sequence(0x0040A730, element(0x00080100, "SH", b"ab")), id="no item in a sequence"),
        pytest.param(struct.pack("<HH2sHI", 0x0040, 0x0001, b"OB", 0, 0xFFFFFFFF) + bytes(64), id="OB without length"),
        pytest.param(struct.pack("<HHI", 0, 0, 4) + b"abcd" + bytes(16), id="group 0000"),
        pytest.param(
            struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF) + element(0x00080100, "SH", b"ab") + bytes(64),
            id="no fragments",
        ),
    ],
)
def test_contradicting_lengths_are_damage(tmp_path, tail):
    assert refusal(tmp_path, part_10(a_header()) + tail).code is RefusalCode.MALFORMED


def test_of_more_elements_than_any_image_needs_none_beyond_the_limit_is_looked_at(tmp_path):
    many = element(0x00091001, "LO", b"") * 20_000
    damaged = element(0x00091002, "LO", b"cut off")[:-1]
    whole = part_10(a_header()) + many + damaged
    assert refusal(tmp_path, whole, ParseLimits(max_elements=20_000)).code is RefusalCode.TOO_MANY_ELEMENTS
    assert refusal(tmp_path, whole, ParseLimits(max_elements=40_000)).code is RefusalCode.TRUNCATED


def test_a_huge_private_value_is_refused(tmp_path):
    blob = element(0x00091001, "OB", bytes(2 * 1024**2))
    refused = refusal(tmp_path, part_10(a_header()) + blob, ParseLimits(max_value_bytes=1024**2))
    assert refused.code is RefusalCode.VALUE_TOO_LONG
    assert "(0009,1001)" in refused.message


def test_a_file_cut_at_any_byte_is_refused(tmp_path):
    """Before the pixels end there is no place where a cut file passes for a whole one."""
    ds = an_image(InstanceNumber=1)
    ds.ReferencedImageSequence = [a_header(PatientName=None, PatientID=None, ImageType=None)]
    whole = part_10(ds)
    for length in range(len(whole)):
        refusal(tmp_path, whole[:length])
    assert parse(saved(tmp_path, whole)).Rows == 4


def test_a_compressed_file_cut_at_any_byte_is_refused(tmp_path):
    whole = encapsulated(an_image(), [rle_frame([bytes(24), bytes(24)])], RLELossless)
    for length in range(0, len(whole), 7):
        refusal(tmp_path, whole[:length])
    assert parse(saved(tmp_path, whole)).Rows == 4


def test_an_image_without_pixels_is_refused(tmp_path):
    assert refusal(tmp_path, part_10(a_header())).code is RefusalCode.PIXELS_MISSING
    other = an_image(SOPClassUID="1.2.3.4.5", PixelData=None)
    assert refusal(tmp_path, part_10(other)).code is RefusalCode.PIXELS_MISSING


@pytest.mark.parametrize(
    "elements",
    [
        {"Rows": 65535, "Columns": 65535, "PixelData": b"\0\0"},
        {"Rows": 5},
        {"BitsAllocated": 7},
        {"BitsAllocated": 0},
        {"SamplesPerPixel": 3},
        {"SamplesPerPixel": 999},
        {"NumberOfFrames": "2"},
        {"Rows": None},
        {"Rows": 0, "PixelData": b""},
        {"BitsAllocated": None},
        {"PixelData": bytes(8000)},
    ],
)
def test_pixels_that_are_not_those_announced_are_refused(tmp_path, elements):
    assert refusal(tmp_path, part_10(an_image(**elements))).code in {
        RefusalCode.PIXELS_INCONSISTENT,
        RefusalCode.PIXELS_TOO_MANY,
    }


@pytest.mark.parametrize("frames", ["1000000000", "20001"])
def test_too_many_frames_are_refused_by_the_announcement(tmp_path, frames):
    assert refusal(tmp_path, part_10(an_image(NumberOfFrames=frames))).code is RefusalCode.PIXELS_TOO_MANY


@pytest.mark.parametrize("frames", [b"0 ", b"-1", b"1A", b"x "])
def test_a_number_of_frames_that_is_none_is_refused(tmp_path, frames):
    content = part_10(an_image(NumberOfFrames="1")).replace(
        element(0x00280008, "IS", b"1 "), element(0x00280008, "IS", frames)
    )
    assert refusal(tmp_path, content).code is RefusalCode.PIXELS_INCONSISTENT


def test_an_announcement_larger_than_memory_is_refused(tmp_path):
    frame = rle_frame([bytes(24), bytes(24)])
    content = encapsulated(an_image(Rows=60000, Columns=60000), [frame], RLELossless)
    assert refusal(tmp_path, content).code is RefusalCode.PIXELS_TOO_MANY


@pytest.mark.parametrize(
    ("transfer_syntax", "stream"),
    [
        (JPEG2000Lossless, jpeg_2000_header(rows=28_000, columns=28_000)),
        (HTJ2KLossless, jpeg_2000_header(rows=4, columns=60_000)),
        (JPEG2000Lossless, jpeg_2000_header(rows=4, columns=6, samples=3)),
        (JPEGLosslessSV1, jpeg_header(rows=65_000, columns=6)),
        (JPEGLSLossless, jpeg_header(rows=4, columns=65_000, marker=0xF7)),
        (RLELossless, rle_frame([bytes(24), bytes(24), bytes(24)])),
    ],
)
def test_a_code_stream_of_another_size_than_the_header_is_refused(tmp_path, transfer_syntax, stream):
    refused = refusal(tmp_path, encapsulated(an_image(), [stream], transfer_syntax))
    assert refused.code is RefusalCode.CODESTREAM_MISMATCH


@pytest.mark.parametrize(
    ("transfer_syntax", "stream"),
    [
        (JPEG2000Lossless, jpeg_header(rows=4, columns=6)),
        (JPEGLosslessSV1, jpeg_2000_header(rows=4, columns=6)),
        (JPEGLSLossless, jpeg_header(rows=4, columns=6, marker=0xC3)),
        (JPEGLosslessSV1, jpeg_header(rows=4, columns=6, marker=0xF7)),
        (RLELossless, b"no run lengths" * 10),
        (JPEG2000Lossless, b"\0" * 64),
    ],
)
def test_the_wrong_codec_for_the_transfer_syntax_is_refused(tmp_path, transfer_syntax, stream):
    refused = refusal(tmp_path, encapsulated(an_image(), [stream], transfer_syntax))
    assert refused.code is RefusalCode.CODESTREAM_MISMATCH


def test_every_frame_of_many_is_looked_at(tmp_path):
    good, bad = jpeg_2000_header(rows=4, columns=6), jpeg_2000_header(rows=9_000, columns=9_000)
    content = encapsulated(an_image(NumberOfFrames=3), [good, good, bad], JPEG2000Lossless)
    assert refusal(tmp_path, content).code is RefusalCode.CODESTREAM_MISMATCH


def test_fewer_fragments_than_frames_are_refused(tmp_path):
    content = encapsulated(an_image(NumberOfFrames=3), [jpeg_2000_header(rows=4, columns=6)], JPEG2000Lossless)
    assert refusal(tmp_path, content).code is RefusalCode.PIXELS_INCONSISTENT


def test_compression_and_transfer_syntax_must_agree(tmp_path):
    compressed = encapsulated(an_image(), [rle_frame([bytes(24), bytes(24)])], RLELossless)
    native = compressed.replace(b"1.2.840.10008.1.2.5\0", b"1.2.840.10008.1.2.1\0")
    assert refusal(tmp_path, native).code is RefusalCode.PIXELS_INCONSISTENT
    claimed = part_10(an_image()).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0")
    assert refusal(tmp_path, claimed).code is RefusalCode.PIXELS_INCONSISTENT


@pytest.mark.parametrize("uid", [b"1.2.3.4.5.6.7.8.9.1", b"1.2.840.113619.5.2 ", b"1.2.840.10008.1.2.8.1"])
def test_an_unknown_transfer_syntax_is_refused(tmp_path, uid):
    content = part_10(an_image()).replace(b"1.2.840.10008.1.2.1\0", uid + b"\0" * (20 - len(uid)))
    assert refusal(tmp_path, content).code is RefusalCode.UNKNOWN_TRANSFER_SYNTAX


def test_implicit_sequences_are_walked_too(tmp_path):
    nested = struct.pack("<HHI", 0x0008, 0x0100, 2) + b"ab"
    for _ in range(40):
        inner = item(nested)
        nested = struct.pack("<HHI", 0x0040, 0xA730, len(inner)) + inner
    content = part_10(a_header(), ImplicitVRLittleEndian) + nested
    assert refusal(tmp_path, content).code is RefusalCode.TOO_DEEP


CHANGES = st.lists(
    st.tuples(
        st.integers(132, 900),
        st.sampled_from([b"", b"\xff\xff\xff\xff", b"SQ", b"UN", b"\xfe\xff\x00\xe0"]) | st.binary(max_size=6),
    ),
    min_size=1,
    max_size=8,
)


@given(changes=CHANGES, cut=st.integers(0, 1200) | st.none())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_is_read_or_refused_and_nothing_else(tmp_path, changes, cut):
    content = bytearray(part_10(an_image(ReferencedImageSequence=[a_header()], SeriesDescription="t2")))
    for at, new in changes:
        content[at : at + len(new)] = new
    path = saved(tmp_path, bytes(content[:cut]))
    with suppress(RefusedFile):
        facts = instance_facts(parse(path))
        assert all((facts.sop_class_uid, facts.sop_uid, facts.series_uid, facts.study_uid))


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arbitrary_bytes_are_refused(tmp_path, content):
    refusal(tmp_path, content)


def test_a_refusal_survives_the_way_between_processes():
    refused = RefusedFile(RefusalCode.TRUNCATED, "The file is incomplete.")
    again = pickle.loads(pickle.dumps(refused))
    assert (again.code, again.message) == (refused.code, refused.message)
