"""A form as its page shows it: each question with its answer, its hints and what is wrong with it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from casebook.domain.forms.definition import FieldDefinition, FieldType, FormDefinition
from casebook.domain.forms.entry import EntryContext, is_open, validate_entry
from casebook.domain.forms.faults import Fault
from casebook.domain.forms.values import Answers, Entry
from casebook.domain.forms.wording import YES_NO
from casebook.domain.texts import Coded, Text, joined
from services.api.pages.form_data import field_name

MOST_RADIO_CHOICES: Final = 5
LONG_CHARACTERS: Final = 300
"""A text that may be longer gets an area in place of a line."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its input. `answers` are the texts in it; `missing` is the reason given instead.

    `path` is its field; `was_changed` says that a saved answer of it was ever replaced. A question that is not
    `is_open` is not asked as the others are answered now: `hangs_on` names the input it depends on. One that `steers`
    decides which lesions are asked about.
    """

    field: FieldDefinition
    name: str
    kind: str
    choices: tuple[Coded, ...]
    answers: tuple[str, ...]
    members: Mapping[str, tuple[str, ...]]
    missing: str | None
    missing_reasons: tuple[Coded, ...]
    suggestions: tuple[str, ...]
    hints: tuple[Text, ...]
    condition: Text | None
    errors: tuple[Text, ...]
    warnings: tuple[Text, ...]
    path: str
    was_changed: bool
    is_open: bool
    hangs_on: str | None
    steers: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A lesion's questions, in the order of the columns."""

    label: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class FormView:
    """Everything a form's page shows; `n_errors` counts what keeps it from being saved."""

    criteria: tuple[Question, ...]
    questions: tuple[Question, ...]
    rows: tuple[Row, ...]
    rows_may_change: bool
    others: tuple[Fault, ...]
    n_errors: int
    n_warnings: int


def form_view(
    form: FormDefinition,
    context: EntryContext,
    data: Mapping[str, object],
    *,
    missing_reasons: Sequence[Coded] = (),
    errors: Sequence[Fault] = (),
    warnings: Sequence[Fault] = (),
    changed: Collection[str] = (),
) -> FormView:
    """Lay out the form with answers and faults; faults of no field on the page stand apart.

    `changed` are the fields that have a history.
    """
    shown = _Shown(form, context, {item.code: item for item in missing_reasons}, errors, warnings, changed)
    entry = validate_entry(form, data, context).entry
    criteria = shown.questions(form.criteria, data, "", entry.answers)
    questions = shown.questions(form.fields, data, "", entry.answers)
    rows = _rows(shown, data, entry)
    placed = {question.name for question in (*criteria, *questions, *(item for row in rows for item in row.questions))}
    return FormView(
        criteria=criteria,
        questions=questions,
        rows=rows,
        rows_may_change=form.lesion_rows is not None and form.lesion_rows.form is not None,
        others=tuple(fault for fault in (*errors, *warnings) if field_name(fault.field) not in placed),
        n_errors=len(errors),
        n_warnings=len(warnings),
    )


def _rows(shown: "_Shown", data: Mapping[str, object], entry: Entry) -> tuple[Row, ...]:
    given = data.get("lesions")
    sent: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    return tuple(
        Row(
            label,
            shown.questions(
                shown.form.lesion_fields, sent.get(label) or {}, f"lesions.{label}.", {**entry.answers, **answers}
            ),
        )
        for label, answers in entry.lesions.items()
    )


def steering(form: FormDefinition) -> frozenset[str]:
    """Return the codes of the questions on whose answers it depends which lesions the form asks about."""
    rows = form.lesion_rows
    if rows is None or rows.form is None:
        return frozenset()
    return frozenset(code for code in (rows.match_on, form.dated_by) if code is not None)


def hangs_on(form: FormDefinition, field: FieldDefinition, prefix: str) -> str | None:
    """Return the input whose answer opens the field: of the same row where it stands there, else of the form."""
    if field.only_when is None:
        return None
    code = field.only_when.field
    return field_name(f"{prefix}{code}" if prefix and form.lesion_field(code) else code)


@dataclass(frozen=True, slots=True)
class _Shown:
    form: FormDefinition
    context: EntryContext
    reasons: Mapping[str, Coded]
    errors: Sequence[Fault]
    warnings: Sequence[Fault]
    changed: Collection[str]

    def questions(
        self, fields: Sequence[FieldDefinition], data: Mapping[str, object], prefix: str, answers: Answers
    ) -> tuple[Question, ...]:
        steers = steering(self.form)
        return tuple(
            replace(
                self.question(field, data.get(field.code), f"{prefix}{field.code}"),
                is_open=is_open(field, answers),
                hangs_on=hangs_on(self.form, field, prefix),
                steers=field.code in steers,
            )
            for field in fields
        )

    def question(self, field: FieldDefinition, raw: object, path: str) -> Question:
        choices = _choices(field, self.context.lesions)
        return Question(
            field=field,
            name=field_name(path),
            kind=_kind(field, choices),
            choices=choices,
            answers=_texts(raw),
            members=_members(raw),
            missing=_missing(raw),
            missing_reasons=tuple(self.reasons[code] for code in field.missing_reasons),
            suggestions=_suggestions(self.form, self.context, field),
            hints=_hints(field),
            condition=_condition(self.form, field),
            errors=_messages(self.errors, path),
            warnings=_messages(self.warnings, path),
            path=path,
            was_changed=path in self.changed,
            is_open=True,
            hangs_on=None,
            steers=False,
        )


def _messages(faults: Sequence[Fault], path: str) -> tuple[Text, ...]:
    return tuple(fault.message for fault in faults if fault.field == path)


def _choices(field: FieldDefinition, lesions: Sequence[str]) -> tuple[Coded, ...]:
    if field.type is FieldType.BOOLEAN:
        return YES_NO
    if field.type in {FieldType.LESION, FieldType.LESIONS}:
        return tuple(Coded(label, Text(label, label)) for label in lesions)
    return field.choices


def _kind(field: FieldDefinition, choices: Sequence[Coded]) -> str:
    """Return which input the question gets."""
    if field.type in {FieldType.CHOICES, FieldType.LESIONS}:
        return "boxes"
    if field.type is FieldType.MEMBERS:
        return "members"
    if field.type in {FieldType.BOOLEAN, FieldType.CHOICE, FieldType.LESION}:
        return "radio" if len(choices) <= MOST_RADIO_CHOICES else "select"
    is_long = field.type is FieldType.TEXT and (field.maximum is None or field.maximum > LONG_CHARACTERS)
    return "area" if is_long else field.type.value


def _texts(raw: object) -> tuple[str, ...]:
    if isinstance(raw, bool):
        return ("yes" if raw else "no",)
    if isinstance(raw, str | int | float):
        return (str(raw),)
    return tuple(item for item in raw if isinstance(item, str)) if isinstance(raw, list | tuple) else ()


def _members(raw: object) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for item in raw if isinstance(raw, list | tuple) else ():
        if isinstance(item, Mapping):
            role = str(item.get("role", ""))
            found[role] = (*found.get(role, ()), str(item.get("name", "")))
    return found


def _missing(raw: object) -> str | None:
    return str(raw["missing"]) if isinstance(raw, Mapping) and "missing" in raw else None


def _suggestions(form: FormDefinition, context: EntryContext, field: FieldDefinition) -> tuple[str, ...]:
    """Return what the entry of another form answered, where both have to agree."""
    rows = form.lesion_rows
    if rows is None or rows.form is None or rows.match_on != field.code:
        return ()
    entries = context.others.get(rows.form, ())
    return tuple(str(entry.answers[field.code]) for entry in entries if field.code in entry.answers)


def _hints(field: FieldDefinition) -> tuple[Text, ...]:
    hints = [field.hint] if field.hint else []
    if field.type is FieldType.DATE:
        hints.append(Text("YYYY-MM-DD", "YYYY-MM-DD"))
    if field.type is FieldType.PARTIAL_DATE:
        hints.append(Text("YYYY, YYYY-MM or YYYY-MM-DD", "YYYY、YYYY-MM、YYYY-MM-DDのいずれか"))
    if field.minimum is not None and field.maximum is not None and field.type is FieldType.NUMBER:
        hints.append(Text(f"{field.minimum} to {field.maximum}", f"{field.minimum}〜{field.maximum}"))
    return tuple(hints)


def _condition(form: FormDefinition, field: FieldDefinition) -> Text | None:
    if field.only_when is None:
        return None
    other = form.lesion_field(field.only_when.field) or form.field(field.only_when.field)
    if other is None:
        return None
    words = {choice.code: choice.label for choice in _choices(other, ())}
    answers = [words[code] for code in field.only_when.answers if code in words]
    said = joined(answers, en=" or ", ja="・")
    return Text(f"only when “{other.label.en}” is {said.en}", f"「{other.label.ja}」が{said.ja}のときのみ")
