"""`casebook stats`: the study's estimators on a table of anybody's, without a database."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from casebook.domain.errors import Invalid, TooLarge
from casebook.stats.clustered_report import clustered_report
from casebook.stats.horizon import horizon_report
from casebook.stats.raters import agreement_in_table, agreement_of_ratings
from casebook.stats.records import agreement_record, clustered_record, horizon_record
from casebook.stats.tables.columns import Condition, read_table
from casebook.stats.tables.followed import FollowedColumns, followed_table
from casebook.stats.tables.lesions import LesionColumns, lesion_table
from casebook.stats.tables.ratings import RatingColumns, cross_rows, cross_table_of, is_cross_table, ratings_of
from services.command.output import Json, say_json
from services.command.stats_shown import tell_agreement, tell_clustered, tell_horizon

app = typer.Typer(help="Estimators on a table of your own; needs no database.", no_args_is_help=True)
MOST_BYTES: Final = 50 * 1024**2
"""Of a table."""

File = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="CSV file; - reads standard input."),
]
Level = Annotated[float, typer.Option(min=0.5, max=0.9999, help="Level of the intervals.")]
Resamples = Annotated[int, typer.Option(min=10_000, max=1_000_000, help="Resamples of the bootstrap.")]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of the bootstrap.")]
Decimals = Annotated[int, typer.Option(min=0, max=15, help="Decimals of what is printed; --json gives all digits.")]
Where = Annotated[
    list[str],
    typer.Option(
        default_factory=list, show_default=False, help="Take lines that say so only, as IN_CT_MRI=Y; may be repeated."
    ),
]
Column = Annotated[str | None, typer.Option(help="The column with it, where its name is not a usual one.")]


@app.callback()
def group() -> None:
    """Estimators on a table of your own; needs no database."""


@app.command("clustered")
def clustered(
    file: File,
    where: Where,
    level: Level = 0.95,
    threshold: Annotated[float | None, typer.Option(help="p0 of the one-sided test of p <= p0.")] = None,
    resamples: Resamples = 10_000,
    seed: Seed = 1527,
    decimals: Decimals = 4,
    patient: Column = None,
    lesion: Column = None,
    n: Column = None,
    y: Column = None,
    unknown: Column = None,
    outcome: Column = None,
    as_json: Json = False,
) -> None:
    """The share of non-viable lesions, clustered in patients, with every interval, model, test and bound.

    The table has one line per patient (patient, n, y) or one per lesion (patient, outcome: 1 or Y non-viable, 0 or N
    viable, empty not evaluable).
    """
    table = read_table(_content(file), _conditions(where))
    found = lesion_table(table, LesionColumns(patient, lesion, n, y, unknown, outcome))
    report = clustered_report(found.totals, level=level, threshold=threshold, seed=seed, n_resamples=resamples)
    if as_json:
        say_json(clustered_record(report) | {"read_as": table.read_as.en, "notes": list(found.notes)})
    else:
        tell_clustered(report, decimals=decimals, read_as=table.read_as.en, notes=found.notes)


@app.command("survival")
def survival(
    file: File,
    where: Where,
    horizon: Annotated[int, typer.Option(min=1, help="Days to the horizon.")] = 730,
    window: Annotated[int, typer.Option(min=0, help="Days before the horizon from which imaging clears a site.")] = 0,
    level: Level = 0.95,
    decimals: Decimals = 4,
    patient: Column = None,
    lesion: Column = None,
    day: Column = None,
    status: Column = None,
    as_json: Json = False,
) -> None:
    """Lesions left in place: who is free at the horizon, by complete case with bounds, Kaplan-Meier, Aalen-Johansen.

    The table has one line per lesion: patient, lesion, day, status (1 recurrence at the site, 2 death, 0 last adequate
    imaging without recurrence).
    """
    table = read_table(_content(file), _conditions(where))
    found = followed_table(table, FollowedColumns(patient, lesion, day, status))
    report = horizon_report(found.observations, horizon_days=horizon, window_days=window, level=level)
    if as_json:
        say_json(horizon_record(report) | {"read_as": table.read_as.en, "notes": list(found.notes)})
    else:
        tell_horizon(report, decimals=decimals, read_as=table.read_as.en, notes=found.notes)


@app.command("agreement")
def agreement(
    file: File,
    where: Where,
    level: Level = 0.95,
    resamples: Resamples = 10_000,
    seed: Seed = 1527,
    decimals: Decimals = 4,
    unit: Column = None,
    rater: Column = None,
    category: Column = None,
    patient: Column = None,
    as_json: Json = False,
) -> None:
    """Agreement of raters: raw, kappa, AC1 and Fleiss' kappa, with intervals from patients resampled.

    The table has one line per rating (unit, rater, category, and patient where units are clustered), or is the square
    cross-table of two raters.
    """
    content = _content(file)
    rows = None if where else cross_rows(content)
    if rows is not None and is_cross_table(rows):
        crossed = cross_table_of(rows)
        report = agreement_in_table(crossed.counts, crossed.categories, seed=seed, n_resamples=resamples, level=level)
    else:
        ratings = ratings_of(read_table(content, _conditions(where)), RatingColumns(unit, rater, category, patient))
        report = agreement_of_ratings(ratings, seed=seed, n_resamples=resamples, level=level)
    if as_json:
        say_json(agreement_record(report))
    else:
        tell_agreement(report, decimals=decimals)


def _content(file: Path) -> bytes:
    if str(file) == "-":
        content = sys.stdin.buffer.read(MOST_BYTES + 1)
    elif not file.is_file():
        raise Invalid(f"There is no file {file}; name a CSV file, or - for standard input.", field="file")
    else:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise TooLarge(f"The table has more than {MOST_BYTES // 1024**2} MB; divide it.", field="file")
    return content


def _conditions(where: list[str]) -> list[Condition]:
    found = []
    for said in where:
        column, equals, value = said.partition("=")
        if not equals or not column.strip():
            raise Invalid(f"“{said[:40]}” is no condition; write it as COLUMN=VALUE.", field="where")
        found.append(Condition(column.strip(), value.strip()))
    return found
