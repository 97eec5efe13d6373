"""Form entries as CSV, in one language."""

from collections.abc import Iterable
from typing import Final

from fastapi import Response

from casebook.actions.entries import EntryLine
from casebook.domain.forms.states import STATE_LABELS
from casebook.domain.spreadsheets import BYTE_ORDER_MARK, csv_lines
from casebook.domain.texts import Text
from services.api.spreadsheets import CSV

COLUMNS: Final = (
    Text("patient", "症例"),
    Text("site", "施設"),
    Text("form", "様式"),
    Text("timepoint", "時点"),
    Text("number of the entry", "回"),
    Text("state", "状態"),
    Text("version", "版"),
    Text("saved at (UTC)", "保存日時（UTC）"),
    Text("saved by", "保存者"),
    Text("age (days)", "経過日数"),
    Text("open queries", "未解決クエリ数"),
)


def entry_csv(found: Iterable[EntryLine], *, language: str) -> Response:
    """Return entries as a file."""
    head = [column.into(language) for column in COLUMNS]
    body = BYTE_ORDER_MARK + csv_lines([head, *(_row(line, language) for line in found)])
    return Response(body, media_type=CSV, headers={"Content-Disposition": 'attachment; filename="entries.csv"'})


def _row(line: EntryLine, language: str) -> list[object]:
    row = line.row
    return [
        row.number,
        row.site_code,
        line.form.label.into(language),
        line.timepoint.into(language) if line.timepoint else None,
        row.ordinal,
        STATE_LABELS[line.state].into(language),
        row.version,
        row.saved_at.strftime("%Y-%m-%d %H:%M"),
        line.saved_by,
        line.age_days,
        line.n_queries,
    ]
