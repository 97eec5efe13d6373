import gzip

import pytest
from sqlalchemy import text

from tests.api.dicomweb.images import a_ct_slice, multipart_body

HERE = {"subject": "IT-01-0001", "timepoint": "preoperative"}


def a_slice(number, *, study="77", **changes):
    """A slice of a study of its own, so that tests do not meet."""
    one = a_ct_slice("IT-01-0001", number)
    ds = one.ds
    ds.StudyInstanceUID = f"1.2.826.0.1.3680043.10.543.{study}"
    ds.SeriesInstanceUID = f"{ds.StudyInstanceUID}.1"
    ds.SOPInstanceUID = f"{ds.StudyInstanceUID}.1.{number}"
    for keyword, value in changes.items():
        setattr(ds, keyword, value)
    return one


def post(client, parts, path="/studies", params=HERE, **headers):
    body, content_type = multipart_body(parts)
    headers = {"Content-Type": content_type} | {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(path, params=params, content=body, headers=headers, timeout=120)


def sequence(answer, tag):
    return answer.json().get(tag, {}).get("Value", [])


def reasons(answer):
    return [item["00081197"]["Value"][0] for tag in ("00081198", "0008119A") for item in sequence(answer, tag)]


def n_instances(running):
    with running.service.database.session() as session:
        return session.scalar(text("select count(*) from instance"))


def test_what_was_stored_is_named_as_sent_and_found_where_it_is_archived(sender):
    slices = [a_slice(number, study="70") for number in (1, 2)]
    answer = post(sender, [one.encoded for one in slices])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/dicom+json"
    stored = sequence(answer, "00081199")
    assert [item["00081155"]["Value"][0] for item in stored] == [one.ds.SOPInstanceUID for one in slices]
    for item, one in zip(stored, slices, strict=True):
        url = item["00081190"]["Value"][0]
        assert one.ds.SOPInstanceUID not in url
        frame = sender.get(f"{url}/frames/1", headers={"Accept": "application/octet-stream"})
        assert frame.content == one.pixels.tobytes()
    assert stored[0]["00081190"]["Value"][0].startswith(answer.json()["00081190"]["Value"][0])


def test_the_same_delivery_twice_is_stored_once_with_the_same_answer(running, sender):
    parts = [a_slice(number, study="71").encoded for number in (1, 2, 3)]
    first, before = post(sender, parts), n_instances(running)
    second = post(sender, parts)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert n_instances(running) == before


def test_one_bad_part_never_fails_the_rest(running, sender):
    good = a_slice(1, study="72")
    answer = post(sender, [b"this is no DICOM file", good.encoded, good.encoded[:300], b""])
    assert answer.status_code == 202
    assert [item["00081155"]["Value"][0] for item in sequence(answer, "00081199")] == [good.ds.SOPInstanceUID]
    assert sorted(reasons(answer)) == [0xA900, 0xC000, 0xC000]
    assert "not-dicom" in answer.headers["warning"]


def test_when_nothing_could_be_stored_it_is_409(sender):
    answer = post(sender, [b"nothing", b"of this is DICOM"])
    assert answer.status_code == 409
    assert reasons(answer) == [0xC000, 0xC000]


def test_the_same_uid_with_other_pixels_is_refused_and_nothing_is_overwritten(sender):
    first, other = a_slice(1, study="73"), a_slice(1, study="73")
    stored = post(sender, [first.encoded])
    other.ds.PixelData = bytes(len(other.ds.PixelData))
    answer = post(sender, [other.encoded])
    assert answer.status_code == 409
    assert reasons(answer) == [0x0111]
    assert sequence(answer, "00081198")[0]["00081155"]["Value"] == [first.ds.SOPInstanceUID]
    url = sequence(stored, "00081199")[0]["00081190"]["Value"][0]
    frame = sender.get(f"{url}/frames/1", headers={"Accept": "application/octet-stream"})
    assert frame.content == first.pixels.tobytes()


def test_an_object_of_another_study_than_the_address_fails_alone(sender):
    mine, stray = a_slice(1, study="74"), a_slice(1, study="75")
    answer = post(sender, [mine.encoded, stray.encoded], path=f"/studies/{mine.ds.StudyInstanceUID}")
    assert answer.status_code == 202
    assert reasons(answer) == [0xA900]
    assert sequence(answer, "00081198")[0]["00081155"]["Value"] == [stray.ds.SOPInstanceUID]


def test_the_subject_can_be_in_the_address(sender):
    one = a_slice(1, study="76")
    path = "/subjects/IT-01-0001/timepoints/preoperative/studies"
    assert post(sender, [one.encoded], path=path, params={}).status_code == 200
    assert post(sender, [one.encoded], path=f"{path}/{one.ds.StudyInstanceUID}", params={}).status_code == 200


def test_one_object_can_be_the_whole_body(sender):
    one = a_slice(1, study="78")
    answer = sender.post(
        "/studies", params=HERE, content=one.encoded, headers={"Content-Type": "application/dicom"}, timeout=60
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({}, 400),
        ({"subject": "IT-01-0001"}, 400),
        ({"subject": "IT-01-0001", "timepoint": "x" * 100}, 400),
        ({"subject": "IT-01-0001", "timepoint": "a\0b"}, 400),
        ({"subject": "JP-03-9999", "timepoint": "baseline"}, 404),
    ],
)
def test_a_delivery_that_belongs_nowhere_is_refused(sender, params, status):
    answer = post(sender, [a_slice(1).encoded], params=params)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_only_those_who_submit_for_the_site_can_store(running):
    for login, status in (
        ("elsewhere", 404),
        ("coordinator", 404),
        ("reader", 403),
        ("statistician", 403),
        ("nobody", 401),
    ):
        with running.client(login) as client:
            assert post(client, [a_slice(1).encoded]).status_code == status
    with running.client("manager") as client:
        assert post(client, [a_slice(1, study="79").encoded]).status_code == 200


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ('multipart/related; type="application/dicom+json"; boundary=b', b"--b\r\n\r\n[]\r\n--b--", 415),
        ('multipart/related; type="application/dicom+xml"; boundary=b', b"--b\r\n\r\n<x/>\r\n--b--", 415),
        ("application/dicom+json", b'[{"7FE00010":{"vr":"OW","BulkDataURI":"http://127.0.0.1:1/secret"}}]', 415),
        ("application/json", b"[" * 100_000, 415),
        ("text/xml", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>', 415),
        ("multipart/form-data; boundary=b", b"--b--", 415),
        ("garbage", b"x", 415),
        ("", b"x", 415),
        ('multipart/related; type="application/dicom"', b"--b\r\n\r\nx\r\n--b--", 400),
        ('multipart/related; type="application/dicom"; boundary=' + "b" * 100, b"x", 400),
        ('multipart/related; type="application/dicom"; boundary=b', b"", 400),
        ('multipart/related; type="application/dicom"; boundary=b', b"--b\n\nx\n--b--\n", 400),
        ('multipart/related; type="application/dicom"; boundary=b', b"--b\r\n\r\nno end", 400),
        ('multipart/related; type="application/dicom"; boundary=b', b"--b--\r\n", 400),
        (
            'multipart/related; type="application/dicom"; boundary=b',
            b"--b\r\nContent-Type: text/html\r\n\r\nx\r\n--b--",
            415,
        ),
    ],
)
def test_bodies_of_another_form_store_nothing(running, sender, content_type, body, status):
    before = n_instances(running)
    answer = sender.post("/studies", params=HERE, content=body, headers={"Content-Type": content_type})
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert n_instances(running) == before


def test_metadata_with_an_address_in_it_is_never_followed(sender):
    body, content_type = multipart_body(
        [b'[{"7FE00010":{"BulkDataURI":"http://127.0.0.1:1/"}}]'], part_type="application/dicom+json"
    )
    answer = sender.post("/studies", params=HERE, content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 415


def test_compressed_bodies_and_absurd_lengths_are_refused(sender):
    body, content_type = multipart_body([b"x"])
    packed = sender.post(
        "/studies",
        params=HERE,
        content=gzip.compress(body),
        headers={"Content-Type": content_type, "Content-Encoding": "gzip"},
    )
    assert packed.status_code == 415
    long = post(sender, [bytes(65 * 1024 * 1024)])
    assert long.status_code == 413


def test_100_000_parts_are_refused_without_storing_one(running, sender):
    before = n_instances(running)
    answer = post(sender, [b""] * 100_000)
    assert answer.status_code == 413
    assert n_instances(running) == before


def test_nothing_is_left_in_the_staging_folder(running, sender):
    post(sender, [a_slice(1, study="80").encoded, b"no DICOM"])
    post(sender, [b"x"], params={})
    assert list(running.service.archive.staging_dir().iterdir()) == []
