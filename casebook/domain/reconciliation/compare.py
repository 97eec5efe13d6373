"""A timepoint compared as a whole: every field with both sides, and which of them differ."""

from typing import Final

from casebook.domain.protocol_findings import CheckCode
from casebook.domain.reconciliation.dates import compare_dates, compare_intervals
from casebook.domain.reconciliation.deliveries import compare_delivery, compare_held, compare_presence
from casebook.domain.reconciliation.facts import TimepointFacts
from casebook.domain.reconciliation.fields import compare_fields
from casebook.domain.reconciliation.protocol import compare_protocol, compare_roles
from casebook.domain.reconciliation.rules import Rule
from casebook.domain.reconciliation.values import NONE, BoardModality, Comparison

VERSION: Final = "reconciliation/1"


def compare(facts: TimepointFacts) -> tuple[Comparison, ...]:
    """Everything that can be compared, by modality; a form without images is said once, not field by field."""
    found = [*compare_presence(facts), *compare_delivery(facts), *compare_held(facts), *compare_intervals(facts)]
    if facts.series:
        of_form, roles = [*compare_dates(facts), *compare_fields(facts)], [*compare_roles(facts)]
        found += [*_unless_series_are_missing(of_form, roles), *roles]
        found += _unless_the_form_tells([*compare_protocol(facts)], of_form)
    order = list(BoardModality)
    return tuple(sorted(found, key=lambda one: order.index(one.modality)))


def mismatches(facts: TimepointFacts) -> tuple[Comparison, ...]:
    """What differs."""
    return tuple(one for one in compare(facts) if not one.agrees)


def _unless_series_are_missing(of_form: list[Comparison], roles: list[Comparison]) -> list[Comparison]:
    """Leave out that nothing of a modality came where the series that are missing are named."""
    named = {one.modality for one in roles if not one.agrees}
    return [
        one for one in of_form if not (one.rule == Rule.MODALITY and one.found.value == NONE and one.modality in named)
    ]


def _unless_the_form_tells(of_protocol: list[Comparison], of_form: list[Comparison]) -> list[Comparison]:
    """Leave out the protocol's word on an agent that the form's comparison tells of already."""
    told = {one.modality for one in of_form if one.rule == Rule.AGENT and not one.agrees}
    return [one for one in of_protocol if not (one.rule == CheckCode.OTHER_AGENT and one.modality in told)]
