"""Signing in with the institution's own service: there and back, and everything that must not get in."""

import dataclasses
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr, ValidationError
from sqlalchemy import select

from casebook.settings import Settings
from casebook.store.tables import Account, LoginSession
from services.api.pages.sign_on import COOKIE
from tests.api.office import PASSWORD, desks, furnish
from tests.api.openid_provider import CLIENT_ID, CLIENT_SECRET, serving

BEGIN, BACK = "/login/openid", "/login/openid/callback"
PERSON = {"sub": "p-1", "email": "M.Sato@hospital.example", "email_verified": True}
WITH_PAGE = {"accept": "text/html"}


@pytest.fixture
def provider():
    with serving() as running:
        yield running


@pytest.fixture
def office(installation, provider):
    """Browsers on an installation that signs in with the service; the manager is linked to its person p-1."""
    furnish(installation.database)
    settings = installation.settings.model_copy(
        update={
            "oidc_issuer": provider.address,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": SecretStr(CLIENT_SECRET),
            "oidc_name": "Hospital ID",
        }
    )
    with desks(dataclasses.replace(installation, settings=settings)) as new:
        new.database = installation.database
        assert link(new("admin"), "manager", "p-1").status_code == 204
        yield new


def link(admin, login, subject):
    return admin.put(f"/api/v1/accounts/{login}/subject", json={"subject": subject})


def there(browser, path=BEGIN):
    """Go to the service as a browser does, and return the address it sends the browser back to."""
    begun = browser.get(path)
    assert begun.status_code == 303, begun.text
    return httpx.get(begun.headers["location"]).headers["location"]


def there_and_back(browser, path=BEGIN):
    return browser.get(there(browser, path), headers=WITH_PAGE)


def is_out(browser) -> bool:
    return browser.get("/api/v1/session").status_code == 401


def sessions(office) -> int:
    with office.database.session() as session:
        return len(session.scalars(select(LoginSession).join(Account).where(Account.login == "manager")).all())


def test_a_linked_person_signs_in_and_goes_on_to_the_asked_page(office):
    browser = office()
    answer = there_and_back(browser, f"{BEGIN}?next=/patients%3Fsite%3DJP-03")
    assert (answer.status_code, answer.headers["location"]) == (303, "/patients?site=JP-03")
    shown = browser.get("/api/v1/session").json()
    assert (shown["login"], shown["roles"]) == ("manager", ["data-manager"])
    assert COOKIE not in browser.cookies


def test_the_session_is_one_of_ours_with_the_same_ends(office):
    browser = office()
    there_and_back(browser)
    with office.database.session() as session:
        found = session.scalars(select(LoginSession).join(Account).where(Account.login == "manager")).one()
    assert (found.ends_at - found.created_at).total_seconds() == 10 * 3600


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_the_way_on_never_leads_elsewhere(office, onward):
    assert there_and_back(office(), f"{BEGIN}?next={onward}").headers["location"] == "/"


def test_the_request_carries_state_nonce_and_a_hashed_verifier(office):
    browser = office()
    begun = browser.get(BEGIN)
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    assert asked["scope"] == ["openid email"]
    assert {"state", "nonce", "code_challenge", "redirect_uri"} <= asked.keys()
    cookie = begun.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=600" in cookie
    assert asked["nonce"][0] not in begun.headers["set-cookie"]
    assert browser.get(BEGIN).headers["location"] != begun.headers["location"]


NOT_TO_BE_BELIEVED = (
    {"nonce": "another"},
    {"nonce": None},
    {"iss": "https://elsewhere.example"},
    {"aud": "another-client"},
    {"aud": [CLIENT_ID, "another"], "azp": "another"},
    {"aud": [CLIENT_ID, "another"]},
    {"azp": "another"},
    {"exp": 1_700_000_000},
    {"exp": None},
    {"iat": 4_000_000_000},
    {"sub": None},
    {"sub": ""},
)


def test_a_token_for_somebody_else_elsewhere_or_another_time_opens_nothing(office, provider):
    browser = office()
    for n_before, claims in enumerate(NOT_TO_BE_BELIEVED):
        provider.claims = claims
        answer = there_and_back(browser)
        assert answer.status_code == 401, claims
        assert "can be believed" in answer.text
        assert provider.n_traded == n_before + 1
        assert is_out(browser)


def test_a_token_signed_with_another_key_opens_nothing(office, provider):
    provider.other_key = RSAKey.generate_key(2048)
    browser = office()
    assert there_and_back(browser).status_code == 401
    assert is_out(browser)


def test_a_token_signed_with_the_shared_secret_opens_nothing(office, provider):
    provider.other_key, provider.algorithm = OctKey.import_key(CLIENT_SECRET.encode() * 2), "HS256"
    browser = office()
    assert there_and_back(browser).status_code == 401
    assert is_out(browser)


def test_a_used_sign_in_is_not_used_again(office):
    browser = office()
    back = there(browser)
    kept = browser.cookies[COOKIE]
    assert browser.get(back).status_code == 303
    assert browser.get(back, headers=WITH_PAGE).status_code == 401
    thief = office()
    thief.cookies.set(COOKIE, kept, path=BEGIN)
    assert thief.get(back, headers=WITH_PAGE).status_code == 401
    assert is_out(thief)
    assert sessions(office) == 1


def test_somebody_elses_way_back_signs_nobody_in(office, provider):
    victim, attacker = office(), office()
    back = there(attacker)
    assert victim.get(back, headers=WITH_PAGE).status_code == 401
    there(victim)
    assert victim.get(back, headers=WITH_PAGE).status_code == 401
    assert is_out(victim)
    assert provider.n_traded == 0


def test_a_sign_in_that_took_too_long_begins_again(office, monkeypatch):
    browser = office()
    back = there(browser)
    later = time.time() + 601
    monkeypatch.setattr("services.api.openid.time.time", lambda: later)
    answer = browser.get(back, headers=WITH_PAGE)
    assert answer.status_code == 401
    assert "Begin again" in answer.text


@pytest.mark.parametrize("cookie", ["", "x", "a.b.c.d.e", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0....."])
def test_a_cookie_that_is_not_ours_is_none(office, cookie):
    browser = office()
    browser.cookies.set(COOKIE, cookie, path=BEGIN)
    assert browser.get(f"{BACK}?code=x&state=y", headers=WITH_PAGE).status_code == 401


def test_who_declines_at_the_service_is_told_so(office):
    browser = office()
    state = parse_qs(urlsplit(there(browser)).query)["state"][0]
    answer = browser.get(f"{BACK}?error=access_denied&state={state}", headers=WITH_PAGE)
    assert answer.status_code == 401
    assert "ended the sign-in" in answer.text


def test_an_unknown_person_is_refused_and_no_account_is_made(office, provider):
    provider.person = {"sub": "p-2", "email": "manager", "email_verified": True, "preferred_username": "manager"}
    browser = office()
    answer = there_and_back(browser)
    assert answer.status_code == 403
    assert "accounts are never made by signing in" in answer.text
    assert is_out(browser)
    with office.database.session() as session:
        assert len(session.scalars(select(Account)).all()) == 4


def test_a_disabled_and_a_locked_person_are_refused(office):
    admin = office("admin")
    for _ in range(5):
        office().post("/api/v1/session", json={"login": "manager", "password": "wrong"})
    assert there_and_back(office()).status_code == 403
    admin.post("/api/v1/accounts/manager/unlock")
    assert there_and_back(office()).status_code == 303
    admin.post("/api/v1/accounts/manager/disable", json={"reason": "left"})
    assert there_and_back(office()).status_code == 403


def test_a_verified_address_that_an_administrator_noted_links_the_account_once(office, provider):
    admin = office("admin")
    assert link(admin, "reader", "m.sato@Hospital.example").status_code == 204
    provider.person = {**PERSON, "sub": "p-9", "email_verified": False}
    assert there_and_back(office()).status_code == 403
    provider.person = {**PERSON, "sub": "p-9"}
    assert there_and_back(office()).status_code == 303
    assert admin.get("/api/v1/accounts/reader").json()["subject"] == f"{provider.address} p-9"
    provider.person = {**PERSON, "sub": "p-10"}
    assert there_and_back(office()).status_code == 403
    events = admin.get("/api/v1/accounts/reader/history").json()["events"]
    assert (events[0]["actor"], events[0]["new"]) == ("reader", {"oidc_subject": f"{provider.address} p-9"})


def test_one_person_is_linked_to_one_account(office):
    assert link(office("admin"), "reader", "p-1").status_code == 409


def test_taking_the_link_away_ends_sessions_and_keeps_the_person_out(office):
    browser, admin = office(), office("admin")
    there_and_back(browser)
    assert link(admin, "manager", None).status_code == 204
    assert is_out(browser)
    assert there_and_back(office()).status_code == 403


def test_a_linked_account_does_not_sign_in_with_its_password(office):
    answer = office().post("/api/v1/session", json={"login": "manager", "password": PASSWORD})
    assert answer.status_code == 401
    assert "institution's own service" in answer.json()["detail"]
    page = office().post("/login", data={"login": "manager", "password": PASSWORD})
    assert page.status_code == 401
    assert "Hospital ID" in page.text
    assert office("reader").get("/api/v1/session").status_code == 200


def test_who_signs_in_elsewhere_sets_a_first_password_for_signatures_soon_after(office):
    with office.database.transaction(actor="tester") as session:
        session.scalars(select(Account).where(Account.login == "manager")).one().password_hash = None
    browser = office()
    there_and_back(browser)
    browser.headers["X-CSRF-Token"] = browser.get("/api/v1/session").json()["csrf_token"]
    new = {"new": "a password for signatures"}
    with office.database.transaction(actor="tester") as session:
        opened = session.scalars(select(LoginSession).join(Account).where(Account.login == "manager")).one()
        begun, opened.created_at = opened.created_at, opened.created_at.replace(year=opened.created_at.year - 1)
    assert browser.put("/api/v1/account/password", json=new).status_code == 409
    with office.database.transaction(actor="tester") as session:
        session.scalars(select(LoginSession).join(Account).where(Account.login == "manager")).one().created_at = begun
    assert browser.put("/api/v1/account/password", json=new).status_code == 204
    assert browser.put("/api/v1/account/password", json={"new": "yet another password"}).status_code == 403


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_service_that_is_down_is_said_to_be_down(office, provider, language):
    browser = office()
    back = there(browser)
    provider.is_down = True
    for address in (back, BEGIN):
        answer = browser.get(address, headers={**WITH_PAGE, "accept-language": language})
        assert answer.status_code == 503
        assert {"en": "does not answer", "ja": "応答しません"}[language] in answer.text


def test_a_service_that_is_gone_or_calls_itself_something_else_is_said_to_be_down(office, provider):
    provider.issuer = "https://elsewhere.example"
    assert office().get(BEGIN).status_code == 503
    provider.address = "http://127.0.0.1:9"
    provider.issuer = None
    assert office().get(BEGIN).status_code == 503


def test_the_sign_in_page_offers_both_ways_and_keeps_the_way_on(office):
    shown = office().get("/login?next=/patients").text
    assert 'href="/login/openid?next=/patients"' in shown
    assert "Sign in with Hospital ID" in shown
    assert 'name="password"' in shown


def test_where_no_service_is_set_up_there_is_no_such_page_and_nothing_of_it_is_loaded(installation):
    with desks(installation) as new:
        assert new().get(BEGIN).status_code == 404
        assert "openid" not in new().get("/login").text
    program = (
        "import sys; from tests.api.routes import unconnected; unconnected(); "
        "print([name for name in ('joserfc', 'httpx', 'services.api.openid') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert said.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "named",
    [
        {"oidc_issuer": "https://id.example"},
        {"oidc_issuer": "http://id.example", "oidc_client_id": "x", "oidc_client_secret": "y"},
        {"oidc_issuer": "https://id.example?x", "oidc_client_id": "x", "oidc_client_secret": "y"},
        {"idle_minutes": 14},
        {"idle_minutes": 31},
        {"session_hours": 13},
    ],
    ids=str,
)
def test_settings_that_are_half_or_too_loose_are_refused(named):
    with pytest.raises(ValidationError):
        Settings(_env_file=None, **named)
