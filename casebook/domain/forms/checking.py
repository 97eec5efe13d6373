"""Running the edit checks of the study definition over an entry and the subject's other entries."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from casebook.domain.forms.definition import FormDefinition
from casebook.domain.forms.edit_checks import (
    AtMost,
    EditCheck,
    Implies,
    Order,
    Pace,
    Rule,
    SegmentIn,
    Severity,
)
from casebook.domain.forms.faults import Fault
from casebook.domain.forms.reach import Found, Scope, answers_in_reach, answers_of
from casebook.domain.forms.values import Entry
from casebook.domain.texts import Text

FEWEST_WITH_A_PACE: Final = 2
"""One event alone has no distance to another."""


@dataclass(frozen=True, slots=True)
class Breach:
    """Where a rule does not hold: the field of the entry, and what was found where the field alone does not say it."""

    field: str
    found: Text | None = None


def broken_checks(
    form: FormDefinition,
    entry: Entry,
    checks: Sequence[EditCheck],
    anchors: Mapping[str, date],
    others: Mapping[str, tuple[Entry, ...]],
    segments: Mapping[str, str] | None = None,
) -> list[tuple[Severity, Fault]]:
    """The checks that concern this form and do not hold, each once per answers that break it.

    `segments` are the Couinaud segments of the subject's lesions by label; without them none is checked.
    """
    scope = Scope(form, entry, anchors, others, segments or {})
    broken = [
        (check.severity, Fault(breach.field, check.code, _said(check.message, breach.found)))
        for check in checks
        if form.code in check.forms
        for breach in breaches(scope, check.rule)
    ]
    return list(dict.fromkeys(broken))


def breaches(scope: Scope, rule: Rule) -> Iterator[Breach]:
    """Where the rule does not hold in the entry under judgement."""
    match rule:
        case Order():
            return _out_of_order(scope, rule)
        case AtMost():
            return _above(scope, rule)
        case Pace():
            return _off_pace(scope, rule)
        case SegmentIn():
            return _outside_segments(scope, rule)
        case Implies():
            return _contradictions(scope, rule)


def _said(message: Text, found: Text | None) -> Text:
    if found is None:
        return message
    return Text(f"{message.en} ({found.en})", f"{message.ja}（{found.ja}）")


def _plain(*values: object) -> Text:
    words = [str(value) for value in values]
    return Text(", ".join(words), "、".join(words))


def _field(*found: Found) -> str:
    """The last of the fields that stands in the entry under judgement."""
    return next((item.path for item in reversed(found) if item.path is not None), "")


def _out_of_order(scope: Scope, rule: Order) -> Iterator[Breach]:
    """Partial dates get the benefit of the doubt."""
    for earlier in answers_in_reach(scope, rule.earlier, rule.where):
        for later in answers_in_reach(scope, rule.later, rule.where):
            first, last = earlier.days, later.days
            if first is None or last is None or not earlier.is_about(later):
                continue
            is_near = rule.max_days is None or last[0] - first[1] <= timedelta(days=rule.max_days)
            if first[0] > last[1] or not is_near:
                yield Breach(_field(earlier, later), _plain(first[0], last[1]))


def _above(scope: Scope, rule: AtMost) -> Iterator[Breach]:
    for lower in answers_in_reach(scope, rule.lower):
        for upper in answers_in_reach(scope, rule.upper):
            low, high = lower.number, upper.number
            if low is not None and high is not None and low > high and lower.is_about(upper):
                yield Breach(_field(upper, lower), _plain(low, high))


def _off_pace(scope: Scope, rule: Pace) -> Iterator[Breach]:
    count = scope.entry.answers.get(rule.count.field)
    earlier, later = scope.entry.day(rule.earlier.field), scope.entry.day(rule.later.field)
    if not isinstance(count, Decimal) or count < FEWEST_WITH_A_PACE:
        return
    if earlier is None or later is None or later < earlier:
        return
    n_days = (later - earlier).days / (int(count) - 1)
    if not rule.min_days <= n_days <= rule.max_days:
        yield Breach(rule.count.field, Text(f"every {n_days:.0f} days", f"平均{n_days:.0f}日ごと"))


def _outside_segments(scope: Scope, rule: SegmentIn) -> Iterator[Breach]:
    listed = scope.entry.answers.get(rule.segments.field)
    if not isinstance(listed, tuple):
        return
    for found in answers_of(scope.entry, rule.lesions, under_judgement=True):
        segment = scope.segments.get(found.lesion or "")
        if segment is not None and segment not in listed and found.says(rule.answers):
            yield Breach(_field(found), Text(f"{found.lesion} in {segment}", f"{found.lesion}：{segment}"))


def _contradictions(scope: Scope, rule: Implies) -> Iterator[Breach]:
    given = [found for found in answers_in_reach(scope, rule.given) if found.says(rule.given_answers)]
    if rule.given.form == rule.then.form:
        return _within_one_form(scope, rule, given)
    if rule.given.form == scope.form.code:
        return _without_support(scope, rule, given)
    return _against_others(scope, rule, given)


def _within_one_form(scope: Scope, rule: Implies, given: Sequence[Found]) -> Iterator[Breach]:
    for one in given:
        then = [found for found in answers_of(scope.entry, rule.then, under_judgement=True) if found.is_about(one)]
        for found in then:
            if not found.says(rule.then_answers):
                yield Breach(_field(found))
        if not then and rule.must_exist:
            yield Breach(_field(one))


def _without_support(scope: Scope, rule: Implies, given: Sequence[Found]) -> Iterator[Breach]:
    """The entry says what no entry of the other form goes with."""
    for one in given:
        then = _matching(one, answers_in_reach(scope, rule.then), rule)
        is_open = not then and not rule.must_exist
        if not is_open and not any(found.says(rule.then_answers) for found in then):
            yield Breach(_field(one))


def _against_others(scope: Scope, rule: Implies, given: Sequence[Found]) -> Iterator[Breach]:
    """The entry goes against what another form says; who has to exist elsewhere is asked for there."""
    if rule.must_exist or rule.then.form is None:
        return
    mine = list(answers_of(scope.entry, rule.then, under_judgement=True))
    elsewhere = [found for entry in scope.others.get(rule.then.form, ()) for found in answers_of(entry, rule.then)]
    for one in given:
        then = _matching(one, (*mine, *elsewhere), rule)
        if any(found.says(rule.then_answers) for found in then):
            continue
        for found in then:
            if found.path is not None:
                yield Breach(found.path)


def _matching(one: Found, others: Iterable[Found], rule: Implies) -> list[Found]:
    """The answers of the other form that belong to the same lesion and event."""
    return [found for found in others if found.is_about(one) and _same_event(one, found, rule.match_on)]


def _same_event(one: Found, other: Found, match_on: str | None) -> bool:
    if match_on is None:
        return True
    assert one.entry is not None
    assert other.entry is not None
    event = one.entry.answers.get(match_on)
    return event is not None and event == other.entry.answers.get(match_on)
