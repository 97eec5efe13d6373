"""The reconciliation board by API: rows, acts, lists out and in, views; with the sample's own patients."""

import pytest

from casebook.actions.forms import save_entry
from casebook.actions.reconcile import reconcile_all
from casebook.domain.actors import Action
from casebook.store import forms, registry
from services.command.demo import STUDY
from services.command.machine import operator
from tests.conftest import STUDY_KEY
from tests.pages.hospital import NOW

NUMBER, OTHER = "BE-02-0001", "JP-03-0001"
BOARD, SETTLE = "/api/v1/discrepancies", "/api/v1/discrepancies/{}"


def wrong(session, number: str, **answers) -> None:
    """Have a patient's form say something else than the images."""
    actor = operator(STUDY)
    subject = registry.subject_by_number(session, actor, Action.RECONCILE, number=number)
    timepoint = registry.timepoint(session, subject.id, "baseline")
    entry = forms.entry(
        session, subject_id=subject.id, form_code="imaging-performed", timepoint_id=timepoint.id, ordinal=1
    )
    save_entry(
        session,
        actor,
        subject_id=subject.id,
        form_code="imaging-performed",
        timepoint_code="baseline",
        ordinal=1,
        data=entry.data | answers,
        version=entry.version,
        reason="a test",
        now=NOW,
    )


@pytest.fixture
def board(sample):
    """Two patients at two sites whose forms say wrong things."""
    with sample.database.transaction(actor="machine", reason="a test") as session:
        reconcile_all(session, key=STUDY_KEY.encode(), now=NOW)
        wrong(session, NUMBER, b_values="0, 50, 400", slice_thickness_mm="6")
        wrong(session, OTHER, b_values="0, 50, 400")
        reconcile_all(session, key=STUDY_KEY.encode(), now=NOW)


def lines(browser, **asked) -> dict[str, dict]:
    found = browser.get(BOARD, params=asked)
    assert found.status_code == 200, found.text
    return {one["rule"]: one for row in found.json()["rows"] for one in row["discrepancies"]}


def rows(*found: dict) -> list[dict]:
    return [{"id": one["id"], "fingerprint": one["fingerprint"]} for one in found]


def test_what_the_sample_says_of_itself_agrees_with_its_images(sample, browser):
    with sample.database.transaction(actor="machine", reason="a test") as session:
        reconcile_all(session, key=STUDY_KEY.encode(), now=NOW)
    found = browser("manager").get(BOARD).json()
    assert found["rows"] == []
    assert found["figures"]["n_series_arrived"] == found["figures"]["n_series_required"] > 0


def test_rows_hold_values_words_and_figures(board, browser):
    found = browser("manager").get(BOARD, params={"search": NUMBER}).json()
    assert [(row["subject"], row["timepoint"], row["modality"]) for row in found["rows"]] == [
        (NUMBER, "baseline", "dwi")
    ]
    one = lines(browser("manager"), search=NUMBER)["b-values"]
    assert one["expected"] == {"origin": "form", "value": {"en": "0, 50, 400 s/mm²", "ja": "0, 50, 400 s/mm²"}}
    assert one["found"]["value"]["en"] == "0, 50, 400, 800 s/mm²"
    assert one["state_label"] == {"en": "open", "ja": "未対応"}
    assert found["figures"]["n_standing"] == 3
    assert not found["rows"][0]["is_green"]


def test_sites_are_told_of_their_own_rows_alone(board, browser):
    site = browser("coordinator")
    assert set(lines(site)) == {"b-values", "slice-thickness"}
    assert site.get(BOARD, params={"search": OTHER}).json()["rows"] == []
    assert OTHER not in site.get(f"{BOARD}.csv").text
    body = {"rows": rows(*lines(site).values()), "reason": "mine"}
    assert site.post(SETTLE.format("accept"), json=body).status_code == 403


def test_one_is_accepted_and_one_asked_about(board, browser):
    manager = browser("manager")
    found = lines(manager, search=NUMBER)
    body = {"rows": rows(found["slice-thickness"]), "reason": "the scanner rounds"}
    assert manager.post(SETTLE.format("accept"), json=body).json()["rows"][0]["hindrance"] is None
    again = manager.post(SETTLE.format("accept"), json=body).json()["rows"][0]
    assert again["hindrance"]["en"] == "It is accepted already."
    asked = manager.post(SETTLE.format("query"), json={"rows": rows(found["b-values"])}).json()["rows"][0]
    now = lines(manager, search=NUMBER, state="all")
    assert (now["slice-thickness"]["state"], now["b-values"]["state"]) == ("accepted", "asked")
    assert now["b-values"]["query"] == asked["query"]
    assert now["slice-thickness"]["accepted_because"] == "the scanner rounds"


@pytest.mark.parametrize(
    ("act", "body", "status"),
    [
        ("accept", {"rows": [], "reason": "x"}, 422),
        ("accept", {"rows": [{"id": "0197f0a2-0000-7000-8000-000000000001", "fingerprint": "x"}], "reason": "x"}, 404),
        ("query", {"rows": [{"id": "0197f0a2-0000-7000-8000-000000000001", "fingerprint": "x"}]}, 404),
        ("query", {"rows": [{"id": "no", "fingerprint": "x"}]}, 422),
    ],
)
def test_acts_on_nothing_and_on_what_is_not_there_are_refused(board, browser, act, body, status):
    assert browser("manager").post(SETTLE.format(act), json=body).status_code == status


def test_a_list_goes_out_and_comes_back_with_every_lines_fate(board, browser):
    manager = browser("manager")
    sent = manager.get(f"{BOARD}.csv", params={"rule": "b-values"})
    assert sent.content.startswith(b"\xef\xbb\xbf")
    head, *listed = sent.content.decode("utf-8-sig").splitlines()
    assert len(listed) == 2
    filled = "\r\n".join([head, *(line.removesuffix(",,") + ",query," for line in listed)])
    said = manager.post(SETTLE.format("decisions"), content=filled.encode("utf-8-sig")).json()
    assert (said["applied"], said["n_done"]) == (False, 2)
    assert lines(manager, search=OTHER)["b-values"]["state"] == "open"
    done = manager.post(SETTLE.format("decisions"), params={"apply": "true"}, content=filled.encode()).json()
    assert (done["applied"], done["n_done"]) == (True, 2)
    assert lines(manager, search=OTHER)["b-values"]["state"] == "asked"
    assert manager.post(SETTLE.format("decisions"), content=b"\xff\xfe\x00").status_code == 422
    assert manager.post(SETTLE.format("decisions"), content=b"x" * (4 * 1024 * 1024 + 1)).status_code == 422


def test_everything_compared_at_a_timepoint_is_told(board, browser):
    manager = browser("manager")
    subject_id = manager.get(BOARD, params={"search": NUMBER}).json()["rows"][0]["subject_id"]
    path = f"/api/v1/subjects/{subject_id}/timepoints/baseline/comparison"
    found = manager.get(path).json()["comparisons"]
    assert {one["rule"] for one in found if one["severity"]} == {"b-values", "slice-thickness"}
    assert {"study-date", "modality", "contrast-agent", "body-part"} <= {
        one["rule"] for one in found if not one["severity"]
    }
    assert manager.get(path.replace("baseline", "intraoperative")).status_code == 404


def test_views_are_kept_and_forgotten(board, browser):
    manager, other, path = browser("manager"), browser("coordinator"), "/api/v1/board/views"
    assert manager.put(path, json={"name": "Old", "filters": "age=14&junk=1"}).json()["filters"] == "age=14"
    assert manager.get(path).json()["views"] == [{"name": "Old", "filters": "age=14"}]
    assert other.get(path).json()["views"] == []
    assert other.delete(path, params={"name": "Old"}).status_code == 404
    assert manager.delete(path, params={"name": "Old"}).status_code == 204
    assert manager.put(path, json={"name": "", "filters": ""}).status_code == 422
