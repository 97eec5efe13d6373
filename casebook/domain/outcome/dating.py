"""The facts of a lesion as they stood on a day."""

from dataclasses import replace
from datetime import date

from casebook.domain.outcome.facts import LesionFacts, Pathology


def known_on(facts: LesionFacts, as_of: date) -> LesionFacts:
    """The facts without anything dated after `as_of`."""
    again = facts.re_resection
    if again is not None:
        again = None if again.resected_on > as_of else replace(again, pathology=_reported(again.pathology, as_of))
    operated = facts.followed_from_on is None or facts.followed_from_on <= as_of
    return replace(
        facts,
        fate=facts.fate if operated else None,
        followed_from_on=facts.followed_from_on if operated else None,
        pathology=_reported(facts.pathology, as_of),
        follow_ups=tuple(item for item in facts.follow_ups if item.imaged_on <= as_of),
        local_treatments=tuple(item for item in facts.local_treatments if item.treated_on <= as_of),
        re_resection=again,
        died_on=facts.died_on if facts.died_on and facts.died_on <= as_of else None,
        end_of_follow_up=(
            facts.end_of_follow_up if facts.end_of_follow_up and facts.end_of_follow_up.ended_on <= as_of else None
        ),
    )


def _reported(pathology: Pathology | None, as_of: date) -> Pathology | None:
    return pathology if pathology and pathology.reported_on <= as_of else None
