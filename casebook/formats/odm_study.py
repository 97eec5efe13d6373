"""A study definition as ODM metadata: events, forms, groups, items, code lists, units and conditions."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from casebook.domain.forms.definition import FieldDefinition, FieldType, FormDefinition, FormScope
from casebook.domain.forms.states import STATE_LABELS as ENTRY_STATES
from casebook.domain.forms.wording import in_words
from casebook.domain.queries import DONE_LABELS, KIND_LABELS
from casebook.domain.queries import STATE_LABELS as QUERY_STATES
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Text, joined
from casebook.formats.odm import FLAG_KINDS
from casebook.formats.odm_document import (
    CodeList,
    Condition,
    DataType,
    EventDef,
    FormDef,
    GroupDef,
    ItemDef,
    Metadata,
)
from casebook.formats.odm_oids import (
    COMMON,
    code_list_oid,
    event_oid,
    form_oid,
    group_oid,
    item_oid,
    metadata_oid,
    unit,
)
from casebook.formats.odm_own_forms import OF_SUBJECT, READ, own_forms

MISSING: Final = "CL.missing"
ENTRY_STATE: Final = "CL.entry-state"
QUERY_STATE: Final = "CL.query-state"
QUERY_KIND: Final = "CL.query-kind"
QUERY_ACT: Final = "CL.query-act"

LONGEST_TEXT: Final = 4000
"""Characters of a text whose field sets no maximum of its own."""
LONGEST_NAME: Final = 200
DIGITS: Final = 15


class FlagKind(StrEnum):
    """What a flag is about."""

    MISSING = "missing"
    ENTRY_STATE = "entry-state"
    QUERY_STATE = "query-state"
    QUERY_KIND = "query-kind"
    QUERY_ACT = "query-act"


_FLAG_WORDS: Final[Mapping[str, Text]] = {
    FlagKind.MISSING: Text("Why there is no answer", "回答がない理由"),
    FlagKind.ENTRY_STATE: Text("State of the form", "様式の状態"),
    FlagKind.QUERY_STATE: Text("State of the query", "クエリの状態"),
    FlagKind.QUERY_KIND: Text("Who raised the query", "クエリの種類"),
    FlagKind.QUERY_ACT: Text("What was done with the query", "クエリへの操作"),
}
_TYPES: Final[Mapping[FieldType, DataType]] = {
    FieldType.DATE: DataType.DATE,
    FieldType.PARTIAL_DATE: DataType.PARTIAL_DATE,
    FieldType.BOOLEAN: DataType.BOOLEAN,
}
MANY: Final = frozenset({FieldType.CHOICES, FieldType.LESIONS, FieldType.MEMBERS})
"""Fields of several answers; each answer is a group of its own, since an ODM item has one value."""

_Asked = Mapping[str, tuple[str, FieldDefinition]]
"""The fields that a condition may name, by code, with their OIDs."""


def metadata(definition: StudyDefinition, *, effective_on: date) -> Metadata:
    """Return the definition as ODM describes it; `effective_on` is the day it was put in force."""
    own = own_forms(definition)
    return Metadata(
        oid=metadata_oid(definition.version),
        name=f"{definition.code} {definition.version}",
        label=definition.title,
        effective_on=effective_on,
        events=tuple(_events(definition)),
        forms=(*own, *(_form(form) for form in definition.forms)),
        other_codes=tuple(_flag_lists(definition)),
    )


def _events(definition: StudyDefinition) -> Iterator[EventDef]:
    of_subject = [form.code for form in definition.forms if form.scope is FormScope.SUBJECT]
    always = tuple(form_oid(code) for code in (*OF_SUBJECT, *of_subject))
    yield EventDef(COMMON, "common", Text("At any time", "随時"), is_common=True, forms=always)
    for timepoint in definition.timepoints:
        asked = [form.code for form in definition.forms if timepoint.code in form.timepoints]
        read = [READ] if timepoint.imaging else []
        forms = tuple(form_oid(code) for code in (*asked, *read))
        yield EventDef(event_oid(timepoint.code), timepoint.code, timepoint.label, is_common=False, forms=forms)


def _form(form: FormDefinition) -> FormDef:
    asked = {field.code: (item_oid(f"{form.code}.{field.code}"), field) for field in form.questions}
    in_rows = {field.code: (item_oid(f"{form.code}.lesions.{field.code}"), field) for field in form.lesion_fields}
    label = Text(f"{form.label.en}, by lesion", f"{form.label.ja}（病変ごと）")
    groups = (
        *_groups(form.code, form.label, form.questions, asked, repeats=False),
        *_groups(f"{form.code}.lesions", label, form.lesion_fields, asked | in_rows, repeats=True),
    )
    return FormDef(form_oid(form.code), form.code, form.label, form.repeatable, groups)


def _groups(
    path: str, label: Text, fields: Iterable[FieldDefinition], asked: _Asked, *, repeats: bool
) -> Iterator[GroupDef]:
    single = tuple(_item(f"{path}.{field.code}", field, asked) for field in fields if field.type not in MANY)
    if single:
        yield GroupDef(group_oid(path), path, label, repeats, single)
    for field in fields:
        if field.type in MANY:
            own = f"{path}.{field.code}"
            yield GroupDef(group_oid(own), own, field.label, repeats=True, items=_items_of_many(own, field, asked))


def _items_of_many(path: str, field: FieldDefinition, asked: _Asked) -> tuple[ItemDef, ...]:
    if field.type is not FieldType.MEMBERS:
        return (_item(path, field, asked),)
    codes = _choices(f"{path}.role", field)
    role = ItemDef(item_oid(f"{path}.role"), "role", DataType.TEXT, Text("Role", "役割"), _longest(codes), codes=codes)
    return role, ItemDef(item_oid(f"{path}.name"), "name", DataType.TEXT, Text("Name", "氏名"), LONGEST_NAME)


def _item(path: str, field: FieldDefinition, asked: _Asked) -> ItemDef:
    codes = _choices(path, field)
    kind, length, decimals = _measure(field, codes)
    is_number = field.type is FieldType.NUMBER
    return ItemDef(
        oid=item_oid(path),
        name=field.code,
        type=kind,
        question=field.label,
        length=length,
        decimals=decimals,
        hint=field.hint,
        unit=unit(field.unit) if field.unit else None,
        codes=codes,
        lowest=_bound(field.minimum) if is_number else None,
        highest=_bound(field.maximum) if is_number else None,
        is_mandatory=field.required and field.only_when is None,
        not_collected=_condition(path, field, asked),
    )


def _measure(field: FieldDefinition, codes: CodeList | None) -> tuple[DataType, int | None, int | None]:
    if field.type in _TYPES:
        return _TYPES[field.type], None, None
    if field.type is not FieldType.NUMBER:
        most = int(field.maximum) if field.maximum and field.type is FieldType.TEXT else LONGEST_TEXT
        return DataType.TEXT, _longest(codes) or most, None
    bounds = [abs(bound) for bound in (field.minimum, field.maximum) if bound is not None]
    digits = max((len(str(int(bound))) for bound in bounds), default=DIGITS) + field.decimals
    return (DataType.FLOAT, digits, field.decimals) if field.decimals else (DataType.INTEGER, digits, None)


def _bound(bound: Decimal | None) -> str | None:
    return None if bound is None else format(bound, "f")


def _choices(path: str, field: FieldDefinition) -> CodeList | None:
    if not field.choices:
        return None
    return CodeList(code_list_oid(path), path, {choice.code: choice.label for choice in field.choices})


def _longest(codes: CodeList | None) -> int | None:
    return None if codes is None else max(len(value) for value in codes.terms)


def _condition(path: str, field: FieldDefinition, asked: _Asked) -> Condition | None:
    if field.only_when is None:
        return None
    other_oid, other = asked[field.only_when.field]
    words = [in_words(other, answer) or Text(answer, answer) for answer in field.only_when.answers]
    answers = joined(words, en=" / ", ja="・")
    return Condition(
        oid=f"C.{path}",
        name=f"{path} is not asked",
        said=Text(
            f"Not asked unless “{other.label.en}” is: {answers.en}",
            f"「{other.label.ja}」が「{answers.ja}」でない場合は対象外",
        ),
        formula=f"not({other_oid} in ({', '.join(field.only_when.answers)}))",
    )


def _flag_lists(definition: StudyDefinition) -> Iterator[CodeList]:
    yield CodeList(FLAG_KINDS, "flag", _FLAG_WORDS)
    reasons = {reason.code: reason.label for reason in definition.missing_reasons}
    if reasons:
        yield CodeList(MISSING, "missing", reasons)
    yield CodeList(ENTRY_STATE, "entry-state", {state.value: label for state, label in ENTRY_STATES.items()})
    yield CodeList(QUERY_STATE, "query-state", {state.value: label for state, label in QUERY_STATES.items()})
    yield CodeList(QUERY_KIND, "query-kind", {kind.value: label for kind, label in KIND_LABELS.items()})
    yield CodeList(QUERY_ACT, "query-act", {str(act): label for act, label in DONE_LABELS.items()})
