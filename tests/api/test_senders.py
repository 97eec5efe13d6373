"""Machines that send by DICOM, and announced deliveries, by the API."""

from urllib.parse import quote
from uuid import uuid4

import pytest

SENDERS = "/api/v1/studies/DREAM/sites/BE-02/senders"
DELIVERIES = "/api/v1/dicom-deliveries"
MACHINE = {"calling_ae_title": " UZL_PACS ", "called_ae_title": "CASEBOOK", "description": "PACS of radiology"}
WHY = {"X-Change-Reason": quote("renamed 変更")}


def version(n: int) -> dict[str, str]:
    return WHY | {"If-Match": f'"{n}"'}


@pytest.fixture
def manager(browser):
    return browser("manager")


@pytest.fixture
def sender(manager) -> dict:
    answer = manager.post(SENDERS, json=MACHINE)
    assert answer.status_code == 201, answer.text
    return answer.json()


def announced(client, sender, **parts):
    body = {"sender_id": sender["id"], "subject": "BE-02-0001", "timepoint": "baseline", "hours": 2}
    return client.post(DELIVERIES, json=body | parts)


def test_a_machine_is_registered_without_the_blanks_around_its_title(manager, sender):
    assert (sender["calling_ae_title"], sender["version"], sender["disabled_at"]) == ("UZL_PACS", 1, None)
    assert manager.get(SENDERS).json()["senders"] == [sender]


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"calling_ae_title": "back\\slash"}, "calling_ae_title"),
        ({"called_ae_title": "   "}, "called_ae_title"),
        ({"called_ae_title": "名前"}, "called_ae_title"),
        ({"host": "10.0.0.1"}, "port"),
        ({"host": "-", "port": 104}, "host"),
        ({"port": 104}, "host"),
    ],
)
def test_what_no_machine_is_called_is_refused_with_its_field(manager, parts, field):
    answer = manager.post(SENDERS, json=MACHINE | parts)
    assert answer.status_code == 422
    assert field in answer.text


def test_a_pair_of_titles_belongs_to_one_machine_of_one_site(manager, sender):
    other = SENDERS.replace("BE-02", "JP-03")
    assert manager.post(other, json=MACHINE).status_code == 409
    assert manager.post(other, json=MACHINE | {"called_ae_title": "CASEBOOK_JP"}).status_code == 201


def test_a_machine_is_corrected_with_version_and_reason_and_disabled_with_its_announcement(manager, sender):
    path = f"{SENDERS}/{sender['id']}"
    changed = MACHINE | {"host": "pacs.example", "port": 11112}
    assert manager.put(path, json=changed, headers=WHY).status_code == 409
    assert manager.put(path, json=changed, headers={"If-Match": '"1"'}).status_code == 409
    assert manager.put(path, json=changed, headers=version(7)).status_code == 412
    row = manager.put(path, json=changed, headers=version(1)).json()
    assert (row["host"], row["port"], row["version"]) == ("pacs.example", 11112, 2)
    assert announced(manager, sender).status_code == 201
    row = manager.post(f"{path}/disable", headers=version(2)).json()
    assert row["disabled_at"] is not None
    assert [one["is_open"] for one in manager.get(DELIVERIES).json()["deliveries"]] == [False]
    assert announced(manager, sender).status_code == 409
    assert manager.post(f"{path}/enable", headers=version(3)).json()["disabled_at"] is None


def test_a_delivery_is_announced_once_at_a_time_and_ended(browser, sender):
    coordinator = browser("coordinator")
    first = announced(coordinator, sender)
    assert first.status_code == 201
    assert (first.json()["subject"], first.json()["is_open"]) == ("BE-02-0001", True)
    assert announced(coordinator, sender, timepoint="preoperative").status_code == 409
    ended = coordinator.post(f"{DELIVERIES}/{first.json()['id']}/end")
    assert ended.json()["is_open"] is False
    assert coordinator.post(f"{DELIVERIES}/{first.json()['id']}/end").status_code == 409
    assert announced(coordinator, sender, timepoint="preoperative").status_code == 201


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ({"subject": "JP-03-0001"}, 404),
        ({"subject": "BE-02-9999"}, 404),
        ({"sender_id": str(uuid4())}, 404),
        ({"timepoint": "no-such"}, 404),
        ({"hours": 0}, 422),
        ({"hours": 337}, 422),
    ],
)
def test_a_site_announces_its_own_patients_and_machines_for_a_while_only(browser, sender, parts, status):
    assert announced(browser("coordinator"), sender, **parts).status_code == status


def test_another_site_neither_sees_nor_ends_what_is_announced(browser, sender):
    delivery = announced(browser("coordinator"), sender).json()
    other = browser("radiologist")
    assert other.get(SENDERS).status_code == 404
    assert other.get(DELIVERIES).json() == {"deliveries": []}
    assert other.post(f"{DELIVERIES}/{delivery['id']}/end").status_code == 404
