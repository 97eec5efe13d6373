"""Sites, approvals, qualifications and letters by the API."""

import hashlib
from urllib.parse import quote

import pytest

from casebook.actions.site_papers import MAX_LETTER_BYTES

SITES = "/api/v1/studies/DREAM/sites"
NEW = "US-01"
PDF = b"%PDF-1.7 a letter"
APPROVAL = {
    "protocol_version": "1.1",
    "committee": "OHSU IRB",
    "number": "IRB-17",
    "approved_on": "2020-01-02",
    "valid_from": "2020-01-09",
    "valid_until": None,
}
QUALIFICATION = {"kind": "training", "qualified_on": "2020-01-12", "valid_until": None, "detail": "by video"}
WHY = {"X-Change-Reason": quote("the letter says so 承認")}


def version(n: int) -> dict[str, str]:
    return WHY | {"If-Match": f'"{n}"'}


@pytest.fixture
def manager(browser):
    return browser("manager")


@pytest.fixture
def approval(manager) -> dict:
    answer = manager.post(f"{SITES}/{NEW}/approvals", json=APPROVAL)
    assert answer.status_code == 201
    return answer.json()


def blocks(manager, site=NEW) -> list[str]:
    return [block["code"] for block in manager.get(f"{SITES}/{site}").json()["activation"]["blocks"]]


def test_thirty_sites_are_listed_with_what_keeps_each_from_registering(manager):
    found = {site["code"]: site for site in manager.get(SITES).json()["sites"]}
    assert len(found) == 30
    assert found["BE-02"]["activation"]["is_active"] is True
    assert found["BE-02"]["n_first"] > 0
    assert blocks(manager) == ["no-approval", "no-training", "no-imaging"]


def test_a_site_becomes_active_when_the_last_paper_is_recorded(manager, approval):
    for kind in ("training", "imaging"):
        answer = manager.post(f"{SITES}/{NEW}/qualifications", json={**QUALIFICATION, "kind": kind})
        assert answer.status_code == 201
    found = manager.get(f"{SITES}/{NEW}").json()
    assert (found["activation"]["is_active"], found["activation"]["approval"]) == (True, "IRB-17")


def test_an_approval_is_corrected_on_the_version_seen_with_a_reason(manager, approval):
    path = f"{SITES}/{NEW}/approvals/{approval['id']}"
    body = {**APPROVAL, "valid_until": "2021-01-08"}
    assert manager.put(path, json=body, headers=WHY).status_code == 409
    assert manager.put(path, json=body, headers=version(3)).status_code == 412
    assert manager.put(path, json=body, headers={"If-Match": '"1"'}).status_code == 409
    changed = manager.put(path, json=body, headers=version(1)).json()
    assert (changed["valid_until"], changed["version"]) == ("2021-01-08", 2)
    assert blocks(manager) == ["approval-ended", "no-training", "no-imaging"]


def test_what_is_revoked_holds_no_longer(manager, approval):
    path = f"{SITES}/{NEW}/approvals/{approval['id']}/revoke"
    revoked = manager.post(path, json={"revoked_on": "2021-02-03"}, headers=version(1)).json()
    assert revoked["revoked_on"] == "2021-02-03"
    assert "approval-revoked" in blocks(manager)
    assert manager.post(path, json={"revoked_on": None}, headers=version(2)).json()["revoked_on"] is None
    assert "approval-revoked" not in blocks(manager)


def test_a_qualification_is_corrected_and_revoked(manager):
    made = manager.post(f"{SITES}/{NEW}/qualifications", json=QUALIFICATION).json()
    path = f"{SITES}/{NEW}/qualifications/{made['id']}"
    changed = manager.put(path, json={**QUALIFICATION, "detail": "in person"}, headers=version(1)).json()
    assert (changed["detail"], changed["version"]) == ("in person", 2)
    manager.post(f"{path}/revoke", json={"revoked_on": "2021-02-03"}, headers=version(2))
    assert "training-ended" in blocks(manager)


def test_a_letter_is_sent_and_handed_out_as_a_file(manager, browser, approval):
    path = f"{SITES}/{NEW}/approvals/{approval['id']}/letter"
    assert manager.get(path).status_code == 404
    sent = manager.put(path, params={"name": "承認書.pdf"}, content=PDF, headers=version(1))
    assert sent.json()["letter"] == {
        "name": "承認書.pdf",
        "media_type": "application/pdf",
        "n_bytes": len(PDF),
        "sha256": hashlib.sha256(PDF).hexdigest(),
    }
    answer = browser("monitor").get(path)
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["x-content-type-options"] == "nosniff"
    said = answer.headers["content-disposition"]
    assert said == f"attachment; filename=\"___.pdf\"; filename*=UTF-8''{quote('承認書.pdf')}"


@pytest.mark.parametrize("content", [b"", b"<script>", b"%PDF-" + bytes(MAX_LETTER_BYTES)])
def test_what_is_no_letter_or_too_long_is_refused(manager, approval, content):
    path = f"{SITES}/{NEW}/approvals/{approval['id']}/letter"
    answer = manager.put(path, content=content, headers=version(1))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "letter"


def test_another_sites_letter_is_not_there(manager, browser, approval):
    path = f"{SITES}/{NEW}/approvals/{approval['id']}/letter"
    manager.put(path, content=PDF, headers=version(1))
    assert browser("coordinator").get(path).status_code == 404
    assert browser("coordinator").get(f"{SITES}/BE-02/approvals/{approval['id']}/letter").status_code == 404
    assert browser("reader").get(path).status_code == 403


def test_a_site_is_closed_and_opened_again(manager):
    closed = manager.post(f"{SITES}/BE-02/close", json={"closed_on": "2026-01-01"}, headers=WHY).json()
    assert [block["code"] for block in closed["activation"]["blocks"]] == ["site-closed"]
    opened = manager.post(f"{SITES}/BE-02/reopen", headers=WHY).json()
    assert (opened["closed_on"], opened["activation"]["is_active"]) == (None, True)
    assert manager.post(f"{SITES}/BE-02/reopen", headers=WHY).status_code == 409


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"protocol_version": "7"}, "protocol_version"),
        ({"valid_until": "2019-01-01"}, "valid_until"),
        ({"approved_on": "1"}, "approved_on"),
        ({"number": " "}, "number"),
    ],
)
def test_a_wrong_approval_names_its_field(manager, changed, field):
    answer = manager.post(f"{SITES}/{NEW}/approvals", json=APPROVAL | changed)
    assert answer.status_code == 422
    assert [item["field"] for item in answer.json()["errors"]] == [field]
