"""`casebook scrub`: every archived file read again and compared."""

from typing import Final

import typer

from casebook.actions import scrub as actions
from casebook.actions.scrub import Damage, Wound
from casebook.installation import opened
from casebook.settings import Settings
from services.command.output import Json, out, progress, say_json

EXIT_DAMAGED: Final = 9


def scrub(as_json: Json = False) -> None:
    """Read every archived file and compare it with its digest. Exit code 9 when one is altered or missing."""
    wounds: list[Wound] = []
    with opened(Settings()) as installation, installation.database.session() as session, progress() as bar:
        n_files = actions.n_archived(session)
        task = bar.add_task("archive", total=n_files)
        for wound in actions.scrub(session, installation.archive):
            bar.advance(task)
            if wound is not None:
                wounds.append(wound)
    damaged = [wound for wound in wounds if wound.damage is not Damage.ORPHAN]
    if as_json:
        say_json({"files": n_files, "wounds": [{"key": item.key, "damage": item.damage} for item in wounds]})
    else:
        _tell(n_files, wounds)
    if damaged:
        raise typer.Exit(EXIT_DAMAGED)


def _tell(n_files: int, wounds: list[Wound]) -> None:
    for wound in wounds:
        style = "yellow" if wound.damage is Damage.ORPHAN else "bold red"
        out.print(f"[{style}]{wound.damage}[/] {wound.key}", highlight=False, soft_wrap=True)
    if not wounds:
        out.print(f"[green]{n_files} files, all whole[/]", highlight=False)
    elif any(wound.damage is not Damage.ORPHAN for wound in wounds):
        out.print("Damaged files are refused, never served wrong. Put the files back from a backup.")
