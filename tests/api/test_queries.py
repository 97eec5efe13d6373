"""Queries by the API: asked in one batch, answered by the site, closed in one batch; filters, versions, CSV."""

import csv
import io
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from casebook.actions.accounts import add_account
from casebook.actions.grants import grant_role
from casebook.domain.actors import Role
from services.command.demo import PASSWORD, STUDY
from services.command.machine import operator

PATH = "/api/v1/queries"
PEOPLE = (("answers", Role.SITE_COORDINATOR), ("looks-on", Role.STATISTICIAN), ("reads", Role.CENTRAL_READER))


@pytest.fixture
def number(sample):
    """The number of a patient at whose site somebody answers, in an installation where somebody only looks on."""
    actor, now = operator(STUDY), datetime.now(UTC)
    with sample.database.transaction(actor="test") as session:
        found = session.scalar(text("select min(number) from subject"))
        for login, role in PEOPLE:
            add_account(session, actor, login=login, display_name=login.title(), password=PASSWORD)
            session.flush()
            site = found[:5] if role.is_site_role else None
            grant_role(session, actor, login=login, role=role, study_code=STUDY, site_code=site, now=now)
    return found


def asked(manager, number, *words, **about):
    body = {"questions": [{"subject": number, "question": one, **about} for one in words]}
    answer = manager.post(PATH, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["queries"]


def said(client, query, act, words="", *, version=None):
    headers = {"If-Match": f'"{version or query["version"]}"'}
    return client.post(f"{PATH}/{query['number']}/{act}", json={"said": words}, headers=headers)


def test_queries_go_out_in_one_batch_are_answered_and_closed_in_one_batch(browser, number):
    manager, site = browser("manager"), browser("answers")
    first, second = asked(manager, number, "Which day?", "Which scanner?", form="surgery")
    assert (first["state"], first["kind"], first["site"], first["acts"]) == (
        "open",
        "manual",
        number[:5],
        ["comment", "close", "cancel"],
    )
    answered = [said(site, one, "answer", "As recorded.").json()["query"] for one in (first, second)]
    assert {one["state"] for one in answered} == {"answered"}
    versions = {str(one["number"]): one["version"] for one in answered} | {str(first["number"]): 77}
    found = manager.post(f"{PATH}/acts/close", json={"versions": versions}).json()
    assert found["done"] == [second["number"]]
    assert [one["number"] for one in found["hindered"]] == [first["number"]]
    thread = manager.get(f"{PATH}/{second['number']}").json()["thread"]
    assert [(one["act"], one["name"]) for one in thread] == [
        ("ask", "M. Sato"),
        ("answer", "Answers"),
        ("close", "M. Sato"),
    ]


def test_a_batch_with_one_faulty_question_asks_nothing(browser, number):
    manager = browser("manager")
    good, bad = {"subject": number, "question": "One?"}, {"subject": number, "question": "Two?", "form": "none"}
    refused = manager.post(PATH, json={"questions": [good, bad]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "form")
    assert manager.get(PATH, params={"search": "One?"}).json()["n_total"] == 0


def test_an_act_names_the_version_that_was_read(browser, number):
    manager, site = browser("manager"), browser("answers")
    [query] = asked(manager, number, "Which day?")
    assert site.post(f"{PATH}/{query['number']}/answer", json={"said": "The 2nd."}).status_code == 409
    assert said(site, query, "answer", "The 2nd.", version=9).status_code == 412
    assert said(site, query, "answer", "").status_code == 422
    assert said(site, query, "answer", "The 2nd.").status_code == 200
    again = said(site, query, "answer", "The 3rd.", version=2)
    assert (again.status_code, again.json()["code"]) == (409, "query-state")


def test_a_list_is_filtered_and_counted(browser, number):
    manager = browser("manager")
    [about_form] = asked(manager, number, "Which day of surgery?", form="surgery", field="operated_on")
    [about_images] = asked(manager, number, "Which scanner?", timepoint="baseline")
    said(manager, about_images, "cancel", "asked twice")

    def numbers(**asked_for):
        found = manager.get(PATH, params={"subject": number, "kind": "manual"} | asked_for)
        assert found.status_code == 200, found.text
        return [one["number"] for one in found.json()["queries"]]

    assert numbers() == [about_form["number"]]
    assert numbers(state="all") == [about_form["number"], about_images["number"]]
    assert numbers(state="cancelled") == [about_images["number"]]
    assert numbers(form="surgery", state="all") == [about_form["number"]]
    assert numbers(timepoint="baseline", state="all") == [about_images["number"]]
    assert numbers(search="day of surgery") == [about_form["number"]]
    assert numbers(state="overdue") == []
    counts = manager.get(PATH, params={"subject": number, "kind": "manual"}).json()["n_by_state"]
    assert counts == {"open": 1, "cancelled": 1}
    assert manager.get(PATH, params={"state": "late"}).status_code == 422
    assert manager.get(PATH, params={"page": "-1"}).status_code == 422


def test_the_csv_holds_no_formula_and_says_its_headings_in_either_language(browser, number):
    manager = browser("manager")
    asked(manager, number, "=1+1 is no question")
    answer = manager.get(f"{PATH}/export.csv", params={"subject": number, "kind": "manual", "language": "ja"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    head, row = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (head[0], head[5]) == ("クエリ番号", "照会内容")
    assert (row[2], row[5]) == (number, "'=1+1 is no question")


def test_who_only_looks_on_neither_asks_nor_comments(browser, number):
    [query] = asked(browser("manager"), number, "Which day?")
    onlooker = browser("looks-on")
    assert onlooker.get(f"{PATH}/{query['number']}").json()["query"]["acts"] == []
    assert said(onlooker, query, "comment", "A word.").status_code == 403
    assert onlooker.post(PATH, json={"questions": [{"subject": number, "question": "Why?"}]}).status_code == 403


def test_a_blinded_reader_learns_nothing_of_queries(browser, number):
    [query] = asked(browser("manager"), number, "Which day?")
    reader = browser("reads")
    for path in (PATH, f"{PATH}/{query['number']}", f"{PATH}/export.csv"):
        answer = reader.get(path)
        assert answer.status_code == 403
        assert number not in answer.text
