"""What to do next for a subject, step by step along the course."""

import json
from datetime import date, timedelta
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.forms.values import Entry
from casebook.domain.imaging import SeriesRole
from casebook.domain.next_step import Urgency, next_step
from casebook.domain.progress import Progress
from casebook.domain.study.model import Anchor
from casebook.domain.subject_status import StatusChange, StatusKind, WithdrawnFrom
from tests.domain.builders import dream

DAY_0 = date(2024, 1, 10)
SURGERY_ON = DAY_0 + timedelta(days=121)
REQUIRED = frozenset(item.role for item in dream().requirements("baseline") if item.necessity == "required")
MAX_SECONDS_EACH = 100e-6


def day(number: int) -> date:
    return DAY_0 + timedelta(days=number)


class Course:
    """A subject under way: forms by timepoint, and what else a progress is made of."""

    def __init__(self, forms=(), **facts):
        self.forms = tuple(forms)
        self.facts = {"road": "prospective", "registered_on": DAY_0, **facts}

    def filled(self, form, timepoint=None, *, lesions=None, **answers):
        return Course((*self.forms, (form, timepoint, Entry(answers, lesions or {}))), **self.facts)

    def imaged(self, timepoint, roles=REQUIRED):
        return self.known(arrived={**self.facts.get("arrived", {}), timepoint: frozenset(roles)})

    def known(self, **facts):
        return Course(self.forms, **{**self.facts, **facts})

    def status(self, kind, on, **more):
        return self.filled("status-change", kind=kind, happened_on=day(on), **more)

    @property
    def progress(self) -> Progress:
        codes = {form for form, _, _ in self.forms}
        entries = {code: tuple(entry for form, _, entry in self.forms if form == code) for code in codes}
        return Progress.of(entries, filled={(form, timepoint) for form, timepoint, _ in self.forms}, **self.facts)


def said(course: Course, on: int = 500, *, images_only: bool = False) -> str:
    return next_step(dream(), course.progress, today=day(on), images_only=images_only).text.en


START = Course()
AFTER_ELIGIBILITY = START.filled("eligibility")
AFTER_LIST = AFTER_ELIGIBILITY.imaged("baseline").known(n_lesions=2)
AFTER_BASELINE = AFTER_LIST.known(baseline_locked=True)
AFTER_DISEASE = AFTER_BASELINE.filled("baseline-disease")
AFTER_CHEMOTHERAPY = AFTER_DISEASE.filled("chemotherapy", started_on=day(7), ended_on=day(77))
AFTER_IMAGES = AFTER_CHEMOTHERAPY.imaged("preoperative")
AFTER_MDT = AFTER_IMAGES.filled("mdt-decision", decided_on=day(105), resectability="resectable")
AFTER_SECOND = AFTER_MDT.filled("eligibility-second").known(second_registered_on=day(109))
AFTER_READ = AFTER_SECOND.known(is_read=True)
FATES = {"L1": {"fate": "resected"}, "L2": {"fate": "left-in-place"}}
AFTER_SURGERY = AFTER_READ.filled("surgery", operated_on=SURGERY_ON, lesions=FATES)
AFTER_PATHOLOGY = AFTER_SURGERY.filled("pathology", operated_on=SURGERY_ON, lesions={"L1": {}})


@pytest.mark.parametrize(
    ("course", "text"),
    [
        (START, "Eligibility, first registration"),
        (AFTER_ELIGIBILITY.imaged("baseline"), "list the baseline lesions"),
        (AFTER_LIST, "lock the baseline list"),
        (AFTER_BASELINE, "Baseline disease"),
        (AFTER_DISEASE, "Chemotherapy"),
        (AFTER_IMAGES, "MDT decision"),
        (AFTER_MDT, "second registration"),
        (AFTER_SECOND, "waits for the central read"),
        (AFTER_READ, "Surgery"),
        (AFTER_SURGERY, "pathology of L1"),
    ],
)
def test_each_step_follows_the_one_before(course, text):
    assert said(course) == text


def test_images_that_have_not_come_are_asked_for_with_their_due_day():
    assert said(AFTER_ELIGIBILITY, on=10) == "Baseline images due 10 days ago"
    late = next_step(dream(), AFTER_ELIGIBILITY.progress, today=day(15))
    assert (late.text.en, late.urgency) == ("Baseline images overdue by 15 days", Urgency.OVERDUE)


def test_missing_series_are_named_and_many_are_counted():
    one = AFTER_CHEMOTHERAPY.imaged("preoperative", REQUIRED - {SeriesRole.ADC})
    assert said(one) == "Pre-operative: ADC missing"
    only_ct = AFTER_CHEMOTHERAPY.imaged("preoperative", {SeriesRole.CT_PORTAL_VENOUS})
    assert said(only_ct) == "Pre-operative: DWI, ADC, T1 in phase and 6 more missing"


def test_where_nothing_was_sent_the_course_goes_on_once_what_is_done_on_the_images_is_done():
    listed = AFTER_ELIGIBILITY.known(n_lesions=2)
    assert said(listed, on=10) == "Baseline images due 10 days ago"
    assert said(listed.known(baseline_locked=True)) == "Baseline disease"
    assert said(AFTER_CHEMOTHERAPY).startswith("Pre-operative images")
    assert said(AFTER_CHEMOTHERAPY.known(is_read=True)) == "MDT decision"
    partly = AFTER_CHEMOTHERAPY.known(is_read=True).imaged("preoperative", REQUIRED - {SeriesRole.ADC})
    assert said(partly) == "Pre-operative: ADC missing"


def test_chemotherapy_without_a_last_day_is_waited_for():
    running = next_step(dream(), AFTER_DISEASE.filled("chemotherapy", started_on=day(7)).progress, today=day(50))
    assert running.urgency is Urgency.WAITING
    assert running.form == "chemotherapy"


def test_a_liver_that_is_not_resectable_waits_for_the_next_meeting():
    no = AFTER_IMAGES.filled("mdt-decision", decided_on=day(105), resectability="unresectable")
    assert next_step(dream(), no.progress, today=day(110)).urgency is Urgency.WAITING
    yes = no.filled("mdt-decision", decided_on=day(160), resectability="resectable")
    assert said(yes) == "second registration"


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
    step = next_step(dream(), AFTER_PATHOLOGY.progress, today=SURGERY_ON + timedelta(days=after_surgery_days))
    assert (step.text.en, step.urgency, step.form, step.timepoint) == (text, urgency, "follow-up", "month-3")


def test_after_the_last_follow_up_the_study_is_ended():
    course = AFTER_PATHOLOGY
    for timepoint in dream().form("follow-up").timepoints:
        course = course.filled("follow-up", timepoint)
    assert said(course) == "End of study"
    assert next_step(dream(), course.filled("end-of-study").progress, today=day(900)).urgency is Urgency.DONE


def test_a_study_that_has_ended_asks_for_nothing_more():
    assert next_step(dream(), START.filled("end-of-study").progress, today=day(1)).urgency is Urgency.DONE


SIMULTANEOUS = Course(road="simultaneous")
SAME_DAY = SIMULTANEOUS.filled("eligibility")
IN_RETROSPECT = SAME_DAY.filled("chemotherapy", started_on=day(-100), ended_on=day(-20))
DECIDED = IN_RETROSPECT.filled("mdt-decision", decided_on=DAY_0, resectability="resectable")
BOTH = DECIDED.filled("eligibility-second").known(second_registered_on=DAY_0)


@pytest.mark.parametrize(
    ("course", "text"),
    [
        (SIMULTANEOUS, "Eligibility, first registration"),
        (SAME_DAY, "Chemotherapy"),
        (IN_RETROSPECT, "MDT decision"),
        (DECIDED, "second registration"),
        (BOTH, "Baseline images due 10 days ago"),
        (BOTH.imaged("baseline"), "list the baseline lesions"),
        (BOTH.imaged("baseline").known(n_lesions=3), "lock the baseline list"),
        (BOTH.imaged("baseline").known(n_lesions=3, baseline_locked=True), "Baseline disease"),
    ],
)
def test_on_the_simultaneous_road_both_registrations_come_before_the_images(course, text):
    assert said(course, on=10) == text


def test_work_begun_comes_before_work_to_begin():
    draft = AFTER_READ.known(unfinished=[("surgery", None, 1)])
    step = next_step(dream(), draft.progress, today=day(130))
    assert (step.text.en, step.urgency, step.form) == ("finish the form: Surgery", Urgency.TO_DO, "surgery")
    later = AFTER_PATHOLOGY.known(unfinished=[("follow-up", "month-3", 1)])
    assert said(later) == "finish the form: Follow-up, Month 3"


def test_an_unfinished_form_does_not_hide_missing_images_from_who_sees_only_those():
    draft = AFTER_CHEMOTHERAPY.known(unfinished=[("mdt-decision", None, 1)])
    assert said(draft, images_only=True) == "Pre-operative images overdue by 402 days"


@pytest.mark.parametrize(
    ("course", "text"),
    [
        (AFTER_DISEASE.status("death", 30), f"died {day(30)}: End of study"),
        (AFTER_SURGERY.status("death", 130), f"died {day(130)}: pathology of L1"),
        (AFTER_SURGERY.status("lost-to-follow-up", 130), f"lost to follow-up {day(130)}: pathology of L1"),
        (AFTER_ELIGIBILITY.status("found-ineligible", 9), f"found ineligible {day(9)}: End of study"),
        (
            AFTER_SURGERY.status("withdrawal", 130, withdrawn_from="all-data"),
            f"withdrew {day(130)}: End of study",
        ),
        (AFTER_SURGERY.status("withdrawal", 130, withdrawn_from="treatment"), "pathology of L1"),
        (AFTER_DISEASE.status("found-ineligible", 9).status("death", 30), f"died {day(30)}: End of study"),
    ],
)
def test_who_has_left_owes_only_what_lies_before(course, text):
    assert said(course) == text


def test_who_has_left_and_is_closed_is_done():
    closed = AFTER_DISEASE.status("death", 30).filled("end-of-study")
    assert next_step(dream(), closed.progress, today=day(40)).urgency is Urgency.DONE


COURSES = [START, AFTER_DISEASE, AFTER_IMAGES, AFTER_READ, AFTER_PATHOLOGY]


@pytest.mark.parametrize("course", [*COURSES, AFTER_PATHOLOGY.status("death", 150)])
def test_who_sees_images_only_learns_nothing_of_the_forms(course):
    assert said(course, images_only=True) == "nothing about images"


def test_who_sees_images_only_still_learns_which_images_are_missing():
    missing = AFTER_CHEMOTHERAPY.imaged("preoperative", REQUIRED - {SeriesRole.T2})
    assert said(missing, images_only=True) == "Pre-operative: T2 missing"


DAYS = st.dates(date(2016, 1, 1), date(2026, 1, 1))
FORMS_AT = st.tuples(st.sampled_from(["surgery", "follow-up"]), st.sampled_from([None, "month-3"]))
PROGRESS = st.builds(
    Progress,
    road=st.sampled_from(["prospective", "simultaneous"]),
    dates=st.dictionaries(st.sampled_from(Anchor), DAYS),
    n_lesions=st.integers(0, 20),
    baseline_locked=st.booleans(),
    filled=st.frozensets(FORMS_AT),
    unfinished=st.lists(st.tuples(st.just("surgery"), st.none(), st.integers(1, 3)), max_size=2).map(tuple),
    arrived=st.dictionaries(st.sampled_from(["baseline", "preoperative"]), st.frozensets(st.sampled_from(SeriesRole))),
    is_read=st.booleans(),
    resectability=st.sampled_from([None, "resectable", "borderline", "unresectable"]),
    awaiting_pathology=st.sampled_from([(), ("L1", "L10")]),
    status=st.lists(
        st.builds(StatusChange, st.sampled_from(StatusKind), DAYS, st.sampled_from([None, *WithdrawnFrom])), max_size=3
    ).map(tuple),
)


def test_a_visit_that_was_not_done_is_answered_and_the_next_one_is_asked():
    late = AFTER_PATHOLOGY
    assert said(late, on=121 + 240).startswith("Month 3 form overdue")
    assert said(late.known(not_done={"month-3"}), on=121 + 240).startswith("Month 6 form overdue")
    assert said(late.known(not_done={"month-3", "month-6"}), on=121 + 240).startswith("Month 12 form due")


def test_images_that_came_say_that_it_took_place_after_all():
    contradicted = AFTER_PATHOLOGY.known(not_done={"month-3"}).imaged("month-3", {SeriesRole.CT_PORTAL_VENOUS})
    step = next_step(dream(), contradicted.progress, today=SURGERY_ON + timedelta(days=240))
    assert (step.timepoint, step.urgency) == ("month-3", Urgency.OVERDUE)


def test_a_progress_keeps_it():
    progress = AFTER_PATHOLOGY.known(not_done={"month-6", "month-3"}).progress
    assert progress.to_json()["not_done"] == ["month-3", "month-6"]
    assert Progress.from_json(progress.to_json()) == progress


@given(PROGRESS)
def test_a_stored_progress_reads_back_equal_and_gives_the_same_step(progress):
    stored = json.loads(json.dumps(progress.to_json()))
    again = Progress.from_json(stored)
    assert again == progress
    assert again.to_json() == stored
    assert next_step(dream(), again, today=day(9)) == next_step(dream(), progress, today=day(9))


def test_the_next_step_of_four_hundred_subjects_is_a_matter_of_milliseconds():
    definition = dream()
    progresses = [course.progress for course in (*COURSES, AFTER_SECOND, AFTER_SURGERY, BOTH)]
    n_rounds = 50
    fastest = min(_seconds(definition, progresses) for _ in range(n_rounds))
    assert fastest / len(progresses) < MAX_SECONDS_EACH


def _seconds(definition, progresses) -> float:
    started = perf_counter()
    for progress in progresses:
        next_step(definition, progress, today=day(500))
    return perf_counter() - started
