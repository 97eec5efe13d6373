"""The history of a form entry, field by field, as the audit trail holds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from casebook.domain.errors import NotFound
from casebook.domain.forms.definition import FormDefinition
from casebook.domain.forms.states import EntryState
from casebook.domain.forms.wording import Difference, differences
from casebook.domain.texts import Coded
from casebook.store import trail
from casebook.store.tables import FormEntry
from casebook.store.trail import Event

TABLE = "form_entry"


@dataclass(frozen=True, slots=True)
class EntryChange:
    """One change of an entry: who, in which role, when (UTC), why; what it did to answers and state.

    `before` and `after` are the states, equal where the change was of answers alone; `is_first` is the first entry.
    """

    actor: str
    name: str
    role: str | None
    at: datetime
    reason: str | None
    version: int | None
    is_first: bool
    before: EntryState
    after: EntryState
    fields: tuple[Difference, ...]


def history_of(
    session: Session, row: FormEntry | None, form: FormDefinition, missing_reasons: Sequence[Coded] = ()
) -> list[EntryChange]:
    """Return what became of an entry, the oldest change first; empty where nothing is stored."""
    return changes(form, trail.of_row(session, TABLE, row.id), missing_reasons) if row is not None else []


def changes(form: FormDefinition, events: Sequence[Event], missing_reasons: Sequence[Coded]) -> list[EntryChange]:
    """Read events of one entry, from its first, as changes of its fields."""
    found: list[EntryChange] = []
    state = EntryState.NOT_STARTED
    for event in events:
        old, new = event.old or {}, event.new or {}
        after = EntryState(new.get("state", state))
        differing = tuple(differences(form, _data(old), _data(new), missing_reasons))
        if differing or after is not state:
            found.append(
                EntryChange(
                    actor=event.actor,
                    name=event.name,
                    role=event.role,
                    at=event.at,
                    reason=event.reason,
                    version=new.get("version"),
                    is_first=event.act == "insert",
                    before=state,
                    after=after,
                    fields=differing,
                )
            )
        state = after
    return found


def changed_paths(history: Sequence[EntryChange]) -> frozenset[str]:
    """Return the fields of which a saved answer was ever replaced or taken away."""
    return frozenset(field.path for change in history for field in change.fields if field.before is not None)


def of_field(history: Sequence[EntryChange], path: str) -> list[EntryChange]:
    """Return the changes of one field. Raises NotFound where it never held anything."""
    found = [
        replace(change, fields=mine)
        for change in history
        if (mine := tuple(field for field in change.fields if field.path == path))
    ]
    if not found:
        raise NotFound("This field never held an answer.", field="field")
    return found


def last_to(history: Sequence[EntryChange], state: EntryState) -> EntryChange | None:
    """Return the change that last brought the entry to a state from an earlier one."""
    order = list(EntryState)
    return next(
        (
            change
            for change in reversed(history)
            if change.after is state and order.index(change.before) < order.index(state)
        ),
        None,
    )


def data_at(events: Sequence[Event], version: int) -> Mapping[str, object]:
    """Return the answers that a version of the entry held."""
    found: Mapping[str, object] = {}
    for event in events:
        if (event.new or {}).get("version", 0) > version:
            break
        found = _data(event.new or {}) or found
    return found


def _data(values: Mapping[str, Any]) -> Mapping[str, object]:
    data = values.get("data")
    return data if isinstance(data, Mapping) else {}
