import json
import os
import signal
from io import BytesIO

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.encaps import generate_frames
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless, RLELossless

from casebook.dicom.archive_form import write_archive_form
from casebook.dicom.codec_pool import CodecLimits, CodecPool
from casebook.dicom.heads import FileHead
from casebook.dicom.image_description import NotAnImage, PixelFormat, pixel_format
from casebook.dicom.transcode import NotDecodable, decoded, explicit_little_endian, is_decodable
from tests.dicom.pixel_builders import a_gradient, an_image, encapsulated, rle

LAYOUT = PixelFormat(
    n_rows=16,
    n_columns=12,
    n_samples=1,
    bits_allocated=16,
    bits_stored=16,
    is_signed=True,
    photometric="MONOCHROME2",
    is_planar=False,
)


def decompressed(path, ds):
    """The object after archive and transcoding, read by pydicom, with the archived file's pixels."""
    archived = write_archive_form(ds, path)
    content = path.read_bytes()
    layout = pixel_format(json.loads(archived.dicom_json))

    def decoded_frame(frame):
        stored = b"".join(content[at : at + n] for at, n in archived.frame_index.ranges(frame))
        return decoded(stored, layout, archived.transfer_syntax_uid)

    head = FileHead.split(content[: archived.frame_index.head_bytes])
    pieces = explicit_little_endian(head, n_frames=archived.frame_index.n_frames, decoded_frame=decoded_frame)
    return dcmread(BytesIO(b"".join(pieces)))


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless])
@pytest.mark.parametrize("n_frames", [1, 3])
def test_a_lossless_object_comes_out_pixel_for_pixel(tmp_path, syntax, n_frames):
    pixels = a_gradient(n_frames=n_frames)
    ds = an_image(pixels, PixelRepresentation=0) if syntax == JPEGLSLossless else an_image(pixels)
    if syntax == JPEGLSLossless:
        pixels = pixels - pixels.min()
        ds.PixelData = pixels.tobytes()
    ds.compress(syntax, encoding_plugin="pydicom" if syntax == RLELossless else "pyjpegls", generate_instance_uid=False)
    back = decompressed(tmp_path / "a.dcm", ds)
    assert back.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert (back.pixel_array == pixels.squeeze()).all()
    assert back.SOPInstanceUID == ds.SOPInstanceUID


def test_colour_planes_are_interleaved(tmp_path):
    colours = np.arange(16 * 12 * 3, dtype="u1").reshape(1, 16, 12, 3)
    ds = an_image(
        colours, SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0, BitsStored=8, HighBit=7
    )
    back = decompressed(tmp_path / "a.dcm", rle(ds))
    assert (back.PhotometricInterpretation, back.PlanarConfiguration) == ("RGB", 0)
    assert (back.pixel_array == colours[0]).all()


def test_an_odd_number_of_bytes_is_padded(tmp_path):
    pixels = np.arange(15, dtype="u1").reshape(1, 3, 5)
    back = decompressed(tmp_path / "a.dcm", rle(an_image(pixels)))
    assert len(back.PixelData) == 16
    assert (back.pixel_array == pixels[0]).all()


def test_offset_tables_of_the_fragments_are_gone(tmp_path):
    ds = an_image(a_gradient(n_frames=2))
    rle(ds)
    frames = list(generate_frames(ds.PixelData, number_of_frames=2))
    encapsulated(ds, frames, table="extended")
    ds.file_meta.TransferSyntaxUID = RLELossless
    back = decompressed(tmp_path / "a.dcm", ds)
    assert "ExtendedOffsetTable" not in back
    assert (back.pixel_array == a_gradient(n_frames=2)).all()


@pytest.fixture(scope="module")
def pool():
    pool = CodecPool(n_children=1, limits=CodecLimits(seconds=10))
    yield pool
    pool.close()


@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEG2000Lossless, JPEGBaseline8Bit, RLELossless])
@pytest.mark.parametrize("stored", [b"", b"\xff\xd8\xff\xd9", bytes(range(256)) * 3])
def test_a_codestream_that_breaks_its_codec_costs_one_frame_only(pool, stored, syntax):
    with pytest.raises(NotDecodable):
        pool.decoded(stored, LAYOUT, syntax)


def test_the_pool_decodes_after_its_child_died(pool):
    pixels = a_gradient()
    ds = rle(an_image(pixels))
    frame = next(generate_frames(ds.PixelData, number_of_frames=1))
    for _ in range(2):
        samples, layout = pool.decoded(frame, LAYOUT, RLELossless)
        assert (samples == pixels[0]).all()
        assert layout.frame_bytes == LAYOUT.frame_bytes
        with pytest.raises(NotDecodable):
            pool.decoded(b"\xff\xd8\xff\xd9", LAYOUT, JPEGLSLossless)


def test_a_codec_that_takes_too_long_is_stopped():
    pool = CodecPool(n_children=1, limits=CodecLimits(seconds=0.2))
    child = pool._child()
    os.kill(child.process.pid, signal.SIGSTOP)
    pool._idle.put(child)
    with pytest.raises(NotDecodable, match="took more than"):
        pool.decoded(b"anything", LAYOUT, RLELossless)
    pool.close()


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.100", "1.2.3", ""])
def test_a_syntax_without_decoder_is_a_refusal(syntax):
    assert not is_decodable(syntax)
    with pytest.raises(NotDecodable):
        decoded(b"x", LAYOUT, syntax)


def test_a_frame_beyond_all_measure_is_never_decoded():
    huge = PixelFormat(65535, 65535, 3, 16, 16, is_signed=False, photometric="RGB", is_planar=False)
    with pytest.raises(NotDecodable, match="beyond"):
        decoded(b"\xff\xd8\xff\xd9", huge, JPEGLSLossless)


def test_an_object_that_does_not_describe_its_pixels_is_no_image():
    with pytest.raises(NotAnImage):
        pixel_format({"00280010": {"vr": "US"}})
