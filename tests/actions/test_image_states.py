"""Images of a timepoint: checked by the data centre, ready once the list is locked, stale reads when others come."""

import pytest
from sqlalchemy import event, select

from casebook.actions.assignment import assign_ready
from casebook.actions.baseline_list import unlock_list
from casebook.actions.image_states import (
    check_images,
    images_digest,
    note_new_images,
    open_check,
    states,
)
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.central.image_state import CheckDecision, CheckRefused
from casebook.domain.errors import NotFound, Stale
from casebook.store import image_states as stored
from casebook.store import images
from casebook.store.tables import Adjudication, AuditEvent, Derivation, Lesion, OpenedImages, TimepointCheck
from tests.actions import central_builders as build
from tests.actions.central_builders import MANAGER, NOW

GONE = {"L1": "nnnn", "L2": "vnnn"}


@pytest.fixture
def study(session):
    build.open_study(session)
    return session


@pytest.fixture
def case(study):
    """A patient with both imaged timepoints and a locked list."""
    subject = build.a_case(study)
    for timepoint in ("baseline", "preoperative"):
        build.some_images(study, subject, timepoint)
    return subject


def decide(session, subject, timepoint="baseline", decision=CheckDecision.PASSED, reason="", **more):
    return check_images(
        session, MANAGER, number=subject.number, timepoint=timepoint, decision=decision, reason=reason, now=NOW, **more
    )


def said(session, subject):
    return {code: one.state.value for code, one in states(session, [subject])[subject.id].items()}


def in_reading(session, subject):
    return {code for code, one in states(session, [subject])[subject.id].items() if one.state.is_in_reading}


def timepoint_id(session, subject, code):
    return next(row.timepoint_id for row in stored.held_images(session, [subject.id]) if row.code == code)


def test_images_go_from_expected_to_ready_as_they_arrive_and_pass(study):
    subject = build.a_case(study)
    assert said(study, subject)["preoperative"] == "expected"
    for timepoint in ("baseline", "preoperative"):
        build.some_images(study, subject, timepoint)
        assert said(study, subject)[timepoint] == "received"
        decide(study, subject, timepoint)
        assert said(study, subject)[timepoint] == "ready"


def test_a_later_timepoint_is_not_ready_before_the_baseline_list_is_locked(study):
    subject = build.a_case(study, locked=False)
    for timepoint in ("baseline", "preoperative"):
        build.some_images(study, subject, timepoint)
        decide(study, subject, timepoint)
    assert (said(study, subject)["baseline"], said(study, subject)["preoperative"]) == ("qc-passed", "qc-passed")
    assert in_reading(study, subject) == set()
    subject.baseline_locked_at = NOW
    study.flush()
    assert in_reading(study, subject) == {"baseline", "preoperative"}


def test_a_later_timepoint_waits_for_the_images_that_are_read_before_it(study, case):
    decide(study, case, "preoperative")
    assert said(study, case)["preoperative"] == "qc-passed"
    decide(study, case, "baseline")
    assert said(study, case)["preoperative"] == "ready"


def test_images_of_a_follow_up_are_checked_and_never_read(study, case):
    build.some_images(study, case, "month-3")
    decide(study, case, "month-3", reason="CT only was asked for")
    assert said(study, case)["month-3"] == "qc-passed"


@pytest.mark.parametrize("decision", ["query", "rejected", "not-evaluable"])
def test_a_decision_against_images_needs_a_reason_and_shows_it(study, case, decision):
    with pytest.raises(CheckRefused, match="Say why"):
        decide(study, case, decision=CheckDecision(decision))
    file = decide(study, case, decision=CheckDecision(decision), reason="  motion ")
    assert file.images.state.value in {decision, f"{decision}-open"}
    assert (file.images.check.reason, file.images.by, file.images.since) == ("motion", "manager", NOW)


def test_images_with_series_missing_pass_only_with_a_reason(study):
    subject = build.a_case(study)
    build.some_images(study, subject, "preoperative", build.REQUIRED[:-1])
    with pytest.raises(CheckRefused, match="missing"):
        decide(study, subject, "preoperative")
    assert decide(study, subject, "preoperative", reason="no EOB at this site").images.check.decision == "passed"


def test_the_newest_decision_counts_and_the_earlier_ones_are_kept(study, case):
    decide(study, case, decision=CheckDecision.QUERY, reason="b-values?")
    file = decide(study, case)
    assert file.images.state.value == "ready"
    assert [row.decision for row in file.history] == ["passed", "query"]


def test_a_check_of_other_images_does_not_count(study, case):
    decide(study, case)
    row = timepoint_id(study, case, "baseline")
    build.one_more_image(study, row)
    note_new_images(study, row, NOW)
    found = states(study, [case])[case.id]["baseline"]
    assert (found.state.value, found.check.decision, found.check_holds) == ("received", "passed", False)


def test_images_that_are_not_described_yet_do_not_pass(study, case):
    images.series_of_timepoint(study, timepoint_id(study, case, "baseline"))[0].described_at = None
    study.flush()
    with pytest.raises(CheckRefused, match="still being looked through"):
        decide(study, case)


def test_whoever_decides_on_images_they_have_not_seen_is_told_so(study, case):
    seen = open_check(study, MANAGER, number=case.number, timepoint="baseline").images_sha256
    build.one_more_image(study, timepoint_id(study, case, "baseline"))
    with pytest.raises(Stale, match="Other images"):
        decide(study, case, images_sha256=seen)


def test_the_digest_depends_on_the_images_alone(study, case):
    row = timepoint_id(study, case, "baseline")
    before = images_digest(study, row)
    assert before == images_digest(study, row)
    build.one_more_image(study, row)
    assert images_digest(study, row) != before


def test_another_sites_images_are_not_found(study, case):
    elsewhere = Actor("elsewhere", "Elsewhere", (Grant(Role.SITE_COORDINATOR, build.STUDY, build.OTHER_SITE),))
    with pytest.raises(NotFound):
        open_check(study, elsewhere, number=case.number, timepoint="baseline")


@pytest.mark.parametrize("role", [Role.CENTRAL_READER, Role.ADJUDICATOR])
def test_blinded_people_learn_nothing_of_the_state_of_images(study, case, role):
    blinded = Actor("blind", "Blind", (Grant(role, build.STUDY),))
    with pytest.raises(NotFound):
        open_check(study, blinded, number=case.number, timepoint="baseline")


@pytest.fixture
def read_case(study, case):
    """A case that two readers have read, the first read accepted."""
    for timepoint in ("baseline", "preoperative"):
        decide(study, case, timepoint)
    readers = [build.a_person(study, login) for login in ("reader-1", "reader-2")]
    given = [
        build.an_assignment(study, case, reader, place)
        for reader, place in zip(readers, ("first", "second"), strict=True)
    ]
    row = timepoint_id(study, case, "preoperative")
    digest = images_digest(study, row)
    reads = [
        build.a_read(
            study, case, row, reader, GONE, images_sha256=digest, accepted=assignment is given[0], assignment=assignment
        )
        for reader, assignment in zip(readers, given, strict=True)
    ]
    for assignment in given:
        assignment.closes_on = NOW.date()
    study.flush()
    return row, reads, given


def test_a_case_is_being_read_until_every_reader_has_signed(study, case, read_case):
    _, (_, second), _ = read_case
    assert said(study, case)["preoperative"] == "read"
    second.state = "draft"
    study.flush()
    assert said(study, case)["preoperative"] == "reading"
    assert said(study, case)["baseline"] == "ready"


def test_a_case_that_a_third_person_settled_is_adjudicated(study, case, read_case):
    row, (first, _), _ = read_case
    first.accepted = False
    third = build.a_person(study, "third", Role.ADJUDICATOR)
    build.a_read(study, case, row, third, GONE, kind="adjudication", accepted=True)
    assert said(study, case)["preoperative"] == "adjudicated"


def test_a_repeat_and_a_withdrawn_assignment_do_not_make_a_case_read(study, case, read_case):
    row, (_, second), (_, withdrawn) = read_case
    build.a_read(study, case, row, build.a_person(study, "again"), GONE, read_round=2)
    withdrawn.withdrawn_at, withdrawn.withdrawn_because = NOW, "left the study"
    study.flush()
    assert said(study, case)["preoperative"] == "reading"
    assert second.state == "signed"


def test_an_image_that_comes_after_the_reads_makes_them_stale_and_puts_the_case_back(study, case, read_case):
    row, reads, given = read_case
    lesion = study.scalars(select(Lesion).where(Lesion.subject_id == case.id, Lesion.label == "L1")).one()
    build.one_more_image(study, row)
    note_new_images(study, row, NOW)
    assert [(read.stale_at, read.accepted) for read in reads] == [(NOW, False)] * 2
    assert [assignment.closes_on for assignment in given] == [None, None]
    found = states(study, [case])[case.id]["preoperative"]
    assert (found.state.value, found.is_stale) == ("received", True)
    derived = study.scalars(
        select(Derivation).where(Derivation.lesion_id == lesion.id, Derivation.superseded_at.is_(None))
    )
    assert {row.kind: row.result["status"] for row in derived}["cdlm"] == "undetermined"
    changed = study.scalars(
        select(AuditEvent)
        .where(AuditEvent.table_name == "reading", AuditEvent.row_id == str(reads[0].id))
        .order_by(AuditEvent.id)
    ).all()
    assert changed[-1].act == "update"


def test_the_same_images_described_again_leave_the_reads_as_they_are(study, case, read_case):
    row, reads, given = read_case
    note_new_images(study, row, NOW)
    assert [(read.stale_at, read.accepted) for read in reads] == [(None, True), (None, False)]
    assert given[0].closes_on == NOW.date()


def test_a_read_of_another_timepoint_is_not_stale(study, case, read_case):
    _, reads, _ = read_case
    other = timepoint_id(study, case, "baseline")
    build.one_more_image(study, other)
    note_new_images(study, other, NOW)
    assert [read.stale_at for read in reads] == [None, None]


def test_new_images_end_an_open_adjudication_and_a_result_that_rested_on_the_old_ones(study, case, read_case):
    row, (first, second), _ = read_case
    first.accepted = False
    third = build.a_person(study, "third", Role.ADJUDICATOR)
    result = build.a_read(study, case, row, third, GONE, kind="adjudication", accepted=True)
    adjudication = Adjudication(
        timepoint_id=row,
        first_reading_id=first.id,
        second_reading_id=second.id,
        is_swapped=False,
        disputes=[],
        opened_at=NOW,
    )
    study.add(adjudication)
    build.one_more_image(study, row)
    note_new_images(study, row, NOW)
    study.refresh(result)
    assert not result.accepted
    assert adjudication.state == "void"


@pytest.mark.parametrize("decision", [CheckDecision.REJECTED, CheckDecision.NOT_EVALUABLE])
def test_images_that_are_taken_out_close_for_readers_and_what_was_read_on_them_does_not_count(
    study, case, read_case, decision
):
    row, (first, _), given = read_case
    study.add(OpenedImages(assignment_id=given[0].id, timepoint_id=row))
    study.flush()
    decide(study, case, "preoperative", decision, "wrong patient")
    assert not first.accepted
    opened = study.scalars(select(OpenedImages.timepoint_id).where(OpenedImages.assignment_id == given[0].id)).all()
    assert row not in opened


def test_an_unlocked_list_closes_the_images_for_readers_until_it_is_locked_again(study, case):
    for timepoint in ("baseline", "preoperative"):
        decide(study, case, timepoint)
    given = build.an_assignment(study, case, build.a_person(study, "reader-1"))
    assign_ready(study, case, now=NOW)
    opened = select(OpenedImages.timepoint_id).where(OpenedImages.assignment_id == given.id)
    assert study.scalars(opened).all() == [timepoint_id(study, case, "baseline")]
    unlock_list(study, MANAGER, subject_id=case.id, version=case.baseline_version, reason="one was missed", now=NOW)
    assert study.scalars(opened).all() == []


def test_images_that_pass_after_all_let_what_was_read_on_them_count_again(study, case, read_case):
    _, (first, _), _ = read_case
    decide(study, case, "preoperative", CheckDecision.REJECTED, "wrong patient")
    decide(study, case, "preoperative")
    assert first.accepted
    assert said(study, case)["preoperative"] == "read"


def test_states_of_many_patients_take_as_many_queries_as_those_of_one(study, case):
    others = [case, *(build.a_case(study) for _ in range(4))]
    for subject in others[1:]:
        build.some_images(study, subject, "baseline")
    counted = []
    connection = study.connection()
    event.listen(connection, "before_cursor_execute", lambda *_: counted.append(1))
    states(study, [case])
    n_of_one = len(counted)
    counted.clear()
    states(study, others)
    assert len(counted) == n_of_one


def test_the_list_of_images_to_check_names_new_images_and_those_that_changed(study, case):
    def waiting():
        return {(row.timepoint, row.is_new) for row in stored.to_check(study, MANAGER, limit=9)}

    assert waiting() == {("baseline", True), ("preoperative", True)}
    decide(study, case)
    decide(study, case, "preoperative", CheckDecision.QUERY, "which phase?")
    assert waiting() == set()
    row = timepoint_id(study, case, "preoperative")
    build.one_more_image(study, row)
    note_new_images(study, row, NOW)
    assert waiting() == {("preoperative", False)}


def test_every_decision_is_a_row_of_its_own_with_its_digest(study, case):
    decide(study, case, decision=CheckDecision.QUERY, reason="one")
    decide(study, case, decision=CheckDecision.QUERY, reason="two")
    rows = study.scalars(select(TimepointCheck).order_by(TimepointCheck.id)).all()
    assert [row.reason for row in rows] == ["one", "two"]
    assert {row.images_sha256 for row in rows} == {images_digest(study, timepoint_id(study, case, "baseline"))}
