"""Answers as people read them: the wording of choices, yes and no, members with their roles, reasons for no answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from casebook.domain.forms.definition import FieldDefinition, FieldType, FormDefinition
from casebook.domain.texts import Coded, Text, joined

YES_NO: Final = (Coded("yes", Text("Yes", "はい")), Coded("no", Text("No", "いいえ")))


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer in two versions, stored and in words; None where a version has none.

    `path` names the field as faults do, `lesions.L1.plan`; `label` is its question.
    """

    path: str
    lesion: str | None
    label: Text
    before: Text | None
    after: Text | None
    old: object = None
    new: object = None


def differences(
    form: FormDefinition,
    before: Mapping[str, object],
    after: Mapping[str, object],
    missing_reasons: Sequence[Coded] = (),
) -> list[Difference]:
    """Return the answers that differ, in the order of the form, lesions after; fields it has no more are among them."""
    found = list(_of(form.questions, before, after, None, missing_reasons))
    old, new = _rows(before), _rows(after)
    for label in dict.fromkeys([*old, *new]):
        found += _of(form.lesion_fields, old.get(label, {}), new.get(label, {}), label, missing_reasons)
    return found


def in_words(field: FieldDefinition, raw: object, missing_reasons: Sequence[Coded] = ()) -> Text | None:
    """Return an answer in words; None where there is none."""
    if raw is None or raw in ("", [], {}):
        return None
    if isinstance(raw, bool):
        return YES_NO[0].label if raw else YES_NO[1].label
    if isinstance(raw, list | tuple):
        return joined([word for item in raw if (word := in_words(field, item, missing_reasons)) is not None])
    if isinstance(raw, Mapping):
        return _mapped(field, raw, missing_reasons)
    choices = YES_NO if field.type is FieldType.BOOLEAN else field.choices
    plain = str(raw)
    return _label(choices, plain) or Text(plain, plain)


def _rows(data: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    rows = data.get("lesions")
    return {label: row for label, row in rows.items() if isinstance(row, Mapping)} if isinstance(rows, Mapping) else {}


def _of(
    fields: tuple[FieldDefinition, ...],
    before: Mapping[str, object],
    after: Mapping[str, object],
    lesion: str | None,
    missing_reasons: Sequence[Coded],
) -> Iterator[Difference]:
    known = {field.code: field for field in fields}
    unknown = [code for code in dict.fromkeys([*before, *after]) if code not in known and code != "lesions"]
    gone = {code: FieldDefinition(code, FieldType.TEXT, Text(code, code)) for code in unknown}
    for code, field in {**known, **gone}.items():
        old, new = before.get(code), after.get(code)
        words = in_words(field, old, missing_reasons), in_words(field, new, missing_reasons)
        if words[0] != words[1]:
            path = code if lesion is None else f"lesions.{lesion}.{code}"
            yield Difference(path, lesion, field.label, *words, old=old, new=new)


def _mapped(field: FieldDefinition, raw: Mapping[str, object], missing_reasons: Sequence[Coded]) -> Text:
    if "missing" in raw:
        code = str(raw["missing"])
        reason = _label(missing_reasons, code) or Text(code, code)
        return Text(f"({reason.en})", f"（{reason.ja}）")
    role = _label(field.choices, str(raw.get("role"))) or Text("", "")
    return Text(f"{raw.get('name')} ({role.en})", f"{raw.get('name')}（{role.ja}）")


def _label(choices: Sequence[Coded], code: str) -> Text | None:
    return next((choice.label for choice in choices if choice.code == code), None)
