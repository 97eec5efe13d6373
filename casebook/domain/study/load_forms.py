"""Forms of a definition."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from casebook.domain.forms.definition import (
    Condition,
    FieldDefinition,
    FieldType,
    FormDefinition,
    FormScope,
    LesionRows,
)
from casebook.domain.study.section import Section
from casebook.domain.texts import Coded, Text

CODE: Final = r"[A-Za-z0-9][A-Za-z0-9-]*"
FIELD_CODE: Final = r"[a-z][a-z0-9_]*"
_WITH_CHOICES: Final = frozenset({FieldType.CHOICE, FieldType.CHOICES, FieldType.MEMBERS})
_WITH_BOUNDS: Final = frozenset({FieldType.NUMBER, FieldType.TEXT})


def coded(section: Section, key: str) -> tuple[Coded, ...]:
    """A list of `{ code, en, ja }`, no code twice."""
    found: dict[str, Coded] = {}
    for item in section.sections(key):
        with item:
            code = item.text("code", pattern=r"[A-Za-z0-9][A-Za-z0-9_-]*")
            if code in found:
                item.note("code", f"“{code}” is used twice")
            found[code] = Coded(code, Text(item.text("en"), item.text("ja")))
    return tuple(found.values())


def forms(top: Section, criteria: Mapping[str, tuple[FieldDefinition, ...]]) -> tuple[FormDefinition, ...]:
    """Every `[[forms]]`; one that names a registration also asks each of its `criteria`."""
    found = []
    for item in top.sections("forms"):
        with item:
            found.append(_form(item, criteria))
    dated_by = {form.code: form.dated_by for form in found}
    return tuple(_with_dates_of_the_other_form(form, dated_by) for form in found)


def _with_dates_of_the_other_form(form: FormDefinition, dated_by: Mapping[str, str | None]) -> FormDefinition:
    rows = form.lesion_rows
    if rows is None or rows.form is None:
        return form
    return replace(form, lesion_rows=replace(rows, dated_by=dated_by.get(rows.form)))


def _form(item: Section, criteria: Mapping[str, tuple[FieldDefinition, ...]]) -> FormDefinition:
    step = item.optional_text("criteria_of")
    if step is not None and step not in criteria:
        item.note("criteria_of", f"found “{step}”; expected one of {', '.join(criteria)}")
    with_rows = "lesion_rows" in item or "lesion_fields" in item
    return FormDefinition(
        code=item.text("code", pattern=CODE),
        label=item.label("label"),
        scope=item.choice("scope", FormScope),
        repeatable=item.flag("repeatable", default=False),
        dated_by=item.optional_text("dated_by"),
        timepoints=item.texts("timepoints", default=()),
        fields=tuple(_field(field) for field in item.sections("fields", optional=step is not None)),
        criteria=criteria.get(step or "", ()),
        lesion_rows=_lesion_rows(item) if with_rows else None,
        lesion_fields=tuple(_field(field) for field in item.sections("lesion_fields", optional=not with_rows)),
        source=item.text("source"),
        needs_signature=item.flag("signature", default=False),
    )


def _lesion_rows(form: Section) -> LesionRows:
    with form.section("lesion_rows") as item:
        if item.flag("all", default=False):
            return LesionRows()
        return LesionRows(
            form=item.text("form"),
            field=item.text("field"),
            answers=item.texts("answers"),
            or_no_row=item.flag("or_no_row", default=False),
            match_on=item.optional_text("match_on"),
        )


def _field(item: Section) -> FieldDefinition:
    with item:
        kind = item.choice("type", FieldType)
        field = FieldDefinition(
            code=item.text("code", pattern=FIELD_CODE),
            type=kind,
            label=item.label("label"),
            hint=item.optional_label("hint"),
            required=item.flag("required", default=False),
            choices=coded(item, "choices") if kind in _WITH_CHOICES else (),
            unit=item.optional_words("unit"),
            minimum=item.optional_number("minimum") if kind in _WITH_BOUNDS else None,
            maximum=item.optional_number("maximum") if kind in _WITH_BOUNDS else None,
            decimals=item.integer("decimals", default=0, minimum=0, maximum=6),
            only_when=_condition(item) if "only_when" in item else None,
            missing_reasons=item.texts("missing_reasons", default=()),
        )
        _note_number_without_bounds(item, field)
    return field


def _note_number_without_bounds(item: Section, field: FieldDefinition) -> None:
    if field.type is not FieldType.NUMBER:
        return
    for key, value in (("minimum", field.minimum), ("maximum", field.maximum), ("unit", field.unit)):
        if value is None:
            item.note(key, "is missing; a number says its unit and its plausible bounds")


def _condition(field: Section) -> Condition:
    with field.section("only_when") as item:
        return Condition(item.text("field"), item.texts("answers"))
