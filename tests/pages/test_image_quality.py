"""The pages of the quarantine desk, of series roles and verdicts, and of the time to the image check."""

import re

import pytest

from tests.pages import hospital
from tests.pages.reading import row, section, words

NUMBER = f"{hospital.SITE}-0001"
IMAGES = f"/patients/{NUMBER}/images/preoperative"


def token(browser) -> str:
    return re.search(r'name="csrf_token" value="([^"]*)"', browser.get("/account").text)[1]


def post(browser, path, **sent):
    return browser.post(path, data={"csrf_token": token(browser), **sent})


def first(shown: str, pattern: str) -> str:
    return re.search(pattern, shown)[1]


@pytest.fixture
def held(browsers) -> str:
    return first(browsers("manager").get("/quarantine").text, r'href="(/quarantine/[0-9a-f-]{36})"')


@pytest.mark.parametrize(
    ("login", "desk", "roles", "quality"),
    [
        ("coordinator", 403, 200, 200),
        ("elsewhere", 403, 404, 200),
        ("monitor", 403, 200, 200),
        ("statistician", 403, 200, 200),
        ("admin", 403, 403, 403),
        ("reader", 404, 404, 404),
        ("adjudicator", 404, 404, 404),
    ],
)
def test_pages_open_for_those_whom_they_concern(browsers, held, login, desk, roles, quality):
    browser = browsers(login)
    assert browser.get(held).status_code == desk
    assert browser.get(f"{IMAGES}/series").status_code == roles
    assert browser.get("/quality").status_code == quality


def test_held_files_are_found_by_reason_site_patient_and_state(browsers):
    def finds(asked: str) -> bool:
        return f'<a href="/patients/{NUMBER}">' in browsers("manager").get(f"/quarantine?{asked}").text

    assert all(map(finds, ("reason=other-patient", f"site={hospital.SITE}", f"patient={NUMBER}", "state=all")))
    assert not any(map(finds, ("reason=colour-image", f"site={hospital.OTHER_SITE}", "patient=XX", "state=refused")))


def test_a_held_file_says_why_what_to_do_and_that_its_bytes_are_lost(browsers, held):
    shown = words(browsers("manager").get(held).text)
    assert "names another patient" in shown
    assert "Ask the site whose images these are." in shown
    assert "not where the quarantine keeps them" in shown


def test_a_decision_without_reason_is_refused_beside_the_form(browsers, held):
    answer = post(browsers("manager"), held, decision="refuse", objection="other-patient", reason="")
    assert answer.status_code == 422
    assert "Say why" in words(answer.text)


def test_asking_who_it_is_needs_a_reason(browsers, held):
    answer = post(browsers("manager"), f"{held}/identity", unmask_reason="")
    assert answer.status_code == 422


def test_half_a_rectangle_is_none(browsers, held):
    answer = post(
        browsers("manager"), held, decision="release", objection="other-patient", reason="x", x_1="1", y_1="b"
    )
    assert "four whole numbers" in words(answer.text)


def test_the_series_page_shows_evidence_and_takes_confirmations(browsers):
    manager = browsers("manager")
    shown = manager.get(f"{IMAGES}/series").text
    assert "measured" in words(shown)
    assert "b 50, 800 s/mm²" in words(shown)
    series = first(shown, r'action="[^"]*/series/([0-9a-f-]{36})"')
    part = first(shown, r'name="part-([0-9a-f-]{36})"')
    assert post(manager, f"{IMAGES}/series/{series}", **{f"part-{part}": "nonsense"}).status_code == 422
    assert post(manager, f"{IMAGES}/series/{series}", **{f"part-{part}": "ct-portal-venous"}).status_code == 303
    assert "confirmed" in words(manager.get(f"{IMAGES}/series").text)
    assert post(manager, f"{IMAGES}/series/confirm", confidence="many").status_code == 422
    assert post(manager, f"{IMAGES}/series/confirm", confidence="0.9").status_code == 303
    assert "every role is confirmed" in words(manager.get(f"{IMAGES}/series").text)


def test_a_verdict_is_given_beside_the_findings_of_its_series(browsers):
    manager = browsers("manager")
    shown = section(manager.get(IMAGES).text, "Quality, series by series")
    assert "Fewer b-values than asked" in shown
    series = first(manager.get(IMAGES).text, r'action="[^"]*/verdicts/([0-9a-f-]{36})"')
    refused = post(manager, f"{IMAGES}/verdicts/{series}", verdict="not-evaluable", comment="")
    assert (refused.status_code, "Say what is wrong" in words(refused.text)) == (409, True)
    done = post(manager, f"{IMAGES}/verdicts/{series}", verdict="not-evaluable", comment="motion")
    assert done.status_code == 303
    assert "motion" in section(manager.get(IMAGES).text, "Quality, series by series")
    assert "Refused and not replaced" in words(manager.get(IMAGES).text)
    again = post(manager, f"{IMAGES}/verdicts/{series}", verdict="accept")
    assert again.status_code == 303


def test_the_time_to_the_image_check_is_shown_by_site_in_both_languages(browsers):
    shown = browsers("manager").get("/quality").text
    assert row(shown, hospital.SITE).startswith(hospital.SITE)
    assert "画像確認までの日数" in browsers("kanri").get("/quality").text
