"""The page of a timepoint's images: state, what arrived, decisions; nothing of it for blinded people."""

import re

import pytest

from tests.pages import hospital
from tests.pages.reading import row, section, words

HERE = f"/patients/{hospital.SITE}-0001/images"


def token(browser) -> str:
    return re.search(r'name="csrf_token" value="([^"]*)"', browser.get("/account").text)[1]


def decide(browser, timepoint, **sent):
    return browser.post(f"{HERE}/{timepoint}", data={"csrf_token": token(browser), **sent})


@pytest.mark.parametrize(
    ("login", "seen", "decided"),
    [
        ("manager", 200, 422),
        ("coordinator", 200, 403),
        ("radiologist", 200, 403),
        ("statistician", 200, 403),
        ("monitor", 200, 403),
        ("elsewhere", 404, 403),
        ("admin", 403, 403),
        ("reader", 404, 404),
        ("adjudicator", 404, 404),
    ],
)
def test_the_state_of_images_is_for_everybody_who_is_not_blinded_and_decided_by_the_data_centre(
    browsers, login, seen, decided
):
    browser = browsers(login)
    assert browser.get(f"{HERE}/baseline").status_code == seen
    assert decide(browser, "baseline").status_code == decided


def test_the_page_says_what_arrived_and_what_is_missing(browsers):
    shown = browsers("manager").get(f"{HERE}/preoperative").text
    assert "missing" in row(section(shown, "Series"), "ADC")
    assert "arrived" in row(section(shown, "Series"), "DWI")


def test_what_is_expected_is_named_as_people_name_it(browsers):
    shown = section(browsers("manager").get(f"{HERE}/preoperative").text, "Findings of the image checks")
    assert row(shown, "None arrived") == "None arrived – ADC repeat requested"


def test_the_site_finds_the_submissions_that_brought_the_images(browsers):
    shown = section(browsers("coordinator").get(f"{HERE}/preoperative").text, "Submissions")
    address = re.search(r'href="(/submissions/\d+)"', shown)[1]
    assert row(shown, "S-").endswith(" 2 1 1")
    assert "Pre-operative" in words(browsers("coordinator").get(address).text)


def test_a_timepoint_without_images_has_nothing_to_decide(browsers):
    shown = browsers("manager").get(f"{HERE}/month-12")
    assert shown.status_code == 200
    assert "expected" in words(shown.text)
    assert "Decision on these images" not in shown.text


def test_a_timepoint_that_the_study_does_not_have_is_not_found(browsers):
    assert browsers("manager").get(f"{HERE}/month-99").status_code == 404


def test_a_pass_with_a_series_missing_says_so_beside_what_was_sent(browsers):
    answer = decide(browsers("manager"), "preoperative", decision="passed", reason="")
    assert answer.status_code == 409
    assert "Required series are missing" in words(answer.text)
    assert re.search(r'value="passed" checked', answer.text)


def test_a_decision_about_other_images_is_refused(browsers):
    answer = decide(browsers("manager"), "preoperative", decision="query", reason="?", images_sha256="0" * 64)
    assert answer.status_code == 412
    assert "Other images have arrived" in words(answer.text)


def test_a_query_stands_on_the_page_in_the_list_of_the_patient_and_leaves_the_worklist(browsers):
    manager = browsers("manager")
    task = f"{HERE}/preoperative"
    assert task in section(manager.get("/work").text, "Images to check")
    answer = decide(manager, "preoperative", decision="query", reason="No ADC map?")
    assert answer.status_code == 303
    shown = manager.get(answer.headers["location"]).text
    assert "Decided." in words(shown)
    assert "No ADC map?" in section(shown, "Decisions so far")
    patient = manager.get(f"/patients/{hospital.SITE}-0001").text
    assert "query open" in row(section(patient, "Images"), "Pre-operative")
    assert task not in manager.get("/work").text


def test_the_page_speaks_japanese(browsers):
    shown = words(browsers("kanri").get(f"{HERE}/preoperative").text)
    assert "シリーズ" in shown
    assert "この画像の判定" in shown
