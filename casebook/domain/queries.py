"""Queries: what the data centre asks a site about a record, and what becomes of the question.

The states are those of CDISC ODM 2.0, Query/@State, the kinds those of Query/@Source. A query is asked by a person or
raised by a rule; it ends when the data centre closes or cancels it, and is resolved by the program alone, when the
reason of a rule has gone and the rule says that this is enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from casebook.domain.errors import Refused
from casebook.domain.texts import Text, joined


class QueryState(StrEnum):
    """Where a query stands. A candidate is not known to its site yet."""

    CANDIDATE = "candidate"
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    RESOLVED = "resolved"

    @property
    def has_ended(self) -> bool:
        """Nothing is waited for any more."""
        return self in ENDED


class QueryKind(StrEnum):
    """Asked by a person, or raised by a rule of the program."""

    MANUAL = "manual"
    SYSTEM = "system"


class Side(StrEnum):
    """Who acts: the site that is asked, the data centre that asks, the program that raised the query."""

    SITE = "site"
    CENTRE = "centre"
    SYSTEM = "system"


class QueryAct(StrEnum):
    """What is done with a query after it was asked; each is one entry of its thread."""

    OPEN = "open"
    ANSWER = "answer"
    COMMENT = "comment"
    CLOSE = "close"
    REOPEN = "reopen"
    CANCEL = "cancel"
    RESTATE = "restate"
    NOTE_GONE = "note-gone"
    RESOLVE = "resolve"


ASKED: Final = "ask"
"""The first entry of every thread."""
ENDED: Final = frozenset({QueryState.CLOSED, QueryState.CANCELLED, QueryState.RESOLVED})
STANDING: Final = frozenset(QueryState) - ENDED

STATE_LABELS: Final[Mapping[QueryState, Text]] = {
    QueryState.CANDIDATE: Text("to be reviewed", "送付前"),
    QueryState.OPEN: Text("open", "未回答"),
    QueryState.ANSWERED: Text("answered", "回答済"),
    QueryState.CLOSED: Text("closed", "終了"),
    QueryState.CANCELLED: Text("cancelled", "取消"),
    QueryState.RESOLVED: Text("resolved", "解消"),
}
KIND_LABELS: Final[Mapping[QueryKind, Text]] = {
    QueryKind.MANUAL: Text("manual", "手動"),
    QueryKind.SYSTEM: Text("automatic", "自動"),
}
ACT_LABELS: Final[Mapping[QueryAct, Text]] = {
    QueryAct.OPEN: Text("Send to the site", "施設へ送付"),
    QueryAct.ANSWER: Text("Answer", "回答"),
    QueryAct.COMMENT: Text("Comment", "コメント"),
    QueryAct.CLOSE: Text("Close", "終了"),
    QueryAct.REOPEN: Text("Ask again", "再照会"),
    QueryAct.CANCEL: Text("Cancel", "取消"),
    QueryAct.RESTATE: Text("Restate", "内容の更新"),
    QueryAct.NOTE_GONE: Text("Note that the reason is gone", "原因の解消を記録"),
    QueryAct.RESOLVE: Text("Resolve", "解消"),
}
DONE_LABELS: Final[Mapping[str, Text]] = {
    ASKED: Text("asked", "照会"),
    QueryAct.OPEN: Text("sent to the site", "施設へ送付"),
    QueryAct.ANSWER: Text("answered", "回答"),
    QueryAct.COMMENT: Text("commented", "コメント"),
    QueryAct.CLOSE: Text("closed", "終了"),
    QueryAct.REOPEN: Text("asked again", "再照会"),
    QueryAct.CANCEL: Text("cancelled", "取消"),
    QueryAct.RESTATE: Text("stated anew with the present values", "現在の値で更新"),
    QueryAct.NOTE_GONE: Text("the reason is gone; a person decides", "原因は解消（判断待ち）"),
    QueryAct.RESOLVE: Text("resolved: the reason is gone", "解消（原因がなくなった）"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """From which states an act is possible, for whom, and where it leads; None leaves the state as it is."""

    possible: frozenset[QueryState]
    sides: frozenset[Side]
    to: QueryState | None


_CENTRE: Final = frozenset({Side.CENTRE})
_SYSTEM: Final = frozenset({Side.SYSTEM})
_AT_SITE: Final = frozenset({QueryState.OPEN, QueryState.ANSWERED})

STEPS: Final[Mapping[QueryAct, Step]] = {
    QueryAct.OPEN: Step(frozenset({QueryState.CANDIDATE}), _CENTRE, QueryState.OPEN),
    QueryAct.ANSWER: Step(frozenset({QueryState.OPEN}), frozenset({Side.SITE}), QueryState.ANSWERED),
    QueryAct.COMMENT: Step(_AT_SITE, frozenset({Side.SITE, Side.CENTRE}), None),
    QueryAct.CLOSE: Step(_AT_SITE, _CENTRE, QueryState.CLOSED),
    QueryAct.REOPEN: Step(
        frozenset({QueryState.ANSWERED, QueryState.CLOSED, QueryState.RESOLVED}), _CENTRE, QueryState.OPEN
    ),
    QueryAct.CANCEL: Step(STANDING, _CENTRE, QueryState.CANCELLED),
    QueryAct.RESTATE: Step(STANDING, _SYSTEM, None),
    QueryAct.NOTE_GONE: Step(STANDING, _SYSTEM, None),
    QueryAct.RESOLVE: Step(STANDING, _SYSTEM, QueryState.RESOLVED),
}

_WITH_WORDS: Final = frozenset({QueryAct.ANSWER, QueryAct.COMMENT, QueryAct.REOPEN, QueryAct.CANCEL})


class QueryStateRefused(Refused):
    """An act that the query's state does not allow, or that is the other side's."""

    code = "query-state"


def after(state: QueryState, act: QueryAct, side: Side) -> QueryState:
    """The state that `act` leads to. Raises QueryStateRefused where it is not possible now, or not for this side."""
    step = STEPS[act]
    if side not in step.sides:
        raise QueryStateRefused(_wrong_side(act, step.sides))
    if state not in step.possible:
        raise QueryStateRefused(_wrong_state(state, act, step.possible))
    return step.to or state


def allowed_acts(state: QueryState, side: Side) -> tuple[QueryAct, ...]:
    """Every act that is possible in `state` for this side."""
    return tuple(act for act, step in STEPS.items() if side in step.sides and state in step.possible)


def needs_words(state: QueryState, act: QueryAct) -> bool:
    """Whether the person has to say something: an answer, a comment, why it is asked again, ended unanswered."""
    return act in _WITH_WORDS or (act is QueryAct.CLOSE and state is QueryState.OPEN)


def _wrong_side(act: QueryAct, sides: frozenset[Side]) -> Text:
    done = DONE_LABELS[act]
    if sides == _CENTRE:
        return Text(
            f"Only the data centre decides whether a query is {done.en}.", f"「{done.ja}」はデータセンターが行います。"
        )
    if sides == _SYSTEM:
        return Text(f"Nobody can have a query {done.en}.", f"「{done.ja}」は手動ではできません。")
    return Text(f"A query is {done.en} by the site that was asked.", f"「{done.ja}」は照会先の施設が行います。")


def _wrong_state(state: QueryState, act: QueryAct, possible: frozenset[QueryState]) -> Text:
    now, done = STATE_LABELS[state], DONE_LABELS[act]
    first = joined([STATE_LABELS[item] for item in QueryState if item in possible], en=" or ", ja="・")
    return Text(
        f"The query is {now.en}; only a query that is {first.en} can be {done.en}.",
        f"このクエリは「{now.ja}」です。「{done.ja}」は「{first.ja}」のときにできます。",
    )


@dataclass(frozen=True, slots=True)
class QueryRule:
    """A family of rules that raise queries. `ends_when_gone`: that the reason has gone is enough, nobody has to look.

    Where it is not, the thread notes that the reason has gone, and the data centre closes the query.
    """

    code: str
    label: Text
    ends_when_gone: bool


EDIT_CHECK: Final = "edit-check"
IMAGE_CHECK: Final = "image-check"
RECONCILIATION: Final = "reconciliation"
RULES: Final[tuple[QueryRule, ...]] = (
    QueryRule(EDIT_CHECK, Text("edit check", "論理チェック"), ends_when_gone=True),
    QueryRule(IMAGE_CHECK, Text("image check", "画像の品質確認"), ends_when_gone=False),
    QueryRule(RECONCILIATION, Text("reconciliation", "照合"), ends_when_gone=True),
)


def rule_of(code: str) -> QueryRule:
    """Return the rule, or the family before the colon in `family:rule`; an unknown one never ends a query by itself."""
    family = code.partition(":")[0]
    found = next((rule for rule in RULES if rule.code == family), None)
    return found or QueryRule(code, Text(code, code), ends_when_gone=False)


@dataclass(frozen=True, slots=True)
class QueryTarget:
    """What a query is about: a subject, or a site; of a subject a timepoint, an entry of a form, a field, a series.

    `subject` is its number. `site` with its `study` is for questions about no subject. `field` is as an entry spells
    it: `operated_on`, `lesions.L1.fate`.
    """

    subject: str | None = None
    timepoint: str | None = None
    form: str | None = None
    ordinal: int = 1
    field: str | None = None
    lesion: str | None = None
    series_id: UUID | None = None
    study: str | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """How long a site has to answer, and how long after that day the data centre takes it up with the site, in days.

    Queries of the rules in `review_first` wait as candidates until the data centre has sent them.
    """

    answer_days: int
    escalation_days: int
    review_first: tuple[str, ...]
    source: str

    def first_state(self, rule: str) -> QueryState:
        """The state in which a rule's query begins."""
        is_reviewed = rule in self.review_first or rule_of(rule).code in self.review_first
        return QueryState.CANDIDATE if is_reviewed else QueryState.OPEN


DEFAULT_TERMS: Final = QueryTerms(answer_days=14, escalation_days=14, review_first=(), source="default")
"""For definitions that say nothing of queries."""


def due_on(opened_on: date, terms: QueryTerms) -> date:
    """The day until which the site is asked to answer."""
    return opened_on + timedelta(days=terms.answer_days)


@dataclass(frozen=True, slots=True)
class Ageing:
    """How old a query is on a day, in whole days; `days_over` after its due day, 0 where it is not late.

    Only an open query is late: an answered one waits for the data centre.
    """

    days: int
    days_over: int = 0
    is_escalated: bool = False
    days_left: int | None = None

    @property
    def is_overdue(self) -> bool:
        """The day on which the answer was due has passed."""
        return self.days_over > 0

    @property
    def text(self) -> Text:
        """The age in words."""
        if self.is_escalated:
            return Text(f"escalated, {_days(self.days_over)} overdue", f"要督促・{self.days_over}日超過")
        if self.is_overdue:
            return Text(f"{_days(self.days_over)} overdue", f"{self.days_over}日超過")
        if self.days_left == 0:
            return Text("due today", "本日期限")
        if self.days_left is not None:
            return Text(f"due in {_days(self.days_left)}", f"期限まで{self.days_left}日")
        return Text(_days(self.days), f"{self.days}日")


def ageing(
    state: QueryState, *, opened_on: date, due_on: date, today: date, terms: QueryTerms, ended_on: date | None = None
) -> Ageing:
    """Return the age of a query on a day; of one that has ended, how long it stood."""
    if ended_on is not None or state.has_ended:
        return Ageing(max((ended_on or today) - opened_on, timedelta()).days)
    age = max(today - opened_on, timedelta()).days
    if state is not QueryState.OPEN:
        return Ageing(age)
    over = max(today - due_on, timedelta()).days
    left = None if over else (due_on - today).days
    return Ageing(age, over, is_escalated=over > terms.escalation_days, days_left=left)


def _days(n: int) -> str:
    return "1 day" if n == 1 else f"{n} days"
