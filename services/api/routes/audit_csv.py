"""The audit trail as CSV, sent as it is read."""

from collections.abc import Iterator
from typing import Final

from fastapi.responses import StreamingResponse

from casebook.actions.trail import spelled
from casebook.domain.spreadsheets import BYTE_ORDER_MARK, csv_lines
from casebook.store import trail
from casebook.store.trail import Event, Wanted
from services.api.spreadsheets import CSV
from services.api.state import Service

COLUMNS: Final = ("event", "at (UTC)", "who", "name", "role", "act", "record", "row", "patient", "old", "new", "reason")


def csv_of(running: Service, events: Wanted) -> StreamingResponse:
    """Return the events as a stream of CSV that holds no session between two fetches."""
    headers = {"Content-Disposition": f'attachment; filename="audit-{events.study_code}.csv"'}
    return StreamingResponse(_pieces(running, events), media_type=CSV, headers=headers)


def _pieces(running: Service, events: Wanted) -> Iterator[str]:
    yield BYTE_ORDER_MARK + csv_lines([COLUMNS])
    last = 0
    while True:
        with running.database.session() as session:
            found = trail.after(session, events, last=last)
        if not found:
            return
        yield csv_lines(_row(event) for event in found)
        last = found[-1].id


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
