"""Reminders by the API: what is due on a day, contacts, what was sent."""

from services.command.demo import STUDY

PATH = f"/api/v1/studies/{STUDY}/reminders"


def test_what_is_due_on_a_day_names_numbers_pages_and_days(browser):
    manager = browser("manager")
    found = manager.get(PATH, params={"as_of": "2026-06-01", "site": "BE-02"}).json()
    assert found["as_of"] == "2026-06-01"
    assert [one["site"] for one in found["sites"]] == ["BE-02"]
    for item in found["sites"][0]["items"]:
        assert item["reference"].startswith("BE-02")
        assert item["state"] in {"due", "overdue", "escalated"}
    assert manager.get(PATH, params={"as_of": "yesterday"}).status_code == 422
    assert manager.get(PATH, params={"site": "XX-99"}).status_code == 404


def test_contacts_are_added_once_and_ended(browser):
    manager = browser("manager")
    body = {"site": "BE-02", "address": "crc@hospital.example", "language": "en"}
    made = manager.post(f"{PATH}/contacts", json=body)
    assert made.status_code == 201
    assert manager.post(f"{PATH}/contacts", json=body).status_code == 409
    assert manager.post(f"{PATH}/contacts", json=body | {"address": "a@b\r\nBcc: c@d.e"}).status_code == 422
    site = manager.get(PATH, params={"site": "BE-02"}).json()["sites"][0]
    assert [one["address"] for one in site["contacts"]] == ["crc@hospital.example"]
    ended = manager.delete(f"{PATH}/contacts/{made.json()['id']}")
    assert ended.json()["ended_at"] is not None
    assert manager.get(PATH, params={"site": "BE-02"}).json()["sites"][0]["contacts"] == []
    assert manager.get(f"{PATH}/sent").json() == {"digests": []}


def test_another_study_is_not_found(browser):
    assert browser("manager").get("/api/v1/studies/OTHER/reminders").status_code == 404
