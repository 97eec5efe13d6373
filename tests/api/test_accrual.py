"""Accrual and registrations by the API."""

import pytest

ACCRUAL = "/api/v1/studies/DREAM/accrual"
REGISTRATIONS = "/api/v1/studies/DREAM/registrations"


@pytest.fixture
def n_patients(browser) -> int:
    return len(browser("manager").get("/api/v1/subjects").json()["subjects"])


def test_accrual_is_given_by_month_and_site(browser, n_patients):
    found = browser("statistician").get(ACCRUAL).json()
    assert (found["n_planned"], found["months_planned"], found["n_sites"]) == (400, 36, 30)
    assert found["months"][-1]["total_first"] == found["n_first"] == n_patients
    assert sum(site["n_first"] for site in found["sites"]) == n_patients
    assert {part["code"] for part in found["by_group"]} == {"JCOG", "EORTC", "US"}


def test_a_site_is_given_its_own_row_and_the_studys_totals(browser, n_patients):
    found = browser("coordinator").get(ACCRUAL).json()
    assert [site["site"] for site in found["sites"]] == ["BE-02"]
    assert (found["n_first"], found["by_country"], found["by_group"]) == (n_patients, None, None)


def test_registrations_are_listed_as_far_as_one_sees_patients(browser, n_patients):
    everything = browser("manager").get(f"{REGISTRATIONS}?step=first").json()
    own = browser("coordinator").get(REGISTRATIONS).json()
    assert everything["n_total"] == n_patients
    assert {row["site"] for row in own["registrations"]} == {"BE-02"}
    assert all(row["approval"] for row in own["registrations"])


def test_a_month_narrows_the_list(browser):
    manager = browser("manager")
    day = manager.get(f"{REGISTRATIONS}?step=first").json()["registrations"][0]["registered_on"]
    found = manager.get(f"{REGISTRATIONS}?month={day[:7]}").json()["registrations"]
    assert found
    assert all(row["registered_on"].startswith(day[:7]) for row in found)
    assert manager.get(f"{REGISTRATIONS}?month=2026-3").status_code == 422


def test_a_study_that_is_not_there_is_not_told(browser):
    assert browser("manager").get("/api/v1/studies/NONE/registrations").status_code == 404
    assert browser("manager").get("/api/v1/studies/NONE/accrual").status_code == 403
