"""After each signature the read that counts follows: at once, or through a third person."""

import pytest
from sqlalchemy import select

from casebook.actions.adjudication import draw_waiting
from casebook.actions.grants import grant_role
from casebook.domain.actors import Role
from casebook.store.tables import Derivation, Lesion, OpenedImages, Reading
from tests.actions import central_builders as build
from tests.actions.adjudication_builders import (
    AGREED,
    BLIND,
    GONE,
    LATER,
    SEEN,
    a_case,
    a_new_lesion,
    an_adjudicator,
)
from tests.actions.central_builders import MACHINE, MANAGER, STUDY


@pytest.fixture
def case(session):
    build.open_study(session)
    return a_case(session)


def cdlm(case, label):
    return case.session.scalars(
        select(Derivation.result["status"].astext)
        .join(Lesion, Lesion.id == Derivation.lesion_id)
        .where(
            Lesion.subject_id == case.subject.id,
            Lesion.label == label,
            Derivation.kind == "cdlm",
            Derivation.superseded_at.is_(None),
        )
    ).one_or_none()


def test_nothing_counts_before_both_have_signed(case):
    case.sign(1, AGREED)
    assert case.counting() == []
    assert case.adjudications("open") == []


def test_where_both_agree_the_first_readers_read_counts_and_cdlm_follows(case):
    case.sign(1, AGREED)
    first = case.sign(0, AGREED)
    assert case.counting() == [first]
    assert (cdlm(case, "L1"), cdlm(case, "L2")) == ("yes", "no")


def test_where_the_status_differs_nothing_counts_and_a_third_person_is_drawn(case):
    row = case.differ()
    assert case.counting() == []
    assert [item["label"] for item in row.disputes] == ["L2"]
    assert row.assignment_id == case.assignment().id
    assert case.assignment().account_id == case.adjudicators[0].id
    opened = case.session.scalars(select(OpenedImages).where(OpenedImages.assignment_id == case.assignment().id)).all()
    assert {item.timepoint_id: item.roles for item in opened} == dict.fromkeys(case.timepoints.values())


def test_a_lesion_that_one_reader_cannot_judge_is_disputed(case):
    case.sign(0, {"L1": GONE, "L2": GONE})
    case.sign(1, {"L1": BLIND, "L2": GONE})
    assert [item["label"] for item in case.adjudication().disputes] == ["L1"]


def test_to_settle_twice_changes_nothing(case):
    row = case.differ()
    before = (row.version, row.state, row.assignment_id)
    case.settle()
    assert (row.version, row.state, row.assignment_id) == before
    assert len(case.adjudications("open", "void", "decided")) == 1


def test_a_baseline_is_never_disputed_and_the_first_readers_read_counts(case):
    first = case.sign(0, {"L1": GONE, "L2": GONE}, timepoint="baseline")
    assert case.counting("baseline") == []
    case.sign(1, {"L1": SEEN, "L2": SEEN}, timepoint="baseline")
    assert case.counting("baseline") == [first]
    assert case.adjudications("open") == []


def test_a_new_lesion_that_only_one_reader_saw_is_disputed_and_one_of_both_is_not(case):
    first, second = (case.sign(place, AGREED) for place in (0, 1))
    a_new_lesion(case, first, "N1", (10.0, 20.0, 30.0))
    a_new_lesion(case, first, "N2", (90.0, 20.0, 30.0))
    a_new_lesion(case, second, "N1", (12.0, 22.0, 30.0))
    case.settle()
    assert [(item["label"], item["new_label"]) for item in case.adjudication().disputes] == [("N1", "N2")]
    assert case.counting() == [], "the read that counted before does not any more"


def test_where_nobody_may_settle_it_the_case_waits_and_says_why(session):
    build.open_study(session)
    case = a_case(session, n_adjudicators=0)
    row = case.differ()
    assert row.assignment_id is None
    assert "needs 1" in row.waits_because
    an_adjudicator(case, "untrained", trained_on=None)
    an_adjudicator(case, "at-home", home=build.SITE)
    (still,) = draw_waiting(session, MANAGER, study_code=STUDY, now=LATER)
    assert still.subject is case.subject
    assert "training" in still.why
    an_adjudicator(case, "free")
    assert draw_waiting(session, MANAGER, study_code=STUDY, now=LATER) == []
    assert (row.waits_because, row.assignment_id) == (None, case.assignment().id)


def test_an_adjudicator_is_none_of_the_readers(session):
    build.open_study(session)
    case = a_case(session, n_adjudicators=0)
    for account, _ in case.readers:
        grant_role(
            session,
            MACHINE,
            login=account.login,
            role=Role.ADJUDICATOR,
            study_code=STUDY,
            site_code=None,
            now=build.NOW,
        )
    assert case.differ().assignment_id is None


def test_a_new_version_that_agrees_ends_the_adjudication_and_counts(case):
    row = case.differ()
    case.sign(1, {"L1": GONE, "L2": GONE}, edition=2)
    assert row.state == "void"
    assert [reading.edition for reading in case.counting()] == [1]
    assert case.assignment().closes_on == build.NOW.date()


def test_while_a_new_version_is_in_work_nothing_counts(case):
    case.sign(0, AGREED)
    case.sign(1, AGREED)
    account, assignment = case.readers[1]
    build.a_read(
        case.session,
        case.subject,
        case.timepoints["preoperative"],
        account,
        AGREED,
        state="draft",
        edition=2,
        assignment=assignment,
    )
    case.settle()
    assert case.counting() == []


def test_a_new_version_that_still_differs_is_settled_anew_by_the_same_person(case):
    before, assignment = case.differ(), case.assignment()
    case.sign(1, {"L1": SEEN, "L2": SEEN}, edition=2)
    after = case.adjudication()
    assert (before.state, after.state) == ("void", "open")
    assert [item["label"] for item in after.disputes] == ["L1", "L2"]
    assert after.assignment_id == assignment.id
    assert assignment.closes_on is None


def test_a_stale_read_ends_the_adjudication_and_nothing_counts(case):
    row = case.differ()
    reading = case.session.get_one(Reading, row.first_reading_id)
    reading.stale_at = LATER
    case.session.flush()
    case.settle(now=LATER)
    assert row.state == "void"
    assert case.counting() == []
