"""`casebook report`: a report that one data centre sends another, as of a day."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from casebook.actions.reports import report
from casebook.domain.errors import Invalid
from casebook.domain.reports import ReportName
from casebook.installation import opened
from casebook.settings import Settings
from services.api.report_files import ReportFormat, pdf_of, records, report_csv
from services.command.machine import operator
from services.command.output import errors, say_json


def report_command(
    name: Annotated[ReportName, typer.Argument(help="Which report.")],
    as_of: Annotated[str | None, typer.Option(help="Day of the report, as 2019-07-18; today when left out.")] = None,
    shape: Annotated[ReportFormat, typer.Option("--format", help="csv, json or pdf.")] = ReportFormat.CSV,
    centre: Annotated[
        str, typer.Option(help="Data centre whose sites are meant, such as JCOG; all when left out.")
    ] = "",
    language: Annotated[str, typer.Option(help="en or ja.")] = "en",
    out: Annotated[Path | None, typer.Option(help="File to write; standard output when left out.")] = None,
    study: Annotated[str, typer.Option(help="Study code.")] = "DREAM",
) -> None:
    """Write a report: registrations, ethics, timeliness, queries or images.

    The same data and the same day give the same bytes, so that two copies of a report can be compared.
    """
    today = datetime.now(UTC).date()
    with opened(Settings()) as installation, installation.database.session() as session:
        made = report(
            session,
            operator(study),
            name,
            study_code=study,
            as_of=_day(as_of) if as_of else today,
            centre_code=centre,
            key=installation.settings.key,
            today=today,
        )
    if shape is ReportFormat.JSON:
        say_json({"name": name, "study": study, "as_of": made.as_of, "rows": records(made.data, language)})
        return
    content = pdf_of(made, language) if shape is ReportFormat.PDF else report_csv(made, language).encode()
    if out is None:
        sys.stdout.buffer.write(content)
        return
    out.write_bytes(content)
    errors.print(f"{out}: {made.title.into(language)}, {made.as_of}", highlight=False)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"“{text[:40]}” is no day; write it as 2019-07-18.", field="as_of") from None
