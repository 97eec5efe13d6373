"""What of the board is asked for: filters, as a page's address and a saved view spell them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self, TypeVar
from urllib.parse import parse_qsl, urlencode

from casebook.domain.protocol_findings import Severity
from casebook.domain.reconciliation.standing import STANDS, BoardState
from casebook.domain.reconciliation.values import BoardModality
from casebook.domain.texts import Text


class Shown(StrEnum):
    """Which rows: by the state of their discrepancies, those with nothing left, or all."""

    STANDING = "standing"
    OPEN = "open"
    ASKED = "asked"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    GONE = "gone"
    GREEN = "green"
    ALL = "all"


SHOWN_LABELS: Final = {
    Shown.STANDING: Text("Standing", "未解決"),
    Shown.OPEN: Text("Open", "未対応"),
    Shown.ASKED: Text("Query sent", "問い合わせ中"),
    Shown.ANSWERED: Text("Answered", "回答あり"),
    Shown.ACCEPTED: Text("Accepted", "了承済み"),
    Shown.GONE: Text("Gone", "解消"),
    Shown.GREEN: Text("Nothing standing", "問題なし"),
    Shown.ALL: Text("All rows", "すべて"),
}
T = TypeVar("T", bound=StrEnum)
AGES: Final = (3, 7, 14, 30)
"""Days; the board offers what is older."""
MOST_DIGITS: Final = 4
LONGEST_WORD: Final = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters of the board; empty words leave one open. `older_than_days` counts from when a discrepancy was seen."""

    site: str = ""
    timepoint: str = ""
    modality: BoardModality | None = None
    rule: str = ""
    severity: Severity | None = None
    shown: Shown = Shown.STANDING
    older_than_days: int = 0
    search: str = ""
    page: int = 1

    @property
    def states(self) -> frozenset[BoardState] | None:
        """The states of discrepancies that are listed; None for all but those that are gone."""
        if self.shown is Shown.STANDING:
            return STANDS
        return frozenset({BoardState(self.shown.value)}) if self.shown.value in set(BoardState) else None

    @property
    def lists_rows(self) -> bool:
        """Rows without any discrepancy are asked for, too."""
        return self.shown in {Shown.GREEN, Shown.ALL}

    def query(self, **changes: object) -> str:
        """The address's part after the question mark, with some filters changed."""
        asked = {
            "site": self.site,
            "timepoint": self.timepoint,
            "modality": self.modality or "",
            "rule": self.rule,
            "severity": self.severity or "",
            "state": "" if self.shown is Shown.STANDING else self.shown,
            "age": self.older_than_days or "",
            "search": self.search,
            "page": "",
            **changes,
        }
        return urlencode({name: str(value) for name, value in asked.items() if value})

    @classmethod
    def of_query(cls, query: str) -> Self:
        """The filters of an address; what it does not know, it leaves open."""
        said = {name: word[:LONGEST_WORD] for name, word in parse_qsl(query)}
        return cls(
            site=said.get("site", ""),
            timepoint=said.get("timepoint", ""),
            modality=_one_of(BoardModality, said.get("modality", "")),
            rule=said.get("rule", ""),
            severity=_one_of(Severity, said.get("severity", "")),
            shown=_one_of(Shown, said.get("state", "")) or Shown.STANDING,
            older_than_days=_count(said.get("age", "")),
            search=said.get("search", "").strip(),
            page=max(1, _count(said.get("page", ""))),
        )


def _count(word: str) -> int:
    """A number of few digits; 0 for anything else."""
    return int(word) if word.isascii() and word.isdecimal() and len(word) <= MOST_DIGITS else 0


def _one_of(kind: type[T], word: str) -> T | None:
    return kind(word) if word in set(kind) else None
