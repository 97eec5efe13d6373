"""Uploads through the browser: begun, announced, sent piece by piece, gone on with, finished or given up."""

from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Request, Response, status
from fastapi.concurrency import run_in_threadpool
from fastapi.datastructures import FormData
from starlette.requests import ClientDisconnect

from casebook.actions import uploads as actions
from casebook.actions.uploads import Kept, Piece
from casebook.domain.actors import Action
from casebook.domain.uploads import MIB, AnnouncedFile, GapInFile
from casebook.store import uploads as stored
from casebook.store.accounts import SignedIn
from casebook.store.database import set_actor
from casebook.store.upload_files import UploadFiles
from services.api import upload_views as views
from services.api.dependencies import Running, Transaction, doing, signed_in
from services.api.pieces import PIECE_BODY, Checksum, announced_length, checked, drained_when_refused, received
from services.api.problems import ProblemResponse, problem, problem_response, status_of
from services.api.schemas.uploads import (
    AnnouncedFilesIn,
    GapProblem,
    PieceOut,
    UploadFilesOut,
    UploadIn,
    UploadOut,
    Uploads,
)
from services.api.state import Service

router = APIRouter(prefix="/api/v1/uploads", tags=["uploads"])

Sends = Annotated[SignedIn, Depends(doing(Action.SUBMIT_IMAGES))]
TOO_MUCH: Final[dict[int | str, dict[str, Any]]] = {
    int(one): problem_response(one) for one in (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.INSUFFICIENT_STORAGE)
}
PAGE_FILES: Final = 1000
LARGEST_ID: Final = 2**62


def sender(request: Request, running: Running) -> SignedIn:
    """Who sends a piece; the transaction ends before the piece is read, which can take long."""
    with running.database.session() as session, session.begin():
        who = signed_in(request, running, session, FormData())
    who.actor.require(Action.SUBMIT_IMAGES)
    return who


sender.action = Action.SUBMIT_IMAGES  # type: ignore[attr-defined]  # the matrix test reads it


def files_of(running: Service) -> UploadFiles:
    """Return where uploads lie."""
    return UploadFiles(running.settings.uploads_dir)


@router.get("")
def list_unfinished(running: Running, session: Transaction, who: Sends) -> Uploads:
    """Return the account's own uploads that can be gone on with."""
    found = stored.unfinished(session, who.actor)
    return Uploads(uploads=[views.upload(session, row, running.settings) for row in found])


@router.post("", status_code=status.HTTP_201_CREATED, responses={507: TOO_MUCH[507]})
def begin(running: Running, session: Transaction, who: Sends, body: UploadIn) -> UploadOut:
    """Begin an upload for a subject's timepoint."""
    found = actions.begin_upload(
        session,
        who,
        subject_number=body.subject,
        timepoint_code=body.timepoint,
        files=files_of(running),
        now=running.now(),
    )
    return views.upload(session, found, running.settings)


@router.get("/{upload_id}")
def show(running: Running, session: Transaction, who: Sends, upload_id: UUID) -> UploadOut:
    """Return how far an upload is, and what its intake brought so far."""
    return views.upload(session, stored.own(session, who.actor, upload_id=upload_id), running.settings)


@router.get("/{upload_id}/files")
def list_files(
    session: Transaction,
    who: Sends,
    upload_id: UUID,
    after: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE_FILES)] = PAGE_FILES,
) -> UploadFilesOut:
    """Return the announced files, and up to where each is here."""
    stored.own(session, who.actor, upload_id=upload_id)
    rows = stored.files(session, upload_id, after=after, limit=limit)
    return UploadFilesOut(
        files=[views.file(row) for row in rows], next_after=rows[-1].id if len(rows) == limit else None
    )


@router.post("/{upload_id}/files", responses=TOO_MUCH)
def announce(
    running: Running, session: Transaction, who: Sends, upload_id: UUID, body: AnnouncedFilesIn
) -> UploadFilesOut:
    """Say which files will be sent; one that was announced before is answered with how far it is."""
    rows = actions.announce_files(
        session,
        who,
        upload_id=upload_id,
        announced=[AnnouncedFile(file.name, file.n_bytes) for file in body.files],
        max_upload_bytes=running.settings.max_upload_mb * MIB,
        files=files_of(running),
        now=running.now(),
    )
    return UploadFilesOut(files=[views.file(row) for row in rows])


@router.put("/{upload_id}/files/{file_id}", responses=TOO_MUCH, openapi_extra=PIECE_BODY, response_model=PieceOut)
async def send_piece(
    request: Request,
    running: Running,
    who: Annotated[SignedIn, Depends(sender)],
    upload_id: UUID,
    file_id: int,
    offset: Annotated[int, Query(ge=0, le=LARGEST_ID)],
    x_piece_sha256: Checksum,
) -> PieceOut | Response:
    """Send the next piece of a file, at most 8 MiB; it is answered when it survives a power cut.

    A piece that leaves a gap is refused (409, code `gap`); `offset` of the problem says where to go on.
    """
    n_bytes, sha256 = announced_length(request), checked(x_piece_sha256)
    try:
        async with drained_when_refused(request):
            await run_in_threadpool(_require_wanted, running, who, upload_id, file_id, offset, n_bytes)
        async with received(
            request, files_of(running), upload_id=upload_id, offset=offset, n_bytes=n_bytes, sha256=sha256
        ) as piece:
            kept = await run_in_threadpool(_keep, running, who, upload_id, file_id, piece)
    except GapInFile as gap:
        body = GapProblem(
            title=status_of(gap).phrase,
            status=int(status_of(gap)),
            detail=gap.message,
            code=gap.code,
            offset=gap.wanted_offset,
        )
        return ProblemResponse(body.model_dump(), status_code=body.status)
    except ClientDisconnect:
        return problem(HTTPStatus.BAD_REQUEST, "The line broke before the piece was here.", code="broken-off")
    return PieceOut(n_bytes_received=kept.file.n_bytes_received, was_there=kept.was_there)


def _require_wanted(running: Service, who: SignedIn, upload_id: UUID, file_id: int, offset: int, n_bytes: int) -> None:
    with running.database.session() as session, session.begin():
        actions.require_wanted(session, who, upload_id=upload_id, file_id=file_id, offset=offset, n_bytes=n_bytes)


def _keep(running: Service, who: SignedIn, upload_id: UUID, file_id: int, piece: Piece) -> Kept:
    with running.database.session() as session, session.begin():
        set_actor(session, who.actor.login, role=who.actor.role)
        return actions.keep_piece(
            session,
            who,
            upload_id=upload_id,
            file_id=file_id,
            piece=piece,
            files=files_of(running),
            now=running.now(),
        )


@router.post("/{upload_id}/finish")
def finish(running: Running, session: Transaction, who: Sends, upload_id: UUID) -> UploadOut:
    """Say that all is sent; the intake begins, and its submission has a number from here on. Safe to repeat."""
    found = actions.finish_upload(
        session,
        who,
        upload_id=upload_id,
        files=files_of(running),
        key=running.settings.key,
        now=running.now(),
    )
    return views.upload(session, found, running.settings)


@router.delete("/{upload_id}", status_code=status.HTTP_204_NO_CONTENT)
def abandon(running: Running, session: Transaction, who: Sends, upload_id: UUID, after: BackgroundTasks) -> None:
    """Give an upload up; what was received of it is removed."""
    actions.abandon_upload(session, who, upload_id=upload_id, now=running.now())
    after.add_task(files_of(running).remove, upload_id)
