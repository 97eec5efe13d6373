"""`casebook export endpoint`: the lesions of today and the estimate over them."""

import csv
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.table import Table

from casebook.actions.endpoint import Endpoint, endpoint
from casebook.actions.endpoint_json import COLUMNS, record, table_json
from casebook.domain.spreadsheets import harmless
from casebook.installation import opened
from casebook.settings import Settings
from casebook.stats.endpoint import StrategyEstimate
from casebook.stats.rounding import percent
from services.command.machine import operator
from services.command.output import Json, errors, say_json


def export_endpoint(
    out: Annotated[Path | None, typer.Option(help="CSV file to write; standard output when left out.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Day of the table, as 2019-07-18; today when left out.")] = None,
    study: Annotated[str, typer.Option(help="Study code.")] = "DREAM",
    as_json: Json = False,
) -> None:
    """Write one row per lesion (CSV) and print the clustered estimate with its interval against the threshold."""
    actor, now = operator(study), datetime.now(UTC)
    day = date.fromisoformat(as_of) if as_of else now.date()
    with opened(Settings()) as installation, installation.database.session() as session:
        found = endpoint(session, actor, study_code=study, as_of=day, now=now)
    if out is not None:
        with out.open("w", encoding="utf-8", newline="") as file:
            write_rows(found, file)
    if as_json:
        say_json(table_json(found) | {"rows": [record(row, found) for row in found.rows]})
        return
    if out is None:
        write_rows(found, sys.stdout)
    tell(found)


def write_rows(found: Endpoint, file: IO[str]) -> None:
    """Write the lesion dataset (RFC 4180); cells that a spreadsheet would run as formulas are neutralised."""
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in found.rows:
        writer.writerow({name: harmless(text) for name, text in record(row, found).items()})


def tell(found: Endpoint) -> None:
    """Print the table."""
    parameters, table = found.table.parameters, found.table
    level = percent(float(parameters.interval_level), 0)
    shown = Table(
        "strategy",
        "patients",
        "lesions",
        "evaluable",
        "non-viable",
        f"share ({level} interval)",
        f"one-sided p against {percent(float(parameters.threshold), 0)}",
        title=f"{found.lock.word.upper()} · {found.definition.code} · as of {table.as_of} · {parameters.label.en}",
        caption=f"{table.polarity.en} Interval: {parameters.interval_method.value}, clustered by patient.",
    )
    for line in table.strategies:
        shown.add_row(*_cells(line))
    errors.print(shown)


def _cells(line: StrategyEstimate) -> tuple[str, ...]:
    estimate, interval = line.estimate, line.interval
    share = "not estimable" if estimate.p is None else percent(estimate.p, 1)
    if estimate.p is not None and interval is not None:
        share += f" ({percent(interval.lower, 1)} to {percent(interval.upper, 1)})"
    if estimate.degenerate is not None and estimate.p is not None:
        share += " exact, degenerate"
    tested = "–" if estimate.test is None else f"{estimate.test.p_value:.4f}"
    counts = (line.n_patients, line.n_lesions, estimate.n, estimate.y)
    return (line.label.en, *(str(count) for count in counts), share, tested)
