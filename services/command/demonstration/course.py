"""The whole course of one invented patient as what is done about it, in order, up to the day of the demonstration."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from casebook.domain.forms.states import EntryState
from services.command.demonstration import answers
from services.command.demonstration.acts import (
    Act,
    Fill,
    ListLesions,
    Read,
    RegisterFirst,
    RegisterSecond,
)
from services.command.demonstration.calendar import Calendar, Course, plan_calendar
from services.command.demonstration.case import Case, Diary
from services.command.demonstration.chance import happens, later, workday
from services.command.demonstration.following import FollowUp, follow_up, plan_follow_up
from services.command.demonstration.metastases import Metastasis, place_metastases, read_cells
from services.command.demonstration.operation import (
    LEFT,
    Operation,
    adverse_event,
    meeting,
    operate,
    operate_again,
    pathology,
)
from services.command.demonstration.stories import After, Ending
from services.command.demonstration.turns import turn_of
from services.command.demonstration.words import ENDED_EARLY, STATUS_REASONS

COMPLICATION_SHARE: Final = 0.3
DIFFERENT_READER_SHARE: Final = 0.5
SITE_READ_SHARE: Final = 0.2
CLOSED_SHARE: Final = 0.7
"""Of those who left, the share whose end-of-study form is there."""
BEHIND_SHARE: Final = 0.08
BEHIND_DAYS: Final = (30, 100)
"""How far a site may be behind with what it owes about a patient."""
CORRECTED_SHARE: Final = 0.1
"""Patients of whom something was typed wrongly first."""
DAYS_UNTIL_READ: Final = (6, 30)
DAYS_BETWEEN_READS: Final = (0, 10)
DAYS_UNTIL_SETTLED: Final = 21
DAYS_TO_SURGERY: Final = (6, 30)
DAYS_AFTER_CHEMOTHERAPY: Final = 28
DAYS_TO_REPORT: Final = (9, 26)
DAYS_TO_REOPERATION: Final = (25, 60)
COMPLICATION_DAYS: Final = 89
"""Complications are asked about for 90 days."""


@dataclass(frozen=True, slots=True)
class PatientPlan:
    """A patient and everything that is done about it, in order."""

    number: str
    site: str
    road: str
    acts: tuple[Act, ...]


def plan_patient(case: Case) -> PatientPlan:
    """Return what is done about a patient up to the day of the demonstration."""
    calendar = plan_calendar(case)
    lesions = place_metastases(case.chance("lesions"), case.story)
    diary = Diary(case, until=_ends_on(case))
    _baseline(diary, calendar, lesions)
    standing = _until_decided(diary, calendar, lesions)
    _reads(diary, calendar, standing)
    _from_surgery_on(diary, calendar, standing)
    _leaving(diary, calendar)
    latest = _known_until(case)
    done = tuple(act for act in diary.acts if act.on <= latest)
    acts = tuple(sorted(_with_correction(case, done), key=lambda act: act.on))
    enrolment = case.enrolment
    return PatientPlan(enrolment.number, enrolment.site, enrolment.road, acts)


def _known_until(case: Case) -> date:
    """Return the day up to which the site has worked: today, or some time before where it is behind with a patient."""
    random = case.chance("behind")
    if not happens(random, BEHIND_SHARE):
        return case.today
    return max(case.enrolment.registered_on, case.today - timedelta(days=random.randint(*BEHIND_DAYS)))


def _ends_on(case: Case) -> date:
    """Return the day on which the patient leaves; the last day there is for who stays."""
    first_on, ending = case.enrolment.registered_on, case.story.ending
    if ending in {Ending.NONE, Ending.WITHDRAWN_TREATMENT}:
        return date.max
    fewest, most = (15, 120) if ending is Ending.INELIGIBLE else (60, 800)
    age_days = (case.today - first_on).days
    return workday(
        first_on + timedelta(days=case.chance("ends").randint(fewest, max(fewest, min(most, age_days - 20))))
    )


def _baseline(diary: Diary, calendar: Calendar, lesions: tuple[Metastasis, ...]) -> None:
    case, first_on = diary.case, diary.case.enrolment.registered_on
    latest = first_on if case.is_simultaneous else calendar.second_on
    consented = answers.eligibility(case.chance("eligibility"), case.enrolment.road, calendar.consented_on)
    diary.note(RegisterFirst(first_on, consented))
    disease = answers.baseline_disease(
        case.chance("disease"), first_on, calendar.diagnosed_on, lesions, language=case.language
    )
    diary.fill("baseline-disease", disease, first_on, no_later_than=latest)
    _imaging(diary, "baseline", calendar.baseline, latest)
    listed_on = first_on if case.is_simultaneous else calendar.listed_on
    diary.note(ListLesions(listed_on, tuple(lesion.listed for lesion in lesions), is_agreed=True))


def _imaging(diary: Diary, timepoint: str, days: tuple[date, date], latest: date | None) -> None:
    data = answers.imaging(diary.case.chance(timepoint), *days)
    diary.fill("imaging-performed", data, max(days), timepoint=timepoint, no_later_than=latest)


def _until_decided(diary: Diary, calendar: Calendar, lesions: tuple[Metastasis, ...]) -> tuple[Metastasis, ...]:
    """Note chemotherapy, images and meetings up to the second registration; return the lesions that then stand."""
    case, latest = diary.case, calendar.second_on
    for place, (course, held) in enumerate(zip(calendar.courses, calendar.meetings, strict=True), start=1):
        is_last = place == len(calendar.meetings)
        _chemotherapy(diary, course, place, latest)
        if is_last:
            _imaging(diary, "preoperative", calendar.preoperative, latest)
            turned = turn_of(case, lesions, max(diary.on, calendar.preoperative[1]))
            lesions = turned.lesions
            if turned.change is not None:
                diary.note(turned.change)
        decided = meeting(case, place, held, lesions, is_last=is_last)
        diary.fill("mdt-decision", decided, held.decided_on, ordinal=place, no_later_than=latest)
    if calendar.second_on is not None:
        diary.note(RegisterSecond(calendar.second_on, answers.second_eligibility()))
    return lesions


def _chemotherapy(diary: Diary, course: Course, place: int, latest: date | None) -> None:
    """Note a course once it is over; one that still goes on is noted without its last day."""
    case = diary.case
    is_running = course.started_on <= case.today < course.ended_on
    data = answers.chemotherapy(
        case.chance("chemotherapy", place),
        course.regimen,
        1 if is_running else course.n_cycles,
        (course.started_on, None if is_running else course.ended_on),
        language=case.language,
        in_retrospect=case.is_simultaneous,
    )
    happened_on = course.started_on if is_running else course.ended_on
    diary.fill("chemotherapy", data, happened_on, ordinal=place, no_later_than=latest)


def _reads(diary: Diary, calendar: Calendar, lesions: Sequence[Metastasis]) -> None:
    """Note the reads before surgery: the site's own by some, two central ones; of the newest, one is to come."""
    case, random = diary.case, diary.case.chance("reads")
    received_on = max(calendar.preoperative[1], calendar.listed_on, case.enrolment.registered_on)
    first_on = later(random, received_on, *DAYS_UNTIL_READ)
    second_on = later(random, first_on, *DAYS_BETWEEN_READS)
    if happens(random, SITE_READ_SHARE):
        site_on = later(random, received_on, 1, 5)
        cells = read_cells(case.chance("read", 0, False), lesions, differs=False)
        is_new = 0 <= (case.today - site_on).days <= NEW_DAYS
        diary.note(Read(site_on, 0, False, not is_new, cells[: len(cells) // 2] if is_new else cells))
    differs = happens(random, DIFFERENT_READER_SHARE)
    is_settled = (case.today - second_on).days > DAYS_UNTIL_SETTLED
    diary.note(_central_read(case, first_on, 0, lesions, differs=False, is_settled=False))
    diary.note(_central_read(case, second_on, 1, lesions, differs=differs, is_settled=is_settled))


def _central_read(
    case: Case, on: date, place: int, lesions: Sequence[Metastasis], *, differs: bool, is_settled: bool
) -> Read:
    cells = read_cells(case.chance("read", place, True), lesions, differs=differs)
    return Read(on, place, is_central=True, is_signed=True, cells=cells, is_settled=is_settled)


NEW_DAYS: Final = 4
"""A read that was begun in the last days is not finished."""


def _from_surgery_on(diary: Diary, calendar: Calendar, lesions: tuple[Metastasis, ...]) -> None:
    case = diary.case
    if calendar.second_on is None:
        return
    random = case.chance("surgery day")
    earliest = calendar.courses[-1].ended_on + timedelta(days=DAYS_AFTER_CHEMOTHERAPY)
    operated_on = max(later(random, calendar.second_on, *DAYS_TO_SURGERY), workday(earliest))
    if case.story.is_watched:
        _follow(diary, plan_follow_up(case, calendar.second_on, lesions), lesions, ())
        return
    operation = operate(case, operated_on, lesions, leaves_one=case.story.after is not After.NONE)
    diary.fill("surgery", operation.answers, operated_on)
    if operated_on <= diary.until:
        _report(diary, operation, lesions, 1)
        _complications(diary, operated_on)
    left = operation.with_fate(lesions, *LEFT)
    _follow(diary, plan_follow_up(case, operated_on, left), left, operation.with_fate(lesions, "ablated"))


def _report(diary: Diary, operation: Operation, lesions: Sequence[Metastasis], ordinal: int) -> None:
    """Note the pathology, which a site owes after a death too."""
    if not operation.with_fate(lesions, "resected"):
        return
    reported_on = later(diary.case.chance("report", ordinal), operation.operated_on, *DAYS_TO_REPORT)
    data = pathology(diary.case, operation, reported_on, lesions)
    diary.fill("pathology", data, reported_on, ordinal=ordinal, even_after=diary.case.story.ending is Ending.DEATH)


def _complications(diary: Diary, operated_on: date) -> None:
    case, random = diary.case, diary.case.chance("complications")
    if not happens(random, COMPLICATION_SHARE):
        return
    days = sorted(random.randint(1, COMPLICATION_DAYS) for _ in range(random.choice((1, 1, 1, 2))))
    for place, day in enumerate(days, start=1):
        occurred_on = operated_on + timedelta(days=day)
        diary.fill("adverse-event", adverse_event(case, place, occurred_on), occurred_on, ordinal=place)


def _follow(diary: Diary, plan: FollowUp, left: tuple[Metastasis, ...], ablated: tuple[Metastasis, ...]) -> None:
    """Note visit after visit; a site that was resected later is not asked about any more.

    A second operation speaks of the `ablated` lesions too, and from then on so does the follow-up.
    """
    case = diary.case
    for visit in plan.visits:
        diary.fill("follow-up", follow_up(case, plan, visit, left), visit.imaged_on, timepoint=visit.timepoint)
        first = next(iter(left), None)
        is_time = case.story.after is After.RE_RESECTED and plan.recurs_at.get(first.label if first else "")
        if first is not None and is_time == visit.timepoint:
            left = _reoperation(diary, visit.imaged_on, (*left, *ablated), first)
    last = plan.visits[-1] if plan.visits else None
    if last is not None and last.timepoint == "month-24":
        diary.fill("end-of-study", answers.end_of_study(last.imaged_on, None), last.imaged_on)


def _reoperation(
    diary: Diary, seen_on: date, left: tuple[Metastasis, ...], first: Metastasis
) -> tuple[Metastasis, ...]:
    again_on = later(diary.case.chance("again"), seen_on, *DAYS_TO_REOPERATION)
    if again_on > diary.until:
        return left
    operation = operate_again(diary.case, again_on, left, first.label)
    diary.fill("surgery", operation.answers, again_on, ordinal=2)
    _report(diary, operation, left, 2)
    return operation.with_fate(left, *LEFT)


def _leaving(diary: Diary, calendar: Calendar) -> None:
    """Note what took the patient out of the study, and the closing form where it was sent."""
    case, random = diary.case, diary.case.chance("leaving")
    ending, on = case.story.ending, diary.until
    if ending is Ending.WITHDRAWN_TREATMENT:
        on = later(random, max(calendar.courses[0].started_on, case.enrolment.registered_on), 15, 40)
        diary.aside(Fill(on, "status-change", answers.status_change(random, ending, on, language=case.language)))
    if diary.is_over:
        return
    if ending not in {Ending.NONE, Ending.WITHDRAWN_TREATMENT}:
        data = answers.status_change(random, ending, on, language=case.language)
        diary.fill("status-change", data, on, even_after=True)
        if happens(random, CLOSED_SHARE):
            detail = case.phrase(random, STATUS_REASONS[ending.value])
            diary.fill("end-of-study", answers.end_of_study(on, detail), on, even_after=True)
    elif calendar.is_given_up:
        closed_on = later(random, calendar.meetings[-1].decided_on, 14, 60)
        detail = case.phrase(random, ENDED_EARLY)
        diary.fill("end-of-study", answers.end_of_study(closed_on, detail), closed_on)


def _with_correction(case: Case, acts: tuple[Act, ...]) -> tuple[Act, ...]:
    """Return the acts; of some patients the year of birth was typed wrongly, and put right weeks later."""
    random = case.chance("correction")
    place = next((n for n, act in enumerate(acts) if isinstance(act, Fill) and act.form == "baseline-disease"), None)
    if place is None or not happens(random, CORRECTED_SHARE):
        return acts
    right = acts[place]
    assert isinstance(right, Fill)
    year = right.data["birth_year"]
    assert isinstance(year, int)
    wrong = replace(right, data={**right.data, "birth_year": year - random.choice((9, 10, 1))})
    on = later(random, right.on, 14, 50)
    reason = "転記ミスの訂正" if case.language == "ja" else "typed wrongly; corrected from the chart"
    mended = (*acts[:place], wrong, *acts[place + 1 :])
    return mended if on > case.today else (*mended, replace(right, on=on, reason=reason, goal=EntryState.COMPLETE))
