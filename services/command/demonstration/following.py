"""Two years after surgery: visit after visit, what each site of a lesion left in place shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final

from services.command.demonstration.acts import Answers
from services.command.demonstration.answers import said
from services.command.demonstration.case import Case, per_lesion
from services.command.demonstration.chance import drawn, happens, millimetres, workday
from services.command.demonstration.metastases import Metastasis
from services.command.demonstration.stories import After
from services.command.demonstration.words import INADEQUATE, OUTSIDE_LIVER

VISITS: Final[Mapping[str, tuple[int, int]]] = {
    "month-3": (91, 20),
    "month-6": (182, 20),
    "month-12": (365, 22),
    "month-18": (547, 22),
    "month-24": (730, 24),
}
"""Days after day 0, and how many days earlier or later a visit may fall."""
LAST: Final = "month-24"
LATE_DAYS: Final = (6, 40)
"""Where the course is to show a recurrence after the horizon."""
MISSED_SHARE: Final = 0.006
INADEQUATE_SHARE: Final = 0.03
ELSEWHERE_SHARE: Final = 0.28
OUTSIDE_SHARE: Final = 0.18
RECURS_AT: Final = {"month-3": 12.0, "month-6": 32.0, "month-12": 34.0, "month-18": 16.0, "month-24": 6.0}
MODALITIES: Final = (["ct"], ["ct", "eob-mri"], ["eob-mri"], ["ct", "mri"], ["ct", "pet-ct"])
DAYS_BEFORE_IMAGING: Final = (10, 35)
"""From a treatment of the site to the imaging after it."""
TREATED_SHARE: Final = 0.4
"""Of the recurrences; the others get chemotherapy."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that takes place."""

    timepoint: str
    imaged_on: date


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What is to come: the visits, and at which visit each site recurs; `elsewhere` and `outside` likewise."""

    visits: tuple[Visit, ...]
    recurs_at: Mapping[str, str]
    elsewhere: str | None
    outside: str | None
    treated_at: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By lesion: the visit that tells of a treatment of its site, and which."""

    def has_begun(self, since: str | None, visit: Visit) -> bool:
        """Whether something that is first seen at one visit is seen at this one."""
        order = list(VISITS)
        return since is not None and order.index(visit.timepoint) >= order.index(since)


def plan_follow_up(case: Case, from_on: date, left: Sequence[Metastasis]) -> FollowUp:
    """Return the follow-up of the sites of `left` from day 0 on."""
    random = case.chance("follow-up")
    visits = tuple(_visits(case, random, from_on))
    recurs = {lesion.label: _recurs(random) for lesion in left if lesion.is_alive}
    first = next(iter(left), None)
    if first is not None and case.story.after is not After.NONE:
        recurs = _as_told(case.story.after, first.label, recurs)
    return FollowUp(
        visits=visits,
        recurs_at=recurs,
        elsewhere=_recurs(random) if happens(random, ELSEWHERE_SHARE) else None,
        outside=_recurs(random) if happens(random, OUTSIDE_SHARE) else None,
        treated_at=_treated(case, random, recurs, first),
    )


def _as_told(after: After, label: str, recurs: Mapping[str, str]) -> dict[str, str]:
    others = {known: visit for known, visit in recurs.items() if known != label}
    match after:
        case After.RE_RESECTED:
            return {**others, label: "month-6"}
        case After.RECURS_LATE:
            return {**others, label: LAST}
    return others


def _recurs(random: Random) -> str:
    return drawn(random, RECURS_AT)


def _visits(case: Case, random: Random, from_on: date) -> Iterator[Visit]:
    for timepoint, (day, spread) in VISITS.items():
        is_late = timepoint == LAST and case.story.after is After.RECURS_LATE
        shift = random.randint(*(LATE_DAYS if is_late else (-spread, spread)))
        if is_late or not happens(random, MISSED_SHARE):
            yield Visit(timepoint, workday(from_on + timedelta(days=day + shift)))


def _treated(
    case: Case, random: Random, recurs: Mapping[str, str], first: Metastasis | None
) -> dict[str, tuple[str, str]]:
    order = list(VISITS)
    found = {}
    for label, visit in recurs.items():
        place = order.index(visit) + 1
        if place < len(order) and happens(random, TREATED_SHARE):
            found[label] = (order[place], drawn(random, {"ablation": 60.0, "irradiation": 40.0}))
    if first is not None and case.story.after in {After.ABLATED, After.IRRADIATED}:
        found[first.label] = ("month-12", "ablation" if case.story.after is After.ABLATED else "irradiation")
    if first is not None and case.story.after is After.RE_RESECTED:
        found.pop(first.label, None)
    return found


def follow_up(case: Case, plan: FollowUp, visit: Visit, left: Sequence[Metastasis]) -> Answers:
    """The form of one visit."""
    random = case.chance("visit", visit.timepoint)
    is_adequate = not happens(random, INADEQUATE_SHARE)
    is_outside = plan.has_begun(plan.outside, visit)
    return {
        "imaged_on": said(visit.imaged_on),
        "modalities": random.choice(MODALITIES),
        "adequate": "yes" if is_adequate else "no",
        **({} if is_adequate else {"inadequate_because": case.phrase(random, INADEQUATE)}),
        "elsewhere_in_liver": "yes" if plan.has_begun(plan.elsewhere, visit) else "no",
        "outside_liver": "yes" if is_outside else "no",
        **({"outside_site": OUTSIDE_LIVER[case.language][0]} if is_outside else {}),
        **per_lesion({lesion.label: _site(random, plan, visit, lesion, is_adequate=is_adequate) for lesion in left}),
    }


def _site(random: Random, plan: FollowUp, visit: Visit, lesion: Metastasis, *, is_adequate: bool) -> Answers:
    row: dict[str, object] = {"at_site": "no-recurrence" if is_adequate else "not-evaluable", "local_treatment": "none"}
    treated_at, treatment = plan.treated_at.get(lesion.label, (None, "none"))
    if treated_at is not None and plan.has_begun(treated_at, visit):
        row["at_site"] = "not-evaluable"
    elif is_adequate and plan.has_begun(plan.recurs_at.get(lesion.label), visit):
        row |= {"at_site": "recurrence", "diameter_mm": str(millimetres(random.uniform(6.0, 24.0)))}
    if treated_at == visit.timepoint:
        treated_on = visit.imaged_on - timedelta(days=random.randint(*DAYS_BEFORE_IMAGING))
        row |= {"local_treatment": treatment, "treated_on": said(treated_on)}
    return row
