from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.dicom.archive_form import ArchivedObject, write_archive_form
from casebook.dicom.explicit_le import DamagedArchiveFile
from casebook.dicom.fragments import PixelsNotAddressable, frames_of_fragments
from casebook.dicom.frame_index import (
    ByteRange,
    FrameIndex,
    even_frames,
    no_frames,
    scattered_frames,
)
from casebook.domain.errors import NotFound
from tests.dicom.pixel_builders import a_gradient, an_image, encapsulated

CODESTREAMS = [bytes([65 + number]) * (20 + 10 * number) + b"\xff\xd9" for number in range(4)]


def frame_of(path: Path, archived: ArchivedObject, frame: int) -> bytes:
    content = path.read_bytes()
    return b"".join(content[offset : offset + length] for offset, length in archived.frame_index.ranges(frame))


def test_native_frames_are_read_as_they_were(tmp_path):
    pixels = a_gradient(n_frames=5)
    archived = write_archive_form(an_image(pixels), tmp_path / "a.dcm")
    assert archived.frame_index.n_frames == 5
    for number in range(5):
        assert frame_of(tmp_path / "a.dcm", archived, number + 1) == pixels[number].tobytes()


@pytest.mark.parametrize(
    ("table", "n_fragments"),
    [("basic", 1), ("basic", 3), ("none", 1), ("none", 2), ("extended", 1)],
)
def test_compressed_frames_come_without_item_headers(tmp_path, table, n_fragments):
    ds = encapsulated(an_image(a_gradient(n_frames=4)), CODESTREAMS, table=table, n_fragments=n_fragments)
    archived = write_archive_form(ds, tmp_path / "a.dcm")
    for number, stream in enumerate(CODESTREAMS, start=1):
        found = frame_of(tmp_path / "a.dcm", archived, number)
        assert found.rstrip(b"\0") == stream
        assert len(found) - len(stream) <= 1


def test_a_single_frame_takes_all_its_fragments_whatever_the_offset_table_says(tmp_path):
    ds = encapsulated(an_image(), CODESTREAMS[:1], table="none", n_fragments=4)
    archived = write_archive_form(ds, tmp_path / "a.dcm")
    assert frame_of(tmp_path / "a.dcm", archived, 1).rstrip(b"\0") == CODESTREAMS[0]


def test_an_offset_table_that_points_between_fragments_is_not_believed():
    from pydicom.encaps import encapsulate

    value = bytearray(encapsulate(CODESTREAMS, has_bot=True))
    value[12] += 2
    frames = frames_of_fragments(bytes(value), n_frames=4)
    assert [bytes(value)[r.offset : r.offset + r.length].rstrip(b"\0") for (r,) in frames] == CODESTREAMS


@pytest.mark.parametrize("frame", [0, -1, 6, 99999])
def test_a_frame_beyond_the_object_does_not_exist(tmp_path, frame):
    archived = write_archive_form(an_image(a_gradient(n_frames=5)), tmp_path / "a.dcm")
    with pytest.raises(NotFound):
        archived.frame_index.ranges(frame)


def test_an_object_without_pixels_has_no_frames(tmp_path):
    ds = an_image()
    del ds.PixelData
    archived = write_archive_form(ds, tmp_path / "a.dcm")
    assert archived.frame_index.n_frames == 0
    assert archived.frame_index.head_bytes == archived.n_bytes


@pytest.mark.parametrize(
    "changes",
    [{"Rows": 65535, "Columns": 65535}, {"NumberOfFrames": 10**9}, {"NumberOfFrames": -1}],
)
def test_pixel_data_shorter_than_announced_are_refused(tmp_path, changes):
    with pytest.raises(PixelsNotAddressable):
        write_archive_form(an_image(**changes), tmp_path / "a.dcm")


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\xfe\xff\x00\xe0\xff\xff\xff\xff",
        b"not items at all",
        b"\xfe\xff\x00\xe0\0\0\0\0",
        b"\xfe\xff\x00\xe0\0\0\0\0\xfe\xff\x00\xe0\x10\0\0\0short",
    ],
)
def test_fragments_that_are_not_items_are_refused(value):
    with pytest.raises(PixelsNotAddressable):
        frames_of_fragments(value, n_frames=1)


def test_fragments_that_cannot_be_told_apart_are_refused():
    from pydicom.encaps import encapsulate

    value = encapsulate([b"no end mark "] * 3, fragments_per_frame=2, has_bot=False)
    with pytest.raises(PixelsNotAddressable, match="do not make 4 frames"):
        frames_of_fragments(value, n_frames=4)


@pytest.mark.parametrize("encoded", [b"", b"\x02" + bytes(20), b"\x01\x07" + bytes(20), b"\x01\x02\x05" + bytes(11)])
def test_bytes_that_are_not_an_index_are_refused(encoded):
    with pytest.raises(DamagedArchiveFile):
        FrameIndex.from_bytes(encoded).ranges(1)


ranges = st.builds(ByteRange, st.integers(0, 2**63), st.integers(0, 2**32 - 1))


@given(st.lists(st.lists(ranges, min_size=1, max_size=4), min_size=1, max_size=20), st.integers(0, 2**40))
def test_an_index_survives_storage(frames, head_bytes):
    index = FrameIndex.from_bytes(scattered_frames(frames, head_bytes=head_bytes).to_bytes())
    assert index.head_bytes == head_bytes
    assert [list(index.ranges(number + 1)) for number in range(index.n_frames)] == frames


@given(st.integers(0, 2**40), st.integers(1, 2**31), st.integers(1, 10**6))
def test_even_frames_follow_each_other(offset, frame_bytes, n_frames):
    index = even_frames(head_bytes=offset, offset=offset, frame_bytes=frame_bytes, n_frames=n_frames)
    assert index.ranges(n_frames) == (ByteRange(offset + (n_frames - 1) * frame_bytes, frame_bytes),)
    assert len(index.to_bytes()) < 40


def test_the_empty_index_has_no_first_frame():
    with pytest.raises(NotFound):
        no_frames(head_bytes=10).ranges(1)
