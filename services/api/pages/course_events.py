"""The dated events of a patient's course, in words, for the drawing at the top of the page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from casebook.actions.patient import OpenPatient, TimepointImages
from casebook.domain.forms.definition import FieldDefinition, FormDefinition
from casebook.domain.forms.entry import stored_entry
from casebook.domain.forms.values import Entry, Value
from casebook.domain.next_step import due_text
from casebook.domain.study.model import Anchor, TimepointKind
from casebook.domain.subject_status import STATUS_LABELS, status_changes
from casebook.domain.texts import Text, joined
from casebook.domain.timepoints import DueState
from casebook.domain.visits import LABEL
from casebook.store.patients import StoredForm


class EventState(StrEnum):
    """How an event is drawn: as done, as due now, as late, as to come, or as not having taken place."""

    DONE = "done"
    DUE = "due"
    LATE = "late"
    TO_COME = "to-come"
    NOT_DONE = "not-done"


@dataclass(frozen=True, slots=True)
class Event:
    """A point of the course; without a day it comes after all that have one. `above` says where its label stands."""

    label: Text
    note: Text | None
    on: date | None
    state: EventState
    above: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the course: chemotherapy; without an end it runs still."""

    label: Text
    start_on: date
    end_on: date | None


_STATES: Mapping[DueState, EventState] = {
    DueState.DONE: EventState.DONE,
    DueState.OPEN: EventState.DUE,
    DueState.OVERDUE: EventState.LATE,
    DueState.NOT_DUE: EventState.TO_COME,
    DueState.NOT_PLANNED: EventState.TO_COME,
    DueState.NOT_DONE: EventState.NOT_DONE,
}
MODALITY_WORDS: Mapping[str, str] = {"MR": "MRI"}


def events_of(patient: OpenPatient) -> list[Event]:
    """Return the events in the order of the study; those to come included."""
    return [
        _registration(patient),
        *_imaged(patient, TimepointKind.BASELINE, above=True),
        *_imaged(patient, TimepointKind.PREOPERATIVE, above=False),
        *_decisions(patient),
        *_second_registration(patient),
        *_operations(patient),
        *_follow_ups(patient),
        *_status_changes(patient),
        *_ending(patient),
    ]


def spans_of(patient: OpenPatient) -> list[Span]:
    """Return the courses of chemotherapy, by their start."""
    form = _form(patient, "chemotherapy")
    if form is None:
        return []
    found = [
        Span(_regimen(form, entry), start_on, entry.day("ended_on"))
        for entry in _entries(patient, "chemotherapy")
        if (start_on := entry.day("started_on")) is not None
    ]
    return sorted(found, key=lambda span: span.start_on)


def _regimen(form: FormDefinition, entry: Entry) -> Text:
    other = entry.word("regimen_other")
    drugs = [Text(other, other)] if other else [said(form.field("regimen"), entry.answers.get("regimen"))]
    if entry.word("antibody") not in {None, "none"}:
        drugs.append(said(form.field("antibody"), entry.answers.get("antibody")))
    label = joined(drugs, en=" + ", ja="＋")
    n_cycles = entry.answers.get("n_cycles")
    if n_cycles is None or not str(n_cycles).isdecimal():
        return label
    return Text(f"{label.en}, {n_cycles} cycles", f"{label.ja}・{n_cycles}コース")


def said(field: FieldDefinition | None, value: Value | None) -> Text:
    """Return the wording of a chosen answer."""
    found = next((choice.label for choice in field.choices if choice.code == value), None) if field else None
    return found or Text(str(value or ""), str(value or ""))


def _registration(patient: OpenPatient) -> Event:
    return Event(
        Text("1st registration", "一次登録"), Text("day 0", "0日"), patient.subject.registered_on, EventState.DONE
    )


def _imaged(patient: OpenPatient, kind: TimepointKind, *, above: bool) -> Iterator[Event]:
    for item in patient.timepoints:
        if item.timepoint.kind is kind:
            note = _modalities(item) if above and item.imaged_on else _day_or_due(patient, item)
            on = item.done_on or (item.window.due_on if item.window else None)
            yield Event(item.timepoint.label, note, on, _STATES[item.due], above)


def _modalities(item: TimepointImages) -> Text:
    words = " · ".join(sorted(MODALITY_WORDS.get(code, code) for code in item.modalities))
    return Text(words, words)


def _day_or_due(patient: OpenPatient, item: TimepointImages) -> Text | None:
    if item.done_on is not None:
        return day_number(patient, item.done_on)
    if item.window is None:
        return None
    if item.due is DueState.OVERDUE:
        return Text(f"overdue {item.window.due_on}", f"期限超過 {item.window.due_on}")
    return due_text(item.window, item.due, patient.today)


def day_number(patient: OpenPatient, on: date) -> Text:
    """Return days since registration, with their sign."""
    n_days = (on - patient.subject.registered_on).days
    words = f"{n_days:+d}".replace("-", "−") if n_days else "0"
    return Text(words, words)


def _decisions(patient: OpenPatient) -> Iterator[Event]:
    form = _form(patient, "mdt-decision")
    field = form.field("resectability") if form else None
    for entry in _entries(patient, "mdt-decision"):
        word = said(field, entry.answers.get("resectability"))
        yield Event(
            Text("MDT", "MDT"), Text(word.en.lower(), word.ja), entry.day("decided_on"), EventState.DONE, above=True
        )


def _second_registration(patient: OpenPatient) -> Iterator[Event]:
    on = patient.dates.get(Anchor.SECOND_REGISTRATION)
    if on is not None:
        yield Event(Text("2nd registration", "二次登録"), day_number(patient, on), on, EventState.DONE)


def _operations(patient: OpenPatient) -> Iterator[Event]:
    for entry in _entries(patient, "surgery"):
        on = entry.day("operated_on")
        if on is not None:
            yield Event(Text("Surgery", "手術"), day_number(patient, on), on, EventState.DONE, above=True)


def _follow_ups(patient: OpenPatient) -> Iterator[Event]:
    entries = {form.timepoint: form for form in patient.forms or () if form.form_code == "follow-up"}
    for item in patient.timepoints:
        if item.timepoint.kind is TimepointKind.FOLLOW_UP:
            stored = entries.get(item.timepoint.code)
            yield _judged(patient, item, stored) if stored else _awaited(patient, item)


def _awaited(patient: OpenPatient, item: TimepointImages) -> Event:
    if item.due is DueState.NOT_DONE:
        return Event(item.timepoint.label, LABEL, item.window.due_on if item.window else None, EventState.NOT_DONE)
    on = item.done_on or (item.window.due_on if item.window else None)
    note = None if item.due is DueState.NOT_DUE else _day_or_due(patient, item)
    return Event(item.timepoint.label, note, on, _STATES[item.due])


def _judged(patient: OpenPatient, item: TimepointImages, stored: StoredForm) -> Event:
    entry = stored_entry(patient.definition.form("follow-up"), stored.data, ())
    seen = {answers.get("at_site") for answers in entry.lesions.values()}
    note = None
    if "recurrence" in seen:
        note = Text("recurrence", "同部位の再発")
    elif "no-recurrence" in seen:
        note = Text("no recurrence", "再発なし")
    return Event(item.timepoint.label, note, entry.day("imaged_on"), EventState.DONE)


def _status_changes(patient: OpenPatient) -> Iterator[Event]:
    for change in status_changes(patient.course.entries if patient.course else {}):
        on = change.happened_on
        yield Event(STATUS_LABELS[change.kind], day_number(patient, on), on, EventState.DONE, above=True)


def _ending(patient: OpenPatient) -> Iterator[Event]:
    form = _form(patient, "end-of-study")
    field = form.field("reason") if form else None
    for entry in _entries(patient, "end-of-study"):
        word = said(field, entry.answers.get("reason"))
        yield Event(
            Text("End", "試験終了"), Text(word.en.lower(), word.ja), entry.day("ended_on"), EventState.DONE, above=True
        )


def _entries(patient: OpenPatient, code: str) -> tuple[Entry, ...]:
    return patient.course.entries.get(code, ()) if patient.course else ()


def _form(patient: OpenPatient, code: str) -> FormDefinition | None:
    return next((form for form in patient.definition.forms if form.code == code), None)
