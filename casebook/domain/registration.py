"""Whether a subject may be registered, and what speaks against it.

First registration opens with every criterion met; the second with the first done, its eligibility on record, the latest
MDT decision “resectable”, and the subject still in the study. On the simultaneous road both are of one day (study
announcement). A site registers on the day itself; only the data centre enters an earlier one, with a reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from casebook.domain.course import RESECTABLE, Entries, latest_mdt_decision
from casebook.domain.forms.values import Value
from casebook.domain.study.model import Criterion, Registration, Road
from casebook.domain.subject_status import ending_of, status_changes
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
    registration: Registration,
    answers: Mapping[str, Value],
    *,
    registered_on: date,
    today: date,
    backdating_allowed: bool,
    activation_blocks: tuple[Refusal, ...] = (),
) -> tuple[Refusal, ...]:
    """Everything against the first registration; empty when it may go ahead.

    `today` is the day at the site. `activation_blocks` is what keeps the site from registering at all.
    """
    return (
        *activation_blocks,
        *_unmet(registration, answers),
        *_of_day(registered_on, today, backdating_allowed=backdating_allowed),
    )


def refusals_of_second(
    registration: Registration,
    answers: Mapping[str, Value],
    *,
    road: Road,
    first_registered_on: date | None,
    registered_on: date,
    entries: Entries,
    today: date,
    backdating_allowed: bool,
    activation_blocks: tuple[Refusal, ...] = (),
) -> tuple[Refusal, ...]:
    """Everything against the second registration; empty when it may go ahead."""
    return (
        *activation_blocks,
        *_against_order(road, first_registered_on, registered_on),
        *_against_status(entries),
        *_against_eligibility(entries),
        *_against_mdt(entries, registered_on),
        *_unmet(registration, answers),
        *_of_day(registered_on, today, backdating_allowed=backdating_allowed),
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


def _of_day(registered_on: date, today: date, *, backdating_allowed: bool) -> list[Refusal]:
    if registered_on > today:
        text = Text(f"found {registered_on}, which is after today", f"{registered_on} は未来の日付です")
        return [Refusal("in-the-future", text)]
    if registered_on < today and not backdating_allowed:
        text = Text(
            f"found {registered_on}; a site registers on the day itself, {today}: "
            "ask the data centre to enter an earlier day with a reason",
            f"{registered_on} は本日（{today}）ではありません。施設での登録は当日のみです。"
            "過去の日付での登録は、理由を添えてデータセンターに依頼してください",
        )
        return [Refusal("not-today", text)]
    return []


def _against_status(entries: Entries) -> list[Refusal]:
    ending = ending_of(status_changes(entries))
    if ending is None:
        return []
    text = Text(f"the subject has left the study: {ending.text.en}", f"試験から離れた症例です：{ending.text.ja}")
    return [Refusal("left-the-study", text)]


def _against_eligibility(entries: Entries) -> list[Refusal]:
    if entries.get("eligibility"):
        return []
    text = Text(
        "the eligibility of the first registration is not on record", "一次登録の適格性確認が記録されていません"
    )
    return [Refusal("no-eligibility", text)]


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
