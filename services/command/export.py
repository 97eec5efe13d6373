"""`casebook export`: the endpoint of today, and data cuts: made, given out, compared, verified."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Column, Table

from casebook.actions.cut_comparison import compare_cuts
from casebook.actions.cut_exports import (
    EVERY,
    SHAPES,
    ExportedCut,
    Wanted,
    note_export,
    place,
    require_free,
    wanted,
)
from casebook.actions.cut_verification import verify_bundle, verify_cut
from casebook.actions.cuts import list_cuts, open_cut, order_cut
from casebook.domain.cuts.model import EVERYTHING, ExportResult
from casebook.domain.errors import Invalid, Refused
from casebook.formats.kept_cut import bundled_cut
from casebook.installation import Installation, opened
from casebook.settings import Settings
from casebook.store.tables import DataCut
from services.api.cut_views import comparison_csv, comparison_out, cut_out
from services.command.audit import EXIT_BROKEN
from services.command.cut_words import (
    WORDS,
    bar,
    named,
    spooled,
    tell_comparison,
    tell_status,
    tell_verdict,
)
from services.command.endpoint import export_endpoint
from services.command.export_images import export_images_command
from services.command.machine import operator
from services.command.output import Json, errors, out, say_json
from services.command.scrub import EXIT_DAMAGED
from services.ingest.cuts import make_ordered

app = typer.Typer(help="Data cuts and the endpoint, for the statistician.", no_args_is_help=True)
app.command("endpoint")(export_endpoint)
app.command("images")(export_images_command)

Name = Annotated[str, typer.Argument(help="Name of the cut.", show_default=False)]
Study = Annotated[str, typer.Option(help="Study code.")]
FormatNames = Annotated[
    list[str] | None,
    typer.Option(
        "--format", help=f"{', '.join(SHAPES)}; may be given several times. `{EVERYTHING}`: all, and the rest."
    ),
]
From = Annotated[
    Path | None,
    typer.Option("--from", help="A zip of everything in a cut, instead of a name: needs no installation."),
]
AcceptChanges = Annotated[
    bool,
    typer.Option(help="Give out files that differ from the first time, after a change of the program; it is noted."),
]


@app.callback()
def group() -> None:
    """Data cuts and the endpoint, for the statistician."""


@app.command("cut")
def make(
    name: Name,
    purpose: Annotated[str, typer.Option(help="What the cut is for; it is kept with it.")],
    as_of: Annotated[str | None, typer.Option(help="Day of the outcomes, as 2019-07-18; today when left out.")] = None,
    out_to: Annotated[
        Path | None, typer.Option("--out", help="Give everything out at once: new folder, or FILE.zip.")
    ] = None,
    study: Study = "DREAM",
    as_json: Json = False,
) -> None:
    """Make a data cut: the whole study as it stands, named, hashed and kept. A name is used once."""
    if out_to is not None:
        require_free(out_to)
    actor, now = operator(study), datetime.now(UTC)
    day = _day(as_of) if as_of else now.date()
    with opened(Settings()) as installation:
        with installation.database.transaction(actor=actor.login, role=actor.role) as session:
            order = order_cut(session, actor, study_code=study, name=name, purpose=purpose, as_of=day, now=now)
        with bar() as shown:
            task = shown.add_task("", total=None)
            row = make_ordered(
                installation,
                actor,
                order.id,
                tell=lambda step, n_done, n_total: shown.update(
                    task, description=WORDS[step], completed=n_done, total=n_total
                ),
            )
        if row is None:
            raise Refused(f"Another process makes the cut “{name}” already; `casebook export list` shows it.")
        exported = _write_kept(installation, row, out_to, EVERY, study=study) if out_to is not None else None
    _tell_made(row, exported, as_json=as_json)


def _tell_made(row: DataCut, exported: ExportedCut | None, *, as_json: bool) -> None:
    if as_json:
        say_json(cut_out(row).model_dump(mode="json") | {"export": exported.result if exported else None})
        return
    tell_status(is_interim=row.is_interim)
    head = f"audit chain at {row.head_position}: {row.head_hash}" if row.head_position else "audit chain empty"
    out.print(
        f"[bold]{row.name}[/] · {row.n_subjects} patients, {row.n_lesions} lesions · as of {row.as_of_on}\n"
        f"manifest SHA-256 {row.manifest_sha256.hex()}\n{head}",
        highlight=False,
        soft_wrap=True,
    )


@app.command("list")
def list_all(study: Study = "DREAM", as_json: Json = False) -> None:
    """List the data cuts, and orders that have not become one."""
    with opened(Settings()) as installation, installation.database.session() as session:
        found = list_cuts(session, operator(study), study_code=study)
    if as_json:
        orders = [{"name": one.name, "state": one.state, "failure": one.failure} for one in found.orders]
        say_json({"cuts": [cut_out(row).model_dump(mode="json") for row in found.cuts], "orders": orders})
        return
    heads = ("name", "", "as of", "made (UTC)", "by", "lesions")
    columns = (Column(head, no_wrap=head != "by", overflow="fold") for head in heads)
    table = Table(*columns, box=SIMPLE_HEAD, pad_edge=False)
    for row in found.cuts:
        status = "INTERIM" if row.is_interim else "FINAL"
        made = f"{row.made_at:%Y-%m-%d %H:%M}"
        table.add_row(row.name, status, str(row.as_of_on), made, row.made_by, str(row.n_lesions))
    out.print(table)
    for order in found.orders:
        out.print(f"{order.name}: {order.state}{f' – {order.failure}' if order.failure else ''}", highlight=False)


@app.command("write")
def write(
    out_to: Annotated[Path, typer.Option("--out", help="New folder, or FILE.zip.", show_default=False)],
    name: Annotated[str | None, typer.Argument(help="Name of the cut.", show_default=False)] = None,
    formats: FormatNames = None,
    bundle: From = None,
    accept_changes: AcceptChanges = False,
    study: Study = "DREAM",
    as_json: Json = False,
) -> None:
    """Give out a cut: the same bytes each time, on any machine. Everything, where no format is named."""
    require_free(out_to)
    asked = wanted(formats or ())
    if bundle is not None:
        with spooled(bundled_cut(bundle), asked) as (folder, _):
            place(folder, out_to)
        exported = None
    else:
        with opened(Settings()) as installation:
            row = named(installation, study, name)
            exported = _write_kept(installation, row, out_to, asked, study=study, accept_changes=accept_changes)
    judged = {one: said.result.value for one, said in exported.judged.items()} if exported else {}
    if as_json:
        say_json({"out": str(out_to), "formats": judged})
    else:
        told = ", ".join(f"{one} {said}" for one, said in judged.items())
        errors.print(f"{out_to}{f': {told}' if told else ''}", highlight=False)


def _write_kept(
    installation: Installation,
    row: DataCut,
    target: Path,
    asked: Wanted,
    *,
    study: str,
    accept_changes: bool = False,
) -> ExportedCut:
    actor, now = operator(study), datetime.now(UTC)
    with (
        spooled(open_cut(row, installation.archive), asked) as (folder, digests),
        installation.database.transaction(actor=actor.login, role=actor.role) as session,
    ):
        exported = note_export(session, actor, row, digests, study_code=study, accept_changes=accept_changes, now=now)
        place(folder, target)
    if exported.result is ExportResult.DIFFERENT:
        errors.print("[yellow]Not the bytes of the first export; this is noted with the cut.[/]")
    return exported


@app.command("compare")
def compare(
    one: Name,
    other: Annotated[str, typer.Argument(help="Name of another cut of the study.", show_default=False)],
    csv_to: Annotated[Path | None, typer.Option("--csv", help="CSV file to write the differences to.")] = None,
    study: Study = "DREAM",
    as_json: Json = False,
) -> None:
    """Compare two cuts, the earlier first: lesions and patients that came, went or changed, and the endpoint."""
    with opened(Settings()) as installation:
        found = compare_cuts(
            *(open_cut(named(installation, study, name), installation.archive) for name in (one, other))
        )
    if csv_to is not None:
        csv_to.write_text(comparison_csv(found), encoding="utf-8", newline="")
    if as_json:
        say_json(comparison_out(found).model_dump(mode="json"))
    else:
        tell_comparison(found)


@app.command("verify")
def verify(
    name: Annotated[str | None, typer.Argument(help="Name of the cut; all of them when left out.")] = None,
    bundle: From = None,
    study: Study = "DREAM",
    as_json: Json = False,
) -> None:
    """Read everything that is kept of a cut again, and compare with its manifest and with the audit trail.

    Exit code 9 when a file is altered or missing, 7 when the audit trail is not the one that the cut holds.
    """
    if bundle is not None:
        verdicts = [verify_bundle(bundled_cut(bundle))]
    else:
        with opened(Settings()) as installation, installation.database.session() as session:
            rows = (
                [named(installation, study, name)]
                if name
                else list_cuts(session, operator(study), study_code=study).cuts
            )
            verdicts = [verify_cut(session, installation.archive, row) for row in rows]
    if as_json:
        say_json([asdict(one) | {"holds": one.holds} for one in verdicts])
    else:
        for one in verdicts:
            tell_verdict(one)
    if any(one.damaged for one in verdicts):
        raise typer.Exit(EXIT_DAMAGED)
    if not all(one.holds for one in verdicts):
        raise typer.Exit(EXIT_BROKEN)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"“{text[:40]}” is no day; write it as 2019-07-18.", field="as_of") from None
