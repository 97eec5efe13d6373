"""Registering a patient by page."""

from datetime import timedelta

import pytest

from casebook.store import registry as store
from tests.pages import hospital
from tests.pages.reading import error_beside, fields, words

NEW = "/patients/new"


def send(browser, changes):
    return browser.post(f"{NEW}?study=DREAM", data={**fields(browser.get(NEW).text), **changes})


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("manager", 200),
        ("coordinator", 200),
        ("radiologist", 403),
        ("monitor", 403),
        ("statistician", 403),
        ("admin", 403),
        ("reader", 404),
    ],
)
def test_the_page_opens_for_who_registers(browsers, login, status):
    assert browsers(login).get(NEW).status_code == status


def test_a_patient_is_registered_and_its_page_opened(browsers):
    answer = send(browsers("coordinator"), {"f.road": "prospective"})
    assert answer.status_code == 303
    shown = browsers("coordinator").get(answer.headers["location"]).text
    assert f"registered {hospital.TODAY}" in words(shown)
    assert "Eligibility, first registration" in words(shown)


def test_only_the_sites_of_ones_own_are_offered(browsers):
    shown = browsers("coordinator").get(NEW).text
    assert "JP-06" in shown
    assert "BE-02" not in shown
    assert len([site for site in ("JP-01", "BE-02", "US-02") if site in browsers("manager").get(NEW).text]) == 3


def test_a_site_that_was_not_offered_is_refused(browsers, registry):
    answer = send(browsers("coordinator"), {"f.site": "BE-02", "f.road": "prospective"})
    assert answer.status_code == 422
    assert "expected one of JP-06" in error_beside(answer.text, "f.site")


def test_wrong_answers_are_explained_beside_their_fields(browsers, registry):
    with registry.session() as session:
        before = store.reading_codes(session, store.study(session, "DREAM").id)
    tomorrow = hospital.TODAY + timedelta(days=3)
    answer = send(browsers("manager"), {"f.site": "JP-06", "f.registered_on": str(tomorrow)})
    assert answer.status_code == 422
    assert "after today" in error_beside(answer.text, "f.registered_on")
    assert "required" in error_beside(answer.text, "f.road")
    with registry.session() as session:
        assert store.reading_codes(session, store.study(session, "DREAM").id) == before


def test_a_study_one_does_not_register_for_does_not_exist(browsers):
    assert browsers("manager").get(f"{NEW}?study=OTHER").status_code == 404
