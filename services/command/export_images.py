"""`casebook export images`: the images of now, or those that a cut holds, as a DICOM folder or as NIfTI volumes."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from casebook.actions.cut_images import listed_images
from casebook.actions.image_export import ImageExport, ImageForm, Wanted, export_images
from casebook.domain.imaging import SeriesRole
from casebook.installation import opened
from casebook.settings import Settings
from services.command.cut_words import named
from services.command.machine import operator
from services.command.output import Json, errors, progress, say_json


def export_images_command(
    out_to: Annotated[Path, typer.Option("--out", help="New or empty folder.", show_default=False)],
    form: Annotated[
        ImageForm,
        typer.Option("--as", help="dicomdir: the archived files with a DICOMDIR; nifti: volumes (.nii.gz)."),
    ] = ImageForm.DICOMDIR,
    cut: Annotated[str | None, typer.Option(help="Name of a cut: its images; those of now when left out.")] = None,
    subjects: Annotated[
        list[str] | None, typer.Option("--subject", help="Trial number; may be given several times.")
    ] = None,
    timepoints: Annotated[
        list[str] | None, typer.Option("--timepoint", help="Such as baseline; may be given several times.")
    ] = None,
    roles: Annotated[
        list[SeriesRole] | None, typer.Option("--role", help="Kind of series; may be given several times.")
    ] = None,
    study: Annotated[str, typer.Option(help="Study code.")] = "DREAM",
    as_json: Json = False,
) -> None:
    """Write de-identified images with a manifest: SHA-256 of every file and of everything it was made of.

    What is not there any more, or is no volume, stands in the manifest with the reason.
    """
    wanted = Wanted(_some(subjects), _some(timepoints), _some(roles))
    actor = operator(study)
    with opened(Settings()) as installation:
        listed = listed_images(named(installation, study, cut), installation.archive) if cut is not None else None
        with (
            progress(rate_of="images") as bar,
            installation.database.transaction(actor=actor.login, role=actor.role) as session,
        ):
            task = bar.add_task("images", total=None)
            made = export_images(
                session,
                actor,
                study_code=study,
                archive=installation.archive,
                folder=out_to,
                form=form,
                now=datetime.now(UTC),
                listed=listed,
                cut_name=cut,
                wanted=wanted,
                progress=lambda done, of: bar.update(task, completed=done, total=of),
            )
    _tell(made, as_json=as_json)


Item = TypeVar("Item")


def _some(given: list[Item] | None) -> frozenset[Item] | None:
    return frozenset(given) if given else None


def _tell(made: ImageExport, *, as_json: bool) -> None:
    reasons = Counter(line.reason or "" for line in made.left_out)
    if as_json:
        told = {"files": made.n_files, "bytes": made.n_bytes, "left_out": dict(reasons)}
        say_json({"out": str(made.folder), **told})
        return
    errors.print(f"{made.folder}: {made.n_files} files, {made.n_bytes / 1e6:.1f} MB", highlight=False)
    for reason, n in reasons.most_common():
        errors.print(f"[yellow]left out {n}[/]: {reason}", highlight=False, soft_wrap=True)
