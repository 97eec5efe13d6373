"""Queries as CSV, in one language."""

from collections.abc import Iterable
from typing import Final

from fastapi import Response

from casebook.actions.query_views import QueryLine
from casebook.domain.queries import KIND_LABELS, STATE_LABELS, QueryKind, rule_of
from casebook.domain.spreadsheets import BYTE_ORDER_MARK, csv_lines
from casebook.domain.texts import Text
from services.api.spreadsheets import CSV

COLUMNS: Final = (
    Text("query", "クエリ番号"),
    Text("site", "施設"),
    Text("patient", "症例"),
    Text("about", "対象"),
    Text("field", "項目"),
    Text("question", "照会内容"),
    Text("state", "状態"),
    Text("kind", "種別"),
    Text("rule", "ルール"),
    Text("opened on", "発行日"),
    Text("due on", "回答期限"),
    Text("answered on", "回答日"),
    Text("ended on", "終了日"),
    Text("age (days)", "経過日数"),
    Text("days overdue", "超過日数"),
    Text("last said", "最新の発言"),
)


def query_csv(found: Iterable[QueryLine], *, language: str) -> Response:
    """Return queries as a file; days are UTC."""
    head = [column.into(language) for column in COLUMNS]
    body = BYTE_ORDER_MARK + csv_lines([head, *(_row(line, language) for line in found)])
    return Response(body, media_type=CSV, headers={"Content-Disposition": 'attachment; filename="queries.csv"'})


def _row(line: QueryLine, language: str) -> list[object]:
    query = line.query
    return [
        query.number,
        line.row.site_code,
        line.row.subject_number,
        line.place.into(language),
        query.field,
        line.question.into(language),
        STATE_LABELS[line.state].into(language),
        KIND_LABELS[QueryKind(query.kind)].into(language),
        rule_of(query.rule).label.into(language) if query.rule else None,
        query.opened_at.date(),
        query.due_on,
        query.answered_at.date() if query.answered_at else None,
        query.ended_at.date() if query.ended_at else None,
        line.age.days,
        line.age.days_over,
        line.last.said if line.last else None,
    ]
