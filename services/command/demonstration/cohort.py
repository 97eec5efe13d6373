"""The whole demonstration study, planned: every site, every patient, every act, from a seed and a day."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from casebook.domain.forms.states import EntryState
from casebook.domain.study import StudyDefinition
from services.command.demonstration.accrual import plan_enrolments
from services.command.demonstration.acts import Act, Fill, RegisterFirst, RegisterSecond
from services.command.demonstration.case import Case
from services.command.demonstration.chance import chance, happens
from services.command.demonstration.course import PatientPlan, plan_patient
from services.command.demonstration.sites import SitePlan, plan_sites
from services.command.demonstration.stories import plan_stories

SEED: Final = 1527
N_PATIENTS: Final = 224
PACES: Final = (0.5, 2.2)
"""How quickly sites fill forms; the slowest take four times as long as the quickest."""
GOALS: Final = (
    (timedelta(days=300), EntryState.LOCKED, 0.95),
    (timedelta(days=150), EntryState.FROZEN, 0.9),
    (timedelta(days=75), EntryState.SIGNED, 0.85),
    (timedelta(days=30), EntryState.VERIFIED, 0.8),
)
"""Entries older than this are brought to the state, with this probability; else to the one before."""
LOCKED_AFTER: Final = timedelta(days=45)
"""A patient whose study has ended is locked after this time."""
LOCKED_SHARE: Final = 0.85
DRAFT_WITHIN: Final = timedelta(days=21)
DRAFT_SHARE: Final = 0.4
LEFT_AS_DRAFT_SHARE: Final = 0.03
STILL_MISSING: Final[Mapping[str, str]] = {
    "baseline-disease": "primary_site",
    "chemotherapy": "antibody",
    "imaging-performed": "b_values",
    "mdt-decision": "members",
    "surgery": "procedure",
    "pathology": "reported_on",
    "follow-up": "modalities",
    "adverse-event": "grade",
}
"""The answer that a draft of the form does not have yet."""
ORDER: Final = tuple(EntryState)


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """The study as it stands on a day: sites by code, patients by day of registration."""

    today: date
    sites: Mapping[str, SitePlan]
    patients: tuple[PatientPlan, ...]


def plan_study(
    definition: StudyDefinition,
    *,
    today: date,
    n_patients: int = N_PATIENTS,
    seed: int = SEED,
    taken: Mapping[str, date] | None = None,
) -> StudyPlan:
    """Return the plan; the same seed and day give the same plan. `taken` are the sites whose number 0001 is given."""
    sites = plan_sites(today)
    enrolments = plan_enrolments(seed, sites, n_patients, taken=taken)
    stories = plan_stories(seed, enrolments, today)
    country = {site.code: site.country for site in definition.sites}
    cases = [
        Case(
            seed=seed,
            enrolment=item,
            story=stories[item.number],
            country=country[item.site],
            pace=_pace(seed, item.site),
            registers_until=sites[item.site].closes_on,
            today=today,
        )
        for item in enrolments
    ]
    return StudyPlan(today, sites, tuple(_with_goals(seed, plan_patient(case), today) for case in cases))


def _pace(seed: int, site: str) -> float:
    return chance(seed, site, "pace").uniform(*PACES)


def _with_goals(seed: int, plan: PatientPlan, today: date) -> PatientPlan:
    """Say how far the data centre has come with each entry."""
    last = plan.acts[-1]
    random = chance(seed, plan.number, "goals")
    ended_on = max((act.on for act in plan.acts if isinstance(act, Fill) and act.form == "end-of-study"), default=today)
    is_locked = today - ended_on > LOCKED_AFTER and happens(random, LOCKED_SHARE)
    is_draft = isinstance(last, Fill) and last.form in STILL_MISSING and last.reason is None
    is_draft = is_draft and happens(random, DRAFT_SHARE if today - last.on <= DRAFT_WITHIN else LEFT_AS_DRAFT_SHARE)
    acts = [_with_goal(seed, plan.number, act, today, is_locked=is_locked) for act in plan.acts]
    if is_draft and isinstance(last, Fill):
        acts[-1] = _draft(last)
    return replace(plan, acts=tuple(acts))


def _with_goal(seed: int, number: str, act: Act, today: date, *, is_locked: bool) -> Act:
    if not isinstance(act, Fill | RegisterFirst | RegisterSecond):
        return act
    if is_locked:
        return replace(act, goal=EntryState.LOCKED)
    random = chance(seed, number, "goal", type(act).__name__, act.on)
    for age, state, share in GOALS:
        if today - act.on > age:
            return replace(act, goal=state if happens(random, share) else ORDER[ORDER.index(state) - 1])
    return act


def _draft(last: Fill) -> Fill:
    missing = STILL_MISSING[last.form]
    data = {code: answer for code, answer in last.data.items() if code != missing}
    return replace(last, data=data, goal=EntryState.STARTED)
