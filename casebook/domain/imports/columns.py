"""What the columns of a table mean for a form: where an answer belongs, or which question it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from casebook.domain.errors import Invalid
from casebook.domain.forms.definition import FieldDefinition, FormDefinition, FormScope
from casebook.domain.imports.table import FIELD, spelled
from casebook.domain.texts import Text


class Place(StrEnum):
    """A column that says where the answers of its line belong, or why a saved one changes."""

    SUBJECT = "subject"
    TIMEPOINT = "timepoint"
    ENTRY = "entry"
    LESION = "lesion"
    REASON = "change_reason"


PLACE_LABELS: Final[Mapping[Place, Text]] = {
    Place.SUBJECT: Text("Registration number", "登録番号"),
    Place.TIMEPOINT: Text("Timepoint", "時点"),
    Place.ENTRY: Text("Entry, from 1", "記録番号（1から）"),
    Place.LESION: Text("Lesion", "病変"),
    Place.REASON: Text("Reason for change", "変更理由"),
}
NAMES: Final[Mapping[Place, tuple[str, ...]]] = {
    Place.SUBJECT: ("subject", "patient", "registration number", "登録番号", "症例番号", "症例"),
    Place.TIMEPOINT: ("timepoint", "visit", "時点"),
    Place.ENTRY: ("entry", "entry, from 1", "ordinal", "記録番号", "記録番号（1から）"),
    Place.LESION: ("lesion", "病変", "病変番号"),
    Place.REASON: ("change_reason", "reason for change", "変更理由"),
}
"""How people name them, compared without width, case and blanks."""
LESION_PREFIX: Final = "lesions."


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a place, a question of the entry or of each lesion, or `ignored` with the reason why."""

    index: int
    name: str
    place: Place | None = None
    field: FieldDefinition | None = None
    per_lesion: bool = False
    ignored: Text | None = None

    @property
    def meaning(self) -> Text | None:
        """What the column is taken for; None where it is ignored."""
        if self.place is not None:
            return PLACE_LABELS[self.place]
        return self.field.label if self.field else None


def places_of(form: FormDefinition) -> tuple[Place, ...]:
    """Return the places that a table of the form can name, the registration number first."""
    asked = {
        Place.TIMEPOINT: form.scope is FormScope.TIMEPOINT,
        Place.ENTRY: form.repeatable,
        Place.LESION: form.lesion_rows is not None,
    }
    return tuple(place for place in Place if asked.get(place, True))


def map_columns(form: FormDefinition, names: Sequence[str]) -> tuple[Column, ...]:
    """Say what each column is for the form, by code or label in either language.

    Raises Invalid where the columns do not say whose answers they are, answer nothing, or name one thing twice.
    """
    columns = tuple(_column(form, index, name) for index, name in enumerate(names))
    _require_once(columns)
    placed = {column.place for column in columns}
    needed = [Place.SUBJECT] + [Place.TIMEPOINT] * (form.scope is FormScope.TIMEPOINT)
    missing = [place for place in needed if place not in placed]
    if missing:
        en = ", ".join(f"“{place}”" for place in missing)
        ja = "、".join(f"「{PLACE_LABELS[place].ja}」（{place}）" for place in missing)
        raise Invalid(
            Text(
                f"The column {en} is missing; begin with the template of the form.",
                f"{ja}の列がありません。様式のひな形を使ってください。",
            ),
            field=FIELD,
        )
    if not any(column.field for column in columns):
        raise Invalid(
            Text(
                f"No column names a question of “{form.label.en}”; begin with the template of the form.",
                f"「{form.label.ja}」の項目に対応する列がありません。様式のひな形を使ってください。",
            ),
            field=FIELD,
        )
    return columns


def _column(form: FormDefinition, index: int, name: str) -> Column:
    plain = spelled(name)
    if not plain:
        return Column(index, name, ignored=Text("the column has no name", "列名がありません"))
    place = next((place for place, known in NAMES.items() if plain in map(spelled, known)), None)
    if place is not None and place in places_of(form):
        return Column(index, name, place=place)
    found = _fields_named(form, plain)
    if len(found) > 1:
        codes = ", ".join(f"{LESION_PREFIX * per_lesion}{field.code}" for field, per_lesion in found)
        raise Invalid(
            Text(
                f"The column “{name[:60]}” can mean {codes}; name one of them.",
                f"列「{name[:60]}」は {codes} のどれかを指定してください。",
            ),
            field=FIELD,
        )
    if found:
        return Column(index, name, field=found[0][0], per_lesion=found[0][1])
    if place is not None:
        return Column(index, name, ignored=Text("the form does not ask for it", "この様式では使いません"))
    return Column(index, name, ignored=Text("the form has no such question", "この様式にない項目です"))


def _fields_named(form: FormDefinition, plain: str) -> list[tuple[FieldDefinition, bool]]:
    """The questions of this code; where there are none, those of this label."""
    questions = [(field, False) for field in form.questions] + [(field, True) for field in form.lesion_fields]
    by_code = [one for one in questions if plain in {one[0].code.casefold(), f"{LESION_PREFIX * one[1]}{one[0].code}"}]
    return by_code or [one for one in questions if plain in _labels(one[0])]


def _labels(field: FieldDefinition) -> set[str]:
    labels = {
        (field.label.en, field.unit.en if field.unit else ""),
        (field.label.ja, field.unit.ja if field.unit else ""),
    }
    return {spelled(label) for label, _ in labels} | {spelled(f"{label} ({unit})") for label, unit in labels if unit}


def _require_once(columns: Sequence[Column]) -> None:
    seen: dict[tuple[object, ...], Column] = {}
    for column in columns:
        if column.ignored:
            continue
        key = (column.place, column.field.code if column.field else None, column.per_lesion)
        first = seen.setdefault(key, column)
        if first is not column:
            names = f"“{first.name[:60]}”, “{column.name[:60]}”"
            raise Invalid(
                Text(
                    f"The columns {names} mean the same; keep one.",
                    f"列 {names} は同じ項目です。一方を削除してください。",
                ),
                field=FIELD,
            )


def template(form: FormDefinition, language: str) -> list[str]:
    """Return the columns of an empty table of the form: labels, and codes where a label does not tell a question."""
    names = [PLACE_LABELS[place].into(language) for place in places_of(form)]
    for field, per_lesion in [(one, False) for one in form.questions] + [(one, True) for one in form.lesion_fields]:
        label = field.label.into(language)
        is_told = question_named(form, label) == (field.code, per_lesion) and label not in names
        names.append(label if is_told else f"{LESION_PREFIX * per_lesion}{field.code}")
    return names


def question_named(form: FormDefinition, name: str) -> tuple[str, bool] | None:
    """Return the question that a column's name alone tells, and whether it is of each lesion."""
    if any(spelled(name) in map(spelled, NAMES[place]) for place in places_of(form)):
        return None
    found = _fields_named(form, spelled(name))
    return (found[0][0].code, found[0][1]) if len(found) == 1 else None
