"""Stored rows as values of an ODM file: where each value goes, and how it is spelled."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from casebook.domain.forms.definition import FieldDefinition, FieldType, FormDefinition
from casebook.formats.odm import instant
from casebook.formats.odm_document import DataType, GroupDef
from casebook.formats.odm_oids import group_oid, item_oid
from casebook.formats.odm_study import MANY

Slot = tuple[str, str | None, str]
"""OID of a group, its repeat key, OID of an item."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value, or why there is none."""

    value: str | None
    missing: str | None = None


Values = Mapping[Slot, Given]
NOTHING: Final[Values] = {}


def entry_values(form: FormDefinition, data: Mapping[str, object]) -> Values:
    """Return the answers of a form entry, in the order of the form, lesions after."""
    found: dict[Slot, Given] = {}
    for field in form.questions:
        found.update(_answers(form.code, field, data.get(field.code), None))
    rows = data.get("lesions")
    for label, row in rows.items() if isinstance(rows, Mapping) else ():
        answers = row if isinstance(row, Mapping) else {}
        for field in form.lesion_fields:
            found.update(_answers(f"{form.code}.lesions", field, answers.get(field.code), label))
    return found


def _answers(path: str, field: FieldDefinition, raw: object, key: str | None) -> Iterator[tuple[Slot, Given]]:
    if raw is None or raw in ("", []):
        return
    own = f"{path}.{field.code}"
    missing = str(raw["missing"]) if isinstance(raw, Mapping) and "missing" in raw else None
    if field.type not in MANY:
        yield (group_oid(path), key, item_oid(own)), Given(None, missing) if missing else Given(spelled(raw))
        return
    items = [None] if missing else list(raw) if isinstance(raw, list | tuple) else [raw]
    for number, answer in enumerate(items, start=1):
        yield from _one_of_many(own, field, answer, number, key, missing)


def _one_of_many(
    path: str, field: FieldDefinition, answer: object, number: int, key: str | None, missing: str | None
) -> Iterator[tuple[Slot, Given]]:
    part = str(number) if isinstance(answer, Mapping) or missing else spelled(answer)
    repeat = part if key is None else f"{key}.{part}"
    if isinstance(answer, Mapping):
        for name in ("role", "name"):
            yield (group_oid(path), repeat, item_oid(f"{path}.{name}")), Given(spelled(answer.get(name)))
        return
    item = f"{path}.role" if field.type is FieldType.MEMBERS else path
    yield (group_oid(path), repeat, item_oid(item)), Given(None, missing) if missing else Given(part)


def row_values(group: GroupDef, key: str | None, columns: Mapping[str, object]) -> Values:
    """Return the columns of a row that the group has items for."""
    return {
        (group.oid, key, item.oid): Given(spelled(value, item.type))
        for item in group.items
        if (value := columns.get(item.name)) not in (None, "")
    }


def spelled(value: object, kind: DataType = DataType.TEXT) -> str:
    """Return a stored value as ODM spells it: instants in UTC, truths as true and false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind is DataType.DATETIME and isinstance(value, str):
        return instant(datetime.fromisoformat(value))
    if isinstance(value, datetime):
        return instant(value.astimezone(UTC))
    return value.isoformat() if isinstance(value, date) else str(value)
