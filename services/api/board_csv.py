"""Discrepancies as CSV: a list to hand out, and to bring back with a decision on each line."""

from collections.abc import Iterable
from typing import Final

from fastapi import Response

from casebook.actions.board import Line
from casebook.domain.reconciliation.decision_list import COLUMNS
from casebook.domain.reconciliation.rules import label_of
from casebook.domain.spreadsheets import BYTE_ORDER_MARK, csv_lines
from casebook.domain.study.model import Timepoint
from casebook.domain.texts import Text
from casebook.store.board import SubjectRow
from services.api.spreadsheets import CSV

MOST_EXPORTED: Final = 20_000
"""Lines of an export."""
MAX_LIST_BYTES: Final = 4 * 1024 * 1024
"""Of a list that is brought back."""
TOO_LARGE: Final = Text("The list has more than 4 MB.", "一覧が4 MBを超えています。")


def board_csv(found: Iterable[tuple[SubjectRow, Timepoint, Line]], *, language: str) -> Response:
    """Return discrepancies as a file; the words are in one language, codes and columns in none."""
    rows = [_row(subject, timepoint, line, language) for subject, timepoint, line in found]
    body = BYTE_ORDER_MARK + csv_lines([COLUMNS, *rows])
    return Response(body, media_type=CSV, headers={"Content-Disposition": 'attachment; filename="discrepancies.csv"'})


def _row(subject: SubjectRow, timepoint: Timepoint, line: Line, language: str) -> list[object]:
    return [
        line.id,
        line.fingerprint,
        subject.number,
        subject.site_code,
        timepoint.code,
        line.modality.value,
        line.rule,
        label_of(line.rule).into(language),
        line.what.into(language),
        line.expected.value.into(language),
        line.expected.origin.value,
        line.found.value.into(language),
        line.found.origin.value,
        line.severity.value,
        line.state.value,
        line.seen_at.date(),
        line.age_days,
        line.query_number,
        line.accepted_because,
        "",
        "",
    ]
