"""Accounts by page: what an administrator does, what everybody does with their own, in both languages."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from casebook.actions.accounts import add_account
from casebook.domain.actors import MAY, Action, Role
from services.api.pages.role_table import ACTION_WORDS
from tests.pages import hospital


@pytest.fixture
def newcomer(registry, request) -> str:
    """An account of one's own, without a role."""
    login = f"new-{abs(hash(request.node.nodeid)):x}"[:30]
    with registry.transaction(actor="machine", reason="a test") as session:
        add_account(session, hospital.MACHINE, login=login, display_name="N. Newcomer", password=hospital.PASSWORD)
    return login


def send(client, path, **fields):
    token = client.get("/api/v1/session").json()["csrf_token"]
    return client.post(path, data={"csrf_token": token, **fields})


def sign_in(client, login, password=hospital.PASSWORD):
    answer = client.post("/login", data={"login": login, "password": password})
    assert answer.status_code == 303, answer.text
    return client


def grants(client, login):
    return client.get(f"/api/v1/accounts/{login}").json()["grants"]


def test_an_account_is_made_with_a_password_shown_once_that_opens_only_its_own_change(browsers, stranger):
    admin = browsers("admin")
    made = send(admin, "/accounts", login="Page.Made", display_name="P. Made", language="ja")
    assert made.status_code == 201
    password = re.search(r'<code class="once">([^<]+)</code>', made.text)[1]
    assert password not in admin.get("/accounts").text
    sign_in(stranger, "page.made", password)
    assert stranger.get("/patients").headers["location"] == "/account"
    shown = stranger.get("/account", headers={"accept-language": "ja"})
    assert "まずご自分のパスワードに変更してください" in shown.text
    new = {"new": hospital.PASSWORD, "again": hospital.PASSWORD}
    assert "現在のパスワードが正しくありません" in send(stranger, "/account/password", old="no", **new).text
    unlike = send(stranger, "/account/password", old=password, new=hospital.PASSWORD, again="x")
    assert unlike.status_code == 422
    assert send(stranger, "/account/password", old=password, **new).headers["location"] == "/account?done=password"
    assert stranger.get("/patients").status_code == 403


@pytest.mark.parametrize(("language", "words"), [("en", "already"), ("ja", "すでに使われています")])
def test_a_login_that_exists_is_refused_in_the_language_of_the_page_and_what_was_typed_stays(browsers, language, words):
    answer = send(browsers("admin"), f"/accounts?lang={language}", login="Manager", display_name="Somebody")
    browsers("admin").cookies.delete("casebook_language")
    assert answer.status_code == 409
    assert words in answer.text
    assert 'value="Somebody"' in answer.text


def test_a_role_is_given_for_days_and_ended_with_a_reason(browsers, newcomer):
    admin, base = browsers("admin"), f"/accounts/{newcomer}"
    today = datetime.now(UTC).date()
    first, last = today + timedelta(days=3), today + timedelta(days=9)
    fields = {"role": "investigator", "place": f"DREAM/{hospital.SITE}"}
    answer = send(admin, f"{base}/grants", **fields, first_day=str(first), last_day=str(last))
    assert answer.headers["location"] == f"{base}?done=granted"
    shown = admin.get(base).text
    assert "to come" in shown
    assert str(first) in shown
    assert str(last) in shown
    (grant,) = grants(admin, newcomer)
    assert datetime.fromisoformat(grant["valid_until"]) == datetime.combine(
        last + timedelta(days=1), datetime.min.time(), UTC
    )
    blank = send(admin, f"{base}/grants/{grant['id']}/end", reason=" ")
    assert blank.status_code == 422
    assert "Say why" in blank.text
    assert send(admin, f"{base}/grants/{grant['id']}/end", reason="not coming").status_code == 303
    assert grants(admin, newcomer)[0]["state"] == "over"
    assert "not coming" in admin.get(base).text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"role": "", "place": "DREAM"}, "Choose a role"),
        ({"role": "monitor", "place": "DREAM", "last_day": "31.12.2026"}, "YYYY-MM-DD"),
        ({"role": "monitor", "place": "DREAM", "last_day": "2020-01-01"}, "later end"),
        ({"role": "investigator", "place": "DREAM"}, "one site"),
        ({"role": "monitor", "place": f"DREAM/{hospital.SITE}"}, "whole study"),
    ],
)
def test_a_role_that_cannot_be_given_is_said_with_what_to_do(browsers, newcomer, fields, words):
    answer = send(browsers("admin"), f"/accounts/{newcomer}/grants", **fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert grants(browsers("admin"), newcomer) == []


def test_a_conflicting_role_is_refused_on_the_page(browsers, newcomer):
    admin, base = browsers("admin"), f"/accounts/{newcomer}/grants"
    assert send(admin, base, role="central-reader", place="DREAM").status_code == 303
    answer = send(admin, base, role="site-radiologist", place=f"DREAM/{hospital.SITE}", first_day="2999-01-01")
    assert answer.status_code == 409
    assert "at the same time" in answer.text


def test_disabling_by_page_signs_the_person_out_and_enabling_lets_them_in_again(browsers, stranger, newcomer):
    admin, base = browsers("admin"), f"/accounts/{newcomer}"
    sign_in(stranger, newcomer)
    assert send(admin, f"{base}/disable", reason="left").headers["location"] == f"{base}?done=disabled"
    assert stranger.get("/account").status_code == 303
    assert "left" in admin.get(base).text
    assert send(admin, f"{base}/enable", reason="back").status_code == 303
    sign_in(stranger, newcomer)


def test_a_password_reset_by_page_is_shown_once(browsers, newcomer):
    admin, base = browsers("admin"), f"/accounts/{newcomer}"
    shown = send(admin, f"{base}/password").text
    password = re.search(r'<code class="once">([^<]+)</code>', shown)[1]
    assert password not in admin.get(base).text


def test_ones_own_token_is_shown_once_and_revoked(stranger, newcomer):
    sign_in(stranger, newcomer)
    made = send(stranger, "/account/tokens", label="nightly", days="30").text
    token = re.search(r'<code class="once">(cb_[^<]+)</code>', made)[1]
    shown = stranger.get("/account").text
    assert token not in shown
    path = re.search(r'action="(/account/tokens/[^"]+/revoke)"', shown)[1]
    assert send(stranger, path).headers["location"] == "/account?done=revoked"
    assert send(stranger, "/account/tokens", label="nightly", days="x").status_code == 422


def test_ones_own_language_holds_for_the_next_pages(stranger, newcomer):
    sign_in(stranger, newcomer)
    assert send(stranger, "/account/language", language="ja").status_code == 303
    assert '<html lang="ja">' in stranger.get("/account").text


@pytest.mark.parametrize("login", ["manager", "coordinator", "monitor", "statistician"])
def test_others_open_no_page_of_accounts(browsers, login):
    for path in ("/accounts", "/accounts/admin", "/accounts/roles"):
        assert browsers(login).get(path).status_code == 403, path


def test_blinded_readers_are_not_told_that_the_pages_exist(browsers):
    assert browsers("reader").get("/accounts").status_code == 404


def test_the_table_of_roles_shows_exactly_what_the_program_obeys(browsers):
    shown = browsers("admin").get("/accounts/roles").text
    rows = dict(re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', shown, flags=re.DOTALL))
    assert set(ACTION_WORDS) == set(Action)
    for action, words in ACTION_WORDS.items():
        assert re.findall(r">(yes|no)<", rows[words]) == ["yes" if action in MAY[role] else "no" for role in Role]


@pytest.mark.parametrize("path", ["/accounts", "/accounts/manager", "/accounts/roles", "/account"])
def test_a_japanese_page_of_accounts_says_no_sentence_in_english(browsers, path):
    shown = browsers("admin").get(f"{path}?lang=ja").text
    browsers("admin").cookies.delete("casebook_language")
    visible = re.sub(r"<title>.*?</title>|<option.*?</option>|<[^>]+>", "\n", shown, flags=re.DOTALL)
    assert re.findall(r"\b[A-Za-z]{3,}(?: [a-z]{2,}){2,}", visible) == []


def test_the_number_of_queries_of_the_list_does_not_grow_with_the_people(browsers, registry):
    from sqlalchemy import event

    def counted() -> int:
        statements = []
        listen = lambda *arguments: statements.append(arguments[2])  # noqa: E731
        event.listen(registry.engine, "before_cursor_execute", listen)
        browsers("admin").get("/accounts")
        event.remove(registry.engine, "before_cursor_execute", listen)
        return len(statements)

    counted()
    before = counted()
    with registry.transaction(actor="machine", reason="a test") as session:
        for number in range(20):
            add_account(
                session, hospital.MACHINE, login=f"many-{number}", display_name="Many", password=hospital.PASSWORD
            )
    assert counted() == before
