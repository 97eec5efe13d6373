"""A table of lesions: counted per patient, or one line each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from casebook.domain.errors import Invalid
from casebook.domain.imports.table import Line, SentTable, spelled
from casebook.stats.bounded import PatientTotals
from casebook.stats.clustered_report import totals_of
from casebook.stats.tables.columns import Role, bad_cell, find, patient_of, require, require_once, text, whole_number

NON_VIABLE: Final = frozenset(
    {"1", "1.0", "y", "yes", "t", "true", "nonviable", "non-viable", "non_viable", "はい", "腫瘍残存なし"}
)
VIABLE: Final = frozenset({"0", "0.0", "n", "no", "f", "false", "viable", "いいえ", "腫瘍残存あり"})
NOT_KNOWN: Final = frozenset(
    {"", "na", "n/a", ".", "nan", "null", "none", "ne", "unk", "unknown", "notevaluable", "not-evaluable"}
    | {"not_evaluable", "pending", "indeterminate", "undetermined", "評価不能", "不明", "保留"}
)
NO_PATIENT: Final = "No column names the patient: each line was taken as a patient of its own."


@dataclass(frozen=True, slots=True)
class LesionColumns:
    """Columns that somebody names; those left out are found by their usual names."""

    patient: str | None = None
    lesion: str | None = None
    n: str | None = None
    y: str | None = None
    unknown: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class LesionTable:
    """Totals per patient, in the order of the file, and what was taken for granted in reading it."""

    totals: tuple[PatientTotals, ...]
    notes: tuple[str, ...] = field(default=())


def lesion_table(table: SentTable, asked: LesionColumns = LesionColumns()) -> LesionTable:
    """Totals per patient from counts (`n` and `y`) or from one line per lesion with its outcome.

    Lines of one patient are added up. Raises Invalid with line and column for what is no count and no outcome.
    """
    patient = find(table, Role.PATIENT, asked.patient)
    notes = [] if patient is not None else [NO_PATIENT]
    is_counted = _is_counted(table, asked)
    lines = list(_counted(table, asked) if is_counted else _one_by_one(table, asked, patient))
    coded = [(patient_of(table, line, patient), found) for line, found in lines]
    n_again = len(coded) - len({code for code, _ in coded})
    if is_counted and n_again:
        notes.append(f"{n_again} lines name a patient that an earlier line names: they were added to it.")
    return LesionTable(totals_of(coded), tuple(notes))


def _is_counted(table: SentTable, asked: LesionColumns) -> bool:
    """Whether lines are counts: columns asked for decide, then one that names lesions, then one that counts them."""
    if asked.n is not None or asked.outcome is not None or asked.lesion is not None:
        return asked.n is not None
    return find(table, Role.LESION) is None and find(table, Role.N) is not None


def _counted(table: SentTable, asked: LesionColumns) -> Iterator[tuple[Line, PatientTotals]]:
    n_at = require(table, Role.N, asked.n, "the number of evaluable lesions")
    y_at = require(table, Role.Y, asked.y, "the number of non-viable lesions among the evaluable ones")
    unknown_at = find(table, Role.UNKNOWN, asked.unknown)
    for line in table.lines:
        n, y = whole_number(table, line, n_at), whole_number(table, line, y_at)
        if y > n:
            raise Invalid(
                f"Line {line.number}: found {y} non-viable of {n} lesions; expected no more than there are. Correct "
                f"“{table.columns[n_at]}” or “{table.columns[y_at]}”.",
                field=f"line {line.number}",
            )
        is_given = unknown_at is not None and text(line, unknown_at) != ""
        yield (
            line,
            PatientTotals(n, y, whole_number(table, line, unknown_at) if is_given and unknown_at is not None else 0),
        )


def _one_by_one(table: SentTable, asked: LesionColumns, patient_at: int | None) -> Iterator[tuple[Line, PatientTotals]]:
    outcome_at = require(table, Role.OUTCOME, asked.outcome or asked.y, "counts (n and y) or each lesion's outcome")
    lesion_at = find(table, Role.LESION, asked.lesion)
    first_line: dict[tuple[str, str], int] = {}
    for line in table.lines:
        if lesion_at is not None and text(line, lesion_at):
            key = (patient_of(table, line, patient_at), text(line, lesion_at))
            require_once(first_line, line, key, "the same lesion of the same patient")
        yield line, _outcome(table, line, outcome_at)


def _outcome(table: SentTable, line: Line, at: int) -> PatientTotals:
    said = spelled(text(line, at))
    if said in NOT_KNOWN:
        return PatientTotals(0, 0, 1)
    if said in NON_VIABLE:
        return PatientTotals(1, 1)
    if said in VIABLE:
        return PatientTotals(1, 0)
    raise bad_cell(table, line, at, "1 or Y for non-viable, 0 or N for viable, empty where it is not evaluable")
