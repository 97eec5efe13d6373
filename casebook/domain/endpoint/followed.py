"""Lesions left in place, from surgery on: what was seen at the site and when, and how their observation ends."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from casebook.domain.endpoint.picks import LEFT_IN_PLACE
from casebook.domain.endpoint.records import LesionRecord, Pair
from casebook.domain.outcome import LesionFacts, TruthStatus
from casebook.domain.outcome.facts import AtSite, FollowUpImaging


class Sign(StrEnum):
    """What stands at a day of a lesion's course."""

    CLEAR = "clear"
    UNCLEAR = "unclear"
    RECURRENCE = "recurrence"
    TREATED = "treated"
    DEATH = "death"
    LEFT = "left"


class Ending(StrEnum):
    """What ends the observation of a lesion left in place."""

    RECURRENCE = "recurrence"
    DEATH = "death"
    CENSORED = "censored"


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign on a day, counted from the start of follow-up."""

    day: int
    sign: Sign


@dataclass(frozen=True, slots=True)
class Lane:
    """The course of one lesion left in place; `goes_on` while its verdict is pending."""

    patient: str
    label: str
    marks: tuple[Mark, ...]
    until_day: int
    status: TruthStatus
    reason: str
    goes_on: bool


@dataclass(frozen=True, slots=True)
class Observed:
    """One lesion's time to recurrence at the site, in days from the start of its follow-up."""

    patient: str
    label: str
    day: int
    ending: Ending


def lanes(found: Iterable[Pair]) -> list[Lane]:
    """The courses of those lesions whose follow-up has begun: by verdict, the longest first."""
    made = [lane for patient, lesion in found if (lane := _lane(patient.number, lesion)) is not None]
    order = list(TruthStatus)
    return sorted(made, key=lambda lane: (order.index(lane.status), -lane.until_day, lane.patient, lane.label))


def observations(found: Iterable[Pair]) -> list[Observed]:
    """The time to recurrence of those lesions whose follow-up has begun.

    Recurrence at the site counts on its first imaging, death on its day; otherwise the last adequate imaging that
    judges the site censors (day 0 without one). Treatment of the site ends what imaging can tell of it.
    """
    made = []
    for patient, lesion in found:
        start_on = _followed_from(lesion)
        if start_on is not None:
            day, ending = _ending(lesion, start_on)
            made.append(Observed(patient.number, lesion.label, max(0, day), ending))
    return made


def _followed_from(lesion: LesionRecord) -> date | None:
    return lesion.facts.followed_from_on if lesion.facts.fate in LEFT_IN_PLACE else None


def _ending(lesion: LesionRecord, start_on: date) -> tuple[int, Ending]:
    truth, facts = lesion.outcome.truth, lesion.facts
    if truth.recurred_on is not None:
        return (truth.recurred_on - start_on).days, Ending.RECURRENCE
    if facts.died_on is not None and not any(on <= facts.died_on for on in _treated_on(facts)):
        return (facts.died_on - start_on).days, Ending.DEATH
    seen_on = truth.last_adequate_on
    return ((seen_on - start_on).days if seen_on else 0), Ending.CENSORED


def _treated_on(facts: LesionFacts) -> Iterator[date]:
    yield from (item.treated_on for item in facts.local_treatments)
    if facts.re_resection is not None:
        yield facts.re_resection.resected_on


def _lane(patient: str, lesion: LesionRecord) -> Lane | None:
    start_on = _followed_from(lesion)
    if start_on is None:
        return None
    truth = lesion.outcome.truth
    marks = tuple(sorted(_marks(lesion.facts, start_on), key=lambda mark: (mark.day, mark.sign)))
    return Lane(
        patient=patient,
        label=lesion.label,
        marks=marks,
        until_day=max((mark.day for mark in marks), default=0),
        status=truth.status,
        reason=truth.reason.code,
        goes_on=truth.status is TruthStatus.PENDING,
    )


def _marks(facts: LesionFacts, start_on: date) -> Iterator[Mark]:
    for item in facts.follow_ups:
        yield Mark((item.imaged_on - start_on).days, _sign(item))
    for on in _treated_on(facts):
        yield Mark((on - start_on).days, Sign.TREATED)
    if facts.died_on is not None:
        yield Mark((facts.died_on - start_on).days, Sign.DEATH)
    elif facts.end_of_follow_up is not None:
        yield Mark((facts.end_of_follow_up.ended_on - start_on).days, Sign.LEFT)


def _sign(item: FollowUpImaging) -> Sign:
    if item.at_site is AtSite.RECURRENCE:
        return Sign.RECURRENCE
    return Sign.CLEAR if item.shows_site_clear else Sign.UNCLEAR
