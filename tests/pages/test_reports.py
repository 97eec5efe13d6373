"""The page of reports."""

import re
from html import unescape

import pytest

from casebook.domain.reports import TITLES, ReportName
from tests.pages import hospital


@pytest.mark.parametrize(("login", "language"), [("manager", "en"), ("kanri", "ja")])
def test_every_report_is_shown_in_the_language_of_the_page(browsers, login, language):
    for name in ReportName:
        shown = unescape(browsers(login).get(f"/reports?name={name}").text)
        assert f"<title>{TITLES[name].into(language)}" in shown
        assert hospital.SITE in shown


def test_what_is_taken_away_is_what_is_shown(browsers):
    manager = browsers("manager")
    shown = manager.get("/reports?name=ethics&centre=JCOG&as_of=2025-01-31").text
    addresses = [unescape(one) for one in re.findall(r'href="(/reports/file[^"]+)"', shown)]
    sheet, paper = (manager.get(address) for address in addresses)
    assert sheet.headers["content-disposition"] == 'attachment; filename="DREAM-ethics-JCOG-2025-01-31.csv"'
    assert sheet.text.count("\nJP-") == 12
    assert "BE-02" not in shown
    assert paper.content.startswith(b"%PDF")


def test_a_site_is_shown_its_own_rows_and_not_its_own_figures_below_ten_patients(browsers):
    shown = browsers("elsewhere").get("/reports?name=timeliness").text
    assert "withheld" in shown
    assert "fewer than 10 patients" in shown
    assert hospital.SITE not in shown


def test_blinded_people_are_not_told_of_the_page_and_downloads_are_logged(browsers):
    assert [browsers(login).get("/reports").status_code for login in ("reader", "adjudicator")] == [404, 404]
    assert browsers("admin").get("/reports/file").status_code == 403
    browsers("statistician").get("/reports/file?name=queries&format=csv")
    assert "DREAM-queries-" in browsers("manager").get("/audit/access").text


def test_a_day_to_come_and_an_unknown_data_centre_say_so(browsers):
    asked = browsers("manager").get("/reports?as_of=2999-01-01&name=ethics")
    assert asked.status_code == 422
    assert "2999-01-01 is still to come" in asked.text
    assert f"<title>{TITLES[ReportName.ETHICS].en}" in asked.text
    assert browsers("manager").get("/reports?centre=NOBODY").status_code == 404
    assert browsers("monitor").get("/reports?name=no-such-report").status_code == 422


@pytest.mark.parametrize("path", ["/reports", "/reminders"])
def test_what_is_no_day_is_named_beside_the_field_and_today_is_shown(browsers, path):
    asked = browsers("kanri").get(f"{path}?as_of=2017-02-30")
    assert asked.status_code == 422
    assert "「2017-02-30」は日付として正しくありません" in asked.text
    assert 'value="2017-02-30" aria-invalid="true"' in asked.text
    assert browsers("manager").get(f"{path}?as_of=").status_code == 200


def test_reports_are_in_the_navigation_of_those_who_may_read_them(browsers):
    assert 'href="/reports"' in browsers("monitor").get("/accrual").text
    assert 'href="/reports"' not in browsers("admin").get("/accrual").text
