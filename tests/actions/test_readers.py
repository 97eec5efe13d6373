"""Readers' training and home site are recorded by the data centre, and what each has before them is counted."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from casebook.actions.assignment import replace_reader, withdraw
from casebook.actions.image_states import images_digest
from casebook.actions.readers import ReaderFacts, central_reading, record_reader, see_assignment, see_reader
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.central.assignment import NotEnoughReaders
from casebook.domain.errors import Forbidden, Invalid, NotFound, Refused, Stale
from casebook.store import registry
from casebook.store.tables import AuditEvent, ReadingAssignment
from tests.actions import central_builders as build
from tests.actions.central_builders import MANAGER, NOW, STUDY

TRAINED = ReaderFacts("BE-02", date(2026, 1, 5), "DREAM reading course")


@pytest.fixture
def study(session):
    build.open_study(session)
    return session


def reading(session):
    return central_reading(session, MANAGER, study_code=STUDY, now=NOW)


def loads(session):
    return {one.row.login: one.load for one in reading(session).readers}


def record(session, login, facts=TRAINED, *, version=0, reason=None, actor=MANAGER):
    return record_reader(
        session, actor, study_code=STUDY, login=login, facts=facts, version=version, reason=reason, now=NOW
    )


def test_whoever_holds_a_reading_role_is_listed_with_home_and_training(study):
    build.a_person(study, "one", home="BE-02")
    build.a_person(study, "third", Role.ADJUDICATOR, trained_on=None)
    build.a_person(study, "office", Role.DATA_MANAGER)
    rows = {one.row.login: one.row for one in reading(study).readers}
    assert set(rows) == {"one", "third"}
    assert (rows["one"].home_site_code, rows["one"].roles) == ("BE-02", ["central-reader"])
    assert rows["third"].trained_on is None


def test_training_is_recorded_and_changed_only_with_a_reason(study):
    build.a_person(study, "one", trained_on=None)
    known = see_reader(study, MANAGER, study_code=STUDY, login="one", now=NOW)
    after = record(study, "one", version=known.version)
    assert (after.home_site_code, after.trained_on, after.training) == ("BE-02", date(2026, 1, 5), TRAINED.training)
    other = ReaderFacts("JP-06", TRAINED.trained_on, TRAINED.training)
    with pytest.raises(Refused, match="Say why"):
        record(study, "one", other, version=after.version)
    changed = record(study, "one", other, version=after.version, reason="moved to Chiba")
    assert changed.home_site_code == "JP-06"
    event = study.scalars(select(AuditEvent).where(AuditEvent.table_name == "reader").order_by(AuditEvent.id)).all()[-1]
    assert event.reason == "moved to Chiba"


def test_somebody_elses_change_is_not_overwritten(study):
    build.a_person(study, "one")
    with pytest.raises(Stale, match="Somebody else"):
        record(study, "one", version=7, reason="?")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (ReaderFacts(None, date(2026, 1, 5), " "), "training"),
        (ReaderFacts(None, None, "course"), "trained_on"),
        (ReaderFacts(None, NOW.date() + timedelta(days=1), "course"), "trained_on"),
    ],
)
def test_training_is_a_day_in_the_past_and_what_it_was(study, facts, field):
    build.a_person(study, "one", trained_on=None)
    with pytest.raises(Invalid) as refused:
        record(study, "one", facts, version=1)
    assert refused.value.field == field


def test_who_reads_nothing_in_the_study_is_not_found(study):
    build.a_person(study, "office", Role.DATA_MANAGER)
    with pytest.raises(NotFound):
        record(study, "office")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.DATA_MANAGER and not role.is_site_role])
def test_only_the_data_centre_learns_who_reads_what(study, role):
    with pytest.raises(Forbidden):
        central_reading(study, Actor("x", "X", (Grant(role, STUDY),)), study_code=STUDY, now=NOW)


def test_a_case_waits_with_its_reason_until_a_trained_reader_is_there(study):
    build.a_person(study, "one")
    build.a_person(study, "two", trained_on=None)
    subject = build.a_ready_case(study)
    (waiting,) = reading(study).waiting
    assert waiting.subject.id == subject.id
    assert "needs 2 readers and 1 may read it (1 without a training record)" in waiting.why.en
    assert "研修記録なし1名" in waiting.why.ja
    record(study, "two", version=1)
    assert reading(study).waiting == []
    assert {item.row.login for item in reading(study).assignments} == {"one", "two"}


def test_the_load_counts_what_is_open_and_signed(study):
    people = [build.a_person(study, login) for login in ("one", "two")]
    subject = build.a_ready_case(study)
    assert {(one.n_open, one.n_waiting, one.n_signed) for one in loads(study).values()} == {(1, 0, 0)}
    given = next(item for item in reading(study).assignments if item.row.login == "one")
    row = registry.timepoint(study, subject.id, "baseline")
    build.a_read(
        study,
        subject,
        row.id,
        people[0],
        {},
        images_sha256=images_digest(study, row.id),
        assignment=study.get(ReadingAssignment, given.row.id),
    )
    assert loads(study)["one"].n_waiting == 1
    study.get(ReadingAssignment, given.row.id).closes_on = NOW.date()
    study.flush()
    assert (loads(study)["one"].n_signed, loads(study)["two"].n_open) == (1, 1)


def test_a_withdrawn_case_goes_to_somebody_else_with_the_reason_kept(study):
    for login in ("one", "two", "three"):
        build.a_person(study, login)
    build.a_ready_case(study)
    given = reading(study).assignments
    before = {item.row.login for item in given}
    replace_reader(study, MANAGER, assignment_id=given[0].row.id, reason="on leave", now=NOW)
    after = reading(study).assignments
    kept = {item.row.login for item in after if item.may_be_withdrawn}
    assert len(kept) == 2
    assert given[0].row.login not in kept
    withdrawn = see_assignment(study, MANAGER, study_code=STUDY, assignment_id=given[0].row.id, now=NOW)
    assert (withdrawn.state, withdrawn.row.withdrawn_because) == ("withdrawn", "on leave")
    assert kept - before == {"one", "two", "three"} - before


def test_without_another_reader_the_case_is_not_replaced(study):
    for login in ("one", "two"):
        build.a_person(study, login)
    build.a_ready_case(study)
    assignment = reading(study).assignments[0].row.id
    with pytest.raises(NotEnoughReaders):
        replace_reader(study, MANAGER, assignment_id=assignment, reason="on leave", now=NOW)


def test_withdrawing_needs_a_reason_in_both_languages(study):
    for login in ("one", "two"):
        build.a_person(study, login)
    build.a_ready_case(study)
    with pytest.raises(Refused) as refused:
        withdraw(study, MANAGER, assignment_id=reading(study).assignments[0].row.id, reason=" ", now=NOW)
    assert "理由" in refused.value.said.ja
