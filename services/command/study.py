"""`casebook study`: definitions in and out of force."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from casebook.actions.studies import load_definition
from casebook.domain.study import load_study
from casebook.installation import opened
from casebook.settings import Settings
from services.command.machine import operator
from services.command.output import Json, out, say_json

app = typer.Typer(help="Study definitions: check one, put one in force.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="Definition file, such as studies/dream.toml.", exists=True, dir_okay=False)]


@app.command("load")
def load(file: File, as_json: Json = False) -> None:
    """Put a definition in force. Data of earlier versions keep the version they were made under."""
    text = file.read_text(encoding="utf-8")
    code = load_study(text).code
    with opened(Settings()) as installation:
        actor = operator(code)
        with installation.database.transaction(actor=actor.login, reason=f"load {file.name}") as session:
            definition = load_definition(session, actor, text=text, now=datetime.now(UTC))
    _tell(definition.code, definition.version, len(definition.sites), as_json=as_json)


@app.command("check")
def check(file: File, as_json: Json = False) -> None:
    """Check a definition without loading it; every fault is named with its line and field."""
    definition = load_study(file.read_text(encoding="utf-8"))
    _tell(definition.code, definition.version, len(definition.sites), as_json=as_json)


def _tell(code: str, version: str, n_sites: int, *, as_json: bool) -> None:
    if as_json:
        say_json({"study": code, "version": version, "sites": n_sites})
    else:
        out.print(f"{code} version {version}, {n_sites} sites", highlight=False)
