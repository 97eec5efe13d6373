"""Bringing in tables of form answers: a dry run that writes nothing, and taking all lines or none.

Each entry goes the way of the form page, through `save_entry`, so that the same checks, states, reasons and borders of
sites hold; the dry run goes it too, and takes all of it back.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.derive import derived_at_end
from casebook.actions.forms import EntryRefused, SavedEntry, save_entry
from casebook.actions.import_files import read_table
from casebook.actions.reconcile import reconcile_later
from casebook.actions.studies import newest_definition
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid, NotFound, Refused, Stale
from casebook.domain.forms.definition import FieldDefinition, FormDefinition
from casebook.domain.forms.entry import REQUIRED
from casebook.domain.forms.faults import Fault
from casebook.domain.forms.states import EntryState
from casebook.domain.imports.answers import same_answer
from casebook.domain.imports.columns import Column, Place, map_columns
from casebook.domain.imports.entries import Given, ImportedEntry, ImportPlan, plan_entries
from casebook.domain.imports.fates import CellAt, CellFate, Fate, ImportFates, LineFate, Outcome
from casebook.domain.imports.table import Line, SentTable
from casebook.domain.texts import Text
from casebook.store import forms, lesions, registry
from casebook.store.database import for_reason
from casebook.store.tables import FormEntry, Subject

NO_PATIENT: Final = Text("there is no such patient", "この登録番号の症例はありません")
TWO_OF_A_DAY: Final = Text(
    "two saved entries have this date; name one in the column “entry”",
    "この日付の記録が2件以上あります。「記録番号」の列で指定してください",
)
FALLS: Final = Text("verification and signatures fall with the change", "変更により確認・署名は無効になります")


class _TakenBack(Exception):
    """Ends an attempt of which nothing is to stay."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one entry: where it was found, what was saved before, what was refused in it and why."""

    entry: ImportedEntry
    outcome: Outcome
    subject_id: UUID | None = None
    ordinal: int | None = None
    labels: tuple[str, ...] = ()
    saved: Mapping[str, Any] = field(default_factory=dict)
    refused: tuple[tuple[CellAt | int, Text], ...] = ()
    notes: tuple[Text, ...] = ()


def import_forms(
    session: Session,
    actor: Actor,
    *,
    study_code: str,
    form_code: str,
    content: bytes,
    dry_run: bool,
    reason: str = "",
    now: datetime,
) -> ImportFates:
    """Take every line of a table, or none; with `dry_run` say what would become of each cell and write nothing.

    `reason` is why saved answers change, where a line brings none of its own. The trail names the file by its digest,
    since names of files may hold those of patients. Raises Invalid for what is no table of the form, NotFound for an
    unknown form, Forbidden.
    """
    actor.require(Action.EDIT_FORMS, study_code=study_code)
    _, definition = newest_definition(session, study_code)
    form = definition.form(form_code)
    table = read_table(content)
    columns = map_columns(form, table.columns)
    plan = plan_entries(definition, form, columns, table)
    is_applied, judged = False, list[Judged]()
    try:
        with session.begin_nested(), derived_at_end(session, as_of=now.date()):
            importer = _Importer(session, actor, form, plan, reason.strip(), hashlib.sha256(content).hexdigest(), now)
            judged = [importer.take(entry) for entry in plan.entries]
            _require_to_stay(plan, judged, dry_run=dry_run)
            is_applied = True
    except _TakenBack:
        pass
    if is_applied:
        for subject_id in dict.fromkeys(one.subject_id for one in judged if _is_written(one)):
            assert subject_id is not None
            reconcile_later(session, subject_id)
    return _fates(table, columns, plan, judged, is_applied=is_applied)


def importable_form(session: Session, actor: Actor, *, study_code: str, form_code: str) -> FormDefinition:
    """Return a form that tables can be brought in for. Raises Forbidden, NotFound."""
    actor.require(Action.EDIT_FORMS, study_code=study_code)
    return newest_definition(session, study_code)[1].form(form_code)


def importable_forms(session: Session, actor: Actor, *, study_code: str) -> Sequence[FormDefinition]:
    """Return the forms that tables can be brought in for. Raises Forbidden."""
    actor.require(Action.EDIT_FORMS, study_code=study_code)
    return newest_definition(session, study_code)[1].forms


@dataclass(frozen=True, slots=True)
class _Importer:
    """Takes entries one after the other; each is judged against what the ones before it have saved."""

    session: Session
    actor: Actor
    form: FormDefinition
    plan: ImportPlan
    reason: str
    sha256: str
    now: datetime

    def take(self, entry: ImportedEntry) -> Judged:
        """Save an entry, or say what is refused in it and leave nothing of it."""
        try:
            subject = registry.subject_by_number(self.session, self.actor, Action.EDIT_FORMS, number=entry.subject)
        except NotFound:
            at = self._cell_of(entry, Place.SUBJECT)
            return Judged(entry, Outcome.REFUSED, refused=((at, NO_PATIENT),))
        known = self._stored(subject, entry)
        labels = tuple(lesion.label for lesion in lesions.of_subject(self.session, subject.id))
        ordinal = self._ordinal(entry, known)
        row = next((one for one in known if one.ordinal == ordinal), None)
        judged = Judged(entry, Outcome.REFUSED, subject.id, ordinal, labels, row.data if row else {})
        if ordinal is None:
            return replace(judged, refused=((entry.lines[0], TWO_OF_A_DAY),))
        try:
            with self.session.begin_nested(), for_reason(self.session, self._why(entry)):
                version = row.version if row else None
                saved = self._save(subject, entry, ordinal, row, version)
                return replace(judged, outcome=_outcome(saved, version), notes=_notes(saved, self.form))
        except EntryRefused as error:
            faults = [fault for fault in error.faults if fault.code != REQUIRED or fault.field not in entry.unread]
            return replace(judged, refused=tuple(self._placed(entry, fault) for fault in faults))
        except (Invalid, NotFound, Refused, Stale) as error:
            return replace(judged, refused=((entry.lines[0], error.said),))

    def _save(
        self, subject: Subject, entry: ImportedEntry, ordinal: int, row: FormEntry | None, version: int | None
    ) -> SavedEntry:
        return save_entry(
            self.session,
            self.actor,
            subject_id=subject.id,
            form_code=self.form.code,
            timepoint_code=entry.timepoint,
            ordinal=ordinal,
            data=merged(row.data if row else {}, entry),
            version=version,
            reason=entry.reason or self.reason,
            now=self.now,
        )

    def _why(self, entry: ImportedEntry) -> str:
        """What the trail says of a first entry; a change says its own reason."""
        return f"import of the file with SHA-256 {self.sha256}, line {entry.lines[0]}"

    def _stored(self, subject: Subject, entry: ImportedEntry) -> list[FormEntry]:
        ids = {row.id: row.code for row in registry.timepoints(self.session, subject.id)}
        return [
            row
            for row in forms.entries(self.session, subject.id)
            if row.form_code == self.form.code
            and (ids.get(row.timepoint_id) if row.timepoint_id else None) == entry.timepoint
        ]

    def _ordinal(self, entry: ImportedEntry, known: Sequence[FormEntry]) -> int | None:
        """The number of the entry: as the line says, else that of the saved one of its day, else the next."""
        if entry.ordinal is not None:
            return entry.ordinal
        of_day = [row.ordinal for row in known if row.data.get(self.form.dated_by or "") == entry.dated_on]
        if entry.dated_on is None:
            of_day = [row.ordinal for row in known]
        if len(of_day) > 1:
            return None
        return of_day[0] if of_day else max((row.ordinal for row in known), default=0) + 1

    def _placed(self, entry: ImportedEntry, fault: Fault) -> tuple[CellAt | int, Text]:
        """Where a fault is shown: at its cell, else at its line with the name of the question."""
        path = fault.field.split(".")
        if path[0] != "lesions":
            given, asked = entry.answers.get(fault.field), self.form.field(fault.field)
            return (given.at, fault.message) if given else (entry.lines[0], _about(asked, None, fault.message))
        label, code = (*path[1:], "", "")[:2]
        given = entry.lesions.get(label, {}).get(code)
        if given is not None:
            return given.at, fault.message
        at = entry.lesion_at.get(label)
        if at is not None and not code:
            return at, fault.message
        line = at[0] if at is not None else entry.lines[0]
        return line, _about(self.form.lesion_field(code), label, fault.message)

    def _cell_of(self, entry: ImportedEntry, place: Place) -> CellAt | int:
        index = self.plan.place_at.get(place)
        return entry.lines[0] if index is None else (entry.lines[0], index)


def merged(saved: Mapping[str, Any], entry: ImportedEntry) -> dict[str, object]:
    """What is saved with what the table says over it; an empty cell says nothing."""
    data = _over({code: raw for code, raw in saved.items() if code != "lesions"}, entry.answers)
    rows = {label: dict(row) for label, row in saved.get("lesions", {}).items()}
    for label, answers in entry.lesions.items():
        rows[label] = _over(rows.get(label, {}), answers)
    return data | {"lesions": rows} if rows else data


def _over(saved: Mapping[str, object], given: Mapping[str, Given]) -> dict[str, object]:
    said = {code: one.raw for code, one in given.items()}
    return {code: raw for code, raw in {**saved, **said}.items() if raw is not None}


def _about(asked: FieldDefinition | None, lesion: str | None, message: Text) -> Text:
    label = asked.label if asked else Text("", "")
    en = " ".join(word for word in (lesion, label.en) if word)
    ja = " ".join(word for word in (lesion, label.ja) if word)
    return Text(f"{en}: {message.en}", f"{ja}：{message.ja}") if en else message


def _outcome(saved: SavedEntry, version: int | None) -> Outcome:
    if version is None:
        return Outcome.NEW
    return Outcome.UNCHANGED if saved.row.version == version else Outcome.CHANGED


def _notes(saved: SavedEntry, form: FormDefinition) -> tuple[Text, ...]:
    falls = saved.n_signatures_fallen or (
        saved.was in {EntryState.VERIFIED, EntryState.SIGNED} and saved.row.state == EntryState.COMPLETE
    )
    said = [_about(form.field(fault.field), None, fault.message) for fault in saved.warnings]
    return (*said, FALLS) if falls else tuple(said)


def _is_written(judged: Judged) -> bool:
    return judged.outcome in {Outcome.NEW, Outcome.CHANGED}


def _require_to_stay(plan: ImportPlan, judged: Sequence[Judged], *, dry_run: bool) -> None:
    is_refused = plan.refused or plan.line_refused or any(one.outcome is Outcome.REFUSED for one in judged)
    if dry_run or is_refused:
        raise _TakenBack


def _fates(
    table: SentTable, columns: Sequence[Column], plan: ImportPlan, judged: Sequence[Judged], *, is_applied: bool
) -> ImportFates:
    of_line = {number: one for one in judged for number in one.entry.lines}
    refused: dict[CellAt, Text] = dict(plan.refused)
    of_lines: dict[int, list[Text]] = {number: list(said) for number, said in plan.line_refused.items()}
    for at, said in (refusal for one in judged for refusal in one.refused):
        if isinstance(at, tuple):
            refused.setdefault(at, said)
        else:
            of_lines.setdefault(at, []).append(said)
    lines = [_line_fate(line, columns, of_line.get(line.number), refused, of_lines) for line in table.lines]
    with_refusals = {line.number for line in lines if line.n_refused}
    n_entries = Counter(one.outcome if with_refusals.isdisjoint(one.entry.lines) else Outcome.REFUSED for one in judged)
    return ImportFates(table.read_as, tuple(columns), tuple(lines), n_entries, is_applied)


def _line_fate(
    line: Line,
    columns: Sequence[Column],
    judged: Judged | None,
    refused: Mapping[CellAt, Text],
    of_lines: Mapping[int, Sequence[Text]],
) -> LineFate:
    cells = tuple(_cell_fate(line, column, judged, refused) for column in columns)
    said = tuple(of_lines.get(line.number, ()))
    is_refused = said or any(cell.fate is Fate.REFUSED for cell in cells)
    is_first = judged is not None and judged.entry.lines[0] == line.number
    return LineFate(
        number=line.number,
        subject=judged.entry.subject if judged else "",
        timepoint=judged.entry.timepoint if judged else None,
        ordinal=judged.ordinal if judged else None,
        outcome=Outcome.REFUSED if is_refused or judged is None else judged.outcome,
        cells=cells,
        refusals=said,
        notes=judged.notes if judged is not None and is_first else (),
    )


def _cell_fate(line: Line, column: Column, judged: Judged | None, refused: Mapping[CellAt, Text]) -> CellFate:
    cell = line.cells[column.index]
    if cell is None:
        at = (line.number, column.index)
        return CellFate("", Fate.REFUSED, refused[at]) if at in refused else CellFate("", Fate.EMPTY)
    if column.ignored is not None:
        return CellFate(cell.text, Fate.IGNORED, column.ignored)
    said = refused.get((line.number, column.index))
    if said is not None:
        return CellFate(cell.text, Fate.REFUSED, said)
    if column.field is None:
        return CellFate(cell.text, Fate.PLACE)
    if judged is None:
        return CellFate(cell.text, Fate.TAKEN)
    return CellFate(cell.text, Fate.UNCHANGED if _is_saved(line, column, column.field, judged) else Fate.TAKEN)


def _is_saved(line: Line, column: Column, asked: FieldDefinition, judged: Judged) -> bool:
    at = (line.number, column.index)
    rows = judged.entry.lesions.items() if column.per_lesion else [("", judged.entry.answers)]
    for label, answers in rows:
        given = answers.get(asked.code)
        saved = judged.saved.get("lesions", {}).get(label, {}) if column.per_lesion else judged.saved
        if given is not None and given.at == at:
            return same_answer(asked, given.raw, saved.get(asked.code), judged.labels)
    given = judged.entry.answers.get(asked.code)
    return given is not None and same_answer(asked, given.raw, judged.saved.get(asked.code), judged.labels)
