import json
from io import BytesIO

import pytest
from pydicom import dcmread
from pydicom.encaps import generate_frames
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

from tests.api.dicomweb.images import a_sent_study

DICOM_PARTS = 'multipart/related; type="application/dicom"'
ANY_SYNTAX = DICOM_PARTS + "; transfer-syntax=*"
CORNERSTONE = "multipart/related; type=application/octet-stream; transfer-syntax=*"


def parts_of(answer):
    """The (header, body) of each part."""
    content_type = answer.headers["content-type"]
    assert content_type.startswith("multipart/related; ")
    boundary = content_type.partition("boundary=")[2].partition(";")[0].encode()
    assert answer.content.endswith(b"\r\n--" + boundary + b"--\r\n")
    parts = [part.partition(b"\r\n\r\n") for part in answer.content.split(b"\r\n--" + boundary)[1:-1]]
    return [(header.strip().decode(), body) for header, _, body in parts]


@pytest.fixture
def sent():
    return a_sent_study("JP-03-0001")


@pytest.fixture
def paths(client):
    """Paths of the subject's series in order of number, and of their instances."""
    study = client.get("/studies?PatientID=JP-03-0001").json()[0]["0020000D"]["Value"][0]
    found = []
    for row in client.get(f"/studies/{study}/series").json():
        series = f"/studies/{study}/series/{row['0020000E']['Value'][0]}"
        uids = [one["00080018"]["Value"][0] for one in client.get(f"{series}/instances").json()]
        found.append((series, [f"{series}/instances/{uid}" for uid in uids]))
    return found


def test_the_metadata_of_a_series_have_what_rendering_needs(client, paths):
    series, instances = paths[0]
    found = client.get(f"{series}/metadata").json()
    assert [row["00200013"]["Value"] for row in found] == [[1], [2], [3]]
    for row in found:
        for tag in (
            "00280010",
            "00280011",
            "00280100",
            "00280103",
            "00280002",
            "00280004",
            "00200032",
            "00200037",
            "00200052",
        ):
            assert row[tag]["Value"]
        assert "7FE00010" not in row
        assert row["0008103E"]["Value"] == ["CT portal venous"]
    assert client.get(f"{instances[1]}/metadata").json() == [found[1]]
    study = series.partition("/series")[0]
    assert len(client.get(f"{study}/metadata").json()) == 6


def test_metadata_are_sent_packed_as_they_lie_and_only_once(client, paths):
    series = paths[0][0]
    packed = client.get(f"{series}/metadata")
    plain = client.get(f"{series}/metadata", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert packed.headers["etag"] != plain.headers["etag"]
    again = client.get(f"{series}/metadata", headers={"If-None-Match": packed.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_metadata_are_there_before_the_description_is(running, client, paths):
    from sqlalchemy import text

    series = paths[0][0]
    described = client.get(f"{series}/metadata").json()
    uid = series.rpartition("/")[2]
    with running.service.database.transaction(actor="founder") as session:
        session.execute(
            text(
                "update series_metadata set n_instances = 1 where series_id = (select id from series where series_uid = :uid)"
            ),
            {"uid": uid},
        )
    try:
        assert client.get(f"{series}/metadata").json() == described
    finally:
        with running.service.database.transaction(actor="founder") as session:
            session.execute(
                text(
                    "update series_metadata set n_instances = 3 where series_id = (select id from series where series_uid = :uid)"
                ),
                {"uid": uid},
            )


def test_a_whole_study_comes_as_parts_with_their_real_syntax(client, paths, sent):
    study = paths[0][0].partition("/series")[0]
    answer = client.get(study, headers={"Accept": ANY_SYNTAX})
    parts = parts_of(answer)
    assert len(parts) == 6
    syntaxes = [header.rpartition("=")[2] for header, _ in parts]
    assert syntaxes == [ExplicitVRLittleEndian] * 3 + [RLELossless] * 2 + [ExplicitVRLittleEndian]
    for (_, body), syntax, original in zip(parts, syntaxes, sent, strict=True):
        ds = dcmread(BytesIO(body))
        assert ds.file_meta.TransferSyntaxUID == syntax
        assert (ds.pixel_array == original.pixels.squeeze()).all()
        assert ds.PatientID == "JP-03-0001"


def test_by_default_compressed_objects_leave_uncompressed(client, paths, sent):
    for accept in (None, "*/*", DICOM_PARTS):
        answer = client.get(paths[1][0], headers={"Accept": accept} if accept else {})
        for (header, body), original in zip(parts_of(answer), sent[3:5], strict=True):
            assert header.endswith(f"transfer-syntax={ExplicitVRLittleEndian}")
            ds = dcmread(BytesIO(body))
            assert ds.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
            assert (ds.pixel_array == original.pixels.squeeze()).all()


def test_one_object_can_be_a_body_of_its_own(client, paths):
    answer = client.get(paths[0][1][0], headers={"Accept": "application/dicom"})
    assert answer.headers["content-type"] == f"application/dicom; transfer-syntax={ExplicitVRLittleEndian}"
    ds = dcmread(BytesIO(answer.content))
    assert ds.SeriesDescription == "CT portal venous"
    assert client.get(paths[0][0], headers={"Accept": "application/dicom"}).status_code == 406
    again = client.get(paths[0][1][0], headers={"Accept": "application/dicom", "If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "garbage",
        DICOM_PARTS + "; transfer-syntax=1.2.840.10008.1.2.4.90",
        "application/dicom; transfer-syntax=1.2.840.10008.1.2",
    ],
)
def test_what_cannot_be_made_is_406(client, paths, accept):
    assert client.get(paths[0][1][0], headers={"Accept": accept}).status_code == 406


def test_cornerstone_gets_frames_as_stored_with_the_syntax_in_both_headers(client, paths, sent):
    for number, original in ((0, sent[0]), (1, sent[3])):
        answer = client.get(f"{paths[number][1][0]}/frames/1", headers={"Accept": CORNERSTONE})
        syntax = original.ds.file_meta.TransferSyntaxUID
        assert f"transfer-syntax={syntax}" in answer.headers["content-type"]
        ((header, body),) = parts_of(answer)
        assert header == f"Content-Type: application/octet-stream; transfer-syntax={syntax}"
        expected = original.pixels.tobytes()
        if syntax == RLELossless:
            expected = next(generate_frames(original.ds.PixelData, number_of_frames=1))
        assert body == expected
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"


def test_frames_come_in_the_order_asked_for_one_a_part(client, paths, sent):
    (instance,) = paths[2][1]
    bodies = [body for _, body in parts_of(client.get(f"{instance}/frames/3,1"))]
    assert bodies == [sent[5].pixels[2].tobytes(), sent[5].pixels[0].tobytes()]


def test_compressed_frames_are_decoded_without_a_parameter_or_named_by_their_type(client, paths, sent):
    instance = paths[1][1][0]
    ((header, body),) = parts_of(client.get(f"{instance}/frames/1"))
    assert header.endswith(f"transfer-syntax={ExplicitVRLittleEndian}")
    assert body == sent[3].pixels.tobytes()
    rle = client.get(f"{instance}/frames/1", headers={"Accept": 'multipart/related; type="image/dicom-rle"'})
    assert parts_of(rle)[0][0].startswith("Content-Type: image/dicom-rle")
    single = client.get(f"{instance}/frames/1", headers={"Accept": "application/octet-stream"})
    assert single.content == sent[3].pixels.tobytes()


@pytest.mark.parametrize(
    ("frames", "status"),
    [
        ("0", 400),
        ("1,0", 400),
        ("-1", 400),
        ("abc", 400),
        ("1,,2", 400),
        ("1.5", 400),
        ("4", 404),
        ("99999", 404),
        ("1,4", 404),
        ("99999999999", 400),
        (",".join(["1"] * 6000), 400),
    ],
)
def test_frames_that_are_not_there(client, paths, frames, status):
    assert client.get(f"{paths[2][1][0]}/frames/{frames}").status_code == status


def test_the_same_request_has_the_same_bytes(client, paths):
    path = f"{paths[0][1][0]}/frames/1"
    first, second = client.get(path), client.get(path)
    assert first.content == second.content
    assert client.get(path, headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'}).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/studies/1.2.3",
        "/studies/1.2.3/metadata",
        "/studies/1.2.3/series/4.5",
        "/studies/1.2.3/thumbnail",
        "/studies/1.2.3/series/4.5/instances/6.7/frames/1",
        "/studies/1.2.3/series/4.5/instances/6.7/rendered",
        "/studies/1.2.3/series/4.5/instances/6.7/bulkdata/00283006",
    ],
)
def test_what_does_not_exist_is_404(client, path):
    assert client.get(path).status_code == 404


def test_another_site_s_images_do_not_exist(running, paths):
    series, instances = paths[0]
    study = series.partition("/series")[0]
    suffixes = (
        study,
        f"{study}/metadata",
        series,
        f"{series}/metadata",
        f"{series}/thumbnail",
        f"{study}/thumbnail",
        instances[0],
        f"{instances[0]}/metadata",
        f"{instances[0]}/frames/1",
        f"{instances[0]}/rendered",
        f"{instances[0]}/thumbnail",
        f"{instances[0]}/bulkdata/00283006",
    )
    with running.client("elsewhere") as elsewhere:
        for path in suffixes:
            answer = elsewhere.get(path)
            assert answer.status_code == 404, path
            missing = elsewhere.get(path.replace(study, "/studies/1.2.3"))
            assert answer.json() == missing.json()
    with running.client("statistician") as statistician:
        assert all(statistician.get(path).status_code == 403 for path in suffixes)


def test_an_instance_is_found_under_its_own_series_only(client, paths):
    wrong = paths[0][0] + "/instances/" + paths[1][1][0].rpartition("/")[2]
    assert client.get(wrong).status_code == 404


def test_a_blinded_reader_gets_the_same_pixels_and_another_head(client, reader, paths, sent):
    for (series, instances), originals in zip(paths, (sent[:3], sent[3:5], sent[5:]), strict=True):
        for accept in (ANY_SYNTAX, DICOM_PARTS):
            for (_, body), original in zip(
                parts_of(reader.get(series, headers={"Accept": accept})), originals, strict=True
            ):
                ds = dcmread(BytesIO(body))
                assert ds.PatientID == "R-7001"
                assert ds.get("ClinicalTrialSiteID", "") == ""
                assert b"JP-03" not in body
                assert b"Yamagata" not in body
                assert (ds.pixel_array == original.pixels.squeeze()).all()
        metadata = reader.get(f"{series}/metadata").text + reader.get(f"{instances[0]}/metadata").text
        assert "JP-03" not in metadata
        assert "R-7001" in metadata
        assert reader.get(f"{instances[0]}/frames/1").content == client.get(f"{instances[0]}/frames/1").content
    assert reader.get(paths[0][1][0]).headers["etag"] != client.get(paths[0][1][0]).headers["etag"]


def test_a_blinded_object_says_the_same_as_its_metadata(reader, paths):
    for _, instances in paths:
        ds = dcmread(BytesIO(parts_of(reader.get(instances[0], headers={"Accept": ANY_SYNTAX}))[0][1]))
        del ds.PixelData
        assert json.loads(json.dumps(ds.to_json_dict())) == reader.get(f"{instances[0]}/metadata").json()[0]


def test_bulk_data_have_an_address_that_works(client, paths):
    instance = paths[2][1][0]
    value = client.get(f"{instance}/bulkdata/00280010", headers={"Accept": "application/octet-stream"})
    assert value.content == (20).to_bytes(2, "little")
    ((header, body),) = parts_of(client.get(f"{instance}/bulkdata/52009229/1/00289110/1/00280030"))
    assert header.startswith("Content-Type: application/octet-stream")
    assert body.strip() == rb"1\1"


@pytest.mark.parametrize(
    "path",
    ["..%2F..%2Fetc%2Fpasswd", "0028001", "00280010/0/00280010", "52009229/1", "x", "52009229/1/00289110/1/" * 40],
)
def test_bulk_addresses_of_another_form_are_400(client, paths, path):
    assert client.get(f"{paths[2][1][0]}/bulkdata/{path}").status_code == 400


def test_a_blinded_reader_cannot_fetch_what_is_hidden(client, reader, paths):
    path = f"{paths[0][1][0]}/bulkdata/00120030"
    assert client.get(path).status_code == 200
    for tag in ("00120030", "00120040", "00100020"):
        assert reader.get(f"{paths[0][1][0]}/bulkdata/{tag}").status_code == 404


def test_a_file_that_lost_its_end_is_refused_not_served_wrong(running, client, paths):
    from sqlalchemy import text

    uid = paths[0][1][2].rpartition("/")[2]
    with running.service.database.session() as session:
        key = session.scalar(text("select file_key from instance where sop_uid = :uid"), {"uid": uid})
    path = running.service.settings.archive_dir / key
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[:-100])
        assert client.get(f"{paths[0][1][2]}/frames/1").status_code == 503
        path.unlink()
        assert client.get(f"{paths[0][1][2]}/frames/1").status_code in {404, 503}
    finally:
        path.write_bytes(whole)
    assert client.get(f"{paths[0][1][2]}/frames/1").status_code == 200
