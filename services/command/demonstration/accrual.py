"""Who is registered where and when: sites open one after the other, start slowly, and register on working days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.command.demonstration.chance import DAYS_OF_WORK, chance, happens
from services.command.demonstration.sites import SitePlan

RAMP_DAYS: Final = 120
"""A site reaches its pace after four months."""
SLOW_START: Final = 0.15
QUIET_MONTHS: Final = {8: 0.6, 12: 0.7, 1: 0.8}
"""Holidays, by month: the share of the usual pace."""
SIMULTANEOUS_SHARE: Final = 0.3


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One first registration."""

    number: str
    site: str
    road: str
    registered_on: date


def plan_enrolments(
    seed: int, sites: Mapping[str, SitePlan], n_patients: int, *, taken: Mapping[str, date] | None = None
) -> list[Enrolment]:
    """Return the registrations by day. `taken` are sites whose number 0001 is given already, with its day."""
    known = taken or {}
    days = _days(seed, sites, n_patients, known)
    found = []
    for code in sorted(days):
        first = 2 if code in known else 1
        for place, day in enumerate(sorted(days[code]), start=first):
            number = f"{code}-{place:04d}"
            simultaneous = happens(chance(seed, "road", number), SIMULTANEOUS_SHARE)
            found.append(Enrolment(number, code, "simultaneous" if simultaneous else "prospective", day))
    return sorted(found, key=lambda item: (item.registered_on, item.number))


def _days(
    seed: int, sites: Mapping[str, SitePlan], n_patients: int, known: Mapping[str, date]
) -> dict[str, list[date]]:
    """Return each enrolling site's days; every site has one patient, the others fall by pace."""
    random = chance(seed, "accrual")
    open_days = {code: _pace(plan, known.get(code)) for code, plan in sorted(sites.items()) if plan.manner.is_enrolling}
    found = {code: random.choices(list(pace), list(pace.values())) for code, pace in open_days.items()}
    chances = {(code, day): weight for code, pace in open_days.items() for day, weight in pace.items()}
    others = random.choices(list(chances), list(chances.values()), k=max(0, n_patients - len(found)))
    for code, day in others:
        found[code].append(day)
    return found


def _pace(plan: SitePlan, first_on: date | None) -> dict[date, float]:
    """Return how likely a registration is on each working day while the site is open."""
    start = max(plan.opens_on, first_on + timedelta(days=1)) if first_on else plan.opens_on
    days = (start + timedelta(days=n) for n in range((plan.closes_on - start).days))
    return {
        day: plan.manner.weight * _ramp((day - plan.opens_on).days) * QUIET_MONTHS.get(day.month, 1.0)
        for day in days
        if day.weekday() < DAYS_OF_WORK
    }


def _ramp(n_days: int) -> float:
    return min(1.0, SLOW_START + n_days / RAMP_DAYS)
