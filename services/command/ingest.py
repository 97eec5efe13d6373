"""`casebook ingest`: a folder or zip through the whole intake."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from casebook.dicom.workshop import Workshop, limits_of
from casebook.domain.errors import Invalid
from casebook.domain.lesion_list import ListedLesion, read_lesion_list, text_of
from casebook.installation import Installation, opened
from casebook.settings import Settings
from services.command.machine import operator
from services.command.output import Json, out, progress, say_json
from services.ingest.delivery import Delivered, Order, deliver
from services.ingest.scan import count
from services.ingest.worker import run_until_idle

EXIT_SOMETHING_HELD = 10
"""Everything was accounted for, and something went to the quarantine."""


def ingest(
    source: Annotated[Path, typer.Argument(help="Folder or zip archive with the images.", show_default=False)],
    subject: Annotated[str, typer.Option(help="Subject number, such as JP-03-0001.")],
    timepoint: Annotated[str, typer.Option(help="Timepoint of the study, such as baseline or preoperative.")],
    site: Annotated[str | None, typer.Option(help="Site code; must be the subject's own.")] = None,
    lesions: Annotated[Path | None, typer.Option(help="Lesion list (CSV) that comes with the images.")] = None,
    any_identity: Annotated[
        bool,
        typer.Option(
            "--any-identity",
            help="Take images of several persons as this subject's: phantoms and test collections. "
            "Without it, files that name another patient are held.",
        ),
    ] = False,
    study: Annotated[str, typer.Option(help="Study code.")] = "DREAM",
    as_json: Json = False,
) -> None:
    """Take images in: parse, de-identify, archive, classify.

    Every file is accounted for: archived, duplicate, or quarantined with a reason. Exit code 0 when nothing was
    held, 10 when something went to the quarantine.
    """
    if site is not None and not subject.startswith(f"{site}-"):
        raise Invalid(f"Subject {subject} does not belong to site {site}.", field="site")
    rows = read_rows(lesions) if lesions else ()
    left_out = frozenset({lesions} if lesions else ())
    n_files = count(source, left_out)
    with opened(Settings()) as installation:
        order = Order(
            source=source,
            subject_number=subject,
            timepoint_code=timepoint,
            road="zip" if source.is_file() else "folder",
            lesion_rows=rows,
            n_announced=n_files,
            left_out=left_out,
            compare_identities=not any_identity,
        )
        delivered = deliver_with_bar(installation, order, study=study, n_files=n_files)
        run_until_idle(installation)
    tell(delivered, as_json=as_json)
    if delivered.reasons():
        raise typer.Exit(EXIT_SOMETHING_HELD)


def deliver_with_bar(installation: Installation, order: Order, *, study: str, n_files: int) -> Delivered:
    """Deliver with a progress bar on standard error."""
    settings = installation.settings
    limits = limits_of(memory_mb=settings.parse_memory_mb, seconds=settings.parse_seconds)
    with Workshop(n_children=settings.workers, limits=limits) as workshop, progress() as bar:
        task = bar.add_task(f"{order.subject_number} {order.timepoint_code}", total=n_files)
        return deliver(
            installation,
            operator(study),
            order,
            workshop=workshop,
            on_receipts=lambda receipts: bar.advance(task, len(receipts)),
        )


def tell(delivered: Delivered, *, as_json: bool) -> None:
    """Print what became of the files."""
    if as_json:
        say_json(summary(delivered))
        return
    outcomes = delivered.outcomes()
    said = ", ".join(f"[bold]{outcomes.get(name, 0)}[/] {name}" for name in ("archived", "duplicate", "quarantined"))
    out.print(f"Submission S-{delivered.submission_number}: {said}", highlight=False)
    if delivered.n_lesions:
        out.print(f"{delivered.n_lesions} lesions on the list", highlight=False)
    if delivered.reasons():
        table = Table("quarantined", "why", "what to do", title=None)
        messages = {item.code: item.message for item in delivered.receipts if item.code is not None}
        for code, n_files in sorted(delivered.reasons().items()):
            table.add_row(str(n_files), code, messages[code])
        out.print(table)


def summary(delivered: Delivered) -> dict[str, Any]:
    """Return the result for scripts: counts, and every quarantined file by its name."""
    return {
        "submission": delivered.submission_number,
        "files": len(delivered.receipts),
        "outcomes": dict(delivered.outcomes()),
        "reasons": dict(delivered.reasons()),
        "lesions": delivered.n_lesions,
        "quarantined": [
            {"name": item.name, "code": item.code, "message": item.message}
            for item in delivered.receipts
            if item.code is not None
        ],
    }


def read_rows(path: Path) -> tuple[ListedLesion, ...]:
    """Return the rows of a lesion list on disk."""
    return tuple(read_lesion_list(text_of(path.read_bytes())))
