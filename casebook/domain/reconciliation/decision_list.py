"""A list of decisions on discrepancies, as it is exported, filled in a spreadsheet and read again."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from casebook.domain.errors import Invalid
from casebook.domain.spreadsheets import as_typed
from casebook.domain.texts import Text

COLUMNS: Final = (
    "id",
    "fingerprint",
    "patient",
    "site",
    "timepoint",
    "modality",
    "rule",
    "what_is_wrong",
    "about",
    "expected",
    "expected_by",
    "found",
    "found_in",
    "severity",
    "state",
    "seen_on",
    "age_days",
    "query",
    "accepted_because",
    "decision",
    "reason",
)
"""As exported; of these `id`, `fingerprint`, `decision` and `reason` are read again."""
READ: Final = ("id", "fingerprint", "decision", "reason")
MOST_LINES: Final = 5000


class Decision(StrEnum):
    """What is decided on a discrepancy; an empty cell decides nothing."""

    ACCEPT = "accept"
    QUERY = "query"


WORDS: Final[Mapping[str, Decision]] = {
    "accept": Decision.ACCEPT,
    "accepted": Decision.ACCEPT,
    "了承": Decision.ACCEPT,
    "query": Decision.QUERY,
    "問い合わせ": Decision.QUERY,
    "クエリ": Decision.QUERY,
}
DECISION_LABELS: Final[Mapping[Decision, Text]] = {
    Decision.ACCEPT: Text("accept", "了承"),
    Decision.QUERY: Text("send a query", "問い合わせ"),
}


@dataclass(frozen=True, slots=True)
class ListedDecision:
    """One line with a decision: on which discrepancy, with which values, and why."""

    line: int
    id: UUID
    fingerprint: str
    decision: Decision
    reason: str


@dataclass(frozen=True, slots=True)
class FaultyLine:
    """A line that cannot be read, and why."""

    line: int
    said: Text


@dataclass(frozen=True, slots=True)
class DecisionList:
    """What a list says; `n_blank` lines decide nothing."""

    decisions: tuple[ListedDecision, ...]
    faults: tuple[FaultyLine, ...]
    n_blank: int


def text_of(data: bytes) -> str:
    """Return the list's text: UTF-8 with or without BOM, else Shift-JIS. Raises Invalid for anything else."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            found = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in found:
            return found
    raise Invalid(
        Text(
            "The list is neither UTF-8 nor Shift-JIS text; save it as CSV.",
            "UTF-8またはShift-JISのテキストではありません。CSV形式で保存してください。",
        ),
        field="list",
    )


def read_decisions(text: str) -> DecisionList:
    """Read a list, every line of it; a discrepancy is decided on once.

    Raises Invalid for what is no such list: not CSV, a column missing or standing twice, too many lines.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        _require_columns([name.strip() for name in reader.fieldnames or ()])
        lines = list(_lines(reader))
    except csv.Error as error:
        raise _not_csv(reader.line_num) from error
    decisions: list[ListedDecision] = []
    faults: list[FaultyLine] = []
    n_blank = 0
    for number, record in lines:
        found = _read(number, record, {one.id for one in decisions})
        if found is None:
            n_blank += 1
        elif isinstance(found, FaultyLine):
            faults.append(found)
        else:
            decisions.append(found)
    return DecisionList(tuple(decisions), tuple(faults), n_blank)


def _lines(reader: "csv.DictReader[str]") -> Iterator[tuple[int, dict[str, str]]]:
    for place, record in enumerate(reader, start=1):
        if place > MOST_LINES:
            raise Invalid(
                Text(f"A list has {MOST_LINES} lines at most.", f"一覧は{MOST_LINES}行までです。"), field="list"
            )
        yield reader.line_num, {name.strip(): str(record.get(name) or "").strip() for name in reader.fieldnames or ()}


def _require_columns(names: list[str]) -> None:
    missing = [name for name in READ if name not in names]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if missing:
        listed = ", ".join(missing)
        raise Invalid(Text(f"Columns are missing: {listed}.", f"列がありません：{listed}。"), field="list")
    if twice:
        listed = ", ".join(twice)
        raise Invalid(Text(f"Columns stand twice: {listed}.", f"列が重複しています：{listed}。"), field="list")


def _not_csv(line: int) -> Invalid:
    return Invalid(Text(f"Line {line} is not CSV.", f"{line}行目がCSVの形式ではありません。"), field="list")


def _read(number: int, record: Mapping[str, str], known: set[UUID]) -> ListedDecision | FaultyLine | None:
    """One line: a decision, a fault, or None where nothing is decided."""
    word = record["decision"].casefold()
    if not word:
        return None
    decision = WORDS.get(word)
    if decision is None:
        return FaultyLine(
            number,
            Text(
                f"“{word[:40]}” is no decision; write accept or query.", "判断は accept または query としてください。"
            ),
        )
    try:
        key = UUID(record["id"])
    except ValueError:
        return FaultyLine(
            number, Text("The id is not one of the exported list.", "id が出力した一覧のものではありません。")
        )
    if key in known:
        return FaultyLine(number, Text("The discrepancy stands on an earlier line.", "同じ不一致が前の行にあります。"))
    reason = as_typed(record["reason"])
    if decision is Decision.ACCEPT and not reason:
        return FaultyLine(number, Text("Say why it is accepted.", "了承する理由を入力してください。"))
    return ListedDecision(number, key, record["fingerprint"], decision, reason)
