"""What a site owes on a day, and the mail that says so: by the days of the definition, with numbers and nothing else."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.errors import Invalid
from casebook.domain.next_step import next_step
from casebook.domain.progress import Progress
from casebook.domain.reminder_mail import MOST_LINES, digest_mail, require_address
from casebook.domain.reminders import (
    Owed,
    ReminderState,
    digest,
    owed_answer,
    owed_approval,
    owed_by_patient,
    reminder_of,
)
from casebook.domain.study import StudyDefinitionError, load_study
from casebook.domain.study.model import Anchor, Reminder, ReminderOf
from casebook.domain.texts import Text
from tests.domain.builders import DREAM_PATH, dream

DAY = date(2026, 3, 2)
PATHOLOGY = next(item for item in dream().reminders if item.form == "pathology")
NAME = Text("Hospital", "病院")
S = ReminderState


def owed(reminder: Reminder = PATHOLOGY, *, base=DAY, closes=None, reference="JP-03-0001"):
    return Owed(reminder, reference, Text("Pathology", "病理"), base, closes or base, "/patients/JP-03-0001")


def mail_of(found, language="en"):
    return digest_mail(
        found,
        study="DREAM",
        site_name=NAME,
        to="a@b.example",
        language=language,
        public_url="https://casebook.example/",
    )


def days(number):
    return DAY + timedelta(days=number)


def test_a_form_is_due_overdue_and_escalated_by_the_days_of_the_definition():
    assert (PATHOLOGY.after_days, PATHOLOGY.escalate_after_days) == (28, 84)
    states = {number: owed().state(days(number)) for number in (27, 28, 29, 84, 85)}
    assert states == {27: S.NOT_DUE, 28: S.DUE, 29: S.OVERDUE, 84: S.OVERDUE, 85: S.ESCALATED}


def test_what_may_still_come_within_its_window_is_due_and_not_overdue():
    item = owed(closes=days(60))
    assert [item.state(days(n)) for n in (28, 60, 61, 85)] == [S.DUE, S.DUE, S.OVERDUE, S.ESCALATED]


def test_an_item_is_called_for_every_so_many_days_and_once_for_the_days_nobody_was_told():
    assert PATHOLOGY.every_days == 14
    called = [n for n in range(80) if owed().is_called_for(days(n), since=days(n - 1))]
    assert called == [28, 42, 56, 70]
    assert owed().is_called_for(days(45), since=days(41))
    assert not owed().is_called_for(days(45), since=days(42))


@given(as_of=st.integers(-100, 400), told=st.integers(-100, 400))
def test_nothing_is_told_before_it_is_due_and_everything_is_told_within_its_pace(as_of, told):
    item = owed()
    called = item.is_called_for(days(as_of), since=days(told))
    if as_of < PATHOLOGY.after_days:
        assert not called
    elif as_of - told >= PATHOLOGY.every_days:
        assert called
    if told >= as_of:
        assert not called


@given(numbers=st.lists(st.integers(-50, 200), min_size=1, max_size=8))
def test_an_item_only_ever_gets_graver(numbers):
    order = list(S)
    states = [order.index(owed().state(days(n))) for n in sorted(numbers)]
    assert states == sorted(states)


def test_a_digest_begins_with_the_gravest_and_is_the_same_in_whatever_order_it_is_made():
    items = [owed(base=days(n), reference=f"JP-03-000{n % 7}") for n in (0, 60, 100, 58)]
    made = [digest("JP-03", one, as_of=days(100), since=days(99)) for one in (items, items[::-1])]
    assert made[0] == made[1]
    assert [item.state for item in made[0].items] == [S.ESCALATED, S.OVERDUE, S.OVERDUE]


def test_a_follow_up_form_is_counted_from_its_window_and_an_operation_from_the_second_registration():
    step = next_step(dream(), Progress(road="prospective", filled=frozenset({("eligibility", None)})), today=DAY)
    assert step.form is None
    registered = {Anchor.SECOND_REGISTRATION: DAY}
    surgery = replace(step, form="surgery", window=None)
    found = owed_by_patient(dream(), Progress(road="prospective", dates=registered), surgery, number="JP-03-0001")
    assert (found.due_on, found.path) == (days(14), "/patients/JP-03-0001/forms/surgery")
    assert owed_by_patient(dream(), Progress(road="prospective"), surgery, number="JP-03-0001") is None


def test_images_that_are_missing_are_owed_from_the_day_of_their_window():
    progress = Progress(
        road="prospective", dates={Anchor.FIRST_REGISTRATION: DAY}, filled=frozenset({("eligibility", None)})
    )
    step = next_step(dream(), progress, today=days(100))
    found = owed_by_patient(dream(), progress, step, number="JP-03-0001")
    assert (found.reminder.of, found.path) == (ReminderOf.IMAGES, "/patients/JP-03-0001/images/baseline")
    assert found.state(days(100)) in {S.OVERDUE, S.ESCALATED}


def test_an_answer_is_asked_for_a_week_before_it_is_due():
    item = owed_answer(dream(), query=1001, number="JP-03-0001", due_on=DAY)
    assert [item.state(days(n)) for n in (-8, -7, 0, 1, 14, 15)] == [
        S.NOT_DUE,
        S.DUE,
        S.DUE,
        S.OVERDUE,
        S.OVERDUE,
        S.ESCALATED,
    ]


def test_the_approval_that_ends_last_counts_and_one_without_end_is_never_asked_for():
    found = owed_approval(dream(), site="JP-03", ends=[DAY, days(90)])
    assert found.late_after == days(90)
    assert [found.state(days(n)) for n in (29, 30, 90, 91)] == [S.NOT_DUE, S.DUE, S.DUE, S.ESCALATED]
    assert owed_approval(dream(), site="JP-03", ends=[DAY, None]) is None
    assert owed_approval(dream(), site="JP-03", ends=[]) is None


def test_a_study_without_such_a_reminder_reminds_of_nothing_of_it():
    quiet = replace(dream(), reminders=())
    assert reminder_of(quiet, ReminderOf.QUERIES) is None
    assert owed_answer(quiet, query=1, number=None, due_on=DAY) is None


def test_a_reminder_of_a_form_names_the_form_and_others_name_none():
    text = DREAM_PATH.read_text(encoding="utf-8").replace('of = "images"', 'of = "images"\nform = "surgery"')
    with pytest.raises(StudyDefinitionError) as refused:
        load_study(text)
    assert "belongs to reminders of a form" in str(refused.value)


def test_a_mail_says_how_many_of_what_and_each_with_its_number_in_the_contacts_language():
    items = [owed(base=days(0)), owed(base=days(60), reference="JP-03-0002")]
    found = digest("JP-03", items, as_of=days(100), since=days(99))
    english, japanese = mail_of(found), mail_of(found, "ja")
    assert english.subject == "[DREAM] JP-03: 1 escalated, 1 overdue"
    assert japanese.subject == "[DREAM] JP-03：要督促（長期超過）1件、期限超過1件"
    assert "  JP-03-0001  Pathology: 72 days overdue" in english.body
    assert "  JP-03-0002  病理：12日超過" in japanese.body
    assert "https://casebook.example/work" in english.body
    assert english == mail_of(digest("JP-03", items[::-1], as_of=days(100), since=days(99)))


def test_a_long_mail_names_the_gravest_and_counts_the_rest():
    items = [owed(reference=f"JP-03-{n:04}") for n in range(MOST_LINES + 5)]
    body = mail_of(digest("JP-03", items, as_of=days(100), since=days(99))).body
    assert body.count("JP-03-0") == MOST_LINES
    assert "and 5 more" in body


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b", "a@b.example\nBcc: c@d.example", "a b@c.example", "a@b.example,c@d.e"]
)
def test_what_is_no_mail_address_is_refused(address):
    with pytest.raises(Invalid) as refused:
        require_address(address)
    assert refused.value.field == "address"
    assert require_address("  crc@hospital.example ") == "crc@hospital.example"
