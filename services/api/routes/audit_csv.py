"""The audit trail as CSV, sent as it is read."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from fastapi.responses import StreamingResponse

from casebook.actions.trail import spelled
from casebook.store import trail
from casebook.store.trail import Event, Wanted
from services.api.state import Service

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula."""
COLUMNS: Final = ("event", "at (UTC)", "who", "name", "role", "act", "record", "row", "patient", "old", "new", "reason")


def csv_of(running: Service, events: Wanted) -> StreamingResponse:
    """Return the events as a stream of CSV that holds no session between two fetches."""
    headers = {"Content-Disposition": f'attachment; filename="audit-{events.study_code}.csv"'}
    return StreamingResponse(_pieces(running, events), media_type="text/csv; charset=utf-8", headers=headers)


def _pieces(running: Service, events: Wanted) -> Iterator[str]:
    yield "\ufeff" + _lines([COLUMNS])
    last = 0
    while True:
        with running.database.session() as session:
            found = trail.after(session, events, last=last)
        if not found:
            return
        yield _lines(_row(event) for event in found)
        last = found[-1].id


def _lines(rows: Iterable[Iterable[object]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows([[_harmless(cell) for cell in row] for row in rows])
    return written.getvalue()


def _row(event: Event) -> list[object]:
    return [
        event.id,
        event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        event.actor,
        event.name,
        event.role,
        event.act,
        event.table,
        event.row_id,
        event.subject_number,
        _json(event.old),
        _json(event.new),
        event.reason,
    ]


def _json(value: object) -> str | None:
    return None if value is None else spelled(value)


def _harmless(cell: object) -> object:
    """Keep a spreadsheet from taking what people typed for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
