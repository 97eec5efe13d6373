"""The forms in which events of lesions are told, each fault beside its question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from fastapi.datastructures import FormData

from casebook.actions.lesion_events import Happening
from casebook.domain.errors import CasebookError
from casebook.domain.lesion_events import MOST_PARTS, EventKind
from casebook.domain.texts import Text
from services.api.pages.lesion_input import TypedLesion, blank, part_of, typed

FEWEST_ROWS: Final[Mapping[EventKind, int]] = {
    EventKind.SPLIT: 2,
    EventKind.MERGE: 1,
    EventKind.NEW: 1,
    EventKind.VOID: 0,
}
"""Rows for what came of the event; a split may ask for more."""
NO_DAY: Final = Text("expected a day as YYYY-MM-DD", "YYYY-MM-DDの形式で入力")
NO_TIMEPOINT: Final = Text("choose a timepoint", "時点を選択")
NO_REASON: Final = Text("say why; it is kept in the audit trail", "理由を入力（監査証跡に残ります）")
NO_LESION: Final = Text("choose a lesion", "病変を選択")
LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class EventForm:
    """One form as it was filled in; `happening` is None while it is blank or has faults."""

    kind: EventKind
    ended: tuple[str, ...] = ()
    timepoint: str = ""
    happened_on: str = ""
    reason: str = ""
    rows: tuple[TypedLesion, ...] = ()
    faults: Mapping[str, Text] = field(default_factory=dict)
    happening: Happening | None = None
    is_open: bool = False


def blank_forms() -> list[EventForm]:
    """Return all forms, waiting to be filled."""
    return [EventForm(kind, rows=_blank_rows(FEWEST_ROWS[kind])) for kind in EventKind]


def _blank_rows(n: int) -> tuple[TypedLesion, ...]:
    return tuple(blank(f"new{number}") for number in range(1, n + 1))


def typed_form(kind: EventKind, posted: FormData, n_rows: int, *, is_asked: bool = True) -> EventForm:
    """Read the form of one kind; rows beyond the fewest that stay blank are left out.

    Unless it is `is_asked`, nothing is held against it yet.
    """
    n = max(FEWEST_ROWS[kind], min(n_rows, MOST_PARTS)) if FEWEST_ROWS[kind] else 0
    rows = tuple(typed(f"new{number}", posted) for number in range(1, n + 1))
    said = {name: _text(posted, name) for name in ("timepoint", "happened_on", "reason")}
    ended = tuple(item for item in posted.getlist("ended") if isinstance(item, str) and item)
    faults = _faults(kind, said, ended, rows) if is_asked else {}
    came = tuple(row.values for row in rows if row.values is not None)
    happening = (
        None
        if faults or not is_asked
        else Happening(kind, said["timepoint"], date.fromisoformat(said["happened_on"]), said["reason"], ended, came)
    )
    return EventForm(kind, ended, **said, rows=rows, faults=faults, happening=happening, is_open=True)


def refused(form: EventForm, error: CasebookError) -> EventForm:
    """Return the form with what the registry says against it."""
    name = (error.field or "lesions").rpartition(".")[2]
    row = next((row.row for row in form.rows if not row.is_blank), None)
    part = part_of(name)
    where = f"{row}.{part}" if part and row else name
    return EventForm(
        form.kind,
        form.ended,
        form.timepoint,
        form.happened_on,
        form.reason,
        form.rows,
        {where: error.said},
        is_open=True,
    )


def _faults(
    kind: EventKind, said: Mapping[str, str], ended: Sequence[str], rows: Sequence[TypedLesion]
) -> dict[str, Text]:
    faults = {f"{row.row}.{part}": text for row in rows for part, text in row.faults.items()}
    for number, row in enumerate(rows):
        if row.is_blank and number < FEWEST_ROWS[kind]:
            faults[f"{row.row}.segment"] = Text("choose a segment", "区域を選択")
    if kind is not EventKind.NEW and not ended:
        faults["lesions"] = NO_LESION
    if not said["timepoint"]:
        faults["timepoint"] = NO_TIMEPOINT
    if not said["reason"]:
        faults["reason"] = NO_REASON
    if not _is_day(said["happened_on"]):
        faults["happened_on"] = NO_DAY
    return faults


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _text(posted: FormData, name: str) -> str:
    said = posted.get(name)
    return said.strip()[:LONGEST_REASON] if isinstance(said, str) else ""
