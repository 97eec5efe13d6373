"""Rows of the study's tables as parts of forms: which form a row belongs to, under which keys, with which values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from casebook.domain.study import StudyDefinition
from casebook.formats.odm_document import GroupDef
from casebook.formats.odm_oids import COMMON, event_oid, form_oid, group_oid
from casebook.formats.odm_own_forms import DERIVED, FINDING, LESION, NEW_LESION, READ, REGISTRATION, own_forms
from casebook.formats.odm_values import Values, entry_values, row_values

Columns = Mapping[str, Any]
"""A row as JSON holds it: keys as text."""
ENTRY: Final = "form_entry"


@dataclass(frozen=True, slots=True)
class Place:
    """A form within a subject's course; `key` is given exactly where the form repeats."""

    event: str
    form: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What rows name by their keys: codes of timepoints, labels of lesions, logins of accounts, places of reads."""

    timepoints: Mapping[str, str]
    lesions: Mapping[str, str]
    logins: Mapping[str, str]
    reads: Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class Share:
    """A row's share of a form."""

    place: Place
    values: Values


class Reader:
    """Places the rows of subjects whose data follow one version of a definition."""

    def __init__(self, definition: StudyDefinition, names: Names) -> None:
        self._forms = {form.code: form for form in definition.forms}
        self._groups = {group.oid: group for form in own_forms(definition) for group in form.groups}
        self._names = names
        self._of: dict[str, Callable[[Columns], Share | None]] = {
            ENTRY: self._entry,
            "registration": self._registration,
            "lesion": self._lesion,
            "derived": self._derived,
            "reading": self._reading,
            "finding": self._finding,
            "reader_lesion": self._new_lesion,
        }

    def share(self, table: str, columns: Columns) -> Share | None:
        """Return the row's share of a form; None where it belongs to none."""
        return self._of[table](columns)

    def _entry(self, columns: Columns) -> Share | None:
        form = self._forms.get(columns["form_code"])
        if form is None:
            return None
        timepoint = self._names.timepoints.get(columns.get("timepoint_id") or "")
        key = str(columns.get("ordinal", 1)) if form.repeatable else None
        place = Place(event_oid(timepoint), form_oid(form.code), key)
        return Share(place, entry_values(form, columns.get("data") or {}))

    def _registration(self, columns: Columns) -> Share:
        values = row_values(self._group(REGISTRATION), columns["step"], columns)
        return Share(Place(COMMON, form_oid(REGISTRATION)), values)

    def _lesion(self, columns: Columns) -> Share:
        return Share(Place(COMMON, form_oid(LESION)), row_values(self._group(LESION), columns["label"], columns))

    def _derived(self, columns: Columns) -> Share:
        return Share(Place(COMMON, form_oid(DERIVED)), row_values(self._group(DERIVED), columns["lesion"], columns))

    def _reading(self, columns: Columns) -> Share | None:
        place = place_of_read(columns, self._names)
        reader = self._names.logins.get(columns["account_id"])
        if place is None:
            return None
        return Share(place, row_values(self._group(READ), None, {**columns, "reader": reader}))

    def _finding(self, columns: Columns) -> Share | None:
        place, lesion = self._names.reads.get(columns["reading_id"]), self._names.lesions.get(columns["lesion_id"])
        if place is None or lesion is None:
            return None
        adc = {f"adc_{name}": value for name, value in (columns.get("adc") or {}).items()}
        values = row_values(
            self._group(FINDING), f"{lesion}.{columns['sequence']}", {**columns, **adc, "lesion": lesion}
        )
        return Share(place, values)

    def _new_lesion(self, columns: Columns) -> Share | None:
        place = self._names.reads.get(columns["reading_id"])
        if place is None:
            return None
        return Share(place, row_values(self._group(NEW_LESION), columns["label"], columns))

    def _group(self, path: str) -> GroupDef:
        return self._groups[group_oid(path)]


def place_of_read(columns: Columns, names: Names) -> Place | None:
    """Return the form of a read; its key says the kind, who read, the round and the edition."""
    timepoint, reader = names.timepoints.get(columns["timepoint_id"]), names.logins.get(columns["account_id"])
    if timepoint is None or reader is None:
        return None
    key = f"{columns['kind']}.{reader}.{columns['round']}.{columns['edition']}"
    return Place(event_oid(timepoint), form_oid(READ), key)
