"""Stored form entries with their typed answers, for rules that look at several of a subject's forms at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from casebook.domain.forms.entry import stored_entry
from casebook.domain.forms.states import EntryState
from casebook.domain.forms.values import Entry
from casebook.domain.standing import EntryAt
from casebook.domain.study import StudyDefinition
from casebook.domain.visits import Recorded
from casebook.store.patients import StoredForm


@dataclass(frozen=True, slots=True)
class TypedForm:
    """A complete entry with its typed answers."""

    at: EntryAt
    entry: Entry


def at(form: StoredForm) -> EntryAt:
    """Return which entry it is."""
    return form.form_code, form.timepoint, form.ordinal


def typed_forms(definition: StudyDefinition, forms: Iterable[StoredForm]) -> list[TypedForm]:
    """Type complete entries without judging them again; drafts say nothing yet."""
    return [
        TypedForm(at(form), stored_entry(definition.form(form.form_code), form.data, ()))
        for form in forms
        if form.state != EntryState.STARTED
    ]


def recorded(forms: Iterable[StoredForm]) -> list[Recorded]:
    """Return what complete entries say as they are stored; drafts say nothing yet."""
    return [Recorded(form.form_code, form.timepoint, form.data) for form in forms if form.state != EntryState.STARTED]


def by_form(entries: Iterable[TypedForm]) -> dict[str, tuple[Entry, ...]]:
    """Return the answers by form."""
    found: dict[str, tuple[Entry, ...]] = {}
    for entry in entries:
        found[entry.at[0]] = (*found.get(entry.at[0], ()), entry.entry)
    return found
