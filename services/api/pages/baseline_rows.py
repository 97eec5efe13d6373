"""The rows of the baseline list as they are typed and saved: all of them, or none with every fault."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from fastapi.datastructures import FormData
from sqlalchemy.orm import Session

from casebook.actions.baseline_list import add_lesion, change_lesion, leave_out
from casebook.actions.lesion_book import KeptLesion, LesionsOfSubject
from casebook.domain.actors import Actor
from casebook.domain.errors import CasebookError, Invalid, Refused, Stale
from casebook.domain.texts import Text
from services.api.pages.lesion_input import TypedLesion, blank, part_of, stored, typed

FIRST_BLANK_ROWS: Final = 3
MOST_BLANK_ROWS: Final = 40
MOST_DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row of the list; `was` is what is stored where somebody else changed it meanwhile."""

    typed: TypedLesion
    kept: KeptLesion | None
    version: int
    is_left_out: bool = False
    was: TypedLesion | None = None


@dataclass(frozen=True, slots=True)
class TypedList:
    """The list with the reason as typed, and faults: by row and cell, of the reason, and of no cell."""

    rows: tuple[ListRow, ...]
    reason: str = ""
    others: tuple[Text, ...] = ()
    reason_fault: Text | None = None
    faults: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        """Something keeps it from being saved."""
        return bool(self.others or self.reason_fault or self.faults)

    @property
    def is_stale(self) -> bool:
        """Somebody else changed a row meanwhile."""
        return any(row.was is not None for row in self.rows)


def stored_list(found: LesionsOfSubject, *, n_blank: int = FIRST_BLANK_ROWS) -> TypedList:
    """Return the list as it is saved, with rows to add lesions in."""
    rows = [ListRow(stored(item), item, item.row.version) for item in found.lesions if item.standing.is_active]
    return TypedList((*rows, *(ListRow(blank(f"new{n}"), None, 0) for n in range(1, n_blank + 1))))


def typed_list(found: LesionsOfSubject, posted: FormData, *, more: int = 0) -> TypedList:
    """Return the list as it was sent, with `more` further rows."""
    rows = []
    for item in found.lesions:
        if item.standing.is_active:
            label = item.row.label
            row = typed(label, posted, stored(item))
            rows.append(ListRow(row, item, number_in(posted, f"{label}.version"), f"{label}.void" in posted))
    n_blank = min(number_in(posted, "rows") + more, MOST_BLANK_ROWS)
    rows += [ListRow(typed(f"new{n}", posted), None, 0) for n in range(1, n_blank + 1)]
    faults = {row.typed.row: row.typed.faults for row in rows if row.typed.faults and not row.is_left_out}
    return TypedList(tuple(rows), reason=str(posted.get("change_reason", "")), faults=faults)


def save_list(session: Session, actor: Actor, found: LesionsOfSubject, sent: TypedList, now: datetime) -> TypedList:
    """Save every row that says something else than what is stored; returns the list with what kept it from that."""
    for row in sent.rows:
        try:
            _save_row(session, actor, found, row, sent.reason, now)
        except (Invalid, Refused, Stale) as error:
            return _with_fault(sent, row, error)
    return sent


def _save_row(
    session: Session, actor: Actor, found: LesionsOfSubject, row: ListRow, reason: str, now: datetime
) -> None:
    values, subject_id = row.typed.values, found.subject.id
    if row.kept is None:
        if values is not None:
            add_lesion(session, actor, subject_id=subject_id, values=values, now=now)
        return
    label, version = row.kept.row.label, row.version
    if row.is_left_out:
        leave_out(session, actor, subject_id=subject_id, label=label, version=version, reason=reason, now=now)
    elif values is not None and row.typed.said != stored(row.kept).said:
        change_lesion(
            session,
            actor,
            subject_id=subject_id,
            label=label,
            values=values,
            version=version,
            reason=reason,
            now=now,
        )


def _with_fault(sent: TypedList, row: ListRow, error: CasebookError) -> TypedList:
    part = part_of(error.field)
    if error.field in {"change_reason", "reason"}:
        return replace(sent, reason_fault=error.said)
    if part is None or isinstance(error, Stale):
        return replace(sent, others=(error.said,))
    return replace(sent, faults={**sent.faults, row.typed.row: {part: error.said}})


def compared(sent: TypedList, found: LesionsOfSubject) -> TypedList:
    """Return the list as it was sent beside what is stored now, for a person who has to choose."""
    now = {item.row.label: item for item in found.lesions}
    return replace(sent, rows=tuple(_compared(row, now) for row in sent.rows))


def _compared(row: ListRow, now: Mapping[str, KeptLesion]) -> ListRow:
    kept = now.get(row.typed.row)
    if kept is None or kept.row.version == row.version:
        return row
    return replace(row, kept=kept, version=kept.row.version, was=stored(kept))


def number_in(posted: FormData, name: str) -> int:
    """Return a small whole number that a page sent; 0 for anything else."""
    said = posted.get(name)
    return int(said) if isinstance(said, str) and said.isdecimal() and len(said) < MOST_DIGITS else 0
