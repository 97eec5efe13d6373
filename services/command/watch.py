"""`casebook watch`: a folder whose deliveries are taken in by themselves."""

import time
from pathlib import Path
from typing import Annotated

import typer

from casebook.dicom.workshop import Workshop, limits_of
from casebook.domain.errors import Invalid, Unavailable
from casebook.installation import opened
from casebook.settings import Settings
from services.command.machine import operator
from services.command.output import Json, errors, out, say_json
from services.ingest.watch import NotTaken, Taken, WatchedFolder, take_ready
from services.ingest.worker import run_until_idle

LOOK_EVERY_S = 5.0


def watch(
    folder: Annotated[
        Path, typer.Argument(help="Folder with FOLDER/<subject>/<timepoint>/… in it.", show_default=False)
    ],
    quiet_seconds: Annotated[
        float, typer.Option(min=0, help="Seconds without a change after which a delivery is taken for whole.")
    ] = 60,
    once: Annotated[bool, typer.Option("--once", help="Take what is quiet now, then end.")] = False,
    study: Annotated[str, typer.Option(help="Study code.")] = "DREAM",
    as_json: Json = False,
) -> None:
    """Take in what is copied into a folder, and keep doing so.

    FOLDER/JP-03-0001/baseline/… is delivered for that subject and timepoint, then moves to FOLDER/done with its
    receipt (CSV) beside it. What cannot be taken stays, with a note that says why.
    """
    if not folder.is_dir():
        raise Invalid("There is no such folder to watch.", field="folder")
    settings, watched = Settings(), WatchedFolder(folder, quiet_seconds)
    limits = limits_of(memory_mb=settings.parse_memory_mb, seconds=settings.parse_seconds)
    with opened(settings) as installation, Workshop(n_children=settings.workers, limits=limits) as workshop:
        ends_s = time.monotonic() + quiet_seconds
        while True:
            now_s = time.monotonic()
            try:
                for one in take_ready(installation, operator(study), watched, workshop=workshop, now_s=now_s):
                    _tell(one, as_json=as_json)
                    run_until_idle(installation)
            except Unavailable as error:
                if once:
                    raise
                errors.print(f"[bold red]{error.code}[/]: {error.message}", highlight=False)
            if once and now_s >= ends_s:
                return
            time.sleep(min(LOOK_EVERY_S, max(ends_s - now_s, 0)) if once else LOOK_EVERY_S)


def _tell(one: Taken | NotTaken, *, as_json: bool) -> None:
    name = f"{one.place.parent.name}/{one.place.name}"
    if isinstance(one, NotTaken):
        if as_json:
            say_json({"place": name, "note": str(one.note), "message": one.message})
        else:
            out.print(f"{name}: not taken. {one.message}", highlight=False)
        return
    outcomes = dict(one.delivered.outcomes())
    if as_json:
        number = one.delivered.submission_number
        say_json({"place": name, "submission": number, "outcomes": outcomes, "moved_to": str(one.moved_to)})
    else:
        said = ", ".join(f"{n} {outcome}" for outcome, n in outcomes.items())
        out.print(f"{name}: submission S-{one.delivered.submission_number}: {said}", highlight=False)
