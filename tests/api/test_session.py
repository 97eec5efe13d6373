import pytest

from services.command.demo import PASSWORD


def test_signing_in_and_out(browser):
    reader = browser("reader")
    assert reader.get("/api/v1/session").json()["roles"] == ["central-reader"]
    assert reader.delete("/api/v1/session").status_code == 204
    assert reader.get("/api/v1/session").status_code == 401


@pytest.mark.parametrize("login", ["reader", "nobody-of-that-name"])
def test_a_wrong_password_and_an_unknown_login_are_answered_alike(browser, login):
    answer = browser().post("/api/v1/session", json={"login": login, "password": "wrong"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "Login or password is wrong."


def test_the_fifth_failure_locks_the_account_even_for_the_right_password(browser):
    client = browser()
    for _ in range(5):
        client.post("/api/v1/session", json={"login": "reader", "password": "wrong"})
    answer = client.post("/api/v1/session", json={"login": "reader", "password": PASSWORD})
    assert answer.status_code == 401
    assert "locked until" in answer.json()["detail"]


def test_a_ten_megabyte_password_is_refused_as_malformed(browser):
    answer = browser().post("/api/v1/session", json={"login": "reader", "password": "x" * 10_000_000})
    assert answer.status_code == 422


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(browser):
    answer = browser().post("/api/v1/session", json={"login": "reader", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_each_sign_in_has_a_session_of_its_own(browser):
    first, second = browser("reader"), browser("reader")
    assert first.cookies["casebook_session"] != second.cookies["casebook_session"]
    first.delete("/api/v1/session")
    assert second.get("/api/v1/session").status_code == 200


def test_a_change_without_the_csrf_token_is_forbidden(browser):
    reader = browser("reader")
    del reader.headers["X-CSRF-Token"]
    assert reader.delete("/api/v1/session").status_code == 403
    assert reader.get("/api/v1/session").status_code == 200


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}])
def test_a_request_of_another_site_changes_nothing(browser, headers):
    answer = browser("reader").delete("/api/v1/session", headers=headers)
    assert answer.status_code == 403
    assert answer.json()["code"] == "cross-origin"


def test_disabling_an_account_ends_its_sessions_at_once(browser, sample):
    from datetime import UTC, datetime

    from casebook.actions.accounts import disable_account
    from services.command.machine import operator

    reader = browser("reader")
    with sample.database.transaction(actor="test") as session:
        disable_account(session, operator("DREAM"), login="reader", reason="left the group", now=datetime.now(UTC))
    assert reader.get("/api/v1/session").status_code == 401


def test_every_answer_carries_the_security_headers(browser):
    answer = browser().get("/api/v1/health")
    assert answer.status_code == 200
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
