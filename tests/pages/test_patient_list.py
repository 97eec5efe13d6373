"""The patients' table."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event

from casebook.actions.patients import Wanted, list_patients
from casebook.domain.actors import Actor, Grant, Role
from tests.pages import hospital

HERE, ELSEWHERE = f"{hospital.SITE}-0001", f"{hospital.OTHER_SITE}-0001"
MANAGER = Actor("manager", "M", (Grant(Role.DATA_MANAGER, hospital.STUDY),))


@pytest.mark.parametrize(
    ("login", "sees"),
    [
        ("manager", {HERE, ELSEWHERE}),
        ("monitor", {HERE, ELSEWHERE}),
        ("statistician", {HERE, ELSEWHERE}),
        ("coordinator", {HERE}),
        ("radiologist", {HERE}),
        ("elsewhere", {ELSEWHERE}),
    ],
)
def test_each_role_sees_the_patients_of_its_sites_only(browsers, login, sees):
    shown = browsers(login).get("/patients")
    assert shown.status_code == 200
    assert {number for number in (HERE, ELSEWHERE) if number in shown.text} == sees


@pytest.mark.parametrize("login", ["reader", "adjudicator"])
def test_blinded_roles_do_not_know_of_the_table(browsers, login):
    answer = browsers(login).get("/patients")
    assert answer.status_code == 404
    assert "JP-06" not in answer.text


def test_an_administrator_may_not_open_it(browsers):
    assert browsers("admin").get("/patients").status_code == 403


def test_the_line_says_what_is_there_and_what_to_do_next(browsers):
    shown = browsers("manager").get("/patients?search=JP-06").text
    row = re.search(rf"<tr>\s*<th[^>]*><a[^>]*>{HERE}.*?</tr>", shown, re.DOTALL)[0]
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row))
    assert "Chiba Cancer Center Prospective" in said
    assert str(hospital.REGISTERED_ON) in said
    assert "10/10 1 held 9/10 1 held 0/5" in said
    assert "5 2 2 1" in said
    assert "ADC missing" in said


def test_who_may_not_see_outcomes_sees_no_cdlm_counts(browsers):
    assert "cDLM" in browsers("manager").get("/patients").text
    assert "cDLM" not in browsers("radiologist").get("/patients").text


@pytest.mark.parametrize(
    ("query", "sees"),
    [
        ("site=JP-06", {HERE}),
        ("site=BE-02", {ELSEWHERE}),
        ("search=leuven", {ELSEWHERE}),
        ("search=千葉", {HERE}),
        ("search=0001", {HERE, ELSEWHERE}),
        ("search=%25", set()),
        ("page=2", set()),
    ],
)
def test_site_and_search_narrow_the_table(browsers, query, sees):
    shown = browsers("manager").get(f"/patients?{query}").text
    assert {number for number in (HERE, ELSEWHERE) if f"/patients/{number}" in shown} == sees


def test_the_number_of_queries_does_not_grow_with_the_patients(session):
    hospital.open_registry(session)
    counts = []
    for n in (1, 4):
        for _ in range(n):
            hospital.a_patient(session)
        session.flush()
        counts.append(_queries(session))
    assert counts[0] == counts[1]


def _queries(session) -> int:
    sent: list[str] = []
    connection = session.connection()

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    list_patients(session, MANAGER, today=hospital.TODAY + timedelta(days=1), wanted=Wanted())
    event.remove(connection, "before_cursor_execute", note)
    return len(sent)
