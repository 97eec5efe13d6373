"""The quarantine desk by API: one look, one decision, kept and logged."""

import io

import pytest
from PIL import Image

from services.command.demo import STUDY
from services.command.machine import operator
from services.ingest.delivery import Order, deliver
from tests.actions.quarantine_builders import burned_in

HERE = "BE-02-0001"
DESK = "/api/v1/quarantine"
PLACE = {"StudyInstanceUID": "1.2.826.0.1.3680043.8.498.21", "SeriesInstanceUID": "1.2.826.0.1.3680043.8.498.22"}


@pytest.fixture
def held(sample, browser, tmp_path):
    """A delivery with three images with burned-in text and a web page."""
    for number in range(3):
        (tmp_path / f"{number}.dcm").write_bytes(burned_in(number, **PLACE))
    (tmp_path / "page.dcm").write_bytes(b"<html></html>")
    manager = browser("manager")
    order = Order(tmp_path, HERE, "baseline", "folder", compare_identities=False)
    with_workshop = manager.app.state.service.workshop
    deliver(sample, operator(STUDY), order, workshop=with_workshop)
    return manager


def files(manager, **asked):
    return manager.get(DESK, params={"subject": HERE, "state": "held"} | asked).json()["files"]


def a_decision(file, **more):
    return {
        "decision": "release",
        "objection": file["reason_code"],
        "reason": "looked at",
    } | more


def test_held_files_are_listed_counted_and_filtered(held):
    found = held.get(DESK, params={"subject": HERE}).json()
    assert {(row["reason_code"], row["n"]) for row in found["counts"]} == {
        ("burned-in-annotation", 3),
        ("not-dicom", 1),
    }
    assert len(files(held, reason="burned-in-annotation")) == 3
    assert files(held, site="JP-03") == []
    page = files(held, reason="not-dicom")[0]
    assert (page["decisions"], page["site"], page["age_days"]) == (["refuse"], "BE-02", 0)
    assert held.get(f"{DESK}/{page['id']}").json() == page


def test_a_picture_is_drawn_and_what_says_who_it_is_stays_masked(held):
    file = files(held, reason="burned-in-annotation")[0]
    picture = held.get(f"{DESK}/{file['id']}/picture")
    assert Image.open(io.BytesIO(picture.content)).size == (6, 4)
    assert picture.headers["cache-control"] == "no-store"
    header = held.get(f"{DESK}/{file['id']}/header")
    assert "Yamada" not in header.text
    assert header.json()["objections"] == ["burned-in-annotation"]
    assert held.post(f"{DESK}/{file['id']}/header", json={"reason": " "}).status_code == 422
    asked = held.post(f"{DESK}/{file['id']}/header", json={"reason": "which patient?"}).json()
    assert "Yamada^Tarou" in [value["text"] for value in asked["values"]]


def test_a_broken_file_has_no_picture_and_says_so(held):
    page = files(held, reason="not-dicom")[0]
    answer = held.get(f"{DESK}/{page['id']}/picture")
    assert (answer.status_code, "broken" in answer.json()["detail"]) == (409, True)


def test_one_is_released_with_a_rectangle_and_the_rest_alike_in_one_act(held):
    first = files(held, reason="burned-in-annotation")[0]
    blank = [{"x": 0, "y": 0, "width": 2, "height": 2}]
    one = held.post(f"{DESK}/{first['id']}/decision", json=a_decision(first, blank=blank))
    assert one.status_code == 200, one.text
    assert (one.json()["n_ended"], one.json()["n_still_held"]) in {(1, 0), (0, 1)}
    second = files(held, reason="burned-in-annotation")[0]
    rest = held.post(f"{DESK}/{second['id']}/decision", json=a_decision(second, alike=True)).json()
    assert rest["n_ended"] + rest["n_still_held"] == 2


def test_a_decision_that_came_too_late_is_a_conflict_and_the_same_one_is_none(held):
    page = files(held, reason="not-dicom")[0]
    refuse = a_decision(page, decision="refuse")
    assert held.post(f"{DESK}/{page['id']}/decision", json=refuse).json()["n_ended"] == 1
    assert held.post(f"{DESK}/{page['id']}/decision", json=refuse).json()["n_ended"] == 0
    late = held.post(f"{DESK}/{page['id']}/decision", json=a_decision(page))
    assert (late.status_code, late.json()["code"]) == (409, "quarantine")


@pytest.mark.parametrize(
    "wrong",
    [
        {"items": ["x"]},
        {"reason": ""},
        {"decision": "lose"},
        {"blank": [{"x": -1, "y": 0, "width": 1, "height": 1}]},
        {"state": "released"},
    ],
)
def test_what_is_no_decision_is_refused(held, wrong):
    file = files(held, reason="burned-in-annotation")[0]
    assert held.post(f"{DESK}/{file['id']}/decision", json=a_decision(file) | wrong).status_code == 422
    assert len(files(held)) == 4


def test_an_image_that_was_never_sent_is_not_found(held):
    unknown = "018f4e2a-0000-7000-8000-000000000000"
    assert held.get(f"{DESK}/{unknown}").status_code == 404
    body = a_decision({"id": unknown, "reason_code": "x"})
    assert held.post(f"{DESK}/{unknown}/decision", json=body).status_code == 404
