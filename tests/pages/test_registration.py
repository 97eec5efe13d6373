"""Registering a patient by page, first and second."""

from datetime import timedelta

import pytest

from casebook.store import registry as store
from tests.pages import hospital
from tests.pages.reading import error_beside, fields, words

NEW = "/patients/new"
FIRST = {
    **{f"f.{code}": answer for code, answer in hospital.ELIGIBLE.items()},
    "f.consented_on": str(hospital.TODAY),
}


def send(browser, changes):
    return browser.post(f"{NEW}?study=DREAM", data={**fields(browser.get(NEW).text), **FIRST, **changes})


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
    answer = send(browsers("coordinator"), {})
    assert answer.status_code == 303, error_beside(answer.text, "f.site")
    shown = browsers("coordinator").get(answer.headers["location"]).text
    assert f"registered {hospital.TODAY}" in words(shown)
    assert "Eligibility, first registration" in words(shown)


def test_each_criterion_that_is_not_met_is_said_beside_it(browsers):
    answer = send(browsers("coordinator"), {"f.adult": "no", "f.mri_contraindicated": "yes"})
    assert answer.status_code == 422
    assert "not met: Age 18" in error_beside(answer.text, "f.adult")
    assert "expected no" in error_beside(answer.text, "f.mri_contraindicated")


def test_only_the_sites_of_ones_own_are_offered(browsers):
    shown = browsers("coordinator").get(NEW).text
    assert "JP-06" in shown
    assert "BE-02" not in shown
    assert len([site for site in ("JP-01", "BE-02", "US-02") if site in browsers("manager").get(NEW).text]) == 3


def test_a_site_that_may_not_register_says_why(browsers):
    shown = words(browsers("manager").get(NEW).text)
    assert "sites are not open for registration today" in shown
    assert "no ethics approval covers protocol" in shown


def test_what_keeps_a_site_from_registering_stands_beside_the_site(browsers):
    answer = send(browsers("manager"), {"f.site": "AT-01"})
    assert answer.status_code == 422
    assert "no ethics approval covers protocol" in error_beside(answer.text, "f.site")
    assert "training is not on record" in error_beside(answer.text, "f.site")


def test_a_site_that_was_not_offered_is_refused(browsers, registry):
    answer = send(browsers("coordinator"), {"f.site": "BE-02"})
    assert answer.status_code == 422
    assert "expected one of JP-06" in error_beside(answer.text, "f.site")


def test_wrong_answers_are_explained_beside_their_fields(browsers, registry):
    with registry.session() as session:
        before = store.reading_codes(session, store.study(session, "DREAM").id)
    later = hospital.TODAY + timedelta(days=3)
    answer = send(browsers("manager"), {"f.site": "JP-06", "f.registered_on": str(later), "f.road": ""})
    assert answer.status_code == 422
    assert "after today" in error_beside(answer.text, "f.registered_on")
    assert "required" in error_beside(answer.text, "f.road")
    with registry.session() as session:
        assert store.reading_codes(session, store.study(session, "DREAM").id) == before


def test_an_earlier_day_is_the_centres_with_a_reason(browsers):
    earlier = {"f.registered_on": str(hospital.day(400)), "f.consented_on": str(hospital.day(399))}
    answer = send(browsers("coordinator"), earlier)
    assert "ask the data centre" in error_beside(answer.text, "f.registered_on")
    answer = send(browsers("manager"), {"f.site": "JP-06", **earlier})
    assert "Say why" in error_beside(answer.text, "f.change_reason")
    answer = send(browsers("manager"), {"f.site": "JP-06", **earlier, "f.change_reason": "came by fax"})
    assert answer.status_code == 303


def test_a_study_one_does_not_register_for_does_not_exist(browsers):
    assert browsers("manager").get(f"{NEW}?study=OTHER").status_code == 404


def test_the_second_registration_says_what_it_waits_for_and_what_is_known(browsers):
    number = send(browsers("coordinator"), {}).headers["location"].rsplit("/", 1)[1]
    shown = words(browsers("coordinator").get(f"/patients/{number}/second-registration").text)
    assert "Not yet possible: there is no MDT decision" in shown
    assert "Latest MDT decision not entered" in shown
    page = f"/patients/{number}/second-registration"
    met = {"f.chemotherapy_complete": "yes", "f.preoperative_ct_and_mri": "yes", "f.mdt_resectable": "yes"}
    answer = browsers("coordinator").post(
        page, data={**fields(browsers("coordinator").get(page).text), **met, "f.fit_for_surgery": "no"}
    )
    assert answer.status_code == 422
    assert "Fit for liver surgery" in error_beside(answer.text, "f.fit_for_surgery")
    assert browsers("elsewhere").get(page).status_code == 404


def test_who_is_registered_for_surgery_is_not_asked_again(browsers):
    answer = browsers("coordinator").get(f"/patients/{hospital.SITE}-0001/second-registration")
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/forms/eligibility-second")


def test_eligibility_that_no_registration_brought_leads_to_registering(browsers):
    number = send(browsers("coordinator"), {}).headers["location"].rsplit("/", 1)[1]
    form = f"/patients/{number}/forms/eligibility-second"
    answer = browsers("coordinator").get(form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/patients/{number}/second-registration")
    assert "<button" not in browsers("monitor").get(form).text.partition('class="entry"')[2]
