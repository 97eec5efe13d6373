"""The command's entry: its groups, and how failures are told and counted."""

import json
import logging
import os
import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Final

import typer

from casebook.domain.errors import CasebookError, Forbidden, Invalid, NotAuthenticated, NotFound, Refused, Unavailable
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

PARTS: Final[Mapping[str, str]] = {
    "demo": "demo:demo",
    "serve": "serve:serve",
    "worker": "serve:worker",
    "migrate": "serve:migrate",
    "init": "serve:init",
    "ingest": "ingest:ingest",
    "watch": "watch:watch",
    "receive": "receive:receive_command",
    "scrub": "scrub:scrub",
    "doctor": "doctor:doctor",
    "progress": "progress:progress",
    "reconcile": "reconcile:reconcile",
    "report": "report:report_command",
    "import-forms": "import_forms:import_forms_command",
    "remind": "remind:remind",
    "openapi": "serve:openapi",
    "study": "study:app",
    "series": "series:app",
    "user": "accounts:users",
    "token": "accounts:tokens",
    "audit": "audit:app",
    "deidentification": "deidentification:app",
    "export": "endpoint:app",
}
"""Commands and groups of commands by name: the module of this package, and what it calls them."""


def application(names: Iterable[str] = PARTS) -> typer.Typer:
    """Return the command with these parts; the modules of no others are loaded."""
    app = typer.Typer(
        name="casebook",
        help="Casebook: an imaging-study case registry with a DICOM viewer service.",
        epilog="Begin with `casebook demo`. Every command takes --help; most take --json for scripts.",
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_show_locals=False,
    )
    app.callback()(lambda: None)  # with one command alone, its name is still to be given
    for name in names:
        module, _, attribute = PARTS[name].partition(":")
        part = getattr(import_module(f"services.command.{module}"), attribute)
        if isinstance(part, typer.Typer):
            app.add_typer(part, name=name)
        else:
            app.command(name)(part)
    return app


def _wanted() -> Iterable[str]:
    """Return the part that this run names; all of them for help, completion, and names that there are not."""
    named = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    is_completing = any(name.startswith("_CASEBOOK_COMPLETE") for name in os.environ)
    return PARTS if is_completing or named not in PARTS else (named,)


def main() -> None:
    """Run the command; a failure is one sentence (or JSON) and its exit code, never a stack trace."""
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)  # its messages quote values of the header
    try:
        application(_wanted())()
    except CasebookError as error:
        if wants_json():
            sys.stdout.write(json.dumps({"error": {"code": error.code, "message": error.message}}) + "\n")
        else:
            errors.print(f"[bold red]{error.code}[/]: {error.message}", highlight=False)
        sys.exit(next(EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES))
