"""Columns by the names that people give them, and cells with what is wrong with them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from casebook.domain.errors import Invalid
from casebook.domain.imports.csv_text import read_csv, read_rows
from casebook.domain.imports.table import Line, SentTable, spelled

MOST_LINES: Final = 100_000
"""Of a table that a command takes."""
SHOWN: Final = 40
"""Characters of a cell or name that a failure repeats."""
TOTALS: Final = frozenset({"total", "totals", "sum", "all", "overall", "合計", "計"})
_PUNCTUATION: Final = re.compile(r"[_\-./()\[\]#:*]")
_WHOLE: Final = re.compile(r"([0-9]{1,9})(?:\.0*)?")


class Role(StrEnum):
    """What a column is for."""

    PATIENT = "patient"
    LESION = "lesion"
    N = "n"
    Y = "y"
    UNKNOWN = "unknown"
    OUTCOME = "outcome"
    DAY = "day"
    STATUS = "status"
    UNIT = "unit"
    RATER = "rater"
    CATEGORY = "category"


NAMES: Final[Mapping[Role, tuple[str, ...]]] = {
    Role.PATIENT: (
        *("patient", "patient id", "patient no", "patient number", "patient code", "pat", "pat id", "subject"),
        *("subject id", "usubjid", "subjid", "registration number", "cluster", "cluster id", "litter", "litter id"),
        *("case", "case id", "person", "pid", "id", "登録番号", "症例番号", "症例", "患者番号", "患者"),
    ),
    Role.LESION: (
        *("lesion", "lesion id", "lesion no", "lesion number", "lesion label", "lesid", "lesionid", "lslnkid"),
        *("trlnkid", "tulnkid", "病変", "病変番号"),
    ),
    Role.N: (
        *("n", "n_i", "ni", "n lesions", "number of lesions", "lesions", "n evaluable", "evaluable"),
        *("evaluable lesions", "lesions evaluable", "denominator", "trials", "cluster size", "total"),
        *("n total", "total lesions", "lesions total", "n cdlm", "病変数"),
    ),
    Role.Y: (
        *("y", "y_i", "yi", "n nonviable", "nonviable", "nonviable lesions", "lesions nonviable", "n non viable"),
        *("non viable", "nonviabn", "n nv", "nv", "numerator", "successes", "events", "腫瘍残存なし"),
    ),
    Role.UNKNOWN: (
        *("unknown", "n unknown", "u", "u_i", "not evaluable", "n not evaluable", "nonevaluable", "n ne", "ne"),
        "評価不能",
    ),
    Role.OUTCOME: (
        *("nonviabn", "nonviabl", "nonviable", "non viable", "is nonviable", "nonviable fl", "y", "y_i", "outcome"),
        *("truth", "result", "response", "腫瘍残存なし", "結果"),
    ),
    Role.DAY: ("day", "days", "time", "time days", "day of follow up", "followup days", "fupdy", "ady", "aval", "日数"),
    Role.STATUS: ("status", "event", "event status", "state", "転帰"),
    Role.UNIT: ("unit", "unit id", "item", "object", "lesion", "lesion id", "case", "case id", "subject", "病変"),
    Role.RATER: ("rater", "rater id", "reader", "reader id", "observer", "judge", "coder", "読影者", "評価者"),
    Role.CATEGORY: ("category", "rating", "verdict", "score", "code", "value", "class", "判定", "評価"),
}
"""Names of each column, the surest first; compared without width, case, blanks and punctuation."""
LIKELY: Final[Mapping[Role, re.Pattern[str]]] = {
    Role.PATIENT: re.compile("^(patient|subject|participant)"),
    Role.N: re.compile("^(?!.*nonviab).*lesions"),
    Role.Y: re.compile("nonviab"),
    Role.OUTCOME: re.compile("nonviab"),
}
"""What names begin with or hold that are not listed; taken where one column alone is so named."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Only lines whose column says a value count."""

    column: str
    value: str


def plain(name: str) -> str:
    """A name as columns are compared: no difference of width, case, blanks or punctuation."""
    return _PUNCTUATION.sub("", spelled(name))


def read_table(data: bytes, conditions: Sequence[Condition] = ()) -> SentTable:
    """Return the lines of a CSV file that meet all conditions. Raises Invalid where it is no table, or none do."""
    _require_names(data)
    table = read_csv(data, most_lines=MOST_LINES)
    longer = next((line.number for line in table.lines if line.n_extra), None)
    if longer is not None:
        raise Invalid(
            f"Line {longer} has more cells than the {len(table.columns)} columns that are named; look for a separator "
            "inside a cell, and put such cells in quotation marks.",
            field="file",
        )
    wanted = [(named(table, condition.column), spelled(condition.value)) for condition in conditions]
    lines = tuple(line for line in table.lines if all(spelled(text(line, at)) == value for at, value in wanted))
    if not lines:
        raise Invalid("No line meets the conditions; compare their values with the file.", field="where")
    return SentTable(table.read_as, table.columns, lines)


def _require_names(data: bytes) -> None:
    """Raise Invalid for a file whose first line with something in it holds numbers alone."""
    rows = ([cell.text for cell in cells if cell] for _, cells in read_rows(data)[1])
    first = next((row for row in rows if row), [])
    if first and all(_WHOLE.fullmatch(cell) for cell in first):
        shown = ", ".join(first[:10])
        raise Invalid(f"The first line is {shown[:SHOWN]}; expected the names of the columns there.", field="file")


def named(table: SentTable, name: str) -> int:
    """The place of the column that somebody names. Raises Invalid where there is none."""
    found = next((at for at, column in enumerate(table.columns) if plain(column) == plain(name)), None)
    if found is None:
        raise Invalid(f"There is no column “{name[:SHOWN]}”. {columns_there(table)}", field="file")
    return found


def find(table: SentTable, role: Role, asked: str | None = None) -> int | None:
    """The place of the column for a role: the one asked for, else by its name; None where there is none."""
    if asked is not None:
        return named(table, asked)
    known = [plain(column) for column in table.columns]
    sure = next((known.index(name) for name in map(plain, NAMES[role]) if name in known), None)
    likely = [at for at, name in enumerate(known) if role in LIKELY and LIKELY[role].search(name)]
    return likely[0] if sure is None and len(likely) == 1 else sure


def require(table: SentTable, role: Role, asked: str | None, what: str) -> int:
    """The place of a column that must be there. Raises Invalid with the names that would do."""
    found = find(table, role, asked)
    if found is None:
        would_do = ", ".join(f"“{name}”" for name in NAMES[role][:4])
        raise Invalid(
            f"No column gives {what}; name one {would_do}, or say which it is with --{role}. {columns_there(table)}",
            field="file",
        )
    return found


def columns_there(table: SentTable) -> str:
    """Which columns there are, for failures."""
    shown = ", ".join(f"“{name[:SHOWN]}”" for name in table.columns[:20])
    return f"The columns are {shown}."


def text(line: Line, at: int) -> str:
    """What stands in a cell, without blanks around it."""
    cell = line.cells[at]
    return cell.text if cell else ""


def whole_number(table: SentTable, line: Line, at: int) -> int:
    """A count or day. Raises Invalid for anything else, with its line and column."""
    said = unicodedata.normalize("NFKC", text(line, at)).replace(" ", "")
    found = _WHOLE.fullmatch(said)
    if found is None:
        raise bad_cell(table, line, at, "a whole number of 0 or more")
    return int(found[1])


def bad_cell(table: SentTable, line: Line, at: int, expected: str) -> Invalid:
    """What to raise for a cell: where it is, what stands there, and what was expected."""
    said = text(line, at)
    found = f"found “{said[:SHOWN]}”" if said else "the cell is empty"
    return Invalid(
        f"Line {line.number}, column “{table.columns[at][:SHOWN]}”: {found}; expected {expected}. Correct the cell.",
        field=f"line {line.number}",
    )


def patient_of(table: SentTable, line: Line, at: int | None) -> str:
    """The patient of a line; without such a column each line is a patient of its own. Raises Invalid for none."""
    if at is None:
        return f"line {line.number}"
    said = text(line, at)
    if not said:
        raise bad_cell(table, line, at, "the patient's code")
    if plain(said) in TOTALS:
        raise Invalid(
            f"Line {line.number} looks like a sum over the others (“{said[:SHOWN]}”); leave it out of the file.",
            field=f"line {line.number}",
        )
    return said


def require_once(seen: dict[tuple[str, str], int], line: Line, key: tuple[str, str], what: str) -> None:
    """Note where a thing stands. Raises Invalid where an earlier line is about the same."""
    if seen.setdefault(key, line.number) != line.number:
        raise Invalid(
            f"Lines {seen[key]} and {line.number} are about {what}; keep one, or choose among the lines with --where.",
            field=f"line {line.number}",
        )
