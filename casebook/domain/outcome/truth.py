"""What is known of a lesion's viability, and why."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from casebook.domain.texts import Text

HORIZON_NOT_REACHED: Final = "horizon-not-reached"
"""Code of the reason of a lesion whose follow-up runs still."""


class TruthStatus(StrEnum):
    """What is known of a lesion's viability."""

    NON_VIABLE = "non-viable"
    VIABLE = "viable"
    NOT_EVALUABLE = "not-evaluable"
    PENDING = "pending"


class ReferenceStandard(StrEnum):
    """What a verdict rests on; the values are those of the exported dataset."""

    PATHOLOGY = "PATHOLOGY"
    FOLLOW_UP = "FOLLOW-UP"
    NOT_EVALUABLE = "NOT EVALUABLE"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as a stable code and in words."""

    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Truth:
    """Whether the lesion was truly gone, why, and the dates the verdict rests on.

    While the verdict is pending, `reference_standard` is the one it waits for (None before surgery).
    `decided_on` is the day of the deciding evidence; `recurred_on` the first imaging that shows a recurrence at the
    site; `last_adequate_on` the last adequate imaging that judges the site. While follow-up runs, `horizon_on` is the
    day it runs to and `closes_on` the last day on which imaging can still answer.
    """

    status: TruthStatus
    reason: Reason
    reference_standard: ReferenceStandard | None
    trace: tuple[Text, ...]
    decided_on: date | None = None
    recurred_on: date | None = None
    last_adequate_on: date | None = None
    days_to_go: int | None = None
    horizon_on: date | None = None
    closes_on: date | None = None

    @property
    def nonviable(self) -> bool | None:
        """True non-viable, False viable, None not (yet) known."""
        known = {TruthStatus.NON_VIABLE: True, TruthStatus.VIABLE: False}
        return known.get(self.status)


def not_evaluable(reason: Reason, trace: tuple[Text, ...]) -> Truth:
    """A lesion whose viability will never be known, for `reason`."""
    return Truth(TruthStatus.NOT_EVALUABLE, reason, ReferenceStandard.NOT_EVALUABLE, trace)


def pending(
    reason: Reason, trace: tuple[Text, ...], awaited: ReferenceStandard | None, days_to_go: int | None = None
) -> Truth:
    """A lesion whose viability is not known yet."""
    return Truth(TruthStatus.PENDING, reason, awaited, trace, days_to_go=days_to_go)


def in_follow_up(trace: tuple[Text, ...], *, horizon_on: date, closes_on: date, as_of: date) -> Truth:
    """A lesion whose follow-up runs: pending, with the days to go."""
    days_to_go = max(0, (horizon_on - as_of).days)
    reason = Reason(HORIZON_NOT_REACHED, waiting_text(horizon_on, as_of))
    found = pending(reason, trace, ReferenceStandard.FOLLOW_UP, days_to_go)
    return replace(found, horizon_on=horizon_on, closes_on=closes_on)


def waiting_text(horizon_on: date, as_of: date) -> Text:
    """How long follow-up runs still, in words."""
    days_to_go = (horizon_on - as_of).days
    if days_to_go > 0:
        return Text(f"pending · {days_to_go} days to go", f"保留 · あと{days_to_go}日")
    return Text("pending · imaging at the horizon", "保留 · 判定時点の画像待ち")
