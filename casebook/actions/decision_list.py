"""Lists of decisions on discrepancies: what each line will do, and doing it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.settle import MOST_AT_ONCE, accept_many, ask_sites, may_accept, may_ask
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid
from casebook.domain.reconciliation.decision_list import (
    DECISION_LABELS,
    Decision,
    DecisionList,
    ListedDecision,
    read_decisions,
)
from casebook.domain.reconciliation.rules import label_of
from casebook.domain.texts import Text
from casebook.store import board

UNKNOWN: Final = Text("There is no such discrepancy.", "この不一致はありません。")
TOO_MANY: Final = Text(
    f"A list decides on {MOST_AT_ONCE} discrepancies at most; divide it.",
    f"一度に判断できるのは{MOST_AT_ONCE}件までです。分割してください。",
)


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a line: `decision` is what will be done, None where `hindrance` stands in the way."""

    line: int
    subject: str | None
    what: Text | None
    decision: Decision | None
    reason: str
    hindrance: Text | None = None

    @property
    def said(self) -> Text:
        """The fate in words."""
        if self.decision is not None:
            return DECISION_LABELS[self.decision]
        return self.hindrance or UNKNOWN


@dataclass(frozen=True, slots=True)
class Judged:
    """Every line's fate; `n_blank` lines decide nothing."""

    fates: tuple[Fate, ...]
    n_blank: int

    @property
    def n_done(self) -> int:
        """How many lines do something."""
        return sum(fate.decision is not None for fate in self.fates)


def judge_list(session: Session, actor: Actor, *, text: str) -> Judged:
    """Tell what each line of a list would do, and do nothing. Raises Invalid for what is no such list."""
    return _judged(session, actor, _read(text))


def apply_list(session: Session, actor: Actor, *, text: str, now: datetime) -> Judged:
    """Do what the lines of a list decide, as far as it is possible; returns every line's fate."""
    found = _read(text)
    judged = _judged(session, actor, found)
    done = {fate.line for fate in judged.fates if fate.decision is not None}
    by_reason: dict[str, dict[UUID, str]] = defaultdict(dict)
    asked: dict[UUID, str] = {}
    for one in found.decisions:
        if one.line in done:
            (by_reason[one.reason] if one.decision is Decision.ACCEPT else asked)[one.id] = one.fingerprint
    for reason, seen in by_reason.items():
        accept_many(session, actor, seen=seen, reason=reason, now=now)
    if asked:
        ask_sites(session, actor, seen=asked, now=now)
    return judged


def _read(text: str) -> DecisionList:
    found = read_decisions(text)
    if len(found.decisions) > MOST_AT_ONCE:
        raise Invalid(TOO_MANY, field="list")
    return found


def _judged(session: Session, actor: Actor, found: DecisionList) -> Judged:
    known = board.chosen(session, actor, Action.RECONCILE, [one.id for one in found.decisions])
    fates = [_fate(one, known.get(one.id)) for one in found.decisions]
    fates += [Fate(fault.line, None, None, None, "", fault.said) for fault in found.faults]
    return Judged(tuple(sorted(fates, key=lambda fate: fate.line)), found.n_blank)


def _fate(one: ListedDecision, chosen: board.Chosen | None) -> Fate:
    if chosen is None:
        return Fate(one.line, None, None, None, one.reason, UNKNOWN)
    row, state, _, subject = chosen
    may = may_accept if one.decision is Decision.ACCEPT else may_ask
    hindrance = may(row, state, one.fingerprint)
    return Fate(
        one.line,
        subject.number,
        label_of(row.rule),
        None if hindrance else one.decision,
        one.reason,
        hindrance,
    )
