"""One patient's page."""

import re

import pytest

from tests.pages import hospital
from tests.pages.reading import section, words

HERE, ELSEWHERE = f"{hospital.SITE}-0001", f"{hospital.OTHER_SITE}-0001"


def lesion(html: str, label: str) -> str:
    return words(re.search(rf'<tr id="lesion-{label}">.*?</tr>', html, re.DOTALL)[0])


@pytest.mark.parametrize(
    ("login", "here", "elsewhere"),
    [
        ("manager", 200, 200),
        ("monitor", 200, 200),
        ("statistician", 200, 200),
        ("coordinator", 200, 404),
        ("radiologist", 200, 404),
        ("elsewhere", 404, 200),
        ("reader", 404, 404),
        ("adjudicator", 404, 404),
        ("admin", 403, 403),
    ],
)
def test_each_role_opens_the_patients_of_its_sites_only(browsers, login, here, elsewhere):
    assert browsers(login).get(f"/patients/{HERE}").status_code == here
    assert browsers(login).get(f"/patients/{ELSEWHERE}").status_code == elsewhere


def test_a_patient_of_another_site_and_one_that_does_not_exist_look_the_same(browsers):
    other, none = (browsers("coordinator").get(f"/patients/{number}").text for number in (ELSEWHERE, "BE-02-9999"))
    assert other.replace(ELSEWHERE, "") == none.replace("BE-02-9999", "")


def test_the_lesion_table_says_what_blocks_and_what_came_of_it(browsers):
    shown = browsers("manager").get(f"/patients/{HERE}").text
    assert "no · CT, DWI, T1/T2, EOB visible" in lesion(shown, "L1")
    assert lesion(shown, "L2").endswith("yes central read resected pathology, no viable cells non-viable")
    assert "no · EOB visible" in lesion(shown, "L3")
    assert "CT alone only" in lesion(shown, "L3")
    assert re.search(r"yes central read left in place imaging, last \S+ pending · \d+ days to go$", lesion(shown, "L4"))
    assert "undetermined · DWI" in lesion(shown, "L5")


def test_marks_are_told_by_words_and_shape_not_by_colour_alone(browsers):
    row = re.search(r'<tr id="lesion-L5">.*?</tr>', browsers("manager").get(f"/patients/{HERE}").text, re.DOTALL)[0]
    marks = re.findall(r'aria-label="([^"]+)"', row)
    assert marks == [*["open"] * 4, "not visible", "not evaluable", "not visible", "not visible"]
    dashed, barred = row.split("</svg>")[4:6]
    assert "stroke-dasharray" in dashed
    assert "stroke-dasharray" not in barred
    assert "<path" in barred


def test_who_may_not_see_outcomes_sees_lesions_without_read_and_no_forms(browsers):
    shown = browsers("radiologist").get(f"/patients/{HERE}").text
    assert lesion(shown, "L2") == "L2 IVb 11.0"
    for hidden in ("cDLM", "pathology", "resectable", "FOLFOX", "recurrence", "/forms/"):
        assert hidden not in shown


def test_the_course_tells_what_happened_and_what_is_due(browsers):
    course = section(browsers("manager").get(f"/patients/{HERE}").text, "Course")
    said = words(course)
    assert "FOLFOX + Bevacizumab, 6 cycles" in said
    assert "resectable MDT" in said
    assert "+121 Surgery" in said
    assert "Month 6 no recurrence" in said
    assert "Month 12 due in 6 days" in said
    states = re.findall(r'<g class="event ([a-z-]+)">\s*<title>Month (\d+)', course)
    assert states == [("done", "3"), ("done", "6"), ("due", "12"), ("to-come", "18"), ("to-come", "24")]


def test_the_image_table_counts_frames_and_names_what_is_missing(browsers):
    rows = re.findall(r"<tr>.*?</tr>", section(browsers("manager").get(f"/patients/{HERE}").text, "Images"), re.DOTALL)
    baseline, preoperative = (words(row) for row in rows[2:4])
    assert baseline.startswith(f"Baseline {hospital.day(-8)} −8 60 128 b 50 800 32 32 32 36 72 72 72 72")
    assert "missing" not in baseline
    assert preoperative.startswith(f"Pre-operative {hospital.day(98)} +98 60 128 b 50 800 × missing 32")
    assert "repeat requested · 2" in preoperative
    assert "1 held" in preoperative


def test_images_are_opened_in_the_viewer(browsers):
    shown = browsers("manager").get(f"/patients/{HERE}").text
    assert re.search(r'href="/viewer/case/[0-9a-f-]{36}/preoperative"', shown)
    assert "/viewer/case/" not in browsers("statistician").get(f"/patients/{HERE}").text


def test_the_page_carries_no_inline_style_or_script(browsers):
    shown = browsers("manager").get(f"/patients/{HERE}").text
    assert not re.search(
        r"\sstyle=|<style|<script(?! type=.module. src=./viewer/assets/pages\.js\?)|\son[a-z]+=", shown
    )


def test_the_page_is_said_in_japanese_where_the_account_speaks_it(browsers):
    shown = browsers("kanri").get(f"/patients/{HERE}").text
    assert '<html lang="ja">' in shown
    assert "千葉県がんセンター" in shown
    assert "保留 · あと" in lesion(shown, "L4")


def test_a_chosen_language_stays_for_the_following_pages(stranger):
    stranger.post("/login?lang=ja", data={"login": "coordinator", "password": hospital.PASSWORD})
    assert '<html lang="ja">' in stranger.get("/patients?lang=ja").text
    assert '<html lang="ja">' in stranger.get(f"/patients/{HERE}").text
    assert '<html lang="en">' in stranger.get(f"/patients/{HERE}?lang=en").text
