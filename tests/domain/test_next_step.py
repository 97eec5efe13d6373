"""What to do next for a subject, step by step along the course."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from casebook.domain.forms.values import Entry
from casebook.domain.imaging import SeriesRole
from casebook.domain.next_step import Progress, Urgency, next_step
from tests.domain.builders import dream

DAY_0 = date(2024, 1, 10)
SURGERY_ON = DAY_0 + timedelta(days=121)
REQUIRED = frozenset(item.role for item in dream().requirements("baseline") if item.necessity == "required")
START = Progress(registered_on=DAY_0)


def day(number: int) -> date:
    return DAY_0 + timedelta(days=number)


def filled(progress: Progress, form: str, timepoint: str | None = None, **answers) -> Progress:
    lesions = answers.pop("lesions", {})
    entries = {**progress.entries, form: (*progress.entries.get(form, ()), Entry(answers, lesions))}
    return replace(progress, entries=entries, filled=progress.filled | {(form, timepoint)})


def imaged(progress: Progress, timepoint: str, roles=REQUIRED) -> Progress:
    return replace(progress, arrived={**progress.arrived, timepoint: frozenset(roles)})


def said(progress: Progress, on: int = 500, *, images_only: bool = False) -> str:
    return next_step(dream(), progress, today=day(on), images_only=images_only).text.en


AFTER_ELIGIBILITY = filled(START, "eligibility")
AFTER_BASELINE = replace(imaged(AFTER_ELIGIBILITY, "baseline"), n_lesions=2)
AFTER_DISEASE = filled(AFTER_BASELINE, "baseline-disease")
AFTER_CHEMOTHERAPY = filled(AFTER_DISEASE, "chemotherapy", started_on=day(7), ended_on=day(77))
AFTER_IMAGES = imaged(AFTER_CHEMOTHERAPY, "preoperative")
AFTER_MDT = filled(AFTER_IMAGES, "mdt-decision", decided_on=day(105), resectability="resectable")
AFTER_SECOND = filled(AFTER_MDT, "eligibility-second", confirmed_on=day(109))
AFTER_READ = replace(AFTER_SECOND, is_read=True)
FATES = {"L1": {"fate": "resected"}, "L2": {"fate": "left-in-place"}}
AFTER_SURGERY = filled(AFTER_READ, "surgery", operated_on=SURGERY_ON, lesions=FATES)
AFTER_PATHOLOGY = filled(AFTER_SURGERY, "pathology", operated_on=SURGERY_ON, lesions={"L1": {}})


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (START, "Eligibility, first registration"),
        (imaged(AFTER_ELIGIBILITY, "baseline"), "list the baseline lesions"),
        (AFTER_BASELINE, "Baseline disease"),
        (AFTER_DISEASE, "Chemotherapy"),
        (AFTER_IMAGES, "MDT decision"),
        (AFTER_MDT, "Eligibility, second registration"),
        (AFTER_SECOND, "waits for the central read"),
        (AFTER_READ, "Surgery"),
        (AFTER_SURGERY, "pathology of L1"),
    ],
)
def test_each_step_follows_the_one_before(progress, text):
    assert said(progress) == text


def test_images_that_have_not_come_are_asked_for_with_their_due_day():
    assert said(AFTER_ELIGIBILITY, on=10) == "Baseline images due 10 days ago"
    late = next_step(dream(), AFTER_ELIGIBILITY, today=day(15))
    assert (late.text.en, late.urgency) == ("Baseline images overdue by 15 days", Urgency.OVERDUE)


def test_missing_series_are_named_and_many_are_counted():
    one = imaged(AFTER_CHEMOTHERAPY, "preoperative", REQUIRED - {SeriesRole.ADC})
    assert said(one) == "Pre-operative: ADC missing"
    only_ct = imaged(AFTER_CHEMOTHERAPY, "preoperative", {SeriesRole.CT_PORTAL_VENOUS})
    assert said(only_ct) == "Pre-operative: DWI, ADC, T1 in phase and 6 more missing"


def test_chemotherapy_without_a_last_day_is_waited_for():
    running = next_step(dream(), filled(AFTER_DISEASE, "chemotherapy", started_on=day(7)), today=day(50))
    assert running.urgency is Urgency.WAITING
    assert running.form == "chemotherapy"


def test_a_liver_that_is_not_resectable_waits_for_the_next_meeting():
    no = filled(AFTER_IMAGES, "mdt-decision", decided_on=day(105), resectability="unresectable")
    assert next_step(dream(), no, today=day(110)).urgency is Urgency.WAITING
    yes = filled(no, "mdt-decision", decided_on=day(160), resectability="resectable")
    assert said(yes) == "Eligibility, second registration"


@pytest.mark.parametrize(
    ("after_surgery_days", "text", "urgency"),
    [
        (10, f"Month 3 form due {SURGERY_ON + timedelta(days=91)}", Urgency.WAITING),
        (85, "Month 3 form due in 6 days", Urgency.TO_DO),
        (90, "Month 3 form due in 1 day", Urgency.TO_DO),
        (91, "Month 3 form due today", Urgency.TO_DO),
        (119, "Month 3 form due 28 days ago", Urgency.TO_DO),
        (120, "Month 3 form overdue by 29 days", Urgency.OVERDUE),
    ],
)
def test_a_follow_up_is_announced_due_and_overdue_by_its_window(after_surgery_days, text, urgency):
    step = next_step(dream(), AFTER_PATHOLOGY, today=SURGERY_ON + timedelta(days=after_surgery_days))
    assert (step.text.en, step.urgency, step.form, step.timepoint) == (text, urgency, "follow-up", "month-3")


def test_after_the_last_follow_up_the_study_is_ended():
    progress = AFTER_PATHOLOGY
    for timepoint in dream().form("follow-up").timepoints:
        progress = filled(progress, "follow-up", timepoint)
    assert said(progress) == "End of study"
    assert next_step(dream(), filled(progress, "end-of-study"), today=day(900)).urgency is Urgency.DONE


def test_a_study_that_has_ended_asks_for_nothing_more():
    assert next_step(dream(), filled(START, "end-of-study"), today=day(1)).urgency is Urgency.DONE


@pytest.mark.parametrize("progress", [START, AFTER_DISEASE, AFTER_IMAGES, AFTER_READ, AFTER_PATHOLOGY])
def test_who_sees_images_only_learns_nothing_of_the_forms(progress):
    assert said(progress, images_only=True) == "nothing about images"


def test_who_sees_images_only_still_learns_which_images_are_missing():
    missing = imaged(AFTER_CHEMOTHERAPY, "preoperative", REQUIRED - {SeriesRole.T2})
    assert said(missing, images_only=True) == "Pre-operative: T2 missing"
