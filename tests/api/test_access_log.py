"""Who looked at images and unblinding data, took files away and signed in is kept; nothing of it names a person."""

import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from casebook.actions.access_log import note_images
from services.command.demo import PASSWORD


@pytest.fixture
def logged(sample):
    """Read the access log."""

    def read(kind: str | None = None):
        with sample.database.engine.connect() as connection:
            rows = connection.execute(
                text("""select e.actor, e.kind, e.target, s.number from access_event e
                        left join subject s on s.id = e.subject_id order by e.id""")
            ).all()
        return [tuple(row) for row in rows if kind in {None, row.kind}]

    return read


GIVEN = "BE-02-0001"
"""The sample patient that both readers were given."""


def a_case(browser, timepoint="baseline"):
    rows = browser.get("/api/v1/cases").json()["cases"]
    row = next(row for row in rows if row["timepoint"] == timepoint)
    return row, browser.get(f"/api/v1/cases/{row['case_id']}/{timepoint}").json()


def test_opening_a_case_and_its_images_is_kept_once_a_series(browser, logged):
    reader = browser("reader")
    row, case = a_case(reader)
    series = case["series"][0]
    path = f"/dicomweb/studies/{series['study_uid']}/series/{series['series_uid']}"
    for _ in range(3):
        instances = reader.get(f"{path}/metadata").json()
        sop = instances[0]["00080018"]["Value"][0]
        assert reader.get(f"{path}/instances/{sop}/frames/1").status_code == 200
    assert [target for _, _, target, _ in logged("images")] == [series["series_uid"]]
    assert [(actor, number) for actor, _, _, number in logged("images")] == [("reader", GIVEN)]
    assert logged("case") == [("reader", "case", row["timepoint"], GIVEN)]


def test_images_that_are_not_there_leave_nothing(browser, logged):
    reader = browser("reader")
    assert reader.get("/dicomweb/studies/2.25.1/series/2.25.2/metadata").status_code == 404
    assert logged("images") == []


def test_signing_in_failing_and_signing_out_are_kept_each_time(browser, logged):
    reader = browser("reader")
    reader.post("/api/v1/session", json={"login": "reader", "password": "a wrong password"})
    reader.post("/api/v1/session", json={"login": "my password, typed in the wrong place", "password": PASSWORD})
    reader.delete("/api/v1/session")
    kinds = [(actor, kind) for actor, kind, _, _ in logged() if kind.startswith("sign-")]
    assert kinds == [
        ("reader", "sign-in"),
        ("reader", "sign-in-refused"),
        ("nobody", "sign-in-refused"),
        ("reader", "sign-out"),
    ]
    assert "typed in the wrong place" not in repr(logged())


def test_opening_unblinding_data_is_kept(browser, logged):
    manager = browser("manager")
    number = manager.get("/api/v1/subjects").json()["subjects"][0]["number"]
    for _ in range(2):
        assert manager.get(f"/patients/{number}", headers={"accept": "text/html"}).status_code == 200
    manager.get("/endpoint")
    assert ("manager", "patient", number, number) in logged()
    assert len(logged("patient")) == 1
    assert [target for _, _, target, _ in logged("endpoint")] == ["DREAM"]


def test_a_look_that_was_kept_costs_no_statement(sample, browser):
    reader = browser("reader")
    _, case = a_case(reader)
    series = case["series"][0]
    now = datetime.now(UTC)
    with sample.database.session() as session:
        session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})

        class Person:
            login = "reader"

        def note():
            note_images(session, Person(), study_uid=series["study_uid"], series_uid=series["series_uid"], now=now)

        note()
        began = time.thread_time()
        for _ in range(1000):
            note()
        assert (time.thread_time() - began) / 1000 < 0.001
