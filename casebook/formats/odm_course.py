"""Parts of forms put together as a subject's course; and what changes did to a row, from its trail."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from casebook.formats.odm_document import Audit, Change, Event, Flag, Form, Group, Item, Note, Signed
from casebook.formats.odm_rows import Columns, Place, Reader, Share
from casebook.formats.odm_study import MISSING, FlagKind
from casebook.formats.odm_values import NOTHING, Slot, Values


@dataclass(frozen=True, slots=True)
class Part:
    """What one row, or one change, brings to a form.

    `audits` go with items; where a row is saved as one, `audit` goes with each of its groups. `form_audit`, `signed`
    and `notes` are the form's own.
    """

    place: Place
    values: Values
    audits: Mapping[Slot, Audit] = field(default_factory=dict)
    audit: Audit | None = None
    form_audit: Audit | None = None
    signed: Signed | None = None
    notes: tuple[Note, ...] = ()
    item_notes: Mapping[Slot, tuple[Note, ...]] = field(default_factory=dict)
    changes: Mapping[Slot, Change] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowChange:
    """One entry of the trail of a row: who did what; `new` holds what changed, or all of a row that came about."""

    number: int
    audit: Audit
    act: str
    old: Columns
    new: Columns


@dataclass(frozen=True, slots=True)
class Step:
    """A row before and after one change; None where it was not there, or belonged to no form."""

    change: RowChange
    before: Share | None
    after: Share | None
    columns: Columns

    @property
    def place(self) -> Place | None:
        """Where the change is seen."""
        share = self.after or self.before
        return share.place if share else None

    def changes(self) -> dict[Slot, Change]:
        """What happened to each item."""
        old, new = _values(self.before), _values(self.after)
        changed = {
            slot: Change.INSERT if slot not in old else Change.UPDATE for slot in new if new[slot] != old.get(slot)
        }
        return changed | {slot: Change.REMOVE for slot in old if slot not in new}


def _values(share: Share | None) -> Values:
    return share.values if share else NOTHING


def steps(reader: Reader, table: str, trail: Sequence[RowChange]) -> Iterator[Step]:
    """Follow a row through its trail, the oldest change first."""
    columns: dict[str, Any] = {}
    before: Share | None = None
    for change in trail:
        columns = {**(columns or change.old), **change.new}
        after = None if change.act == "delete" else reader.share(table, columns)
        yield Step(change, before or _gone(reader, table, change), after, columns)
        before = after


def _gone(reader: Reader, table: str, change: RowChange) -> Share | None:
    return reader.share(table, change.old) if change.act == "delete" else None


def last_audits(followed: Iterable[Step]) -> dict[Slot, Audit]:
    """Return which change gave each item the value that it has."""
    return {slot: step.change.audit for step in followed for slot in step.changes()}


def events(parts: Iterable[Part], order: Sequence[str]) -> tuple[Event, ...]:
    """Return the parts as forms of events, in the order of the study; parts of one form are put together."""
    by_event: dict[str, dict[Place, list[Part]]] = {}
    for part in parts:
        by_event.setdefault(part.place.event, {}).setdefault(part.place, []).append(part)
    ranks = {oid: rank for rank, oid in enumerate(order)}
    ordered = sorted(by_event, key=lambda oid: ranks.get(oid, len(ranks)))
    return tuple(Event(oid, tuple(_form(place, some) for place, some in by_event[oid].items())) for oid in ordered)


def _form(place: Place, parts: Sequence[Part]) -> Form:
    return Form(
        oid=place.form,
        key=place.key,
        groups=tuple(_groups(parts)),
        audit=next((part.form_audit for part in parts if part.form_audit), None),
        signed=next((part.signed for part in parts if part.signed), None),
        notes=tuple(note for part in parts for note in part.notes),
    )


def _groups(parts: Iterable[Part]) -> Iterator[Group]:
    for part in parts:
        found: dict[tuple[str, str | None], list[Item]] = {}
        for slot in (*part.values, *(slot for slot in part.changes if slot not in part.values)):
            found.setdefault(slot[:2], []).append(_item(part, slot))
        for (oid, key), items in found.items():
            yield Group(oid, key, tuple(items), part.audit)


def _item(part: Part, slot: Slot) -> Item:
    given = part.values.get(slot)
    missing = (Note(flags=(Flag(given.missing, MISSING, FlagKind.MISSING),)),) if given and given.missing else ()
    return Item(
        oid=slot[2],
        value=given.value if given else None,
        audit=part.audits.get(slot),
        notes=(*missing, *part.item_notes.get(slot, ())),
        change=part.changes.get(slot),
    )
