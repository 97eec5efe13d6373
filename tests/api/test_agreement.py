"""Agreement of readers by API: numbers with intervals and their seed; for the data centre, statisticians, monitors."""

import pytest

from casebook.store import images
from services.command.demo import STUDY
from tests.actions import central_builders as build

PATH = f"/api/v1/studies/{STUDY}/agreement"
SAID = {"L1": "nnnnn", "L2": "vvvvv"}


@pytest.fixture
def cases(sample):
    """Two patients of whom two readers say the same but for one lesion."""
    with sample.database.transaction(actor="machine", reason="a test") as session:
        readers = [build.a_person(session, login) for login in ("a-one", "a-two")]
        for number in range(2):
            subject = build.a_case(session, lesions=SAID)
            timepoint_id = images.ensure_timepoint(session, subject.id, "preoperative")
            other = {**SAID, "L1": "vnnnn"} if number else SAID
            for reader, place, what in zip(readers, ("first", "second"), (SAID, other), strict=True):
                given = build.an_assignment(session, subject, reader, place)
                build.a_read(session, subject, timepoint_id, reader, what, assignment=given)


def test_the_numbers_come_with_table_interval_and_seed(browser, cases):
    found = browser("statistician").get(PATH).json()
    assert (found["status"], found["bootstrap_seed"], found["n_resamples"]) == ("interim", 1527, 10_000)
    between = found["compared"][0]
    measures = {measure["code"]: measure for measure in between["measures"]}
    assert set(measures) == {"cdlm", "ct", "dwi", "t1t2", "eob", "combined"}
    ct = measures["ct"]
    assert ct["n_lesions"] == sum(map(sum, ct["table"]))
    assert ct["n_lesions"] >= 4
    assert 0 <= ct["raw"]["interval"][0] <= ct["raw"]["estimate"] <= ct["raw"]["interval"][1] <= 1


def test_a_timepoint_that_is_not_read_is_not_found(browser, cases):
    assert browser("manager").get(PATH, params={"timepoint": "month-3"}).status_code == 404
    assert browser("manager").get(PATH.replace(STUDY, "OTHER")).status_code in {403, 404}


def test_nobody_else_is_told(browser, cases):
    for login in ("reader", "adjudicator", "coordinator", "radiologist", "admin"):
        assert browser(login).get(PATH).status_code == 403
