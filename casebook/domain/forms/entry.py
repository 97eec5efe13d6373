"""Whether an entry answers its form: types, bounds, conditions, lesion rows and edit checks, all at once."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from casebook.domain.forms.checking import broken_checks
from casebook.domain.forms.coercion import coerced, is_blank
from casebook.domain.forms.definition import FieldDefinition, FormDefinition
from casebook.domain.forms.edit_checks import EditCheck, Severity
from casebook.domain.forms.faults import BadAnswer, Fault
from casebook.domain.forms.lesion_rows import asked_lesions
from casebook.domain.forms.values import Answers, Entry, PartialDate, Value, words_of
from casebook.domain.texts import Text

NOT_ELIGIBLE: Final = "not-eligible"
"""Code of the warning about a criterion of registration that is not met."""
REQUIRED: Final = "required"
"""Code of the fault of a required answer that is not there; any other error makes an entry unfit even as a draft."""


@dataclass(frozen=True, slots=True)
class EntryContext:
    """What an entry is judged against.

    `lesions` are the labels of the subject's lesions; `others` the subject's other entries per form, in any order, the
    entry under judgement not among them; `anchors` the dates known so far, by anchor code. `today` is the day at the
    site: dates after it are refused. `segments` are the Couinaud segments of lesions by label.
    """

    today: date
    lesions: tuple[str, ...] = ()
    anchors: Mapping[str, date] = field(default_factory=dict)
    others: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    edit_checks: tuple[EditCheck, ...] = ()
    segments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormCheck:
    """The typed entry with what is wrong with it. Only an entry without errors may be completed.

    A draft may be kept while answers are still to come, not while one is wrong: what is stored is always typed.
    """

    entry: Entry
    errors: tuple[Fault, ...]
    warnings: tuple[Fault, ...]

    @property
    def is_complete(self) -> bool:
        """Nothing required is missing and nothing is wrong; warnings may remain."""
        return not self.errors

    @property
    def is_acceptable_draft(self) -> bool:
        """All that is wrong is that required answers are not there yet."""
        return all(fault.code == REQUIRED for fault in self.errors)

    @property
    def unanswered(self) -> tuple[Fault, ...]:
        """The required answers that are not there yet."""
        return tuple(fault for fault in self.errors if fault.code == REQUIRED)


def validate_entry(form: FormDefinition, data: Mapping[str, object], context: EntryContext) -> FormCheck:
    """Judge `data`, as typed or as stored, against its form; every fault is found, nothing is raised.

    Answers to closed conditions, unknown fields and rows of lesions the form does not ask about are errors.
    """
    judge = _Judge(context)
    rows = data.get("lesions")
    own = {code: raw for code, raw in data.items() if code != "lesions"}
    answers = judge.answers(form.questions, own, "", {})
    lesions = judge.rows(form, rows, answers)
    entry = Entry(answers, lesions)
    broken = broken_checks(form, entry, context.edit_checks, context.anchors, context.others, context.segments)
    errors = [fault for severity, fault in broken if severity is Severity.ERROR]
    warnings = [fault for severity, fault in broken if severity is Severity.WARNING]
    return FormCheck(entry, (*judge.faults, *errors), (*_unmet(form, answers), *warnings))


def _unmet(form: FormDefinition, answers: Answers) -> list[Fault]:
    """Criteria that are answered and not met: nobody is registered so, but a correction can find it out later."""
    text = Text(
        "not met: the patient is registered though not eligible; record a change of status “found ineligible”",
        "満たさない規準です。「症例の状態変更」に「不適格と判明」を記録してください",
    )
    return [
        Fault(item.code, NOT_ELIGIBLE, text)
        for item in form.criteria
        if isinstance(answers.get(item.code), bool) and answers[item.code] is not item.expected
    ]


def stored_entry(form: FormDefinition, data: Mapping[str, object], lesions: tuple[str, ...]) -> Entry:
    """Type an entry that was accepted when it was saved, without judging it against today's other entries.

    An answer its field can no longer take (an older version of the form) is left out.
    """
    rows = data.get("lesions")
    return Entry(
        _typed(form.questions, data, lesions),
        {
            label: _typed(form.lesion_fields, row, lesions)
            for label, row in (rows.items() if isinstance(rows, Mapping) else ())
            if isinstance(row, Mapping)
        },
    )


def _typed(
    fields: tuple[FieldDefinition, ...], data: Mapping[str, object], lesions: tuple[str, ...]
) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for question in fields:
        raw = data.get(question.code)
        with suppress(BadAnswer):
            if not is_blank(raw):
                found[question.code] = coerced(question, raw, lesions)
    return found


class _Judge:
    """Collects the faults while answers are read."""

    def __init__(self, context: EntryContext) -> None:
        self.context = context
        self.faults: list[Fault] = []

    def note(self, path: str, code: str, en: str, ja: str) -> None:
        """Keep a fault of a field."""
        self.faults.append(Fault(path, code, Text(en, ja)))

    def rows(self, form: FormDefinition, raw: object, answers: Answers) -> dict[str, Answers]:
        """The answers per lesion, for exactly the lesions the form asks about."""
        if form.lesion_rows is None:
            if not is_blank(raw):
                self.note("lesions", "not-asked", "this form has no lesion rows", "この様式に病変ごとの欄はありません")
            return {}
        if not is_blank(raw) and not isinstance(raw, Mapping):
            self.note("lesions", "not-a-table", "expected one row per lesion", "病変ごとの欄の形が正しくありません")
            return {}
        given = raw if isinstance(raw, Mapping) else {}
        asked, why_not = asked_lesions(form, Entry(answers), self.context.lesions, self.context.others)
        for label in given.keys() - set(asked):
            if not is_blank(given[label]):
                self.note(f"lesions.{label}", "not-asked", why_not.en, why_not.ja)
        found: dict[str, Answers] = {}
        for label in asked:
            row = given.get(label) or {}
            path = f"lesions.{label}."
            if isinstance(row, Mapping):
                found[label] = self.answers(form.lesion_fields, row, path, answers)
            else:
                self.note(path[:-1], "not-a-table", "expected the lesion's answers", "病変の欄の形が正しくありません")
        return found

    def answers(
        self, fields: tuple[FieldDefinition, ...], data: Mapping[str, object], prefix: str, outer: Answers
    ) -> dict[str, Value]:
        """The typed answers of one row, in the order of the form."""
        known = {field.code for field in fields}
        for code in data.keys() - known:
            self.note(f"{prefix}{code}", "unknown-field", "the form has no such field", "この様式にない項目です")
        found: dict[str, Value] = {}
        for question in fields:
            value = self.answer(question, data.get(question.code), prefix, {**outer, **found})
            if value is not None:
                found[question.code] = value
        return found

    def answer(self, question: FieldDefinition, raw: object, prefix: str, before: Answers) -> Value | None:
        """One typed answer; None where there is none or it is faulty."""
        path = f"{prefix}{question.code}"
        if is_blank(raw):
            if question.required and is_open(question, before):
                self.note(path, REQUIRED, "an answer is required", "入力が必要です")
            return None
        if not is_open(question, before):
            self.note(path, "not-asked", *_closed(question))
            return None
        try:
            value = coerced(question, raw, self.context.lesions)
        except BadAnswer as bad:
            self.faults.append(Fault(path, bad.code, bad.message))
            return None
        return value if self.is_past(path, value) else None

    def is_past(self, path: str, value: Value) -> bool:
        """Dates after today are faults."""
        day = value.earliest if isinstance(value, PartialDate) else value if isinstance(value, date) else None
        if day is None or day <= self.context.today:
            return True
        self.note(path, "in-the-future", f"found {value}, which is after today", f"{value} は未来の日付です")
        return False


def is_open(question: FieldDefinition, answers: Answers) -> bool:
    """Whether the question is asked, given the answers before it."""
    if question.only_when is None:
        return True
    return not words_of(answers.get(question.only_when.field)).isdisjoint(question.only_when.answers)


def _closed(question: FieldDefinition) -> tuple[str, str]:
    assert question.only_when is not None
    field, answers = question.only_when.field, question.only_when.answers
    return (
        f"is asked only when {field} is {' or '.join(answers)}; leave it empty",
        f"{field} が {'・'.join(answers)} のときだけ入力します。空欄にしてください",
    )
