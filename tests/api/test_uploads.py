import csv
import errno
import io
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from casebook.domain import uploads as rules
from casebook.settings import Settings
from casebook.store import upload_files
from services.ingest.uploads import sweep_uploads
from services.ingest.worker import run_until_idle
from tests.api import uploading as hands
from tests.api.uploading import SUBJECT, TIMEPOINT

NOTHING = "0" * 64
SOME = b"twelve bytes"


@pytest.fixture
def coordinator(browser):
    return browser("coordinator")


def pieces_on_disk(sample, upload: str) -> list:
    return [path for path in (sample.settings.uploads_dir / upload).rglob("*") if path.is_file()]


def test_a_zip_with_faults_is_sent_in_pieces_taken_in_and_every_file_is_on_the_receipt(sample, browser, coordinator):
    files = {"export/images.zip": hands.a_zip_with_faults(), "export/new.dcm": hands.a_new_slice(9)}
    upload = hands.begin(coordinator)
    hands.send(coordinator, upload, files)
    number = hands.finished(coordinator, upload)["submission"]["number"]
    run_until_idle(sample)
    found = coordinator.get(f"/api/v1/uploads/{upload}").json()
    assert found["state"] == "taken"
    intake = found["submission"]
    assert (intake["archived"], intake["duplicates"], intake["quarantined"]) == (3, 2, 4)
    assert {item["code"]: item["n_files"] for item in intake["reasons"]} == hands.REASONS_OF_FAULTS
    assert intake["n_files"] == intake["n_announced"] == 9
    assert intake["is_described"]
    receipt = coordinator.get(f"/api/v1/submissions/{number}/receipt").json()
    outcomes = {file["name"]: file["outcome"] for file in receipt["files"]}
    assert outcomes["export/images.zip/more.zip"] == "quarantined"
    assert outcomes["export/images.zip/CT/known.dcm"] == "duplicate"
    assert sorted(outcomes[f"export/images.zip/CT/{name}.dcm"] for name in ("new-1", "again")) == [
        "archived",
        "duplicate",
    ]
    assert receipt["outcomes"] == {"archived": 3, "duplicate": 2, "quarantined": 4}
    assert [file["name"] for file in receipt["archives"]] == ["export/images.zip"]
    assert receipt["deidentification"]["n_files"] == 3
    assert pieces_on_disk(sample, upload) == []
    lines = list(csv.DictReader(io.StringIO(coordinator.get(f"/api/v1/submissions/{number}/receipt.csv").text[1:])))
    assert {line["file"]: line["sha256"] for line in lines} == {
        file["name"]: file["sha256"] for file in receipt["files"]
    }
    no_names = browser("manager").get(f"/api/v1/submissions/{number}/receipt").json()
    assert {file["name"] for file in no_names["files"] + no_names["archives"]} == {None}
    assert "images.zip" not in browser("manager").get(f"/submissions/{number}/receipt").text
    assert "images.zip" in coordinator.get(f"/submissions/{number}/receipt").text
    assert browser("radiologist").get(f"/api/v1/submissions/{number}/receipt").status_code == 404
    assert browser("reader").get(f"/submissions/{number}/receipt").status_code == 404


def test_a_piece_that_is_there_is_answered_as_such_and_a_gap_with_where_to_go_on(coordinator):
    upload = hands.begin(coordinator)
    file = hands.announced(coordinator, upload, {"a.dcm": SOME})["a.dcm"]["id"]
    ahead = hands.put(coordinator, upload, file, SOME[6:], offset=6)
    assert (ahead.status_code, ahead.json()["code"], ahead.json()["offset"]) == (409, "gap", 0)
    assert hands.put(coordinator, upload, file, SOME[:6]).json() == {"n_bytes_received": 6, "was_there": False}
    assert hands.put(coordinator, upload, file, SOME[:6]).json() == {"n_bytes_received": 6, "was_there": True}
    assert hands.put(coordinator, upload, file, SOME[4:], offset=4).json()["offset"] == 6
    assert hands.put(coordinator, upload, file, SOME[6:], offset=6).json()["n_bytes_received"] == len(SOME)


def test_a_piece_with_another_checksum_is_refused_and_not_counted(sample, coordinator):
    upload = hands.begin(coordinator)
    file = hands.announced(coordinator, upload, {"a.dcm": SOME})["a.dcm"]["id"]
    refused = hands.put(coordinator, upload, file, SOME, sha256=NOTHING)
    assert (refused.status_code, refused.json()["code"]) == (422, "wrong-checksum")
    assert hands.put(coordinator, upload, file, SOME, sha256="no digest").status_code == 422
    assert hands.announced(coordinator, upload, {"a.dcm": SOME})["a.dcm"]["n_bytes_received"] == 0
    assert pieces_on_disk(sample, upload) == []


def test_other_bytes_than_were_acknowledged_are_refused(coordinator):
    upload = hands.begin(coordinator)
    file = hands.announced(coordinator, upload, {"a.dcm": SOME})["a.dcm"]["id"]
    hands.put(coordinator, upload, file, SOME[:6])
    refused = hands.put(coordinator, upload, file, SOME[:6].upper())
    assert (refused.status_code, refused.json()["code"]) == (409, "file-changed")
    other_size = hands.announce(coordinator, upload, {"a.dcm": SOME + b"!"})
    assert (other_size.status_code, other_size.json()["code"]) == (409, "file-changed")


def test_a_piece_beyond_the_announced_end_or_larger_than_is_taken_is_refused(coordinator):
    upload = hands.begin(coordinator)
    file = hands.announced(coordinator, upload, {"a.dcm": SOME})["a.dcm"]["id"]
    assert hands.put(coordinator, upload, file, SOME + b"!").status_code == 422
    assert hands.put(coordinator, upload, file, b"").status_code == 422
    assert hands.put(coordinator, upload, file, bytes(rules.PIECE_BYTES + 1)).status_code == 413


BAD_NAMES = (
    "../a.dcm",
    "a/../../b.dcm",
    "/etc/passwd",
    "C:\\a.dcm",
    "..\\a.dcm",
    "a//b.dcm",
    "a\nb",
    "",
    "x" * 500,
    ".",
)


def test_a_name_that_is_no_plain_relative_path_is_refused_without_being_repeated(coordinator):
    upload = hands.begin(coordinator)
    for name in BAD_NAMES:
        refused = hands.announce(coordinator, upload, {name: SOME})
        assert refused.status_code == 422, name
        assert len(name) < 2 or name not in refused.json()["detail"]
        assert refused.json()["errors"][0]["field"].startswith("files.0")


def test_what_no_file_can_be_is_refused(coordinator):
    upload = hands.begin(coordinator)
    for body in ({"name": "a\0b", "n_bytes": 1}, {"name": "a", "n_bytes": -1}, {"name": "a", "n_bytes": 2**60}):
        answer = coordinator.post(f"/api/v1/uploads/{upload}/files", json={"files": [body]})
        assert answer.status_code == 422, body
    both = [{"name": "a", "n_bytes": 1}] * 2
    assert coordinator.post(f"/api/v1/uploads/{upload}/files", json={"files": both}).status_code == 422


def test_more_bytes_or_files_than_an_upload_may_hold_are_refused(coordinator, monkeypatch):
    upload = hands.begin(coordinator)
    too_much = [{"name": "a.zip", "n_bytes": Settings().max_upload_mb * 1024**2 + 1}]
    assert coordinator.post(f"/api/v1/uploads/{upload}/files", json={"files": too_much}).status_code == 413
    monkeypatch.setattr(rules, "MAX_FILES", 1)
    assert hands.announce(coordinator, upload, {"a": SOME, "b": SOME}).json()["code"] == "too-large"


def test_a_full_disk_is_said_and_the_upload_goes_on_when_there_is_room(coordinator, monkeypatch):
    upload = hands.begin(coordinator)
    file = hands.announced(coordinator, upload, {"a.dcm": SOME})["a.dcm"]["id"]

    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(upload_files, "_sync", full)
        refused = hands.put(coordinator, upload, file, SOME)
        assert (refused.status_code, refused.json()["code"]) == (507, "storage-full")
        patch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 0))
        assert hands.announce(coordinator, upload, {"b.dcm": SOME}).status_code == 507
    assert hands.put(coordinator, upload, file, SOME).json() == {"n_bytes_received": len(SOME), "was_there": False}


def test_another_account_s_upload_is_unknown_even_to_who_sees_the_patient(browser, coordinator):
    upload = hands.begin(coordinator)
    file = hands.announced(coordinator, upload, {"a.dcm": SOME})["a.dcm"]["id"]
    colleague = browser("manager")
    assert colleague.get("/api/v1/uploads").json() == {"uploads": []}
    asked = [
        colleague.get(f"/api/v1/uploads/{upload}"),
        colleague.get(f"/api/v1/uploads/{upload}/files"),
        hands.announce(colleague, upload, {"b.dcm": SOME}),
        hands.put(colleague, upload, file, SOME),
        colleague.post(f"/api/v1/uploads/{upload}/finish"),
        colleague.delete(f"/api/v1/uploads/{upload}"),
    ]
    assert {answer.status_code for answer in asked} == {404}


def test_nothing_is_begun_for_another_site_s_patient_or_where_no_images_are_expected(coordinator):
    others = coordinator.post("/api/v1/uploads", json={"subject": "JP-03-0001", "timepoint": TIMEPOINT})
    nobody = coordinator.post("/api/v1/uploads", json={"subject": "BE-02-9999", "timepoint": TIMEPOINT})
    assert others.status_code == nobody.status_code == 404
    assert others.json() == nobody.json()
    surgery = coordinator.post("/api/v1/uploads", json={"subject": SUBJECT, "timepoint": "intraoperative"})
    assert surgery.status_code == 422


def test_an_upload_is_not_finished_while_something_is_missing_and_only_once(sample, coordinator):
    upload = hands.begin(coordinator)
    assert coordinator.post(f"/api/v1/uploads/{upload}/finish").status_code == 409
    files = {"a.dcm": hands.a_new_slice(1), "empty.dcm": b""}
    file = hands.announced(coordinator, upload, files)["a.dcm"]["id"]
    assert coordinator.post(f"/api/v1/uploads/{upload}/finish").status_code == 409
    assert hands.put(coordinator, upload, file, files["a.dcm"]).status_code == 200
    first, second = hands.finished(coordinator, upload), hands.finished(coordinator, upload)
    assert first["submission"]["number"] == second["submission"]["number"]
    assert hands.announce(coordinator, upload, {"b.dcm": SOME}).json()["code"] == "upload-ended"
    assert coordinator.delete(f"/api/v1/uploads/{upload}").json()["code"] == "upload-ended"
    run_until_idle(sample)
    intake = coordinator.get(f"/api/v1/uploads/{upload}").json()["submission"]
    assert {item["code"] for item in intake["reasons"]} == {"empty-file"}


def test_a_given_up_upload_leaves_nothing_of_its_bytes_and_names(sample, coordinator):
    upload = hands.begin(coordinator)
    hands.send(coordinator, upload, {"Dupont^Jean/a.dcm": SOME})
    assert pieces_on_disk(sample, upload) != []
    assert coordinator.delete(f"/api/v1/uploads/{upload}").status_code == 204
    assert pieces_on_disk(sample, upload) == []
    assert coordinator.get(f"/api/v1/uploads/{upload}/files").json()["files"] == []
    assert coordinator.get("/api/v1/uploads").json() == {"uploads": []}
    with sample.database.session() as session:
        assert session.scalar(text("select count(*) from restricted.upload_file")) == 0


def test_an_upload_goes_on_where_it_stopped_whichever_process_serves(sample, browser, coordinator):
    files = {"a.dcm": hands.a_new_slice(1), "b.dcm": hands.a_new_slice(2)}
    upload = hands.begin(coordinator)
    sent = hands.announced(coordinator, upload, files)
    hands.put(coordinator, upload, sent["a.dcm"]["id"], files["a.dcm"][:1000])
    (unfinished,) = browser("coordinator").get("/api/v1/uploads").json()["uploads"]
    assert (unfinished["id"], unfinished["subject"], unfinished["n_bytes_received"]) == (upload, SUBJECT, 1000)
    listed = coordinator.get(f"/api/v1/uploads/{upload}/files", params={"limit": 1}).json()
    assert [file["n_bytes_received"] for file in listed["files"]] == [1000]
    more = coordinator.get(f"/api/v1/uploads/{upload}/files", params={"after": listed["next_after"]}).json()
    assert [file["name"] for file in more["files"]] == ["b.dcm"]
    hands.send(coordinator, upload, files)
    hands.finished(coordinator, upload)
    run_until_idle(sample)
    assert coordinator.get(f"/api/v1/uploads/{upload}").json()["submission"]["archived"] == 2


def test_an_upload_that_nobody_goes_on_with_is_removed(sample, coordinator):
    upload, kept = hands.begin(coordinator), hands.begin(coordinator)
    for one in (upload, kept):
        hands.send(coordinator, one, {"a.dcm": SOME})
    old = datetime.now(UTC) - timedelta(days=sample.settings.upload_days, hours=1)
    with sample.database.transaction(actor="test") as session:
        session.execute(text("update upload set last_received_at = :old where id = :id"), {"old": old, "id": upload})
    folder = sample.settings.uploads_dir / upload
    upload_files.os.utime(folder, (0, 0))
    sweep_uploads(sample, machine="test")
    assert not folder.exists()
    assert coordinator.get(f"/api/v1/uploads/{upload}").json()["state"] == "expired"
    assert [one["id"] for one in coordinator.get("/api/v1/uploads").json()["uploads"]] == [kept]
    assert len(pieces_on_disk(sample, kept)) == 1
