"""Readers, their training and the cases given to them, by API: for the data centre alone."""

import pytest

from casebook.store.tables import ReadingAssignment
from services.command.demo import STUDY
from tests.actions import central_builders as build

READERS, ASSIGNMENTS = "/api/v1/readers", "/api/v1/reading-assignments"
TRAINED = {"home_site": "BE-02", "trained_on": "2026-01-05", "training": "DREAM reading course"}


@pytest.fixture
def new_reader(sample):
    with sample.database.transaction(actor="machine", reason="a test") as session:
        build.a_person(session, "beginner", trained_on=None)
    return f"{READERS}/beginner"


def test_a_reader_is_trained_by_api_and_a_change_needs_version_and_reason(browser, new_reader):
    manager = browser("manager")
    listed = {row["login"]: row for row in manager.get(READERS, params={"study": STUDY}).json()["readers"]}
    assert (listed["beginner"]["trained_on"], listed["beginner"]["version"]) == (None, 1)
    saved = manager.put(new_reader, json=TRAINED, headers={"If-Match": '"1"'})
    assert saved.status_code == 200, saved.text
    assert saved.json() | TRAINED == saved.json()
    other = {**TRAINED, "home_site": "JP-03"}
    assert manager.put(new_reader, json=other, headers={"If-Match": '"1"'}).status_code == 412
    assert manager.put(new_reader, json=other, headers={"If-Match": '"2"'}).status_code == 409
    headers = {"If-Match": '"2"', "X-Change-Reason": "moved"}
    assert manager.put(new_reader, json=other, headers=headers).json()["home_site"] == "JP-03"
    assert manager.put(f"{READERS}/nobody", json=TRAINED, headers={"If-Match": '"0"'}).status_code == 404


@pytest.fixture
def case(sample):
    """A case with two readers, and a third who may read it."""
    with sample.database.transaction(actor="machine", reason="a test") as session:
        for login in ("r-one", "r-two", "r-three"):
            build.a_person(session, login)
        return build.a_ready_case(session).number


def test_a_case_is_withdrawn_or_given_to_another_by_api(browser, case):
    manager = browser("manager")
    given = manager.get(ASSIGNMENTS, params={"subject": case}).json()["assignments"]
    assert [row["place"] for row in given] == ["first", "second"]
    path = f"{ASSIGNMENTS}/{given[0]['id']}"
    assert manager.post(f"{path}/withdraw", json={"reason": " "}).status_code == 409
    after = manager.post(f"{path}/replace", json={"reason": "on leave"}).json()["assignments"]
    assert [row["state"] for row in after].count("withdrawn") == 1
    now = next(row for row in after if row["state"] != "withdrawn" and row["place"] == "first")
    assert now["reader"] not in {row["reader"] for row in given}
    gone = manager.post(f"{ASSIGNMENTS}/{now['id']}/withdraw", json={"reason": "left"}).json()
    assert (gone["state"], gone["withdrawn_because"]) == ("withdrawn", "left")
    assert manager.post(f"{ASSIGNMENTS}/draw").status_code == 200


def test_nobody_else_learns_who_reads_what(browser, case, sample):
    with sample.database.session() as session:
        assignment = session.query(ReadingAssignment).first()
    for login in ("reader", "adjudicator", "coordinator", "statistician", "monitor"):
        asker = browser(login)
        answers = [
            asker.get(READERS),
            asker.get(ASSIGNMENTS),
            asker.put(f"{READERS}/reader", json=TRAINED, headers={"If-Match": '"1"'}),
            asker.post(f"{ASSIGNMENTS}/{assignment.id}/withdraw", json={"reason": "?"}),
            asker.post(f"{ASSIGNMENTS}/{assignment.id}/replace", json={"reason": "?"}),
            asker.post(f"{ASSIGNMENTS}/draw"),
        ]
        assert {answer.status_code for answer in answers} == {403}
        assert not any(case in answer.text for answer in answers)
