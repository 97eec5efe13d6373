"""The command's entry: its groups, and how failures are told and counted."""

import json
import logging
import sys
from typing import Final

import typer

from casebook.domain.errors import CasebookError, Forbidden, Invalid, NotAuthenticated, NotFound, Refused, Unavailable
from services.command import (
    accounts,
    audit,
    deidentification,
    demo,
    doctor,
    endpoint,
    import_forms,
    ingest,
    progress,
    receive,
    reconcile,
    remind,
    report,
    scrub,
    series,
    serve,
    study,
    watch,
)
from services.command.output import errors, wants_json

EXIT_CODES: Final[dict[type[CasebookError], int]] = {
    Invalid: 2,
    NotFound: 3,
    Forbidden: 4,
    NotAuthenticated: 4,
    Refused: 5,
    Unavailable: 6,
}
"""Exit codes of failures; docs/command.md lists them. 0 is success, 1 an unexpected failure."""

app = typer.Typer(
    name="casebook",
    help="Casebook: an imaging-study case registry with a DICOM viewer service.",
    epilog="Begin with `casebook demo`. Every command takes --help; most take --json for scripts.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("worker")(serve.worker)
app.command("migrate")(serve.migrate)
app.command("init")(serve.init)
app.command("ingest")(ingest.ingest)
app.command("watch")(watch.watch)
app.command("receive")(receive.receive_command)
app.command("scrub")(scrub.scrub)
app.command("doctor")(doctor.doctor)
app.command("progress")(progress.progress)
app.command("reconcile")(reconcile.reconcile)
app.command("report")(report.report_command)
app.command("import-forms")(import_forms.import_forms_command)
app.command("remind")(remind.remind)
app.command("openapi")(serve.openapi)
app.add_typer(study.app, name="study")
app.add_typer(series.app, name="series")
app.add_typer(accounts.users, name="user")
app.add_typer(accounts.tokens, name="token")
app.add_typer(audit.app, name="audit")
app.add_typer(deidentification.app, name="deidentification")
app.add_typer(endpoint.app, name="export")


def main() -> None:
    """Run the command; a failure is one sentence (or JSON) and its exit code, never a stack trace."""
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)  # its messages quote values of the header
    try:
        app()
    except CasebookError as error:
        if wants_json():
            sys.stdout.write(json.dumps({"error": {"code": error.code, "message": error.message}}) + "\n")
        else:
            errors.print(f"[bold red]{error.code}[/]: {error.message}", highlight=False)
        sys.exit(next(EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES))
