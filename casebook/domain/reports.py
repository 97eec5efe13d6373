"""Reports that one data centre sends another: tables of plain cells, the same on a page, in a file and on paper.

A report is of a study, of the sites that one data centre looks after, and of a day; of the same data and the same day
it is the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from math import ceil
from statistics import median
from typing import Final

from casebook.domain.queries import STEPS, QueryAct, QueryState
from casebook.domain.study.model import DataCentre
from casebook.domain.texts import Text


class ReportName(StrEnum):
    """The reports, in the order in which they are offered."""

    REGISTRATIONS = "registrations"
    ETHICS = "ethics"
    TIMELINESS = "timeliness"
    QUERIES = "queries"
    IMAGES = "images"


TITLES: Final[Mapping[ReportName, Text]] = {
    ReportName.REGISTRATIONS: Text("Registrations against plan", "症例登録状況（計画との比較）"),
    ReportName.ETHICS: Text("Ethics approval status", "倫理審査の承認状況"),
    ReportName.TIMELINESS: Text("Timeliness", "データ提出の適時性"),
    ReportName.QUERIES: Text("Query ageing", "クエリの経過日数"),
    ReportName.IMAGES: Text("Image receipt matrix", "画像の受領状況"),
}

Cell = str | int | Decimal | date | Text | None
"""What a report says in one place; None where there is nothing to say."""
EMPTY: Final = "–"


@dataclass(frozen=True, slots=True)
class Head:
    """A column: its name in files for programs, and its words."""

    code: str
    label: Text
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class ReportTable:
    """One table; `totals` stand below the rows. `n_sticky` first columns are the row's own name."""

    title: Text
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[tuple[Cell, ...], ...] = ()
    n_names: int = 2


@dataclass(frozen=True, slots=True)
class Report:
    """A report; `data` is the table that files for programs hold, `centre` None means every site of the study."""

    name: ReportName
    study: str
    protocol_version: str
    as_of: date
    centre: DataCentre | None
    tables: tuple[ReportTable, ...]
    data: ReportTable
    notes: tuple[Text, ...] = ()

    @property
    def title(self) -> Text:
        """What it is called."""
        return TITLES[self.name]


def said(cell: Cell, language: str) -> str:
    """A cell in words; nothing is a dash."""
    if cell is None:
        return EMPTY
    return cell.into(language) if isinstance(cell, Text) else str(cell)


# Timeliness


@dataclass(frozen=True, slots=True)
class Delay:
    """How many days something took, of a site; `about` is a form, or the images."""

    site: str
    about: str
    days: int


@dataclass(frozen=True, slots=True)
class Timeliness:
    """Delays in short: the median and the day within which nine of ten came; None where there are none."""

    n: int
    median_days: Decimal | None
    p90_days: int | None
    n_late: int


def in_short(delays: Iterable[Delay], *, limit_days: int) -> Timeliness:
    """Sum delays up; the 90 % value is the smallest that at least nine of ten do not exceed."""
    days = sorted(delay.days for delay in delays)
    if not days:
        return Timeliness(0, None, None, 0)
    middle = Decimal(str(median(days))).quantize(Decimal("0.1"))
    return Timeliness(len(days), middle, days[ceil(len(days) * 9 / 10) - 1], sum(one > limit_days for one in days))


# Queries


@dataclass(frozen=True, slots=True)
class AgeBand:
    """Ages in whole days, both ends included; None where it is open."""

    from_days: int
    to_days: int | None

    @property
    def label(self) -> Text:
        """The band in words."""
        if self.to_days is None:
            return Text(f"over {self.from_days - 1} days", f"{self.from_days}日以上")
        return Text(f"{self.from_days}–{self.to_days} days", f"{self.from_days}〜{self.to_days}日")

    def __contains__(self, days: int) -> bool:
        return self.from_days <= days and (self.to_days is None or days <= self.to_days)


AGE_BANDS: Final = (AgeBand(0, 7), AgeBand(8, 14), AgeBand(15, 28), AgeBand(29, 56), AgeBand(57, None))


def state_on(acts: Sequence[tuple[str, datetime]], now_in: QueryState, until: datetime) -> QueryState | None:
    """The state of a query before an instant, from its thread (the oldest act first); None where there was none yet."""
    steps = [(QueryAct(act), at) for act, at in acts if act in set(QueryAct)]
    if not acts or acts[0][1] >= until:
        return None
    was_reviewed = any(act is QueryAct.OPEN for act, _ in steps) or now_in is QueryState.CANDIDATE
    state = QueryState.CANDIDATE if was_reviewed else QueryState.OPEN
    for act, at in steps:
        if at < until:
            state = STEPS[act].to or state
    return state
