"""Data cuts through API and pages: ordered, made by the worker, taken away, compared; and who may."""

import io
import json
import zipfile
from hashlib import sha256
from uuid import uuid4

import pytest
from sqlalchemy import text

from casebook.actions.cut_exports import SHAPES
from casebook.domain.cuts.model import Step
from services.api.pages.cuts import FORMAT_NAMES, STEPS
from services.ingest.worker import run_until_idle
from tests.actions.cut_builders import a_cut

ORDER = {"name": "interim-1", "purpose": "a look"}


def test_a_statistician_orders_a_cut_takes_it_away_and_sees_every_time(browser, sample):
    run_until_idle(sample)
    statistician = browser("statistician")
    answer = statistician.post("/api/v1/cuts", json=ORDER)
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    again = statistician.post("/api/v1/cuts", json=ORDER)
    assert (again.status_code, again.json()["code"]) == (409, "name-taken")
    waiting = statistician.get("/cuts", headers={"accept": "text/html"}).text
    assert "hx-trigger" in waiting
    run_until_idle(sample)
    listed = statistician.get("/api/v1/cuts").json()
    assert listed["orders"] == []
    (cut,) = listed["cuts"]
    assert (cut["name"], cut["status"], cut["made_by"]) == ("interim-1", "INTERIM", "statistician")
    path = f"/api/v1/cuts/{cut['id']}"
    files = statistician.get(f"{path}/files").json()["files"]
    one = next(file for file in files if file["path"] == "datasets/ADLES.ndjson")
    kept = statistician.get(f"{path}/files/{one['path']}").content
    assert (sha256(kept).hexdigest(), len(kept)) == (one["sha256"], one["n_bytes"])
    manifest = statistician.get(f"{path}/files/manifest.json").content
    assert sha256(manifest).hexdigest() == cut["manifest_sha256"]
    zips = [statistician.get(f"{path}/export", params={"format": "csv"}).content for _ in range(2)]
    assert zips[0] == zips[1]
    with zipfile.ZipFile(io.BytesIO(zips[0])) as archive:
        assert {"README.txt", "SHA256SUMS", "manifest.json", "csv/adles.csv"} <= set(archive.namelist())
        assert archive.read("manifest.json") == manifest
    exports = statistician.get(path).json()["exports"]
    assert [(one["format"], one["result"]) for one in exports] == [("csv", "equal"), ("csv", "first")]
    with sample.database.session() as session:
        looked = session.scalars(text("select target from access_event where kind = 'file' and actor = 'statistician'"))
        assert sum(target.startswith("DREAM-interim-1-csv.zip") for target in looked) == 2


def test_two_cuts_are_compared_by_page_api_and_csv(browser, sample):
    first = a_cut(sample, "first")
    with sample.database.transaction(actor="manager", reason="a correction") as session:
        session.execute(text("update lesion set segment = 'I' where label = 'L2'"))
    second = a_cut(sample, "second")
    statistician, asked = browser("statistician"), {"with": str(first.id)}
    path = f"cuts/{second.id}/comparison"
    found = statistician.get(f"/api/v1/{path}", params=asked).json()
    assert (found["before"], found["after"]) == ("first", "second")
    (adles, _adsl) = found["datasets"]
    assert {row["lesion"] for row in adles["rows"]} == {"L2"}
    for prefix in ("/api/v1/", "/"):
        lines = statistician.get(f"{prefix}{path}.csv", params=asked).text.splitlines()
        assert lines[0] == "\ufeffdataset,subject,lesion,change,variable,before,after"
        assert len(lines) == 1 + sum(len(row["values"]) for row in adles["rows"])
    for language, word in (("en", "changed"), ("ja", "変更")):
        page = statistician.get(f"/{path}", params=asked | {"lang": language}, headers={"accept": "text/html"}).text
        assert word in page
        assert "LESSEG" in page


def test_the_page_of_a_cut_says_interim_and_what_was_refused(browser, sample, monkeypatch):
    from casebook.actions import cut_exports

    cut = a_cut(sample)
    statistician = browser("statistician")
    statistician.headers["accept"] = "text/html"
    assert statistician.get(f"/cuts/{cut.id}/export", params={"format": "dictionary"}).status_code == 200
    shown = statistician.get(f"/cuts/{cut.id}").text
    assert "<strong>INTERIM</strong>" in shown
    assert all(words in shown for words in (cut.manifest_sha256.hex(), cut.head_hash, "first time"))
    real = cut_exports.write
    monkeypatch.setattr(
        cut_exports, "write", lambda *asked: (cut_exports.WrittenFile(one.path, b"x") for one in real(*asked))
    )
    refused = statistician.get(f"/cuts/{cut.id}/export", params={"format": "dictionary"})
    assert refused.status_code == 409
    assert "dictionary/index.html" in refused.text
    assert "accept_changes=true" in refused.text
    taken = statistician.get(f"/cuts/{cut.id}/export", params={"format": "dictionary", "accept_changes": "true"})
    assert taken.status_code == 200
    assert "different" in statistician.get(f"/cuts/{cut.id}").text


def test_what_a_form_says_wrongly_is_said_beside_it(browser):
    statistician = browser("statistician")
    token = {"csrf_token": statistician.headers["X-CSRF-Token"]}
    page = {"accept": "text/html"}
    refused = statistician.post("/cuts", data=token | {"name": "a b", "purpose": "x"}, headers=page)
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    assert 'value="a b"' in refused.text
    nothing = statistician.post("/cuts", data=token | {"name": "ab", "purpose": " "}, headers=page)
    assert nothing.status_code == 422
    assert statistician.get("/api/v1/cuts").json() == {"cuts": [], "orders": []}


def test_nobody_else_learns_of_cuts(browser, sample):
    cut = a_cut(sample)
    places = ("", f"/{cut.id}", f"/{cut.id}/files", f"/{cut.id}/export", f"/{cut.id}/files/manifest.json")
    for login, status in (("coordinator", 403), ("manager", 403), ("reader", 403)):
        for place in places:
            assert browser(login).get(f"/api/v1/cuts{place}").status_code == status
    reader = browser("reader")
    assert reader.get(f"/cuts/{cut.id}").content == reader.get(f"/cuts/{uuid4()}").content
    assert browser("statistician").get(f"/api/v1/cuts/{uuid4()}").status_code == 404


def test_every_shape_and_step_has_its_words():
    assert set(FORMAT_NAMES) == set(SHAPES)
    assert set(STEPS) == set(Step)


@pytest.mark.parametrize("day", ["2999-01-01", "2026-02-30", 5])
def test_a_day_that_is_none_or_to_come_is_refused(browser, day):
    answer = browser("statistician").post("/api/v1/cuts", json=ORDER | {"as_of": day})
    assert answer.status_code == 422
    assert "as_of" in json.dumps(answer.json())


def test_a_patients_images_leave_with_the_cut_by_api_and_page(browser, sample):
    cut = a_cut(sample)
    statistician, asked = browser("statistician"), {"as": "nifti", "timepoint": "baseline"}
    by_api = statistician.get(f"/api/v1/cuts/{cut.id}/images/JP-03-0001", params=asked | {"role": "adc"})
    assert by_api.headers["content-disposition"].endswith('filename="DREAM-first-JP-03-0001-nifti.zip"')
    with zipfile.ZipFile(io.BytesIO(by_api.content)) as archive:
        assert {name.rpartition("/")[0] for name in archive.namelist()} == {"", "JP-03-0001/baseline"}
        (line,) = json.loads(archive.read("manifest.json"))["files"]
        assert sha256(archive.read(line["path"])).hexdigest() == line["sha256"]
    statistician.headers["accept"] = "text/html"
    page = statistician.get(f"/cuts/{cut.id}").text
    assert f'action="/cuts/{cut.id}/images"' in page
    by_page = statistician.get(f"/cuts/{cut.id}/images", params={"number": " BE-02-0001 ", "timepoint": "baseline"})
    with zipfile.ZipFile(io.BytesIO(by_page.content)) as archive:
        assert "DICOMDIR" in archive.namelist()
    missing = statistician.get(f"/cuts/{cut.id}/images", params={"number": "JP-03-9999"})
    assert missing.status_code == 404
    assert "There is no patient of this number." in missing.text
    assert 'value="JP-03-9999"' in missing.text
    manager = browser("manager")
    answer = manager.get(f"/api/v1/cuts/{cut.id}/images/JP-03-0001", params=asked | {"role": "adc"})
    assert answer.content == by_api.content
    assert browser("reader").get(f"/api/v1/cuts/{cut.id}/images/JP-03-0001").status_code in {403, 404}
