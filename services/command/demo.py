"""`casebook demo`: the sample study through the whole program, and the program served."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.panel import Panel
from rich.table import Table

from casebook.actions.studies import load_definition
from casebook.domain.actors import Actor
from casebook.domain.study import StudyDefinition
from casebook.installation import Installation, make_key, opened
from casebook.settings import Settings
from services.command.demo_course import REASON, STUDY
from services.command.demonstration.imaged import day_of, images_and_courses, register_imaged, truth_of
from services.command.demonstration.people import ACCOUNTS, PASSWORD, make_accounts
from services.command.machine import operator
from services.command.output import out
from services.command.serve import run_service
from services.ingest.worker import run_until_idle

ROOT: Final = Path(__file__).resolve().parents[2]
DEFINITION: Final = ROOT / "studies" / "dream.toml"
MARK: Final = "demo.complete"


def demo(
    port: Annotated[int, typer.Option(help="Port to serve on.")] = 8042,
    data_dir: Annotated[Path, typer.Option(help="Folder for the demonstration's data.")] = Path("var/demo"),
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve when everything is in place.")] = True,
    small: Annotated[
        bool, typer.Option("--small", help="Use the small sample set that comes with the source.")
    ] = False,
) -> None:
    """Load the sample study through the real ingest, then serve it. The second start takes seconds."""
    settings = Settings(data_dir=data_dir, port=port, secure_cookies=False, database_url=None, files_url=None)
    make_key(settings)
    with opened(settings) as installation:
        mark = data_dir / MARK
        if not mark.exists():
            fill(installation, data_dir, small=small)
            mark.write_text(f"{datetime.now(UTC).isoformat()}\n")
        _tell_accounts()
        if serve:
            address = f"http://{settings.host}:{settings.port}/"
            out.print(f"Casebook is at [bold]{address}[/] · Ctrl+C ends it", highlight=False)
            run_service(installation, with_worker=True)


def fill(installation: Installation, data_dir: Path, *, small: bool) -> None:
    """Load study, accounts, patients, images and courses; what is there already stays.

    Small is two patients with images; else a whole study of invented patients, three of them with images.
    """
    actor = operator(STUDY)
    definition = _definition(installation, actor)
    with installation.database.transaction(actor=actor.login, reason=REASON) as session:
        make_accounts(session, actor, ACCOUNTS, study=STUDY, now=datetime.now(UTC))
    if small:
        folder = ROOT / "sample_dicom" / "small"
        truth = truth_of(folder)
        for patient in truth["patients"]:
            baseline = min(exam["date"] for exam in patient["timepoints"]["baseline"])
            register_imaged(installation, actor, patient["site"], patient["subject"], day_of(baseline))
        images_and_courses(installation, folder, truth)
        run_until_idle(installation)
    else:
        from services.command.demonstration.whole_study import (  # noqa: PLC0415 - numerical libraries load slowly
            fill_whole_study,
        )

        fill_whole_study(installation, data_dir, actor, definition, definition_file=DEFINITION)


def _definition(installation: Installation, actor: Actor) -> StudyDefinition:
    with installation.database.transaction(actor=actor.login, reason=REASON) as session:
        return load_definition(session, actor, text=DEFINITION.read_text(encoding="utf-8"), now=datetime.now(UTC))


def _tell_accounts() -> None:
    table = Table("login", "name", "role", "site", box=None, pad_edge=False)
    for account in ACCOUNTS:
        table.add_row(account.login, account.name, account.role, account.site or "")
    out.print(Panel(table, title=f"Accounts · password [bold]{PASSWORD}[/]", expand=False))
