"""Reports as files: CSV for programs and spreadsheets, PDF for paper."""

from enum import StrEnum

from fastapi import Response

from casebook.domain.reports import Report, ReportTable, said
from casebook.domain.spreadsheets import BYTE_ORDER_MARK, csv_lines
from services.api.spreadsheets import CSV

PDF = "application/pdf"


class ReportFormat(StrEnum):
    """The shapes a report is given in."""

    JSON = "json"
    CSV = "csv"
    PDF = "pdf"


def file_name(report: Report, ending: str) -> str:
    """What a report is called as a file: study, report, data centre, day."""
    centre = [report.centre.code] if report.centre else []
    return "-".join([report.study, report.name, *centre, str(report.as_of)]) + f".{ending}"


def report_csv(report: Report, language: str) -> str:
    """The report's data, columns by their codes; totals are left to whoever adds up."""
    rows = [["" if cell is None else said(cell, language) for cell in row] for row in report.data.rows]
    return BYTE_ORDER_MARK + csv_lines([[head.code for head in report.data.heads], *rows])


def pdf_of(report: Report, language: str) -> bytes:
    """The report on paper."""
    from casebook.actions.report_pdf import report_pdf  # noqa: PLC0415 - the library loads slowly, and few ask for it

    return report_pdf(report, language)


def as_file(report: Report, shape: ReportFormat, language: str) -> Response:
    """Return the report to download."""
    headers = {"Content-Disposition": f'attachment; filename="{file_name(report, shape.value)}"'}
    if shape is ReportFormat.PDF:
        return Response(pdf_of(report, language), media_type=PDF, headers=headers)
    return Response(report_csv(report, language), media_type=CSV, headers=headers)


def records(table: ReportTable, language: str) -> list[dict[str, object]]:
    """The rows of a table by the codes of its columns; numbers and days as they are."""
    codes = [head.code for head in table.heads]
    return [
        {
            code: cell if cell is None or isinstance(cell, int | str) else said(cell, language)
            for code, cell in zip(codes, row, strict=True)
        }
        for row in table.rows
    ]
