"""Series by API: what they are taken for, what is said of their quality, and how long decisions take."""

import csv
import io

import pytest
from sqlalchemy import text

from casebook.store.tables import Subject


@pytest.fixture
def subject(sample):
    """A patient whose series nobody has confirmed."""
    with sample.database.transaction(actor="tester", reason="a test") as session:
        session.execute(text("update series_role set confirmed_by = null, confirmed_at = null"))
        return session.query(Subject).order_by(Subject.number).first()


@pytest.fixture
def here(subject):
    return f"/api/v1/subjects/{subject.id}/timepoints/baseline"


def by_role(manager, here):
    found = manager.get(f"{here}/series").json()["series"]
    return {one["roles"][0]["role"]: one for one in found}


def test_series_are_listed_with_evidence_and_confirmed_part_by_part(browser, here):
    manager = browser("manager")
    adc = by_role(manager, here)["adc"]
    assert adc["n_instances"] > 0
    assert adc["roles"][0]["proposal"]["evidence"]
    part = {"id": adc["roles"][0]["id"], "role": "derived"}
    answer = manager.put(f"/api/v1/series/{adc['id']}/roles", json={"parts": [part]})
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["roles"]
    assert (row["role"], row["confirmed_by"]) == ("derived", "manager")


def test_a_role_for_all_and_roles_of_parts_are_not_given_together(browser, here):
    manager = browser("manager")
    adc = by_role(manager, here)["adc"]
    answer = manager.put(f"/api/v1/series/{adc['id']}/roles", json={"role": "adc", "parts": []})
    assert answer.status_code == 422


def test_sure_proposals_are_confirmed_at_once(browser, here):
    manager = browser("manager")
    first = manager.post(f"{here}/series/confirm", json={"confidence": 0.5}).json()["n_confirmed"]
    assert first > 0
    assert manager.post(f"{here}/series/confirm", json={"confidence": 0.5}).json() == {"n_confirmed": 0}
    assert manager.post(f"{here}/series/confirm", json={"confidence": 2}).status_code == 422


def test_a_verdict_stands_beside_the_findings_of_its_series_and_hinders_the_pass(browser, here):
    manager = browser("manager")
    dwi = by_role(manager, here)["dwi"]
    path = f"/api/v1/series/{dwi['id']}/verdicts"
    assert manager.post(path, json={"verdict": "repeat-requested"}).json()["code"] == "image-check"
    body = {"verdict": "repeat-requested", "comment": "cut off", "n_instances": dwi["n_instances"]}
    answer = manager.post(path, json=body)
    assert (answer.status_code, answer.json()["holds"]) == (200, True)
    assert manager.post(path, json=body | {"n_instances": 999}).status_code == 412
    shown = manager.get(f"{here}/check").json()
    one = next(one for one in shown["series"] if one["id"] == dwi["id"])
    assert (one["verdict"], one["said"][0]["comment"]) == ("repeat-requested", "cut off")
    assert shown["objected"] == ["dwi"]
    asked = manager.get("/api/v1/queries").text
    assert "cut off" in asked


def test_the_turnaround_is_given_by_site_and_as_csv(browser, subject):
    found = browser("manager").get("/api/v1/quality").json()
    assert {row["site_code"] for row in found["sites"]} == {wait["site"] for wait in found["waits"]}
    answer = browser("manager").get("/api/v1/quality.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) == len(found["waits"])
    assert rows[0]["limit, days"] == "5"


def test_a_site_sees_its_own_turnaround_and_readers_none(browser, subject):
    sites = {row["site_code"] for row in browser("coordinator").get("/api/v1/quality").json()["sites"]}
    assert sites == {"BE-02"}
    assert browser("reader").get("/api/v1/quality").status_code == 403
