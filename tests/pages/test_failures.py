"""Failures as a browser and as a program see them."""

import pytest


def test_a_browser_gets_a_page_and_a_program_the_problem_detail(browsers):
    page = browsers("manager").get("/patients/JP-06-9999")
    assert page.headers["content-type"].startswith("text/html")
    assert "Not found" in page.text
    problem = browsers("manager").get("/patients/JP-06-9999", headers={"accept": "application/json"})
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["detail"] in page.text
    assert page.status_code == problem.status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/subjects", "/dicomweb/studies"])
def test_the_interfaces_never_answer_with_a_page(stranger, path):
    answer = stranger.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 401
    assert not answer.headers["content-type"].startswith("text/html")


def test_an_ended_session_is_signed_in_again_from_the_form_that_was_sent(stranger):
    answer = stranger.post("/patients/JP-06-0001/forms/surgery", data={"f.procedure": "x"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/patients/JP-06-0001/forms/surgery"


def test_a_page_that_may_not_be_opened_says_so(browsers):
    answer = browsers("monitor").get("/quarantine")
    assert answer.status_code == 403
    assert "Not allowed" in answer.text
    assert "decide-quarantine" in answer.text


def test_values_out_of_range_are_refused_with_a_page(browsers):
    answer = browsers("manager").get("/patients?page=0")
    assert answer.status_code == 422
    assert "<html" in answer.text


def test_pages_are_not_kept_by_browsers_and_static_files_are(browsers):
    page = browsers("manager").get("/patients")
    assert page.headers["cache-control"] == "no-store"
    assert "style-src 'self'" in page.headers["content-security-policy"]
    sheet = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    kept = browsers("manager").get(sheet)
    assert kept.status_code == 200
    assert "immutable" in kept.headers["cache-control"]
