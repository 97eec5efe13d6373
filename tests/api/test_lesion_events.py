"""Events of lesions by API: what ends and what comes, what the rules make of it, and two at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest

from casebook.store import lesion_history
from tests.api.lesion_calls import event, if_match, lesion, path, the_list

NUMBER = "BE-02-0001"


@pytest.fixture
def manager(browser):
    return browser("manager")


@pytest.fixture
def at(manager):
    """A patient whose baseline list is agreed."""
    return path(manager, NUMBER)


def outcomes(client, at):
    return {item["label"]: item for item in client.get(f"{at}/outcomes").json()["lesions"]}


def test_a_split_ends_one_lesion_and_its_parts_go_back_to_it(manager, at):
    answer = event(manager, at, "split", ended=["L1"], came=["V", "VI"])
    assert answer.status_code == 201, answer.text
    found = answer.json()
    by_label = {item["label"]: item for item in found["lesions"]}
    assert (by_label["L1"]["state"], by_label["L1"]["children"]) == ("split", ["L5", "L6"])
    assert by_label["L1"]["left_out"]["en"] == "split into L5, L6"
    assert (by_label["L5"]["origin"], by_label["L5"]["ancestors"], by_label["L5"]["parents"]) == (
        "split",
        ["L1"],
        ["L1"],
    )
    (recorded,) = found["events"]
    assert (recorded["recorded_by"], recorded["reason"]) == ("M. Sato", "seen on the pre-operative images")
    assert (recorded["ended"], recorded["came"]) == (["L1"], ["L5", "L6"])


def test_the_signature_under_the_list_holds_after_events(manager, at):
    event(manager, at, "split", ended=["L1"], came=["V", "VI"])
    event(manager, at, "void", ended=["L2"])
    assert the_list(manager, at)["agreement"]["holds"] is True


def test_only_lesions_of_the_baseline_and_what_came_of_them_count_in_the_endpoint(manager, at):
    event(manager, at, "split", ended=["L1"], came=["V", "VI"])
    event(manager, at, "merge", ended=["L2", "L6"], came=["VI"])
    event(manager, at, "new", came=["II"])
    event(manager, at, "void", ended=["L3"])
    said = {label: item["outcome"]["reason"]["en"] for label, item in outcomes(manager, at).items()}
    assert {label: reason for label, reason in said.items() if label not in {"L4", "L5", "L7"}} == {
        "L1": "not in the endpoint · split into L5, L6",
        "L2": "not in the endpoint · merged into L7",
        "L3": "not in the endpoint · entered in error",
        "L6": "not in the endpoint · merged into L7",
        "L8": "not in the endpoint · appeared after baseline",
    }
    assert {label for label, item in outcomes(manager, at).items() if item["outcome"]["in_bounds"]} <= {
        "L4",
        "L5",
        "L7",
    }
    assert lesion(manager, at, "L7")["ancestors"] == ["L1", "L2"]


def test_a_new_lesion_is_not_one_of_the_baseline_and_says_so(manager, at):
    late = event(manager, at, "new", came=["II"], timepoint="baseline")
    assert (late.status_code, late.json()["errors"][0]["field"]) == (422, "timepoint")
    event(manager, at, "new", came=["II"])
    found = lesion(manager, at, "L5")
    assert (found["origin"], found["ancestors"]) == ("new", [])
    assert found["left_out"]["en"] == "appeared after baseline"


@pytest.mark.parametrize(
    ("kind", "parts", "status", "field"),
    [
        ("split", {"ended": ["L1"], "came": ["V"]}, 422, "lesions"),
        ("split", {"ended": ["L1", "L2"], "came": ["V", "VI"]}, 422, "lesions"),
        ("split", {"ended": ["L9"], "came": ["V", "VI"]}, 422, "lesions"),
        ("split", {"ended": ["L1"], "came": ["V", "IX"]}, 422, "segment"),
        ("merge", {"ended": ["L1"], "came": ["V"]}, 422, "lesions"),
        ("merge", {"ended": ["L1", "L2"], "came": ["V", "VI"]}, 422, "lesions"),
        ("void", {"ended": []}, 422, "lesions"),
        ("new", {"came": ["V"], "timepoint": "month-99"}, 422, "timepoint"),
        ("new", {"came": ["V"], "happened_on": "2999-01-01"}, 422, "happened_on"),
        ("new", {"came": ["V"], "reason": "  "}, 409, "reason"),
        ("new", {"came": ["V"], "reason": ""}, 422, "reason"),
        ("exploded", {"ended": ["L1"]}, 422, "kind"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_changes_nothing(manager, at, kind, parts, status, field):
    before = the_list(manager, at)
    answer = event(manager, at, kind, **parts)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)
    assert the_list(manager, at) == before


def test_nothing_more_happens_to_an_ended_lesion(manager, at):
    event(manager, at, "void", ended=["L1"])
    again = [
        event(manager, at, "void", ended=["L1"]),
        event(manager, at, "split", ended=["L1"], came=["V", "VI"]),
        event(manager, at, "merge", ended=["L1", "L2"], came=["V"]),
    ]
    assert [answer.status_code for answer in again] == [409, 409, 409]


def test_an_event_before_the_lock_is_refused(manager):
    open_list = path(manager, "JP-03-0001")
    assert event(manager, open_list, "void", ended=["L1"]).status_code == 409


def test_an_event_on_a_list_that_changed_meanwhile_is_stale(manager, at):
    seen = the_list(manager, at)["version"]
    event(manager, at, "new", came=["V"], headers=if_match(seen))
    assert event(manager, at, "new", came=["V"], headers=if_match(seen)).status_code == 412


def test_of_two_events_at_once_on_one_lesion_exactly_one_wins(browser, manager, at):
    clients = [manager, browser("coordinator")]
    start = Barrier(len(clients))

    def split(client):
        start.wait()
        return event(client, at, "split", ended=["L1"], came=["V", "VI"]).status_code

    with ThreadPoolExecutor(len(clients)) as pool:
        assert sorted(pool.map(split, clients)) == [201, 409]
    assert [item["label"] for item in the_list(manager, at)["lesions"]] == ["L1", "L2", "L3", "L4", "L5", "L6"]


def test_ended_lesions_are_not_read_any_more_and_their_old_answers_stay(manager, browser, at):
    reader = browser("reader")
    (row,) = [
        item
        for item in reader.get("/api/v1/cases").json()["cases"]
        if item["timepoint"] == "baseline" and item["n_lesions"] == 4
    ]
    before = manager.get(f"{at}/forms").json()["entries"]
    event(manager, at, "split", ended=["L1"], came=["V", "VI"])
    case = reader.get(f"/api/v1/cases/{row['case_id']}/baseline").json()
    assert [item["label"] for item in case["lesions"]] == ["L2", "L3", "L4", "L5", "L6"]
    ended = lesion(manager, at, "L1")["id"]
    answer = reader.put(
        f"/api/v1/cases/{row['case_id']}/baseline/findings/{ended}/ct",
        json={"visibility": "visible"},
        headers=if_match(0),
    )
    assert answer.status_code == 404
    assert manager.get(f"{at}/forms").json()["entries"] == before


def test_a_result_that_an_event_changed_stays_in_the_history(manager, at, sample):
    lesion_id = lesion(manager, at, "L2")["id"]
    with sample.database.session() as session:
        before = next(row for row in lesion_history.derivations(session, lesion_id) if row.kind == "outcome")
    event(manager, at, "void", ended=["L2"])
    with sample.database.session() as session:
        now, then, *_ = [row for row in lesion_history.derivations(session, lesion_id) if row.kind == "outcome"]
    assert (then.id, then.result) == (before.id, before.result)
    assert before.superseded_at is None
    assert then.superseded_at is not None
    assert then.superseded_at <= datetime.now(UTC)
    assert now.superseded_at is None
    assert now.result["reason"]["code"] == "entered-in-error"
    assert now.inputs["lesion"] == {"origin": "baseline", "state": "void"}


@pytest.mark.parametrize(
    ("kind", "lesions", "field"),
    [
        ("void", {"ended": ["L1"], "came": ["V"]}, "came"),
        ("new", {"ended": ["L1"], "came": ["II"]}, "ended"),
    ],
)
def test_an_event_takes_no_lesions_that_its_kind_neither_ends_nor_brings(manager, at, kind, lesions, field):
    answer = event(manager, at, kind, **lesions)
    assert answer.status_code == 422, answer.text
    assert [item["field"] for item in answer.json()["errors"]] == [field]
    assert lesion(manager, at, "L1")["state"] == "active"
