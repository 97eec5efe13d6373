"""Who was in the study on a day, and the facts of a lesion as they stood on it."""

from dataclasses import replace
from datetime import date

from casebook.domain.outcome.facts import LesionFacts, Pathology


def was_registered(registered_on: date, *, as_of: date, today: date) -> bool:
    """Whether a subject was in the study on a day; today everyone is, those too where tomorrow has begun."""
    return registered_on <= as_of or as_of >= today


def known_on(facts: LesionFacts, as_of: date) -> LesionFacts:
    """The facts without anything dated after `as_of`."""
    again = facts.re_resection
    if again is not None:
        again = None if again.resected_on > as_of else replace(again, pathology=_reported(again.pathology, as_of))
    end = facts.end_of_follow_up
    operated = facts.followed_from_on is None or facts.followed_from_on <= as_of
    return replace(
        facts,
        fate=facts.fate if operated else None,
        followed_from_on=facts.followed_from_on if operated else None,
        pathology=_reported(facts.pathology, as_of),
        follow_ups=tuple(item for item in facts.follow_ups if item.imaged_on <= as_of),
        local_treatments=tuple(item for item in facts.local_treatments if item.treated_on <= as_of),
        re_resection=again,
        died_on=_until(facts.died_on, as_of),
        found_ineligible_on=_until(facts.found_ineligible_on, as_of),
        data_withdrawn_on=_until(facts.data_withdrawn_on, as_of),
        end_of_follow_up=facts.end_of_follow_up if end is not None and end.ended_on <= as_of else None,
    )


def _until(day: date | None, as_of: date) -> date | None:
    return day if day is not None and day <= as_of else None


def _reported(pathology: Pathology | None, as_of: date) -> Pathology | None:
    """The report that held on that day, which a later one may have taken the place of since."""
    while pathology is not None and pathology.reported_on > as_of:
        pathology = pathology.earlier
    return pathology
