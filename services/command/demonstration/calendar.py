"""The days of a patient's course as far as it goes before surgery, whichever road the patient came by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from casebook.domain.course import RESECTABLE
from services.command.demonstration.answers import CYCLE_DAYS, regimen
from services.command.demonstration.case import Case
from services.command.demonstration.chance import later, workday
from services.command.demonstration.stories import Meetings

FIRST_CYCLES: Final = (4, 9)
FURTHER_CYCLES: Final = (2, 6)
DECISIONS: Final[Mapping[Meetings, tuple[str, ...]]] = {
    Meetings.RESECTABLE: ("resectable",),
    Meetings.BORDERLINE_FIRST: ("borderline", "resectable"),
    Meetings.UNRESECTABLE_FIRST: ("unresectable", "resectable"),
    Meetings.THIRD_TIME: ("unresectable", "borderline", "resectable"),
    Meetings.NEVER: ("borderline", "unresectable"),
}
DAYS_CT_TO_MRI: Final = (0, 8)
DAYS_TO_IMAGING: Final = (12, 24)
"""From the last chemotherapy to CT."""
DAYS_TO_MEETING: Final = (3, 12)
DAYS_TO_NEXT_COURSE: Final = (4, 10)


@dataclass(frozen=True, slots=True)
class Course:
    """A course of chemotherapy."""

    regimen: str
    n_cycles: int
    started_on: date
    ended_on: date


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of the multidisciplinary team and what it decided."""

    decided_on: date
    decision: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days before surgery.

    There is no second registration without a resectable decision, nor while the site may not register.
    """

    consented_on: date
    diagnosed_on: date
    baseline: tuple[date, date]
    listed_on: date
    courses: tuple[Course, ...]
    preoperative: tuple[date, date]
    meetings: tuple[Meeting, ...]
    second_on: date | None

    @property
    def is_given_up(self) -> bool:
        """The last meeting found no way to operate."""
        return self.meetings[-1].decision != RESECTABLE


def plan_calendar(case: Case) -> Calendar:
    """Return the days: forward from the first registration, or back from it where chemotherapy was over."""
    random = case.chance("calendar")
    first_on = case.enrolment.registered_on
    decisions = DECISIONS[_meetings(case)]
    start = later(random, first_on, 3, 14)
    courses, preoperative, meetings = _until_decided(case, start, decisions)
    if case.is_simultaneous:
        back = meetings[-1].decided_on - (first_on - timedelta(days=random.randint(0, 6)))
        courses, preoperative, meetings = _until_decided(case, start - back, decisions, no_later_than=first_on)
    ct_on = first_on - timedelta(days=random.randint(6, 20))
    if case.is_simultaneous:
        ct_on = courses[0].started_on - timedelta(days=random.randint(8, 25))
    mri_on = ct_on + timedelta(days=random.randint(0, 5))
    return Calendar(
        consented_on=first_on - timedelta(days=random.randint(0, 5)),
        diagnosed_on=ct_on - timedelta(days=random.randint(5, 60)),
        baseline=(ct_on, mri_on),
        listed_on=later(random, first_on, 4, 21),
        courses=courses,
        preoperative=preoperative,
        meetings=meetings,
        second_on=_second(case, meetings[-1], later(random, meetings[-1].decided_on, 1, 9)),
    )


def _meetings(case: Case) -> Meetings:
    """Nobody who is never resectable comes by the simultaneous road."""
    never = case.is_simultaneous and case.story.meetings is Meetings.NEVER
    return Meetings.BORDERLINE_FIRST if never else case.story.meetings


def _second(case: Case, last: Meeting, on: date) -> date | None:
    if last.decision != RESECTABLE:
        return None
    if case.is_simultaneous:
        return case.enrolment.registered_on
    return on if on <= case.registers_until else None


def _until_decided(
    case: Case, start: date, decisions: tuple[str, ...], no_later_than: date | None = None
) -> tuple[tuple[Course, ...], tuple[date, date], tuple[Meeting, ...]]:
    """Return courses, images and meetings; images are those before the last meeting."""
    random = case.chance("until decided")
    courses, meetings = [], []
    ct_on = mri_on = start
    for place, decision in enumerate(decisions):
        course = _course(case, place, start)
        ct_on = later(random, course.ended_on, *DAYS_TO_IMAGING)
        mri_on = later(random, ct_on, *DAYS_CT_TO_MRI)
        decided_on = later(random, mri_on, *DAYS_TO_MEETING)
        latest = no_later_than or decided_on
        ct_on, mri_on, decided_on = min(ct_on, latest), min(mri_on, latest), min(decided_on, latest)
        courses.append(course)
        meetings.append(Meeting(decided_on, decision))
        start = later(random, decided_on, *DAYS_TO_NEXT_COURSE)
    return tuple(courses), (ct_on, mri_on), tuple(meetings)


def _course(case: Case, place: int, start: date) -> Course:
    random = case.chance("course", place)
    given = regimen(random)
    n_cycles = random.randint(*(FURTHER_CYCLES if place else FIRST_CYCLES))
    started_on = workday(start)
    return Course(given, n_cycles, started_on, workday(started_on + timedelta(days=(n_cycles - 1) * CYCLE_DAYS[given])))
