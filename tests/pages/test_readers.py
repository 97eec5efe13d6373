"""The pages of central readers: training, load, the cases given to them; for the data centre alone."""

import re

import pytest
from sqlalchemy import select

from casebook.store.tables import Reader
from tests.actions import central_builders as build
from tests.pages import hospital
from tests.pages.reading import row, words

DATA_CENTRE = {"manager", "kanri"}
PEOPLE = [person for person in hospital.PEOPLE if person.login != "forgetful"]
"""Without the one who has to change a password first."""


def token(browser) -> str:
    return re.search(r'name="csrf_token" value="([^"]*)"', browser.get("/account").text)[1]


def post(browser, path, **sent):
    return browser.post(f"/readers{path}", data={"csrf_token": token(browser), **sent})


@pytest.fixture(scope="module")
def case(registry):
    """A patient ready to be read, with two trained readers, no others, and one who waits for training."""
    with registry.transaction(actor="machine", reason="a test") as session:
        for other in session.scalars(select(Reader)):
            other.trained_on = None
        for login in ("r-one", "r-two", "r-three"):
            build.a_person(session, login, trained_on=build.LONG_AGO if login != "r-three" else None)
        return build.a_ready_case(session, site=hospital.SITE).number


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.login)
def test_readers_and_their_cases_are_for_the_data_centre_alone(browsers, case, person):
    browser = browsers(person.login)
    status = 200 if person.login in DATA_CENTRE else 404 if person.role.is_blinded else 403
    for path in ("/readers", "/readers/r-one"):
        answer = browser.get(path)
        assert answer.status_code == status
        assert (case in answer.text) == (status == 200)


def test_the_list_shows_training_home_and_load(browsers, case):
    shown = browsers("manager").get("/readers").text
    assert "reading course" in row(shown, "R-One")
    assert "no training record" in row(shown, "R-Three")
    assert row(shown, case)


def test_training_is_recorded_and_a_change_of_it_needs_a_reason(browsers, case):
    manager = browsers("manager")
    sent = {"home_site": "BE-02", "trained_on": "2026-01-05", "training": "course of January", "version": "1"}
    answer = post(manager, "/r-three", **sent)
    assert answer.status_code == 303
    shown = manager.get("/readers/r-three").text
    assert 'value="2026-01-05"' in shown
    refused = post(manager, "/r-three", **{**sent, "version": "2", "training": "course of March"})
    assert refused.status_code == 409
    assert "Say why" in words(refused.text)
    assert 'value="course of March"' in refused.text
    stale = post(manager, "/r-three", **{**sent, "version": "1", "change_reason": "?"})
    assert stale.status_code == 412
    wrong = post(manager, "/r-three", **{**sent, "version": "2", "trained_on": "soon", "change_reason": "?"})
    assert wrong.status_code == 422


def test_a_case_is_taken_back_with_a_reason_and_given_to_another(browsers, case):
    manager = browsers("manager")
    path = re.search(r'href="(/readers/assignments/[^"]*)"', manager.get(f"/readers?search={case}").text)[1]
    refused = post(manager, path.removeprefix("/readers"), act="replace", change_reason=" ")
    assert refused.status_code == 409
    assert "Say why" in words(refused.text)
    answer = post(manager, path.removeprefix("/readers"), act="replace", change_reason="on leave")
    assert answer.status_code == 303
    shown = manager.get(answer.headers["location"]).text
    assert "on leave" in shown
    assert words(shown).count("R-Three") >= 1


def test_a_case_that_too_few_may_read_stands_with_its_reason_in_both_languages(browsers, case, registry):
    with registry.transaction(actor="machine", reason="a test") as session:
        for reader in session.scalars(select(Reader)):
            reader.trained_on = reader.home_site_id = None
        build.a_person(session, "r-home", home=build.OTHER_SITE)
        number = build.a_ready_case(session, site=build.OTHER_SITE).number
    said = words(browsers("manager").get("/readers").text)
    assert f"{number} The case needs 2 readers" in said
    assert "1 of the case's own site" in said
    assert "研修記録なし" in words(browsers("kanri").get("/readers").text)
    answer = post(browsers("manager"), "/draw")
    assert answer.status_code == 303
    assert number in words(browsers("manager").get(answer.headers["location"]).text)


def test_the_work_of_the_data_centre_leads_to_its_readers(browsers):
    assert 'href="/readers"' in browsers("manager").get("/work").text
    assert 'href="/readers"' not in browsers("statistician").get("/work").text


def test_unknown_readers_and_assignments_are_not_found(browsers):
    manager = browsers("manager")
    assert manager.get("/readers/nobody").status_code == 404
    assert manager.get("/readers/assignments/nothing").status_code == 404
    assert manager.get("/readers?study=OTHER").status_code == 404
