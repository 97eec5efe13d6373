"""From the lines of a table to entries of a form: lines of one entry come together, each answer knows its cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from casebook.domain.forms.definition import FormDefinition, FormScope
from casebook.domain.forms.faults import BadAnswer
from casebook.domain.imports.answers import read_answer
from casebook.domain.imports.columns import Column, Place
from casebook.domain.imports.fates import CellAt
from casebook.domain.imports.table import Cell, CellKind, Line, SentTable, spelled
from casebook.domain.study.model import StudyDefinition
from casebook.domain.texts import Text

NOT_PLAIN: Final = frozenset({CellKind.FORMULA, CellKind.ERROR, CellKind.MOMENT})
LAST_ENTRY: Final = 50
OTHERWISE: Final = Text(
    "another line of the same entry says otherwise; make them alike",
    "同じ記録の別の行と値が異なります。揃えてください",
)


@dataclass(frozen=True, slots=True)
class Given:
    """An answer with the cell it stands in; None takes a saved one away."""

    at: CellAt
    raw: object


@dataclass(slots=True)
class ImportedEntry:
    """What the lines of one entry say. Where they name no `ordinal`, the day `dated_on` tells which entry is meant.

    `unread` are the questions whose cells were refused, as faults name them.
    """

    subject: str
    timepoint: str | None
    ordinal: int | None
    dated_on: str | None
    answers: dict[str, Given] = field(default_factory=dict)
    lesions: dict[str, dict[str, Given]] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)
    lesion_at: dict[str, CellAt] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    reason: str = ""


@dataclass(slots=True)
class ImportPlan:
    """The entries of a table, and what was refused before any of them was judged; `place_at` are columns by place."""

    place_at: Mapping[Place, int] = field(default_factory=dict)
    entries: list[ImportedEntry] = field(default_factory=list)
    refused: dict[CellAt, Text] = field(default_factory=dict)
    line_refused: dict[int, list[Text]] = field(default_factory=dict)


def plan_entries(
    definition: StudyDefinition, form: FormDefinition, columns: Sequence[Column], table: SentTable
) -> ImportPlan:
    """Read every line; what cannot be read is refused cell by cell, and the rest of its entry is still judged."""
    plan = ImportPlan({column.place: column.index for column in columns if column.place})
    reader = _Reader(definition, form, columns, plan)
    for line in table.lines:
        reader.read(line)
    return plan


class _Reader:
    """Reads lines one after the other into a plan."""

    def __init__(
        self, definition: StudyDefinition, form: FormDefinition, columns: Sequence[Column], plan: ImportPlan
    ) -> None:
        self.definition = definition
        self.form = form
        self.plan = plan
        self.places: Mapping[Place, Column] = {column.place: column for column in columns if column.place}
        self.questions = [column for column in columns if column.field]

    def read(self, line: Line) -> None:
        """Add a line to the entry it belongs to."""
        if line.n_extra:
            self.refuse_line(line, _TOO_MANY_CELLS)
        entry = self.entry_of(line)
        if entry is None:
            return
        lesion = self.text(line, Place.LESION)
        entry.lines.append(line.number)
        entry.reason = self.text(line, Place.REASON) or entry.reason
        if lesion:
            entry.lesion_at.setdefault(lesion, (line.number, self.places[Place.LESION].index))
        for column in self.questions:
            cell = line.cells[column.index]
            if cell is not None:
                self.answer(entry, line, column, cell, lesion)

    def entry_of(self, line: Line) -> ImportedEntry | None:
        """The entry of a line, a new one where none of the lines before is its own."""
        subject = self.text(line, Place.SUBJECT)
        if not subject:
            self.refuse(line, Place.SUBJECT, _NO_SUBJECT)
            return None
        timepoint, ordinal = self.timepoint(line), self.ordinal(line)
        if self.has_refused_place(line):
            return None
        dated_on = self.dated_on(line)
        for known in reversed(self.plan.entries):
            if (known.subject, known.timepoint) != (subject, timepoint):
                continue
            if not self.form.repeatable or _is_same(known, ordinal, dated_on):
                return known
        entry = ImportedEntry(subject, timepoint, ordinal, dated_on)
        self.plan.entries.append(entry)
        return entry

    def timepoint(self, line: Line) -> str | None:
        """The timepoint that a line names by code or label."""
        if self.form.scope is not FormScope.TIMEPOINT:
            return None
        said = spelled(self.text(line, Place.TIMEPOINT))
        asked = [self.definition.timepoint(code) for code in self.form.timepoints]
        for one in asked:
            if said in {spelled(one.code), spelled(one.label.en), spelled(one.label.ja)}:
                return one.code
        en, ja = ", ".join(one.code for one in asked), "、".join(one.label.ja for one in asked)
        self.refuse(
            line,
            Place.TIMEPOINT,
            Text(
                f"the form is asked at {en}; name one of them", f"この様式の時点は {ja} です。どれかを指定してください"
            ),
        )
        return None

    def ordinal(self, line: Line) -> int | None:
        """The number of the entry, where the line names one."""
        said = self.text(line, Place.ENTRY)
        if not said:
            return None if self.form.repeatable else 1
        if said.isascii() and said.isdecimal() and 1 <= int(said[:9]) <= LAST_ENTRY:
            return int(said)
        self.refuse(
            line,
            Place.ENTRY,
            Text(
                f"expected a number from 1 to {LAST_ENTRY}, or nothing", f"1〜{LAST_ENTRY}の番号か、空欄にしてください"
            ),
        )
        return None

    def dated_on(self, line: Line) -> str | None:
        """The day that tells entries of a repeatable form apart, as it would be saved."""
        column = next(
            (
                one
                for one in self.questions
                if one.field and not one.per_lesion and one.field.code == self.form.dated_by
            ),
            None,
        )
        cell = line.cells[column.index] if column else None
        if column is None or column.field is None or cell is None:
            return None
        try:
            raw = read_answer(column.field, cell, self.definition.missing_reasons)
        except BadAnswer:
            return None
        return raw if isinstance(raw, str) else None

    def answer(self, entry: ImportedEntry, line: Line, column: Column, cell: Cell, lesion: str) -> None:
        """Put an answer into the entry, or refuse its cell."""
        assert column.field is not None
        at, code = (line.number, column.index), column.field.code
        if column.per_lesion and not lesion:
            self.plan.refused[at] = _NO_LESION
            return
        try:
            raw = read_answer(column.field, cell, self.definition.missing_reasons)
        except BadAnswer as bad:
            self.plan.refused[at] = bad.message
            entry.unread.add(f"lesions.{lesion}.{code}" if column.per_lesion else code)
            return
        answers = entry.lesions.setdefault(lesion, {}) if column.per_lesion else entry.answers
        known = answers.get(code)
        if known is not None and known.raw != raw:
            self.plan.refused[at] = OTHERWISE
        else:
            answers.setdefault(code, Given(at, raw))

    def text(self, line: Line, place: Place) -> str:
        """What a line says of a place; a formula says nothing and is refused."""
        column = self.places.get(place)
        cell = line.cells[column.index] if column else None
        if cell is None:
            return ""
        if cell.kind in NOT_PLAIN:
            self.refuse(line, place, _NOT_PLAIN)
            return ""
        return cell.text

    def has_refused_place(self, line: Line) -> bool:
        """Whether the line does not say where its answers belong."""
        return any((line.number, column.index) in self.plan.refused for column in self.places.values())

    def refuse(self, line: Line, place: Place, said: Text) -> None:
        """Refuse the cell of a place; the first reason stands."""
        column = self.places.get(place)
        if column is None:
            self.refuse_line(line, said)
        else:
            self.plan.refused.setdefault((line.number, column.index), said)

    def refuse_line(self, line: Line, said: Text) -> None:
        """Refuse something of a line that is no cell's."""
        self.plan.line_refused.setdefault(line.number, []).append(said)


def _is_same(known: ImportedEntry, ordinal: int | None, dated_on: str | None) -> bool:
    """Whether a line is of the same entry: of the same number, else the same day; a line without either goes on."""
    if ordinal is not None or known.ordinal is not None:
        return ordinal == known.ordinal
    return dated_on is None or dated_on == known.dated_on


_TOO_MANY_CELLS: Final = Text(
    "the line has more cells than the head names columns; a decimal comma, perhaps: write 12.5",
    "列名の数より多くのセルがあります。小数点のカンマの場合は 12.5 のように入力してください",
)
_NO_SUBJECT: Final = Text("name the patient by registration number", "登録番号を入力してください")
_NO_LESION: Final = Text(
    "this is asked of each lesion; name it in the column “lesion”",
    "病変ごとの項目です。「病変」の列に病変番号を入力してください",
)
_NOT_PLAIN: Final = Text(
    "found a formula, an error or a time of day; put the plain value in its place",
    "数式・エラー・時刻は使えません。値に置き換えてください",
)
