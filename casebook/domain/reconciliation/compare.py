"""A timepoint compared as a whole: every field with both sides, and which of them differ."""

from typing import Final

from casebook.domain.protocol_findings import CheckCode
from casebook.domain.reconciliation.dates import compare_dates, compare_intervals
from casebook.domain.reconciliation.deliveries import compare_delivery, compare_held, compare_presence
from casebook.domain.reconciliation.facts import TimepointFacts
from casebook.domain.reconciliation.fields import compare_fields
from casebook.domain.reconciliation.protocol import compare_protocol, compare_roles
from casebook.domain.reconciliation.rules import Rule
from casebook.domain.reconciliation.values import BoardModality, Comparison

VERSION: Final = "reconciliation/1"


def compare(facts: TimepointFacts) -> tuple[Comparison, ...]:
    """Everything that can be compared, by modality; a form without images is said once, not field by field."""
    found = [*compare_presence(facts), *compare_delivery(facts), *compare_held(facts), *compare_intervals(facts)]
    if facts.series:
        fields = [*compare_dates(facts), *compare_fields(facts)]
        found += [*fields, *_not_said_twice([*compare_roles(facts), *compare_protocol(facts)], fields)]
    order = list(BoardModality)
    return tuple(sorted(found, key=lambda one: order.index(one.modality)))


def mismatches(facts: TimepointFacts) -> tuple[Comparison, ...]:
    """What differs."""
    return tuple(one for one in compare(facts) if not one.agrees)


def _not_said_twice(of_protocol: list[Comparison], of_form: list[Comparison]) -> list[Comparison]:
    """Leave out the protocol's word on an agent that the form's comparison tells of already."""
    told = {one.modality for one in of_form if one.rule == Rule.AGENT and not one.agrees}
    return [one for one in of_protocol if not (one.rule == CheckCode.OTHER_AGENT and one.modality in told)]
