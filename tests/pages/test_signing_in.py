"""Signing in and out by page."""

import pytest

from services.api.pages.signing_in import local
from tests.pages import hospital


def test_a_stranger_is_sent_to_sign_in_and_comes_back(stranger):
    answer = stranger.get("/patients?site=JP-06")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/patients%3Fsite%3DJP-06"
    shown = stranger.get(answer.headers["location"])
    assert 'name="next" value="/patients?site=JP-06"' in shown.text
    data = {"login": "manager", "password": hospital.PASSWORD, "next": "/patients?site=JP-06"}
    assert stranger.post("/login", data=data).headers["location"] == "/patients?site=JP-06"


@pytest.mark.parametrize(
    ("login", "begins"),
    [
        ("coordinator", "/work"),
        ("statistician", "/work"),
        ("reader", "/viewer/"),
        ("adjudicator", "/viewer/"),
        ("admin", "/work"),
    ],
)
def test_each_role_begins_at_its_own_page(browsers, login, begins):
    assert browsers(login).get("/").headers["location"] == begins


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/patients",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "patients",
        "/\t/evil.example",
        "/\n/evil.example",
        "",
        None,
    ],
)
def test_addresses_that_lead_elsewhere_are_not_followed_after_signing_in(address):
    assert local(address) is None


def test_addresses_of_this_site_are_followed():
    assert local("/patients/JP-06-0001?lang=ja") == "/patients/JP-06-0001?lang=ja"


def test_a_wrong_password_is_refused_without_saying_whether_the_login_exists(stranger):
    wrong = stranger.post("/login", data={"login": "manager", "password": "wrong"})
    unknown = stranger.post("/login", data={"login": "nobody", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 401
    assert "Login or password is wrong" in wrong.text
    assert wrong.text.replace("manager", "") == unknown.text.replace("nobody", "")


def test_the_fifth_wrong_password_locks_the_account_and_says_until_when(stranger):
    answers = [stranger.post("/login", data={"login": "forgetful", "password": "wrong"}) for _ in range(5)]
    assert "locked until" in answers[-1].text
    right = stranger.post("/login", data={"login": "forgetful", "password": hospital.PASSWORD})
    assert right.status_code == 401
    assert "locked until" in right.text


def test_what_was_typed_is_shown_as_text_only(stranger):
    answer = stranger.post("/login", data={"login": '"><script>', "password": "x", "next": '/"><script>'})
    assert "<script" not in answer.text


def test_signing_out_needs_the_token_of_the_session(stranger):
    stranger.post("/login", data={"login": "manager", "password": hospital.PASSWORD})
    assert stranger.post("/logout").status_code == 403
    assert stranger.get("/patients").status_code == 200
    token = stranger.get("/api/v1/session").json()["csrf_token"]
    assert stranger.post("/logout", data={"csrf_token": token}).headers["location"] == "/login"
    assert stranger.get("/patients").status_code == 303


def test_another_sites_page_cannot_sign_anybody_in(stranger):
    data = {"login": "manager", "password": hospital.PASSWORD}
    assert stranger.post("/login", data=data, headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_who_is_signed_in_already_goes_on(browsers):
    assert browsers("manager").get("/login?next=/quarantine").headers["location"] == "/quarantine"


def test_the_account_page_names_the_roles(browsers):
    shown = browsers("coordinator").get("/account").text
    assert "site coordinator" in shown
    assert hospital.SITE in shown
