"""`casebook study`: definitions in and out of force."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from casebook.actions.series_rules import propose_again
from casebook.actions.studies import load_definition
from casebook.domain.study import StudyDefinition, load_study
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
            n_again = propose_again(session, actor, study_code=code)
    _tell(definition, as_json=as_json)
    if n_again and not as_json:
        out.print(f"Rules for series changed: {n_again} timepoints are described anew", highlight=False)


@app.command("check")
def check(file: File, as_json: Json = False) -> None:
    """Check a definition without loading it; every fault is named with its line and field."""
    definition = load_study(file.read_text(encoding="utf-8"))
    _tell(definition, as_json=as_json)


def _tell(definition: StudyDefinition, *, as_json: bool) -> None:
    rules, n_sites = definition.series_roles.version, len(definition.sites)
    if as_json:
        say_json(
            {"study": definition.code, "version": definition.version, "sites": n_sites, "series_role_rules": rules}
        )
    else:
        out.print(f"{definition.code} version {definition.version}, {n_sites} sites, {rules}", highlight=False)
