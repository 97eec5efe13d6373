import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.errors import Invalid
from services.api.dicomweb.failures import NotAcceptable
from services.api.dicomweb.media_types import (
    EXPLICIT_LITTLE_ENDIAN,
    accepted,
    chosen_transfer_syntax,
    dicom_shape,
    frame_form,
    is_octets_multipart,
    json_type,
    picture_type,
)

RLE = "1.2.840.10008.1.2.5"
JPEG_LS = "1.2.840.10008.1.2.4.80"


@pytest.mark.parametrize(
    "said",
    [
        'multipart/related; type="application/dicom"',
        "multipart/related;type=application/dicom",
        "MULTIPART/RELATED ; Type=application/dicom",
        "*/*",
        None,
        "",
        "multipart/related",
        "application/*",
    ],
)
def test_objects_are_multipart_by_default_quoted_or_not(said):
    assert dicom_shape(accepted(said), n_instances=3).is_multipart


def test_a_single_part_is_for_one_object_only():
    assert not dicom_shape(accepted("application/dicom"), n_instances=1).is_multipart
    with pytest.raises(NotAcceptable):
        dicom_shape(accepted("application/dicom"), n_instances=2)
    fallback = accepted('application/dicom, multipart/related; type="application/dicom"; q=0.5')
    assert dicom_shape(fallback, n_instances=2).is_multipart


@pytest.mark.parametrize(
    "said",
    [
        "application/dicom+xml",
        "text/html",
        'multipart/related; type="application/dicom+xml"',
        "application/dicom;q=0",
        ",;,=",
        '\\"',
        "a/b; c",
        "image/jpeg",
    ],
)
def test_what_cannot_be_made_is_not_acceptable(said):
    with pytest.raises(NotAcceptable):
        dicom_shape(accepted(said), n_instances=1)


@pytest.mark.parametrize(
    ("parameter", "stored", "chosen"),
    [
        ("", RLE, EXPLICIT_LITTLE_ENDIAN),
        ("", EXPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN),
        ("; transfer-syntax=*", RLE, RLE),
        (f"; transfer-syntax={RLE}", RLE, RLE),
        (f'; transfer-syntax="{RLE}"', RLE, RLE),
        (f"; transfer-syntax={EXPLICIT_LITTLE_ENDIAN}", RLE, EXPLICIT_LITTLE_ENDIAN),
    ],
)
def test_without_a_parameter_objects_leave_uncompressed_and_with_an_asterisk_as_stored(parameter, stored, chosen):
    shape = dicom_shape(accepted(f'multipart/related; type="application/dicom"{parameter}'), n_instances=1)
    assert chosen_transfer_syntax(shape, stored=stored, can_decode=True) == chosen


def test_another_compression_is_not_made_and_the_next_alternative_counts():
    one = f'multipart/related; type="application/dicom"; transfer-syntax={JPEG_LS}'
    with pytest.raises(NotAcceptable):
        chosen_transfer_syntax(dicom_shape(accepted(one), n_instances=1), stored=RLE, can_decode=True)
    two = f'{one}, multipart/related; type="application/dicom"; transfer-syntax=*; q=0.1'
    assert chosen_transfer_syntax(dicom_shape(accepted(two), n_instances=1), stored=RLE, can_decode=True) == RLE


def test_what_cannot_be_decoded_leaves_as_stored_or_not_at_all():
    with pytest.raises(NotAcceptable):
        chosen_transfer_syntax(dicom_shape(accepted(None), n_instances=1), stored="1.2.3", can_decode=False)


def test_cornerstone_gets_frames_as_they_are_stored():
    said = "multipart/related; type=application/octet-stream; transfer-syntax=*"
    form = frame_form(accepted(said), stored=RLE, can_decode=True, n_frames=1)
    assert form.is_multipart
    assert form.content_type == f"application/octet-stream; transfer-syntax={RLE}"


@pytest.mark.parametrize(
    ("said", "stored", "media_type", "syntax"),
    [
        (None, RLE, "application/octet-stream", EXPLICIT_LITTLE_ENDIAN),
        ('multipart/related; type="image/jls"', JPEG_LS, "image/jls", JPEG_LS),
        (f'multipart/related; type="image/jls"; transfer-syntax={JPEG_LS}', JPEG_LS, "image/jls", JPEG_LS),
        ('multipart/related; type="image/dicom-rle"', RLE, "image/dicom-rle", RLE),
        (
            'multipart/related; type="image/jp2", multipart/related; type="application/octet-stream"',
            RLE,
            "application/octet-stream",
            EXPLICIT_LITTLE_ENDIAN,
        ),
    ],
)
def test_frames_take_the_first_form_that_fits(said, stored, media_type, syntax):
    form = frame_form(accepted(said), stored=stored, can_decode=True, n_frames=2)
    assert (form.media_type, form.transfer_syntax, form.is_multipart) == (media_type, syntax, True)


def test_one_frame_can_be_a_body_of_its_own():
    said = "application/octet-stream; transfer-syntax=*"
    assert not frame_form(accepted(said), stored=RLE, can_decode=True, n_frames=1).is_multipart
    with pytest.raises(NotAcceptable):
        frame_form(accepted(said), stored=RLE, can_decode=True, n_frames=2)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (None, "application/dicom+json"),
        ("application/json", "application/json"),
        ("application/json;q=0.5, application/dicom+json", "application/dicom+json"),
        ("text/html, */*;q=0.1", "application/dicom+json"),
    ],
)
def test_results_are_named_as_the_client_prefers(said, name):
    assert json_type(accepted(said)) == name


def test_pictures_and_bulk_data_follow_the_client():
    assert picture_type(accepted("image/png, image/jpeg;q=0.9")) == "image/png"
    assert picture_type(accepted("image/*")) == "image/jpeg"
    assert is_octets_multipart(accepted('multipart/related; type="application/octet-stream"'))
    assert not is_octets_multipart(accepted("application/octet-stream"))
    for choose in (picture_type, is_octets_multipart, json_type):
        with pytest.raises(NotAcceptable):
            choose(accepted("text/html"))


def test_the_query_parameter_wins_over_the_header():
    assert picture_type(accepted("image/jpeg", "image/png")) == "image/png"


def test_an_endless_header_is_refused():
    with pytest.raises(Invalid):
        accepted("a/b," * 10_000)


@given(st.text(max_size=300))
def test_no_header_breaks_the_negotiation(said):
    for media in accepted(said):
        assert 0 < media.quality <= 1


@given(st.text('a/*;=,"\\ q0.15typemulti', max_size=2000))
def test_headers_made_of_the_grammar_s_own_signs_are_read_quickly(said):
    accepted(said)
