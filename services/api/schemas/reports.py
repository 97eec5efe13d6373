"""Reports that data centres send each other, as the API gives them."""

from datetime import date
from typing import Annotated

from pydantic import Field

from casebook.domain.reports import ReportName
from services.api.schemas.cases import Answer, Label


class ReportColumn(Answer):
    """A column: its code in the rows, and its words."""

    code: str
    label: Label
    is_number: bool


class ReportOut(Answer):
    """A report of one day; `centre` is null for every site of the study that the caller sees."""

    name: ReportName
    title: Label
    study: str
    protocol_version: str
    as_of: date
    centre: str | None
    columns: list[ReportColumn]
    rows: Annotated[
        list[dict[str, str | int | None]],
        Field(description="by codes of columns; days as 2026-01-31, shares as `62.5 %`, days with a half as `12.5`"),
    ]
    notes: list[Label]
