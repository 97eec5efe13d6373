"""A subject's rows and their trail as ODM: the state they are in, and every change that led to it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from casebook.domain.forms.definition import FormDefinition
from casebook.domain.forms.states import EntryState
from casebook.domain.study import StudyDefinition
from casebook.domain.subject_status import FORM as STATUS_CHANGE
from casebook.domain.subject_status import WithdrawnFrom
from casebook.formats.odm_course import Part, RowChange, Step, events, last_audits, steps
from casebook.formats.odm_document import Audit, Flag, Note, Signed, Subject
from casebook.formats.odm_oids import event_oid, form_oid, group_oid, item_oid
from casebook.formats.odm_rows import ENTRY, Columns, Place, Reader
from casebook.formats.odm_study import ENTRY_STATE, FlagKind
from casebook.formats.odm_values import Slot, Values

RowKey = tuple[str, str]
"""A table and the key of a row of it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is now; `signed` where a signature on it holds."""

    table: str
    id: str
    columns: Columns
    signed: Signed | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A query with its thread, and what it is about: a field (`lesions.L1.fate`), a form, or the subject."""

    timepoint: str | None
    form: str | None
    ordinal: int | None
    field: str | None
    thread: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Records:
    """All of a subject that goes into a file. `rows` stand in the order in which the file has them."""

    number: str
    site: str
    definition: StudyDefinition
    rows: Sequence[Row]
    trail: Mapping[RowKey, Sequence[RowChange]]
    asked: Sequence[Asked] = ()
    registered: Audit | None = None


def without_withdrawn(records: Records, as_of: date) -> Records:
    """Return the subject without anything that it took back the use of, from the day on which it did so.

    What stays is that it was registered and left.
    """
    if not any(_withdraws_data(row, as_of) for row in records.rows):
        return records
    rows = [row for row in records.rows if _stays(row)]
    kept = {(row.table, row.id) for row in rows}
    trail = {key: changes for key, changes in records.trail.items() if key in kept}
    return replace(records, rows=rows, trail=trail, asked=())


def _withdraws_data(row: Row, as_of: date) -> bool:
    if row.table != ENTRY or row.columns["form_code"] != STATUS_CHANGE or row.columns["state"] == EntryState.STARTED:
        return False
    said = row.columns["data"]
    return said.get("withdrawn_from") == WithdrawnFrom.ALL_DATA and str(said.get("happened_on")) <= as_of.isoformat()


def _stays(row: Row) -> bool:
    return row.table == "registration" or (row.table == ENTRY and row.columns["form_code"] == STATUS_CHANGE)


@dataclass(slots=True)
class _Placed:
    """The queries of a subject on their way to the things they are about."""

    on_items: dict[tuple[Place, Slot], tuple[Note, ...]] = field(default_factory=dict)
    on_forms: dict[Place, tuple[Note, ...]] = field(default_factory=dict)
    on_subject: tuple[Note, ...] = ()


def snapshot(records: Records, reader: Reader) -> Subject:
    """Return the subject as it is now; each value has the audit record of the change that gave it."""
    parts = [part for row in records.rows if (part := _part(row, records.trail, reader)) is not None]
    placed = _placed(records, {part.place: part.values for part in parts})
    return Subject(
        key=records.number,
        site=records.site,
        events=events(_annotated(parts, placed), _order(records.definition)),
        audit=records.registered,
        notes=placed.on_subject,
    )


def _part(row: Row, trail: Mapping[RowKey, Sequence[RowChange]], reader: Reader) -> Part | None:
    share = reader.share(row.table, row.columns)
    if share is None:
        return None
    followed = list(steps(reader, row.table, trail.get((row.table, row.id), ())))
    last = followed[-1].change.audit if followed else None
    own_form = row.table in {ENTRY, "reading"}
    state = (_state(row.columns),) if row.table == ENTRY else ()
    return Part(
        place=share.place,
        values=share.values,
        audits=last_audits(followed) if row.table == ENTRY else {},
        audit=None if row.table == ENTRY else last,
        form_audit=last if own_form else None,
        signed=row.signed,
        notes=state,
    )


def _state(columns: Columns) -> Note:
    return Note(flags=(Flag(str(columns["state"]), ENTRY_STATE, FlagKind.ENTRY_STATE),))


def _order(definition: StudyDefinition) -> list[str]:
    return [event_oid(None), *(event_oid(timepoint.code) for timepoint in definition.timepoints)]


def _placed(records: Records, forms: Mapping[Place, Values]) -> _Placed:
    """Hang each query on its field; where that has no answer on the form, where there is no form on the subject."""
    found = _Placed()
    known = {form.code: form for form in records.definition.forms}
    for asked in records.asked:
        form = known.get(asked.form or "")
        place = _place(asked, form) if form else None
        slot = _slot(asked, form) if form else None
        if place is None or place not in forms:
            found.on_subject += asked.thread
        elif slot is not None and slot in forms[place]:
            found.on_items[place, slot] = found.on_items.get((place, slot), ()) + asked.thread
        else:
            found.on_forms[place] = found.on_forms.get(place, ()) + asked.thread
    return found


def _place(asked: Asked, form: FormDefinition) -> Place:
    key = str(asked.ordinal or 1) if form.repeatable else None
    return Place(event_oid(asked.timepoint if form.timepoints else None), form_oid(form.code), key)


def _slot(asked: Asked, form: FormDefinition) -> Slot | None:
    match (asked.field or "").split("."):
        case ["lesions", lesion, code]:
            path = f"{form.code}.lesions"
            return group_oid(path), lesion, item_oid(f"{path}.{code}")
        case [code] if code:
            return group_oid(form.code), None, item_oid(f"{form.code}.{code}")
    return None


def _annotated(parts: Iterable[Part], placed: _Placed) -> Iterator[Part]:
    for part in parts:
        mine = {slot: notes for (place, slot), notes in placed.on_items.items() if place == part.place}
        about_form = placed.on_forms.pop(part.place, ())
        yield replace(part, notes=part.notes + about_form, item_notes=mine) if mine or about_form else part


def changes(records: Records, reader: Reader) -> Iterator[Subject]:
    """Return one subject a change, in the order of the trail; what changed in it, and by whom."""
    followed = ((table, step) for (table, _), trail in records.trail.items() for step in steps(reader, table, trail))
    order = _order(records.definition)
    for table, step in sorted(followed, key=lambda one: one[1].change.number):
        part = _changed(table, step)
        if part is not None:
            yield Subject(records.number, records.site, events([part], order))


def _changed(table: str, step: Step) -> Part | None:
    """Return what the change is seen by; None for one that only touched what the file does not hold."""
    what, place = step.changes(), step.place
    is_state = table == ENTRY and "state" in step.change.new
    if place is None or not (what or is_state):
        return None
    values = step.after.values if step.after else {}
    return Part(
        place=place,
        values={slot: values[slot] for slot in what if slot in values},
        form_audit=step.change.audit,
        notes=(_state(step.columns),) if is_state else (),
        changes=what,
    )
