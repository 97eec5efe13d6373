"""The accrual page: numbers that open what is behind them, as far as one may see it."""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.accrual import later, progress
from casebook.domain.study.model import Accrual
from services.api.pages.accrual import shown_months
from services.api.pages.accrual_drawing import BOTTOM, LEFT, RIGHT, TOP, accrual_drawing, step_of
from tests.pages import hospital
from tests.pages.reading import row, section, words

PLAN = Accrual(n_planned=400, months=36, source="study announcement")
MONTH = f"{hospital.REGISTERED_ON:%Y-%m}"


@pytest.mark.parametrize(
    ("login", "accrual", "registrations"),
    [
        ("manager", 200, 200),
        ("statistician", 200, 200),
        ("monitor", 200, 200),
        ("coordinator", 200, 200),
        ("radiologist", 200, 200),
        ("admin", 200, 403),
        ("reader", 404, 404),
        ("adjudicator", 404, 404),
    ],
)
def test_the_pages_open_for_who_sees_sites_and_patients(browsers, login, accrual, registrations):
    assert browsers(login).get("/accrual").status_code == accrual
    assert browsers(login).get("/registrations").status_code == registrations


def test_the_data_centre_sees_every_site_with_its_share(browsers):
    shown = browsers("manager").get(f"/accrual?year={hospital.REGISTERED_ON.year}").text
    table = section(shown, "First registrations by site and month")
    assert table.count('<th scope="row">') == 31
    assert "Austria" in section(shown, "By country")
    assert row(section(shown, "By country"), "Belgium").startswith("Belgium 1 / 2 ")


def test_a_site_sees_its_own_row_and_the_totals(browsers):
    shown = browsers("coordinator").get("/accrual").text
    table = section(shown, "First registrations by site and month")
    assert hospital.SITE in table
    assert hospital.OTHER_SITE not in shown
    assert "All 30 sites" in words(table)
    assert "By country" not in shown


def test_every_number_opens_the_registrations_behind_it(browsers):
    manager = browsers("manager")
    shown = manager.get(f"/accrual?year={hospital.REGISTERED_ON.year}").text
    table = section(shown, "First registrations by site and month")
    addresses = re.findall(r'<a href="(/registrations[^"]+)">(\d+)</a>', table.replace("&amp;", "&"))
    assert addresses
    for address, n in addresses:
        assert re.search(rf"\b{n} registrations?\b", words(manager.get(address).text)), address


def test_registrations_are_filtered_by_what_makes_the_number(browsers):
    manager = browsers("manager")
    found = words(manager.get(f"/registrations?site={hospital.OTHER_SITE}&step=first&month={MONTH}").text)
    assert f"First registration · {hospital.OTHER_SITE} · {MONTH} · 1 registration" in found
    assert f"{hospital.OTHER_SITE}-0001" in found
    assert f"{hospital.OTHER_SITE}-2010-1" in found
    assert "No registration matches." in words(manager.get("/registrations?month=2001-01").text)


def test_a_site_opens_no_registration_of_others(browsers):
    shown = browsers("coordinator").get(f"/registrations?site={hospital.OTHER_SITE}").text
    assert "No registration matches." in words(shown)
    assert f"{hospital.OTHER_SITE}-0001" not in shown


@pytest.mark.parametrize("query", ["month=2026-13", "month=yesterday", "month=9999-12", "step=third", "page=0"])
def test_a_filter_that_is_none_is_refused(browsers, query):
    assert browsers("manager").get(f"/registrations?{query}").status_code == 422


def test_an_administrator_sees_counts_that_lead_nowhere(browsers):
    shown = browsers("admin").get("/accrual").text
    assert "/registrations?" not in shown


def test_a_study_one_has_no_part_in_does_not_exist(browsers):
    assert browsers("manager").get("/accrual?study=OTHER").status_code == 404
    assert browsers("manager").get("/registrations?study=OTHER").status_code == 404


def test_months_are_those_of_a_year_or_the_last_twelve_since_the_beginning():
    today = date(2026, 11, 15)
    assert [month.month for month in shown_months(date(2026, 9, 1), today, None)] == [9, 10, 11]
    assert len(shown_months(date(2020, 1, 1), today, None)) == 12
    assert [f"{month:%Y-%m}" for month in shown_months(date(2024, 10, 1), today, 2024)] == [
        "2024-10",
        "2024-11",
        "2024-12",
    ]
    assert shown_months(date(2024, 10, 1), today, 2023) == []


@given(st.dictionaries(st.integers(0, 60), st.integers(1, 40)), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_nothing_is_drawn_outside_the_drawing(by_month, today):
    first = {later(date(2021, 1, 1), n): count for n, count in by_month.items()}
    found = accrual_drawing(PLAN, progress(PLAN, first, {}, today=today), today=today)
    for path in (found.plan_path, found.first_path, found.second_path):
        points = [(Decimal(x), Decimal(y)) for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", path)]
        assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for x, y in points)
        assert [x for x, _ in points] == sorted(x for x, _ in points)


@given(st.integers(1, 10**7))
def test_the_grid_has_few_lines_at_round_numbers(n_most):
    step = step_of(n_most)
    assert n_most / step <= 5
    assert str(step).rstrip("0") in {"1", "2", "5"}
