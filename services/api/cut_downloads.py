"""Cuts on the wire: everything, a format, or one kept file."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated, Any, Final
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from casebook.actions.access_log import Access, note_access
from casebook.actions.cut_comparison import CutComparison, compare_cuts
from casebook.actions.cut_exports import SHAPES, note_export, scratch, wanted, write_export
from casebook.actions.cuts import export_name, find_cut, open_cut
from casebook.domain.actors import Actor
from casebook.domain.cuts.manifest import MANIFEST
from casebook.domain.cuts.model import EVERYTHING
from casebook.formats.zips import zip_folder
from services.api.state import Service

ZIP: Final = "application/zip"
BYTES: Final = "application/octet-stream"
PIECE_BYTES: Final = 1024 * 1024
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
ZIP_ANSWER: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {ZIP: _BINARY}}}
BYTES_ANSWER: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {BYTES: _BINARY}}}
ASKED: Final = (EVERYTHING, *SHAPES)
Shape = Annotated[
    str,
    Query(
        alias="format",
        pattern=f"^({'|'.join(ASKED)})$",
        description=f"{', '.join(ASKED)}; `{EVERYTHING}` is all formats with what was kept",
    ),
]
AcceptChanges = Annotated[
    bool, Query(description="give out files that differ from the first time, after a change of the program")
]


def export(
    running: Service,
    session: Session,
    actor: Actor,
    *,
    cut_id: UUID,
    shape: str,
    accept_changes: bool,
) -> Response:
    """Return a cut as a zip, and note that it was given out. Raises NotFound, CutChanged."""
    row, study_code = find_cut(session, actor, cut_id=cut_id)
    kept, now = open_cut(row, running.archive), running.now()
    with scratch() as folder:
        digests = write_export(kept, wanted([shape]), Path(folder))
        note_export(session, actor, row, digests, study_code=study_code, accept_changes=accept_changes, now=now)
        name = export_name(row, study_code, shape)
        note_access(session, actor, Access.FILE, name, now=now)
        return as_zip(Path(folder), name)


def as_zip(folder: Path, name: str) -> Response:
    """Return a folder as a zip to download; the archive has no name on the disk, and is gone when it is sent."""
    archive = tempfile.TemporaryFile(prefix="casebook-cut-")  # noqa: SIM115 - whoever sends it closes it
    zip_folder(folder, archive)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(archive.tell())}
    archive.seek(0)
    return StreamingResponse(_pieces(archive), media_type=ZIP, headers=headers)


def _pieces(archive: IO[bytes]) -> Iterator[bytes]:
    with archive:
        while piece := archive.read(PIECE_BYTES):
            yield piece


def kept_file(running: Service, session: Session, actor: Actor, *, cut_id: UUID, path: str) -> Response:
    """Return one kept file, or the manifest, as it was kept. Raises NotFound, CutDamaged."""
    row, study_code = find_cut(session, actor, cut_id=cut_id)
    kept = open_cut(row, running.archive)
    content = kept.manifest_content if path == MANIFEST else kept.read(path)
    name = path.replace("/", "-")
    note_access(session, actor, Access.FILE, f"{study_code}-{row.name} {path}", now=running.now())
    headers = {"Content-Disposition": f'attachment; filename="{study_code}-{row.name}-{name}"'}
    return Response(content, media_type=BYTES, headers=headers)


def comparison(running: Service, session: Session, actor: Actor, *, cut_id: UUID, other_id: UUID) -> CutComparison:
    """Compare two cuts. Raises NotFound where the actor may not know of one."""
    rows = [find_cut(session, actor, cut_id=one)[0] for one in (cut_id, other_id)]
    one, other = (open_cut(row, running.archive) for row in rows)
    return compare_cuts(one, other)
