"""The API says how far the images of a timepoint are and takes decisions on them."""

import pytest

from casebook.store import registry
from casebook.store.tables import Subject


@pytest.fixture
def path(sample):
    with sample.database.session() as session:
        subject = session.query(Subject).order_by(Subject.number).first()
        assert registry.timepoint(session, subject.id, "baseline")
        return f"/api/v1/subjects/{subject.id}/timepoints/baseline/check"


def test_images_are_decided_on_by_api_and_the_answer_is_the_new_state(browser, path):
    manager = browser("manager")
    before = manager.get(path).json()
    answer = manager.put(
        path,
        json={"decision": "query", "reason": "Which phase?", "images_sha256": before["images_sha256"]},
    )
    assert answer.status_code == 200, answer.text
    now = answer.json()
    assert (now["state"], now["by"]) == ("query-open", "manager")
    assert now["history"][0] | {"decided_at": ""} == {
        "decision": "query",
        "reason": "Which phase?",
        "decided_by": "manager",
        "decided_at": "",
        "holds": True,
    }
    assert manager.get(path).json() == now


def test_a_decision_without_its_reason_or_on_other_images_is_refused(browser, path):
    manager = browser("manager")
    refused = manager.put(path, json={"decision": "rejected"})
    assert (refused.status_code, refused.json()["code"]) == (409, "image-check")
    stale = manager.put(path, json={"decision": "rejected", "reason": "?", "images_sha256": "0" * 64})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert manager.put(path, json={"decision": "lovely"}).status_code == 422


def test_a_timepoint_without_images_is_expected_and_one_of_no_study_is_not_found(browser, path):
    manager = browser("manager")
    expected = manager.get(path.replace("baseline", "month-12")).json()
    assert (expected["state"], expected["decisions"], expected["images_sha256"]) == ("expected", [], None)
    assert manager.get(path.replace("baseline", "month-99")).status_code == 404


def test_blinded_readers_are_told_nothing_of_checks(browser, path):
    for login in ("reader", "adjudicator"):
        blinded = browser(login)
        assert blinded.get(path).status_code == 403
        assert blinded.put(path, json={"decision": "passed"}).status_code == 403
