"""An adjudicator settles a case by API, and readers never learn that there is anything to settle."""

import pytest
from sqlalchemy import select

from casebook.store import assignments
from casebook.store.tables import Account, Reading, Subject
from services.command.demo import PASSWORD
from services.command.demonstration.people import ADJUDICATOR, READERS
from tests.api.adjudicating import CASE, DISPUTED, differ
from tests.api.conftest import Browser

LIST = "/api/v1/adjudications"
UNBLINDING = ("login", "reader", "place", "first", "second", "signed_at", "site", "subject", "swapped", "meaning")
"""What no name of the answer to an adjudicator may contain."""


@pytest.fixture
def one(sample) -> str:
    """The address of an adjudication."""
    return f"{LIST}/{differ(sample)}"


def at(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def choose(adjudicator: Browser, one: str, choice: str, version: int, label: str = DISPUTED):
    body = {"choice": choice, "comment": "seen late"}
    return adjudicator.put(f"{one}/choices/{label}", json=body, headers=at(version))


def decide(adjudicator: Browser, one: str, version: int, password: str = PASSWORD):
    return adjudicator.post(f"{one}/decide", json={"password": password, "meaning": "decided"}, headers=at(version))


def names_in(told) -> set[str]:
    if isinstance(told, dict):
        return set(told).union(*map(names_in, told.values()))
    return set().union(*map(names_in, told)) if isinstance(told, list) else set()


def test_a_case_is_settled_from_the_list_to_the_signature(browser, one):
    adjudicator = browser(ADJUDICATOR.login)
    row = next(row for row in adjudicator.get(LIST).json()["adjudications"] if one.endswith(row["id"]))
    assert (row["state"], row["n_disputed"], row["n_chosen"]) == ("open", 1, 0)
    assert adjudicator.get(f"/api/v1/cases/{row['case_id']}/{row['timepoint']}").status_code == 200

    shown = adjudicator.get(one)
    told = shown.json()
    assert shown.headers["ETag"] == f'"{told["version"]}"'
    (disputed,) = told["disputed"]
    assert disputed["label"] == DISPUTED
    assert {disputed["left"], disputed["right"]} == {"yes", "no"}
    assert len(told["left"]["findings"]) == len(told["right"]["findings"])

    chosen = choose(adjudicator, one, "left", told["version"]).json()
    assert chosen["disputed"][0]["chosen"] == {"choice": "left", "third": None, "comment": "seen late"}
    wrong = decide(adjudicator, one, chosen["version"], password="not this")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong-password")
    decided = decide(adjudicator, one, chosen["version"])
    assert (decided.status_code, decided.json()["state"]) == (200, "decided")
    again = decide(adjudicator, one, decided.json()["version"])
    assert again.status_code == 409


def test_an_older_version_is_refused_with_412_and_an_open_choice_with_409(browser, one):
    adjudicator = browser(ADJUDICATOR.login)
    version = adjudicator.get(one).json()["version"]
    assert choose(adjudicator, one, "left", version + 5).status_code == 412
    assert decide(adjudicator, one, version).status_code == 409
    assert choose(adjudicator, one, "third", version).status_code == 409
    assert choose(adjudicator, one, "left", version, label="L1").status_code == 404
    assert choose(adjudicator, one, "both", version).status_code == 422


def test_an_adjudicator_is_told_neither_who_read_nor_where_nor_when(browser, one):
    adjudicator = browser(ADJUDICATOR.login)
    shown = adjudicator.get(one)
    told = names_in(shown.json())
    assert {name for name in told for word in UNBLINDING if word in name} == set()
    for word in (CASE, *READERS, "BE-02"):
        assert word not in shown.text


def test_another_adjudicator_and_a_reader_are_told_nothing(browser, one):
    reader = browser(READERS[0])
    assert reader.get(one).status_code == 403
    assert reader.get(LIST).status_code == 403
    manager = browser("manager")
    assert manager.get(one).status_code == 403


def test_nothing_that_a_reader_sees_changes_when_an_adjudication_is_opened_or_decided(browser, sample):
    with sample.database.session() as session:
        subject = session.scalars(select(Subject).where(Subject.number == CASE)).one()
        given = assignments.of_subject(session, subject.id)[0]
        login = session.get_one(Account, given.account_id).login
    reader = browser(login)
    address = f"{LIST}/{differ(sample)}"
    seen = [everything(reader, str(given.id))]
    adjudicator = browser(ADJUDICATOR.login)
    chosen = choose(adjudicator, address, "left", adjudicator.get(address).json()["version"])
    assert decide(adjudicator, address, chosen.json()["version"]).status_code == 200
    seen.append(everything(reader, str(given.id)))
    assert seen[0] == seen[1]
    with sample.database.session() as session:
        assert session.scalars(select(Reading).where(Reading.kind == "adjudication")).one().accepted


def everything(reader: Browser, case_id: str) -> list[tuple[int, str, str | None]]:
    """What a reader is answered wherever a case of theirs shows, with the tags of the answers."""
    paths = ["/api/v1/cases", f"/api/v1/cases/{case_id}/preoperative", f"/api/v1/cases/{case_id}/baseline"]
    answers = [reader.get(path) for path in (*paths, LIST, "/dicomweb/studies", "/viewer/", "/")]
    return [(answer.status_code, answer.text, answer.headers.get("ETag")) for answer in answers]


def test_who_is_not_blinded_sees_who_read_what_differed_and_what_was_chosen(browser, sample, one):
    manager, adjudicator = browser("manager"), browser(ADJUDICATOR.login)
    with sample.database.session() as session:
        subject_id = session.scalars(select(Subject.id).where(Subject.number == CASE)).one()
    address = f"/api/v1/subjects/{subject_id}/central-reads"
    before = manager.get(address).json()
    assert [read["place"] for read in before["reads"]] == ["first", "second"]
    assert before["accepted"] is None
    assert before["adjudication"]["adjudicator"] == ADJUDICATOR.name
    (dispute,) = before["adjudication"]["disputes"]
    assert (dispute["first"], dispute["second"], dispute["chosen"]) == ("yes", "no", None)

    chosen = choose(adjudicator, one, "left", adjudicator.get(one).json()["version"]).json()
    assert manager.get(address).json() == before, "a choice is nobody's business before it is signed"
    decide(adjudicator, one, chosen["version"])
    after = manager.get(address).json()
    assert after["accepted"] == "adjudication"
    assert after["adjudication"]["disputes"][0]["chosen"] in {"first", "second"}
    assert after["adjudication"]["disputes"][0]["comment"] == "seen late"
    assert browser("coordinator").get(address).status_code == 403
