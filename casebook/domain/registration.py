"""Whether a subject may be registered, and what speaks against it.

First registration opens with every criterion met; the second with the first done and the latest MDT decision
“resectable”. On the simultaneous road both are of one day (study announcement).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from casebook.domain.course import RESECTABLE, Entries, latest_mdt_decision
from casebook.domain.forms.values import Value
from casebook.domain.study.model import Criterion, Registration, Road
from casebook.domain.texts import Text


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why a registration is refused; `code` is the criterion's where a criterion is not met."""

    code: str
    message: Text


def unmet_criteria(registration: Registration, answers: Mapping[str, Value]) -> tuple[Criterion, ...]:
    """The criteria whose answer is not the expected one; an unanswered criterion is not met."""
    return tuple(item for item in registration.criteria if answers.get(item.code) is not item.expected)


def refusals_of_first(
    registration: Registration, answers: Mapping[str, Value], *, registered_on: date, today: date
) -> tuple[Refusal, ...]:
    """Everything against the first registration; empty when it may go ahead."""
    return (*_unmet(registration, answers), *_not_today(registered_on, today))


def refusals_of_second(
    registration: Registration,
    answers: Mapping[str, Value],
    *,
    road: Road,
    first_registered_on: date | None,
    registered_on: date,
    entries: Entries,
    today: date,
) -> tuple[Refusal, ...]:
    """Everything against the second registration; empty when it may go ahead."""
    return (
        *_against_order(road, first_registered_on, registered_on),
        *_against_mdt(entries, registered_on),
        *_unmet(registration, answers),
        *_not_today(registered_on, today),
    )


def _unmet(registration: Registration, answers: Mapping[str, Value]) -> list[Refusal]:
    return [
        Refusal(
            item.code,
            Text(
                f"not met: {item.label.en} (expected {'yes' if item.expected else 'no'})",
                f"満たさない規準：{item.label.ja}（期待される回答：{'はい' if item.expected else 'いいえ'}）",
            ),
        )
        for item in unmet_criteria(registration, answers)
    ]


def _not_today(registered_on: date, today: date) -> list[Refusal]:
    if registered_on <= today:
        return []
    text = Text(f"found {registered_on}, which is after today", f"{registered_on} は未来の日付です")
    return [Refusal("in-the-future", text)]


def _against_order(road: Road, first_registered_on: date | None, registered_on: date) -> list[Refusal]:
    if first_registered_on is None:
        return [Refusal("not-registered", Text("the first registration is missing", "一次登録がありません"))]
    if registered_on < first_registered_on:
        text = Text(
            f"{registered_on} is before the first registration on {first_registered_on}",
            f"{registered_on} は一次登録日 {first_registered_on} より前です",
        )
        return [Refusal("before-first-registration", text)]
    if road.both_on_one_day and registered_on != first_registered_on:
        text = Text(
            f"on this road both registrations are of one day, {first_registered_on}",
            f"この登録経路では一次登録と同日（{first_registered_on}）に二次登録します",
        )
        return [Refusal("not-on-one-day", text)]
    return []


def _against_mdt(entries: Entries, registered_on: date) -> list[Refusal]:
    decision = latest_mdt_decision(entries)
    if decision is None:
        return [Refusal("no-mdt-decision", Text("there is no MDT decision", "MDTの判断がありません"))]
    if decision.word("resectability") != RESECTABLE:
        text = Text("the latest MDT decision is not “resectable”", "最新のMDTの判断が「切除可能」ではありません")
        return [Refusal("not-resectable", text)]
    decided_on = decision.day("decided_on")
    if decided_on is not None and decided_on > registered_on:
        text = Text(
            f"the MDT decision of {decided_on} is later than {registered_on}",
            f"MDTの判断日 {decided_on} が {registered_on} より後です",
        )
        return [Refusal("mdt-after-registration", text)]
    return []
