"""Discrepancies are kept up to date: they come, change and go with forms and images."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from casebook.actions.postponed import postpone, postponed
from casebook.actions.queries import answer, close
from casebook.actions.reconcile import BATCH, Reconciled, reconcile_all
from casebook.actions.settle import accept_many, ask_sites
from casebook.domain.protocol_findings import CheckCode
from casebook.domain.reconciliation.rules import Rule
from casebook.store import images
from casebook.store.tables import (
    Discrepancy,
    ImageCheck,
    ImagingStudy,
    QuarantineItem,
    Query,
    ReceivedName,
    ReceivedObject,
    Series,
    Subject,
    Submission,
)
from tests.actions.reconcile_builders import BASELINE, Desk, a_desk, n_statements
from tests.pages import hospital


@pytest.fixture
def desk(session) -> Desk:
    return a_desk(session)


def jobs(session) -> int:
    waiting = "select count(*) from queue.procrastinate_jobs where task_name = 'reconcile' and status = 'todo'"
    return session.scalar(text(waiting))


def test_a_form_that_is_saved_has_its_patient_compared_once(desk):
    desk.fill(draft=True)
    desk.fill()
    assert jobs(desk.session) == 1


def test_within_a_long_unit_of_work_nothing_is_enqueued(desk):
    desk.session.execute(text("delete from queue.procrastinate_jobs where task_name = 'reconcile'"))
    postpone(desk.session)
    desk.fill()
    postponed(desk.session)
    assert jobs(desk.session) == 0


def test_images_without_a_form_are_told_until_the_form_is_complete(desk):
    assert desk.compare() == Reconciled(n_new=1)
    assert set(desk.rows()) == {Rule.NO_FORM}
    desk.fill()
    assert desk.compare(days=1) == Reconciled(n_gone=1)
    assert desk.rows() == {}


def test_the_real_days_of_the_images_are_compared_not_the_archives(desk):
    desk.fill()
    desk.compare()
    assert desk.rows() == {}
    shifted = desk.session.scalars(select(ImagingStudy.study_on)).one()
    assert shifted != hospital.day(-8)
    desk.fill(ct_on=str(hospital.day(-7)))
    desk.compare()
    row = desk.rows()[Rule.STUDY_DATE]
    assert (row.expected["en"], row.found["en"]) == (str(hospital.day(-7)), str(hospital.day(-8)))


def test_comparing_again_changes_nothing(desk):
    desk.fill(b_values="0, 50, 400, 800")
    assert desk.compare() == Reconciled(n_new=1)
    assert desk.compare(days=3) == Reconciled()
    assert desk.rows()[Rule.B_VALUES].seen_at == hospital.NOW


def test_an_acceptance_holds_until_one_of_the_values_changes(desk):
    desk.fill(b_values="0, 50, 400, 800")
    desk.compare()
    manager = desk.actor("manager")
    accept_many(desk.session, manager, seen=desk.seen(Rule.B_VALUES), reason="as acquired", now=hospital.NOW)
    desk.fill(b_values="0, 50, 400, 800", ct_slice_thickness_mm="2.5")
    desk.compare()
    assert desk.rows()[Rule.B_VALUES].accepted_because == "as acquired"
    desk.fill(b_values="0, 800")
    assert desk.compare() == Reconciled(n_changed=1)
    row = desk.rows()[Rule.B_VALUES]
    assert (row.accepted_by, row.accepted_because) == (None, None)
    assert row.expected["en"] == "0, 800 s/mm²"
    assert row.seen_at == hospital.NOW


def test_a_query_is_resolved_by_itself_when_the_difference_is_gone(desk):
    desk.fill(b_values="0, 50, 400, 800")
    desk.compare()
    manager = desk.actor("manager")
    done = ask_sites(desk.session, manager, seen=desk.seen(Rule.B_VALUES), now=hospital.NOW)
    query = desk.session.scalars(select(Query)).one()
    assert done[0].query_number == query.number
    assert (query.form_code, query.field, query.timepoint_code) == ("imaging-performed", "b_values", BASELINE)
    assert "0, 50, 400, 800 s/mm²" in query.question["en"]
    desk.fill()
    desk.compare(days=1)
    assert query.state == "resolved"


def test_other_queries_of_the_patient_stand_when_one_difference_is_gone(desk):
    desk.fill(b_values="0, 50, 400, 800", ct_on=str(hospital.day(-7)))
    desk.compare()
    ask_sites(desk.session, desk.actor("manager"), seen=desk.seen(Rule.B_VALUES, Rule.STUDY_DATE), now=hospital.NOW)
    desk.fill(ct_on=str(hospital.day(-7)))
    desk.compare(days=1)
    states = {query.field: query.state for query in desk.session.scalars(select(Query))}
    assert states == {"b_values": "resolved", "ct_on": "open"}


def test_a_standing_query_says_the_new_values(desk):
    desk.fill(b_values="0, 50, 400, 800")
    desk.compare()
    ask_sites(desk.session, desk.actor("manager"), seen=desk.seen(Rule.B_VALUES), now=hospital.NOW)
    desk.fill(b_values="0, 800")
    desk.compare(days=1)
    query = desk.session.scalars(select(Query)).one()
    assert query.state == "open"
    assert "0, 800 s/mm²" in query.question["en"]


def test_a_difference_that_stays_after_its_query_was_closed_is_open_again_and_asked_anew(desk):
    desk.fill(b_values="0, 50, 400, 800")
    desk.compare()
    manager = desk.actor("manager")
    ask_sites(desk.session, manager, seen=desk.seen(Rule.B_VALUES), now=hospital.NOW)
    first = desk.session.scalars(select(Query)).one()
    site = desk.actor("coordinator")
    answer(desk.session, site, number=first.number, version=first.version, said="looking", now=hospital.NOW)
    manager = desk.actor("manager")
    close(desk.session, manager, number=first.number, version=first.version, now=hospital.NOW)
    done = ask_sites(desk.session, manager, seen=desk.seen(Rule.B_VALUES), now=hospital.NOW)
    assert done[0].hindrance is None
    assert done[0].query_number != first.number


def test_what_the_protocols_checks_found_is_on_the_board(desk):
    desk.fill()
    timepoint_id = images.ensure_timepoint(desk.session, desk.subject.id, BASELINE)
    desk.session.add(
        ImageCheck(
            timepoint_id=timepoint_id,
            code=CheckCode.ROLE_MISSING,
            severity="repeat",
            found="",
            expected="eob-hepatobiliary",
            message_en="missing",
            message_ja="不足",
            rule_version="1",
        )
    )
    desk.session.flush()
    desk.compare()
    row = desk.rows()[CheckCode.ROLE_MISSING]
    assert (row.modality, row.severity, row.expected["what"]["en"]) == ("eob-mri", "repeat", "EOB hepatobiliary")


def test_held_files_are_on_the_board_until_they_are_decided(desk):
    desk.fill()
    item = desk.session.scalars(select(QuarantineItem)).one()
    item.state = "held"
    desk.session.flush()
    desk.compare()
    assert set(desk.rows()) == {Rule.HELD_OTHER_PATIENT}
    item.state = "refused"
    desk.session.flush()
    desk.compare()
    assert desk.rows() == {}


def test_a_file_sent_twice_in_one_delivery_is_counted_twice_and_noted(desk):
    desk.fill()
    submission = desk.session.scalars(select(Submission)).one()
    submission.state, submission.n_announced = "complete", 7
    for received in desk.session.scalars(select(ReceivedObject)):
        for n in range(2 if received.outcome == "archived" else 1):
            desk.session.add(ReceivedName(received_object_id=received.id, name=f"{n}"))
    desk.session.flush()
    desk.compare()
    rows = desk.rows()
    assert (rows[Rule.COUNT].expected["en"], rows[Rule.COUNT].found["en"]) == ("7 files", "6 files")
    assert rows[Rule.SENT_AGAIN].found["en"] == "3 files sent again"


def test_a_timepoint_whose_images_are_being_described_is_left_as_it_was(desk):
    desk.fill(b_values="0, 50, 400, 800")
    desk.compare()
    for series in desk.session.scalars(select(Series)):
        series.described_at = None
    desk.session.flush()
    desk.fill()
    assert desk.compare() == Reconciled()
    assert set(desk.rows()) == {Rule.B_VALUES}


def test_all_patients_are_compared_in_batches_with_a_constant_number_of_queries(desk):
    for _ in range(3):
        hospital.a_patient(desk.session)
    desk.session.flush()

    def compare() -> None:
        reconcile_all(desk.session, key=hospital.KEY, now=hospital.NOW + timedelta(days=1))

    reconcile_all(desk.session, key=hospital.KEY, now=hospital.NOW)
    few = n_statements(desk.session, compare)
    for _ in range(4):
        hospital.a_patient(desk.session)
    desk.session.flush()
    many = n_statements(desk.session, compare)
    assert desk.session.query(Subject).count() < BATCH
    assert few == many
    assert desk.session.query(Discrepancy).count() == 1
