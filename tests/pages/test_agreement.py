"""The page of agreement: estimates with their intervals drawn and cross-tables; nothing of it for blinded people."""

import re

import pytest

from casebook.store import images
from tests.actions import central_builders as build
from tests.pages import hospital
from tests.pages.reading import row, section, words

FIRST = {"L1": "nnnnn", "L2": "vnnnv", "L3": "vvvvv", "L4": "nxnnn"}
SECOND = {"L1": "nnnnn", "L2": "vvvvv", "L3": "nnnnn", "L4": "nnnnn"}
SEES = {"manager", "kanri", "statistician", "monitor"}
PEOPLE = [person for person in hospital.PEOPLE if person.login != "forgetful"]
"""Without the one who has to change a password first."""


@pytest.fixture(scope="module")
def cases(registry):
    """Three patients whom two readers read, the first of them once more by one of them."""
    with registry.transaction(actor="machine", reason="a test") as session:
        readers = [build.a_person(session, login) for login in ("a-one", "a-two")]
        for number in range(3):
            subject = build.a_case(session, lesions=FIRST)
            timepoint_id = images.ensure_timepoint(session, subject.id, "preoperative")
            said = FIRST if number else SECOND
            for reader, place, what in zip(readers, ("first", "second"), (FIRST, said), strict=True):
                given = build.an_assignment(session, subject, reader, place)
                given.closes_on = build.NOW.date()
                build.a_read(session, subject, timepoint_id, reader, what, assignment=given)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.login)
def test_agreement_is_for_the_data_centre_statisticians_and_monitors(browsers, cases, person):
    status = 200 if person.login in SEES else 404 if person.role.is_blinded else 403
    assert browsers(person.login).get("/agreement").status_code == status


def test_the_page_shows_each_coefficient_and_the_cross_table_behind_it(browsers, cases):
    shown = section(browsers("statistician").get("/agreement").text, "Two readers of a case")
    assert row(shown, "cDLM").startswith("cDLM 3 12 83.3 %")
    assert re.search(r'aria-label="Raw 83.3 %, κ 0\.\d\d, AC1 0\.\d\d"', shown)
    assert "undetermined" in words(shown)


def test_readers_who_never_read_twice_are_said_to_have_no_pair(browsers, cases):
    shown = section(browsers("statistician").get("/agreement").text, "The same reader, twice")
    assert "No case has been signed twice yet." in words(shown)


def test_the_seed_of_the_intervals_is_stated(browsers, cases):
    assert "seed 1527" in words(browsers("monitor").get("/agreement").text)


def test_the_page_speaks_japanese_and_leads_to_the_baseline(browsers, cases):
    kanri = browsers("kanri")
    assert "読影の一致度" in words(kanri.get("/agreement").text)
    assert "2回署名された症例はまだありません" in words(kanri.get("/agreement?timepoint=baseline").text)
    assert kanri.get("/agreement?timepoint=month-3").status_code == 404


def test_the_endpoint_leads_to_it_for_who_may_see_it(browsers, cases):
    assert 'href="/agreement"' in browsers("statistician").get("/endpoint").text
    assert 'href="/agreement"' not in browsers("coordinator").get("/endpoint").text
