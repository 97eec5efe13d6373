"""Where subjects stand is kept beside their records, and is what the records say."""

import json
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from casebook.actions import progress
from casebook.actions.patients import Order, Wanted, list_patients, overdue_by_site
from casebook.actions.progress import refresh_outdated, refresh_progress, standings, wrong_rows
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.next_step import Urgency
from casebook.domain.standing import Standing
from casebook.store import progress as stored
from casebook.store.tables import FormEntry, SubjectProgress
from tests.pages import hospital

MANAGER = Actor("manager", "M", (Grant(Role.DATA_MANAGER, hospital.STUDY),))
RADIOLOGIST = Actor("radiologist", "R", (Grant(Role.SITE_RADIOLOGIST, hospital.STUDY, hospital.SITE),))


@pytest.fixture
def registry(session):
    hospital.open_registry(session)
    return session


def kept(session, subject) -> SubjectProgress:
    return session.get(SubjectProgress, subject.id, populate_existing=True)


def the_list(session, actor=MANAGER, *, on=hospital.TODAY, **wanted):
    return list_patients(session, actor, today=on, wanted=Wanted(**wanted))


def numbers(page) -> list[str]:
    return [line.row.number for line in page.lines]


def statements(session, act) -> int:
    sent: list[str] = []
    connection = session.connection()

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    act()
    event.remove(connection, "before_cursor_execute", note)
    return len(sent)


def test_a_standing_survives_json(registry):
    subject = hospital.a_full_course(registry)
    _, found = standings(registry, [subject.id])[subject.id]
    assert found.progress.filled
    assert found.severities["baseline"] == {"deviation"}
    assert found.n_held == {"baseline": 1, "preoperative": 1}
    assert Standing.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_saving_a_form_makes_the_row_anew_in_the_same_transaction(registry):
    subject = hospital.a_patient(registry)
    given = {**hospital.CHEMOTHERAPY, "started_on": str(hospital.day(7)), "ended_on": str(hospital.day(77))}
    hospital.fill(registry, subject, "chemotherapy", given)
    row = kept(registry, subject)
    assert ["chemotherapy", None] in row.progress["progress"]["filled"]
    assert wrong_rows(registry) == []


def test_what_is_kept_after_a_whole_course_is_what_the_records_say(registry):
    subject = hospital.a_full_course(registry)
    refresh_progress(registry, subject.id)
    row = kept(registry, subject)
    assert (row.progress, row.agenda) == progress.rows_of(*standings(registry, [subject.id])[subject.id])
    assert wrong_rows(registry) == []


def test_a_row_that_lies_is_found(registry):
    subject = hospital.a_full_course(registry)
    refresh_progress(registry, subject.id)
    row = kept(registry, subject)
    row.progress = {**row.progress, "cdlm": {"yes": 99}}
    registry.flush()
    assert wrong_rows(registry) == [subject.id]


def test_a_change_that_nobody_told_of_is_seen_by_the_trail_and_shown_right(registry):
    subject = hospital.a_full_course(registry)
    refresh_progress(registry, subject.id)
    entry = registry.scalars(
        select(FormEntry).where(FormEntry.subject_id == subject.id, FormEntry.form_code == "pathology")
    ).one()
    entry.state = "started"
    registry.flush()
    assert stored.outdated(registry, progress.MADE_BY) == [subject.id]
    (line,) = the_list(registry).lines
    assert line.next.form == "pathology"
    assert refresh_outdated(registry) == 1
    assert stored.outdated(registry, progress.MADE_BY) == []
    assert the_list(registry).lines[0].next == line.next


def test_rows_of_another_version_of_the_program_are_made_anew(registry, monkeypatch):
    subject = hospital.a_patient(registry)
    refresh_progress(registry, subject.id)
    before = the_list(registry).lines[0].next
    monkeypatch.setattr(progress, "MADE_BY", "a later version")
    assert the_list(registry).lines[0].next == before
    assert refresh_outdated(registry) == 1
    assert kept(registry, subject).made_by == "a later version"


@pytest.mark.parametrize("days", [-400, -60, -1, 0, 1, 40, 200, 1000])
def test_the_kept_agenda_is_as_urgent_as_the_step_on_every_day(registry, days):
    hospital.a_full_course(registry)
    hospital.a_patient(registry)
    refresh_outdated(registry)
    on = hospital.TODAY + timedelta(days=days)
    for actor in (MANAGER, RADIOLOGIST):
        page = the_list(registry, actor, on=on)
        for line in page.lines:
            assert numbers(the_list(registry, actor, on=on, urgency=line.next.urgency)).count(line.row.number) == 1
        assert sum(page.n_by_urgency.values()) == len(page.lines)


@pytest.mark.parametrize("days", [-400, 1, 200, 1000])
@pytest.mark.parametrize("are_kept", [True, False])
def test_patients_overdue_are_counted_by_site_as_the_table_lists_them(registry, monkeypatch, days, are_kept):
    hospital.a_full_course(registry)
    hospital.a_patient(registry)
    hospital.a_patient(registry, hospital.OTHER_SITE, road="simultaneous")
    refresh_outdated(registry)
    if not are_kept:
        monkeypatch.setattr(progress, "MADE_BY", "a later version")
    on = hospital.TODAY + timedelta(days=days)
    for actor in (MANAGER, RADIOLOGIST):
        listed = Counter(line.row.site_code for line in the_list(registry, actor, on=on, urgency=Urgency.OVERDUE).lines)
        assert {site.code: n for site, n in overdue_by_site(registry, actor, on)} == listed
    assert listed or days != 1000


def test_filters_leave_what_they_name_and_counts_say_how_many(registry):
    first = hospital.a_patient(registry)
    other = hospital.a_patient(registry, hospital.OTHER_SITE, road="simultaneous")
    assert numbers(the_list(registry, site_code=hospital.OTHER_SITE)) == [other.number]
    assert numbers(the_list(registry, road="prospective")) == [first.number]
    assert numbers(the_list(registry, urgency=Urgency.DONE)) == []
    assert sum(the_list(registry, urgency=Urgency.DONE).n_by_urgency.values()) == 2


def test_the_table_is_sorted_by_number_by_registration_and_by_the_next_due_day(registry):
    course = hospital.a_full_course(registry)
    later = hospital.a_patient(registry)
    registry.connection().exec_driver_sql(
        "update subject set registered_on = registered_on + 10 where number = %s", (later.number,)
    )
    refresh_outdated(registry)
    assert numbers(the_list(registry)) == [course.number, later.number]
    assert numbers(the_list(registry, order=Order.REGISTERED)) == [later.number, course.number]
    dues = {line.row.number: line.next.window.due_on for line in the_list(registry).lines}
    assert numbers(the_list(registry, order=Order.DUE)) == sorted(dues, key=dues.get)


def test_who_may_not_see_outcomes_cannot_sort_or_filter_by_what_forms_say(registry):
    course = hospital.a_full_course(registry)
    registry.scalars(
        select(FormEntry).where(FormEntry.subject_id == course.id, FormEntry.form_code == "surgery")
    ).one().state = "started"
    refresh_outdated(registry)
    assert the_list(registry).n_by_urgency == {Urgency.TO_DO: 1}
    assert the_list(registry, RADIOLOGIST).n_by_urgency == {Urgency.OVERDUE: 1}
    assert the_list(registry, RADIOLOGIST, urgency=Urgency.TO_DO).lines == []


def test_the_number_of_queries_is_the_same_for_5_and_for_50_patients(registry):
    counts = []
    for n in (5, 45):
        for _ in range(n):
            hospital.a_patient(registry)
        refresh_outdated(registry)
        counts.append(statements(registry, lambda: the_list(registry)))
    assert counts[0] == counts[1]


def test_working_standings_out_takes_as_many_queries_for_1_as_for_20(registry):
    subjects = [hospital.a_patient(registry) for _ in range(20)]
    ids = [subject.id for subject in subjects]
    one = statements(registry, lambda: standings(registry, ids[:1]))
    assert statements(registry, lambda: standings(registry, ids)) == one


def test_making_everything_anew_puts_a_lying_row_right(registry):
    subject = hospital.a_full_course(registry)
    refresh_progress(registry, subject.id)
    kept(registry, subject).agenda = {}
    registry.flush()
    assert wrong_rows(registry) == [subject.id]
    assert progress.refresh_all(registry) == 1
    assert wrong_rows(registry) == []
