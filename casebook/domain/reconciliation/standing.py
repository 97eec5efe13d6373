"""Where a discrepancy stands, and what a fresh comparison does to those that stood before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, Protocol, TypeVar

from casebook.domain.protocol_findings import Severity
from casebook.domain.reconciliation.rules import ENDS_IN_QUARANTINE, ask_of, label_of
from casebook.domain.reconciliation.values import Comparison, Said
from casebook.domain.texts import Text


class BoardState(StrEnum):
    """How far a discrepancy is dealt with."""

    OPEN = "open"
    ASKED = "asked"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    GONE = "gone"


STATE_LABELS: Final[Mapping[BoardState, Text]] = {
    BoardState.OPEN: Text("open", "未対応"),
    BoardState.ASKED: Text("query sent", "問い合わせ中"),
    BoardState.ANSWERED: Text("answered", "回答あり"),
    BoardState.ACCEPTED: Text("accepted", "了承済み"),
    BoardState.GONE: Text("gone", "解消"),
}
STANDS: Final = frozenset({BoardState.OPEN, BoardState.ASKED, BoardState.ANSWERED})
"""States in which somebody still has to do something."""


def state_of(*, is_gone: bool, is_accepted: bool, query_state: str | None) -> BoardState:
    """The state; a query that was closed while the difference stays leaves it open."""
    if is_gone:
        return BoardState.GONE
    if is_accepted:
        return BoardState.ACCEPTED
    if query_state == "answered":
        return BoardState.ANSWERED
    return BoardState.ASKED if query_state == "open" else BoardState.OPEN


def is_settled(state: BoardState, severity: Severity) -> bool:
    """Whether it leaves its row green: gone, accepted, or no more than a note."""
    return state not in STANDS or severity is Severity.NOTE


def to_do(state: BoardState, rule: str, severity: Severity) -> Text:
    """What the data centre does next."""
    if severity is Severity.NOTE and state in STANDS:
        return Text("nothing; for information", "対応不要（参考）")
    if state is BoardState.OPEN and rule in ENDS_IN_QUARANTINE:
        return Text("decide in the quarantine, or send a query", "隔離で判断、または問い合わせる")
    return _TO_DO[state]


_TO_DO: Final = {
    BoardState.OPEN: Text("send a query, or accept with a reason", "問い合わせる、または理由を付けて了承"),
    BoardState.ASKED: Text("wait for the site", "施設の回答待ち"),
    BoardState.ANSWERED: Text("read the answer; accept, or ask again", "回答を確認し、了承または再問い合わせ"),
    BoardState.ACCEPTED: Text("nothing", "対応不要"),
    BoardState.GONE: Text("nothing", "対応不要"),
}


def question(rule: str, what: Text, expected: Said, found: Said) -> Text:
    """What the site is asked: the two values side by side, and what to do."""
    label, ask = label_of(rule), ask_of(rule)
    return Text(
        f"{_capital(label.en)} ({what.en}). Expected by {_BY[expected.origin].en}: {expected.value.en}. "
        f"Found in {_BY[found.origin].en}: {found.value.en}. {ask.en}",
        f"{label.ja}（{what.ja}）。{_BY[expected.origin].ja}：{expected.value.ja}。"
        f"{_BY[found.origin].ja}：{found.value.ja}。{ask.ja}",
    )


_BY: Final = {
    "protocol": Text("protocol", "実施計画書"),
    "form": Text("the form", "症例報告書"),
    "images": Text("the images", "画像"),
    "delivery": Text("the submission", "送付内容"),
}


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


class Kept(Protocol):
    """A discrepancy as it is stored."""

    rule: str
    about: str
    fingerprint: str


K = TypeVar("K", bound=Kept)


@dataclass(frozen=True, slots=True)
class Changes(Generic[K]):
    """What is to be written: new ones, those whose values changed, those that are gone."""

    new: tuple[Comparison, ...]
    changed: tuple[tuple[K, Comparison], ...]
    gone: tuple[K, ...]


def changes(kept: Sequence[K], found: Iterable[Comparison]) -> Changes[K]:
    """Set a fresh comparison against what stood: what stands unchanged is not touched."""
    known = {(row.rule, row.about): row for row in kept}
    fresh = {one.key: one for one in found}
    return Changes(
        new=tuple(one for key, one in fresh.items() if key not in known),
        changed=tuple(
            (known[key], one)
            for key, one in fresh.items()
            if key in known and known[key].fingerprint != one.fingerprint
        ),
        gone=tuple(row for key, row in known.items() if key not in fresh),
    )
