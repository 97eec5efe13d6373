"""The pages of sites: who may register and why not, papers recorded and corrected, letters handed out."""

import re

import pytest

from tests.pages import hospital
from tests.pages.reading import row, section, words

NEW = "IT-02"
PDF = b"%PDF-1.7 a letter"
APPROVAL = {
    "protocol_version": "1.1",
    "committee": "Comitato etico Siena",
    "number": "CE-17",
    "approved_on": "2020-01-02",
    "valid_from": "2020-01-09",
    "valid_until": "",
}


def token(browser) -> str:
    return re.search(r'name="csrf_token" value="([^"]*)"', browser.get("/account").text)[1]


def post(browser, path, data, *, site=NEW, files=None):
    sent = {"csrf_token": token(browser), **data}
    return browser.post(f"/sites/{site}{path}", data=sent, files=files)


@pytest.mark.parametrize(
    ("login", "listed", "managed"),
    [
        ("manager", 200, 422),
        ("statistician", 200, 403),
        ("monitor", 200, 403),
        ("coordinator", 200, 403),
        ("radiologist", 200, 403),
        ("admin", 200, 403),
        ("reader", 404, 404),
        ("adjudicator", 404, 404),
    ],
)
def test_sites_are_seen_by_many_and_managed_by_the_data_centre(browsers, login, listed, managed):
    browser = browsers(login)
    assert browser.get("/sites").status_code == listed
    assert browser.get(f"/sites/{hospital.SITE}").status_code == listed
    answer = browser.post(f"/sites/{hospital.SITE}/close", data={"csrf_token": token(browser)})
    assert answer.status_code == managed


def test_the_list_says_of_each_site_whether_it_may_register_and_why_not(browsers):
    shown = browsers("manager").get("/sites").text
    assert "may register" in row(shown, hospital.SITE)
    assert "no ethics approval covers protocol 1.1" in row(shown, "AT-02")
    assert shown.count('<th scope="row"') == 30


def test_a_state_narrows_the_list_to_its_sites(browsers):
    shown = browsers("manager").get("/sites?state=open").text
    assert {hospital.SITE, hospital.OTHER_SITE} <= set(re.findall(r">([A-Z]{2}-\d\d)</a>", shown))
    assert "AT-02" not in shown
    assert "No site is in this state." in words(browsers("manager").get("/sites?state=closed&group=US").text)


def test_a_site_sees_itself_alone(browsers):
    coordinator = browsers("coordinator")
    assert set(re.findall(r">([A-Z]{2}-\d\d)</a>", coordinator.get("/sites").text)) == {hospital.SITE}
    assert coordinator.get(f"/sites/{hospital.OTHER_SITE}").status_code == 404
    own = coordinator.get(f"/sites/{hospital.SITE}").text
    assert "Coordinator 佐藤" in section(own, "People of the site")
    assert "Record an approval" not in own


def test_an_approval_is_recorded_with_its_letter_corrected_and_revoked(browsers):
    manager = browsers("manager")
    answer = post(manager, "/approvals", APPROVAL, files={"letter": ("承認.pdf", PDF, "text/html")})
    assert answer.status_code == 303, words(answer.text)
    shown = manager.get(answer.headers["location"]).text
    assert "Recorded." in words(shown)
    table = section(shown, "Ethics approvals")
    assert "CE-17" in table
    letter = re.search(r'href="([^"]+/letter[^"]*)" download>承認.pdf', table)[1].replace("&amp;", "&")
    handed = browsers("monitor").get(letter)
    assert (handed.content, handed.headers["content-type"]) == (PDF, "application/pdf")
    assert handed.headers["content-disposition"].startswith("attachment;")
    assert browsers("coordinator").get(letter).status_code == 404

    paper = re.search(r'href="(/sites/IT-02/approvals/[^"?]+)\?[^"]*">Change', table)[1]
    below = paper.removeprefix(f"/sites/{NEW}")
    changed = {**APPROVAL, "valid_until": "2020-12-31", "version": "2"}
    answer = post(manager, below, changed)
    assert answer.status_code == 409
    assert "Say why" in words(answer.text)
    assert 'value="2020-12-31"' in answer.text
    assert post(manager, below, {**changed, "change_reason": "the letter says so"}).status_code == 303
    assert "approval CE-17 ended on 2020-12-31" in words(manager.get(f"/sites/{NEW}").text)
    stale = post(manager, f"{below}/revoke", {"revoked_on": "2020-06-01", "version": "2", "change_reason": "x"})
    assert stale.status_code == 412
    assert "Somebody else changed it" in words(stale.text)
    revoked = {"revoked_on": "2020-06-01", "version": "3", "change_reason": "the committee withdrew it"}
    assert post(manager, f"{below}/revoke", revoked).status_code == 303
    assert "revoked on 2020-06-01" in words(manager.get(f"/sites/{NEW}").text)
    taken_back = {"act": "take-back", "version": "4", "change_reason": "it was another approval"}
    assert post(manager, f"{below}/revoke", taken_back).status_code == 303
    assert "revoked on" not in words(manager.get(f"/sites/{NEW}").text)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"number": ""}, "number"),
        ({"valid_from": "soon"}, "valid_from"),
        ({"valid_from": ""}, "valid_from"),
        ({"valid_until": "2019-01-01"}, "valid_until"),
    ],
)
def test_a_wrong_approval_is_explained_and_nothing_typed_is_lost(browsers, changed, field):
    sent = APPROVAL | {"number": "CE-18"} | changed
    answer = post(browsers("manager"), "/approvals", sent)
    assert answer.status_code == 422
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', answer.text)
    assert "Comitato etico Siena" in answer.text
    assert "CE-18" not in browsers("manager").get(f"/sites/{NEW}").text


def test_a_file_that_is_no_letter_leaves_no_approval_behind(browsers):
    sent = APPROVAL | {"number": "CE-19"}
    answer = post(
        browsers("manager"), "/approvals", sent, files={"letter": ("letter.pdf", b"<html>", "application/pdf")}
    )
    assert answer.status_code == 422
    assert "no PDF, PNG or JPEG" in words(answer.text)
    assert "CE-19" not in browsers("manager").get(f"/sites/{NEW}").text


def test_a_form_without_its_token_is_refused_with_a_file_too(browsers):
    answer = browsers("manager").post(f"/sites/{NEW}/approvals", data=APPROVAL, files={"letter": ("a.pdf", PDF)})
    assert answer.status_code == 403


def test_a_form_that_is_longer_than_any_letter_is_refused_before_it_is_read(browsers):
    answer = browsers("manager").post(
        f"/sites/{NEW}/approvals", files={"letter": ("a.pdf", PDF + bytes(11 * 1024 * 1024))}
    )
    assert answer.status_code == 422
    assert "10 MB" in words(answer.text)


def test_a_qualification_is_recorded_and_corrected(browsers):
    manager = browsers("manager")
    sent = {"kind": "imaging", "qualified_on": "2020-02-03", "valid_until": "", "detail": "test examination"}
    assert post(manager, "/qualifications", sent).status_code == 303
    table = section(manager.get(f"/sites/{NEW}").text, "Training and imaging qualification")
    assert "test examination" in row(table, "imaging qualification")
    paper = re.search(r'href="/sites/IT-02(/qualifications/[^"?]+)\?', table)[1]
    assert manager.get(f"/sites/{NEW}{paper}").status_code == 200
    changed = {**sent, "detail": "phantom", "version": "1", "change_reason": "it was a phantom"}
    assert post(manager, paper, changed).status_code == 303
    assert "phantom" in manager.get(f"/sites/{NEW}").text
    assert post(manager, "/qualifications", {"kind": "magic", "qualified_on": "2020-02-03"}).status_code == 422


def test_a_site_is_closed_with_a_reason_and_opened_again(browsers):
    manager = browsers("manager")
    assert post(manager, "/close", {"closed_on": "2024-01-01"}, site="US-02").status_code == 409
    sent = {"closed_on": "2024-01-01", "change_reason": "accrual is complete"}
    assert post(manager, "/close", sent, site="US-02").status_code == 303
    assert "closed" in row(manager.get("/sites").text, "US-02")
    assert post(manager, "/reopen", {"change_reason": "one more"}, site="US-02").status_code == 303
    assert "closed" not in row(manager.get("/sites").text, "US-02")


@pytest.mark.parametrize("path", ["approvals/nothing", "qualifications/nothing", "approvals/nothing/letter"])
def test_a_paper_that_is_not_there_is_not_found(browsers, path):
    assert browsers("manager").get(f"/sites/{NEW}/{path}").status_code == 404
