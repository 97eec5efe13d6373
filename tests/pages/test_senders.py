"""Pages for machines that send by DICOM: registered by the data centre, deliveries announced by the site."""

import re

import pytest

from tests.pages import hospital
from tests.pages.test_sites import token

SENDERS = f"/sites/{hospital.SITE}/senders"
ANNOUNCE = "/submissions/announce"


def post(browser, path, **data):
    return browser.post(path, data={"csrf_token": token(browser), **data})


@pytest.fixture(scope="module")
def machine(browsers) -> str:
    """The id of a machine, registered on the site's page."""
    manager = browsers("manager")
    answer = post(manager, SENDERS, calling_ae_title="MR_SUITE", called_ae_title="CASEBOOK", description="MR suite")
    assert answer.status_code == 303, answer.text
    return re.search(rf"{SENDERS}/([0-9a-f-]+)", manager.get(f"/sites/{hospital.SITE}").text)[1]


@pytest.mark.parametrize(
    ("login", "status"),
    [("manager", 200), ("coordinator", 200), ("radiologist", 200), ("monitor", 403), ("reader", 404)],
)
def test_deliveries_are_announced_by_who_submits_images(browsers, machine, login, status):
    assert browsers(login).get(ANNOUNCE).status_code == status


@pytest.mark.parametrize(("login", "is_shown"), [("manager", True), ("coordinator", False), ("monitor", False)])
def test_machines_are_shown_on_the_site_s_page_to_who_manages_sites(browsers, machine, login, is_shown):
    assert ("MR_SUITE" in browsers(login).get(f"/sites/{hospital.SITE}").text) is is_shown


def test_a_title_that_is_none_is_said_beside_what_was_typed(browsers):
    answer = post(browsers("manager"), SENDERS, calling_ae_title="back\\slash", called_ae_title="X", description="MR")
    assert answer.status_code == 422
    assert "An AE title has 1 to 16" in answer.text
    assert 'value="back\\slash"' in answer.text


def test_a_machine_is_corrected_with_a_reason_and_an_older_version_is_told(browsers, machine):
    manager, path = browsers("manager"), f"{SENDERS}/{machine}"
    facts = {"calling_ae_title": "MR_SUITE", "called_ae_title": "CASEBOOK", "description": "MR suite 2"}
    version = re.search(r'name="version" value="(\d+)"', manager.get(path).text)[1]
    assert post(manager, path, **facts, version=version).status_code == 409
    assert post(manager, path, **facts, version=version, change_reason="moved").status_code == 303
    assert post(manager, path, **facts, version=version, change_reason="moved").status_code == 412
    assert "MR suite 2" in manager.get(path).text


def test_a_coordinator_announces_a_delivery_and_ends_it(browsers, machine):
    coordinator = browsers("coordinator")
    number = re.search(r'<option value="(JP-06-\d+)"', coordinator.get(ANNOUNCE).text)[1]
    unknown = post(coordinator, ANNOUNCE, sender=machine, subject="BE-02-0001", timepoint="baseline", hours="2")
    assert unknown.status_code == 422
    assert "There is no such patient at your site" in unknown.text
    answer = post(coordinator, ANNOUNCE, sender=machine, subject=number, timepoint="baseline", hours="2")
    assert answer.status_code == 303
    page = coordinator.get(answer.headers["location"]).text
    assert "Announced. Send the images now" in page
    again = post(coordinator, ANNOUNCE, sender=machine, subject=number, timepoint="preoperative", hours="2")
    assert again.status_code == 409
    assert "announced already" in again.text
    end = re.search(rf'action="({ANNOUNCE}/[0-9a-f-]+/end)', page)[1]
    assert post(coordinator, end).status_code == 303
    assert end not in coordinator.get(ANNOUNCE).text


def test_both_pages_speak_japanese(browsers, machine):
    manager = browsers("manager")
    post(manager, "/account/language", language="ja")
    try:
        assert "DICOM送信の予告" in manager.get(ANNOUNCE).text
        assert "DICOM送信機器" in manager.get(f"/sites/{hospital.SITE}").text
        assert "送信を停止する" in manager.get(f"{SENDERS}/{machine}").text
    finally:
        post(manager, "/account/language", language="en")
