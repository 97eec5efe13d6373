"""`casebook import-forms`: a table of answers, judged cell by cell, and taken with --apply."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from casebook.actions.imports import import_forms
from casebook.domain.errors import Refused
from casebook.domain.imports.fates import Fate, ImportFates, Outcome
from casebook.installation import opened
from casebook.settings import Settings
from services.command.machine import operator
from services.command.output import Json, out, say_json


def import_forms_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or .xlsx file.")],
    form: Annotated[str, typer.Option(help="Code of the form, such as follow-up.")],
    apply: Annotated[bool, typer.Option("--apply", help="Take all lines; without it nothing is written.")] = False,
    reason: Annotated[str, typer.Option(help="Why saved answers change, where a line does not say it.")] = "",
    study: Annotated[str, typer.Option(help="Study code.")] = "DREAM",
    as_json: Json = False,
) -> None:
    """Bring in answers of one form from a table, all lines or none; without --apply only say what would be done."""
    actor = operator(study)
    with (
        opened(Settings()) as installation,
        installation.database.transaction(actor=actor.login, role=actor.role) as session,
    ):
        found = import_forms(
            session,
            actor,
            study_code=study,
            form_code=form,
            content=file.read_bytes(),
            dry_run=not apply,
            reason=reason,
            now=datetime.now(UTC),
        )
    if as_json:
        say_json(_summary(found))
    else:
        _tell(found)
    if found.n_refusals:
        raise Refused(f"Nothing was taken: {found.n_refusals} cells or lines are refused.")


def _summary(found: ImportFates) -> dict[str, object]:
    return {
        "applied": found.is_applied,
        "entries": {outcome.value: found.n_entries.get(outcome, 0) for outcome in Outcome},
        "cells": {fate.value: found.n_cells.get(fate, 0) for fate in Fate},
        "refusals": [{"line": line, "column": column, "said": said} for line, column, said in _refusals(found)],
    }


def _refusals(found: ImportFates) -> list[tuple[int, str, str]]:
    return [
        refusal
        for line in found.lines
        for refusal in (
            *((line.number, "", said.en) for said in line.refusals),
            *(
                (line.number, found.columns[index].name, cell.said.en)
                for index, cell in enumerate(line.cells)
                if cell.fate is Fate.REFUSED and cell.said is not None
            ),
        )
    ]


def _tell(found: ImportFates) -> None:
    n = found.n_entries
    done = "written" if found.is_applied else "would be written" if found.can_be_taken else "nothing written"
    out.print(
        f"{found.read_as.en}: {n.get(Outcome.NEW, 0)} new, {n.get(Outcome.CHANGED, 0)} changed, "
        f"{n.get(Outcome.UNCHANGED, 0)} unchanged, {n.get(Outcome.REFUSED, 0)} refused; {done}.",
        highlight=False,
    )
    refusals = _refusals(found)
    if refusals:
        table = Table("line", "column", "why")
        for line, column, said in refusals:
            table.add_row(str(line), column, said)
        out.print(table)
