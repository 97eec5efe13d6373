"""The command's entry: its groups, and how failures are told and counted."""

import json
import logging
import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Part:
    """A command or a group of commands: what it is for, its module of this package, and what it is called there."""

    says: str
    module: str
    attribute: str


PARTS: Final[Mapping[str, Part]] = {
    "demo": Part("Load the sample study, and serve it.", "demo", "demo"),
    "serve": Part("Run the HTTP service: API, DICOMweb, pages and viewer.", "serve", "serve"),
    "worker": Part("Run the queue's worker alone.", "serve", "worker"),
    "migrate": Part("Bring the schema of a PostgreSQL server up to date.", "serve", "migrate"),
    "init": Part("Make the data folder and the study key.", "serve", "init"),
    "ingest": Part("Take in images of a folder or zip.", "ingest", "ingest"),
    "watch": Part("Take in what is copied into a folder, and keep doing so.", "watch", "watch"),
    "receive": Part("Receive images by DICOM.", "receive", "receive_command"),
    "scrub": Part("Compare every archived file with its digest.", "scrub", "scrub"),
    "doctor": Part("Look whether the installation is whole.", "doctor", "doctor"),
    "progress": Part("Check and mend where each patient stands.", "progress", "progress"),
    "reconcile": Part("Compare forms and images of every patient anew.", "reconcile", "reconcile"),
    "report": Part("Write a report for another data centre.", "report", "report_command"),
    "import-forms": Part("Bring in answers of a form from a table.", "import_forms", "import_forms_command"),
    "remind": Part("Mail the sites what is due.", "remind", "remind"),
    "openapi": Part("Print the OpenAPI document of the API.", "serve", "openapi"),
    "study": Part("Study definitions: check one, put one in force.", "study", "app"),
    "series": Part("How well the rules recognise what series are for.", "series", "app"),
    "user": Part("Accounts and their roles.", "accounts", "users"),
    "token": Part("Bearer tokens for scripts and DICOMweb clients.", "accounts", "tokens"),
    "audit": Part("The audit trail: verify it.", "audit", "app"),
    "deidentification": Part("De-identification: prove it.", "deidentification", "app"),
    "export": Part("Data cuts and the endpoint, for the statistician.", "export", "app"),
    "stats": Part("Estimators on a table of your own.", "stats", "app"),
}
"""By name. A run loads the part that it names; of the others it knows the names and what they are for."""


def application(names: Collection[str] = PARTS) -> typer.Typer:
    """Return the command with these parts; the others are in its help, and their modules are not loaded."""
    app = typer.Typer(
        name="casebook",
        help="Casebook: an imaging-study case registry with a DICOM viewer service.",
        epilog="Begin with `casebook demo`. Every command takes --help; most take --json for scripts.",
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_show_locals=False,
    )
    app.callback()(lambda: None)  # with one command alone, its name is still to be given
    for name, part in PARTS.items():
        _add(app, name, part, is_loaded=name in names)
    return app


def _add(app: typer.Typer, name: str, part: Part, *, is_loaded: bool) -> None:
    if not is_loaded:
        app.command(name, short_help=part.says)(lambda: None)
        return
    found = getattr(import_module(f"services.command.{part.module}"), part.attribute)
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=name, short_help=part.says)
    else:
        app.command(name, short_help=part.says)(found)


def _named() -> Collection[str]:
    """Return the part that this run names, or the line that a shell wants to complete; none when it names none."""
    line = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS")
    words = line.split()[1:] if line else sys.argv[1:]
    return [word for word in words if not word.startswith("-")][:1]


def main() -> None:
    """Run the command; a failure is one sentence (or JSON) and its exit code, never a stack trace."""
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)  # its messages quote values of the header
    try:
        application(_named())()
    except CasebookError as error:
        if wants_json():
            sys.stdout.write(json.dumps({"error": {"code": error.code, "message": error.message}}) + "\n")
        else:
            errors.print(f"[bold red]{error.code}[/]: {error.message}", highlight=False)
        sys.exit(next(EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES))
