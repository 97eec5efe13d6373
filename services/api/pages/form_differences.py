"""What two versions of an entry say differently, for a person who has to choose."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from casebook.domain.forms.definition import FieldDefinition, FieldType, FormDefinition
from casebook.domain.texts import Text, joined
from services.api.pages.form_view import YES_NO


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer in two versions; None where a version has none."""

    lesion: str | None
    label: Text
    stored: Text | None
    sent: Text | None


def differences(form: FormDefinition, stored: Mapping[str, object], sent: Mapping[str, object]) -> list[Difference]:
    """Return the answers that differ, in the order of the form; lesions after."""
    found = list(_of(form.questions, stored, sent, None))
    ours, theirs = _rows(stored), _rows(sent)
    for label in dict.fromkeys([*ours, *theirs]):
        found += _of(form.lesion_fields, ours.get(label, {}), theirs.get(label, {}), label)
    return found


def _rows(data: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    rows = data.get("lesions")
    return {label: row for label, row in rows.items() if isinstance(row, Mapping)} if isinstance(rows, Mapping) else {}


def _of(
    fields: tuple[FieldDefinition, ...], stored: Mapping[str, object], sent: Mapping[str, object], lesion: str | None
) -> Iterator[Difference]:
    for field in fields:
        before, after = _said(field, stored.get(field.code)), _said(field, sent.get(field.code))
        if before != after:
            yield Difference(lesion, field.label, before, after)


def _said(field: FieldDefinition, raw: object) -> Text | None:
    """Return an answer in words."""
    if raw is None or raw in ("", [], {}):
        return None
    if isinstance(raw, bool):
        return YES_NO[0].label if raw else YES_NO[1].label
    if isinstance(raw, list | tuple):
        return joined([word for item in raw if (word := _said(field, item)) is not None])
    if isinstance(raw, Mapping):
        return _mapped(field, raw)
    choices = YES_NO if field.type is FieldType.BOOLEAN else field.choices
    plain = str(raw)
    return next((choice.label for choice in choices if choice.code == plain), Text(plain, plain))


def _mapped(field: FieldDefinition, raw: Mapping[str, object]) -> Text:
    if "missing" in raw:
        return Text(f"({raw['missing']})", f"（{raw['missing']}）")
    role = next((choice.label for choice in field.choices if choice.code == raw.get("role")), Text("", ""))
    return Text(f"{raw.get('name')} ({role.en})", f"{raw.get('name')}（{role.ja}）")
