import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.errors import Invalid
from services.api.dicomweb.failures import TooLarge, UnsupportedMedia
from services.api.dicomweb.multipart import Envelope, PartFiles, boundary_of
from tests.api.dicomweb.images import multipart_body


def read(body: bytes, folder, *, boundary="b0undary", piece=7, **limits) -> list[bytes]:
    parts = PartFiles(boundary, folder, **({"max_bytes": 10**6} | limits))
    try:
        for start in range(0, len(body), piece):
            parts.write(body[start : start + piece])
        return [path.read_bytes() for path in parts.finish()]
    finally:
        parts.abandon()


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5), st.integers(1, 300))
def test_every_part_is_found_however_the_body_arrives(tmp_path_factory, parts, piece):
    folder = tmp_path_factory.mktemp("parts")
    assert read(multipart_body(parts)[0], folder, piece=piece) == parts


def test_a_part_that_holds_the_boundary_without_its_line_is_whole(tmp_path):
    parts = [b"--b0undary", b"x\r\n--b0undar", b"\r\n\r\n--"]
    assert read(multipart_body(parts)[0], tmp_path) == parts


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no boundary anywhere",
        b"--b0undary\nContent-Type: application/dicom\n\nx\n--b0undary--\n",
        b"--b0undary\r\nContent-Type: application/dicom\r\n\r\nx",
        b"--b0undary\r\nContent-Type: application/dicom\r\n\r\nx\r\n--b0undary",
        b"--b0undary--\r\n",
        b"--b0undary\r\nContent-Type application/dicom\r\n\r\nx\r\n--b0undary--",
        b"--b0undary\r\n" + b"A: b\r\n" * 100 + b"\r\nx\r\n--b0undary--",
        b"--b0undary\r\nA: " + b"b" * 10_000 + b"\r\n\r\nx\r\n--b0undary--",
    ],
)
def test_a_body_that_is_not_well_formed_is_refused(tmp_path, body):
    with pytest.raises(Invalid):
        read(body, tmp_path)


def test_too_many_parts_and_too_many_bytes_are_refused(tmp_path):
    with pytest.raises(TooLarge):
        read(multipart_body([b"x"] * 11)[0], tmp_path, max_parts=10)
    with pytest.raises(TooLarge):
        read(multipart_body([b"x" * 5000])[0], tmp_path, max_bytes=4000)


@pytest.mark.parametrize("part_type", ["application/dicom+json", "application/dicom+xml", "text/html"])
def test_parts_that_are_not_objects_are_refused(tmp_path, part_type):
    with pytest.raises(UnsupportedMedia):
        read(multipart_body([b"{}"], part_type=part_type)[0], tmp_path)


def test_encoded_parts_are_refused(tmp_path):
    body = b"--b0undary\r\nContent-Encoding: gzip\r\n\r\nx\r\n--b0undary--"
    with pytest.raises(UnsupportedMedia):
        read(body, tmp_path)


@pytest.mark.parametrize("boundary", ["", "a" * 71, "a\r\nb", "a b ", "ü"])
def test_boundaries_outside_the_grammar_are_refused(boundary):
    with pytest.raises(Invalid):
        boundary_of({"boundary": boundary})
    with pytest.raises(Invalid):
        boundary_of({})


def test_an_answer_has_crlf_lines_and_a_closing_boundary():
    envelope = Envelope("application/dicom", "abc", "1.2.3")
    body = b"".join(envelope.pieces([("application/dicom; transfer-syntax=1.2.3", [b"AB", b"C"])]))
    assert body == b"\r\n--abc\r\nContent-Type: application/dicom; transfer-syntax=1.2.3\r\n\r\nABC\r\n--abc--\r\n"
    assert envelope.content_type == 'multipart/related; type="application/dicom"; boundary=abc; transfer-syntax=1.2.3'
    assert not re.search(rb"(?<!\r)\n", body)
