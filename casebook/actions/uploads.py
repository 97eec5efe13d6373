"""Uploads through the browser: begun, announced, sent piece by piece, finished or given up; each step may come twice.

A piece is acknowledged by the commit of its row: its bytes are durable before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions import intake
from casebook.domain.errors import Invalid, Refused
from casebook.domain.texts import Text
from casebook.domain.uploads import (
    MAX_UNFINISHED,
    AnnouncedFile,
    FileChanged,
    GapInFile,
    TooManyUploads,
    UploadEnded,
    UploadState,
    require_takeable,
)
from casebook.store import images, queue, uploads
from casebook.store.accounts import SignedIn
from casebook.store.tables import Upload, UploadFile
from casebook.store.upload_files import UploadFiles
from casebook.store.uploads import UploadRow

ROAD: Final = "browser"
TAKE: Final = "take-upload"
"""The queue's job that takes a finished upload in."""
NO_LONGER: Final = Text("This upload is not open any more.", "この送信はすでに終了しています。")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file as it arrived: its bytes in a file of the upload's folder, and their digest."""

    path: Path
    offset: int
    n_bytes: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """How far a file is now; `was_there` says that the piece had come before."""

    file: UploadFile
    was_there: bool


def begin_upload(
    session: Session, who: SignedIn, *, subject_number: str, timepoint_code: str, files: UploadFiles, now: datetime
) -> UploadRow:
    """Begin an upload for a subject's timepoint.

    Raises NotFound for others' subjects, Invalid where no images are expected, Refused for too many unfinished ones,
    StorageFull.
    """
    subject = intake.receiving_subject(session, who.actor, subject_number=subject_number, timepoint_code=timepoint_code)
    if len(uploads.unfinished(session, who.actor)) >= MAX_UNFINISHED:
        raise TooManyUploads(
            Text(
                f"You have {MAX_UNFINISHED} unfinished uploads; go on with one of them, or discard it.",
                f"未完了の送信が {MAX_UNFINISHED} 件あります。続けるか、破棄してください。",
            )
        )
    files.require_room(0)
    timepoint_id = images.ensure_timepoint(session, subject.id, timepoint_code)
    row = uploads.begin(session, timepoint_id=timepoint_id, account_id=who.account_id, now=now)
    return uploads.own(session, who.actor, upload_id=row.id)


def announce_files(
    session: Session,
    who: SignedIn,
    *,
    upload_id: UUID,
    announced: Sequence[AnnouncedFile],
    max_upload_bytes: int,
    files: UploadFiles,
    now: datetime,
) -> list[UploadFile]:
    """Say which files will be sent; those announced before are answered with how far they are.

    Raises Invalid, TooLarge, StorageFull, and Refused where a file was announced with another size.
    """
    upload = _open(session, who, upload_id)
    known = uploads.files_named(session, upload.id, {file.name for file in announced})
    new = [file for file in announced if file.name not in known]
    _require_same_sizes(announced, known)
    require_takeable(new, n_files=upload.n_files, n_bytes=upload.n_bytes, max_upload_bytes=max_upload_bytes)
    wanted = upload.n_bytes - upload.n_bytes_received + sum(file.n_bytes for file in new)
    files.require_room(wanted)
    uploads.announce(session, upload, new, now=now)
    found = uploads.files_named(session, upload.id, {file.name for file in announced})
    return [found[file.name] for file in announced]


def _require_same_sizes(announced: Sequence[AnnouncedFile], known: Mapping[str, UploadFile]) -> None:
    for place, file in enumerate(announced):
        row = known.get(file.name)
        if row is not None and row.n_bytes != file.n_bytes:
            raise FileChanged(
                Text(
                    f"This file was announced with {row.n_bytes} bytes and has {file.n_bytes} now; "
                    "discard the upload and begin a new one.",
                    f"このファイルは {row.n_bytes} バイトと申告されましたが、現在は {file.n_bytes} バイトです。"
                    "この送信を破棄し、新しく始めてください。",
                ),
                field=f"files.{place}.n_bytes",
            )


def require_wanted(
    session: Session, who: SignedIn, *, upload_id: UUID, file_id: int, offset: int, n_bytes: int
) -> None:
    """Refuse a piece before it is read: NotFound, Invalid beyond the file's end, Refused, GapInFile."""
    if uploads.own(session, who.actor, upload_id=upload_id).upload.state != UploadState.RECEIVING:
        raise UploadEnded(NO_LONGER)
    _place_of(uploads.file(session, upload_id, file_id), offset, n_bytes)


def _place_of(row: UploadFile, offset: int, n_bytes: int) -> bool:
    """Return whether the piece is there already; raise Invalid or GapInFile where it does not fit on."""
    if n_bytes == 0 or offset + n_bytes > row.n_bytes:
        raise Invalid(
            Text(
                f"The file was announced with {row.n_bytes} bytes; the piece is empty or reaches beyond its end.",
                f"このファイルは {row.n_bytes} バイトと申告されています。空の部分、または終わりを超える部分です。",
            ),
            field="offset",
        )
    if offset + n_bytes <= row.n_bytes_received:
        return True
    if offset != row.n_bytes_received:
        raise GapInFile(row.n_bytes_received)
    return False


def keep_piece(
    session: Session, who: SignedIn, *, upload_id: UUID, file_id: int, piece: Piece, files: UploadFiles, now: datetime
) -> Kept:
    """Add a piece to its file, durably; one that is there already is recognised by its bytes.

    Raises as `require_wanted`, StorageFull, and Refused where other bytes were acknowledged at its place.
    """
    require_wanted(session, who, upload_id=upload_id, file_id=file_id, offset=piece.offset, n_bytes=piece.n_bytes)
    row = uploads.file(session, upload_id, file_id, lock=True)
    if _place_of(row, piece.offset, piece.n_bytes):
        _require_same_bytes(files, row, piece)
        return Kept(row, was_there=True)
    files.append(upload_id, file_id, piece.path, offset=piece.offset)
    uploads.note_piece(session, row, piece.n_bytes, now=now)
    return Kept(row, was_there=False)


def _require_same_bytes(files: UploadFiles, row: UploadFile, piece: Piece) -> None:
    here = files.digest_of_range(row.upload_id, row.id, offset=piece.offset, n_bytes=piece.n_bytes)
    if here != piece.sha256:
        raise FileChanged(
            Text(
                "Other bytes of this file were received before: the file has changed. "
                "Discard the upload and begin a new one.",
                "受信済みの内容と異なります。ファイルが変更されています。この送信を破棄し、新しく始めてください。",
            ),
            field="offset",
        )


def finish_upload(
    session: Session, who: SignedIn, *, upload_id: UUID, files: UploadFiles, key: bytes, now: datetime
) -> UploadRow:
    """Say that all is sent: a submission comes about, and the intake follows. Safe to repeat.

    Raises Refused while something is missing.
    """
    found = uploads.own(session, who.actor, upload_id=upload_id)
    upload = uploads.locked(session, upload_id)
    if upload.state not in {UploadState.SENT, UploadState.TAKEN}:
        if upload.state != UploadState.RECEIVING:
            raise UploadEnded(NO_LONGER)
        _require_whole(session, upload, files)
        submission = intake.open_submission(
            session,
            who.actor,
            subject_number=found.subject.number,
            timepoint_code=found.timepoint_code,
            road=ROAD,
            key=key,
            n_announced=upload.n_files,
        )
        upload.submission_id, upload.state, upload.last_received_at = submission.id, UploadState.SENT, now
        queue.defer(session, TAKE, upload_id=str(upload_id))
    return uploads.own(session, who.actor, upload_id=upload_id)


def _require_whole(session: Session, upload: Upload, files: UploadFiles) -> None:
    n_missing = uploads.n_incomplete(session, upload.id) if upload.n_files else 1
    if n_missing:
        raise Refused(
            Text(
                f"{n_missing} files are not here in full; send the rest first.",
                f"{n_missing} 個のファイルが揃っていません。残りを送信してください。",
            )
        )
    for row in uploads.files(session, upload.id):
        if files.n_bytes(upload.id, row.id) != row.n_bytes:
            raise FileChanged(
                Text(
                    "A received file is not as long on the disk as it was; discard the upload and begin a new one.",
                    "受信したファイルの長さが一致しません。この送信を破棄し、新しく始めてください。",
                )
            )


def abandon_upload(session: Session, who: SignedIn, *, upload_id: UUID, now: datetime) -> None:
    """Give an upload up; its caller removes the received bytes once this is committed. Safe to repeat."""
    uploads.own(session, who.actor, upload_id=upload_id)
    uploads.hold_files(session, upload_id)
    upload = uploads.locked(session, upload_id)
    if upload.state in {UploadState.SENT, UploadState.TAKEN}:
        raise UploadEnded(
            Text(
                "This upload is complete and with the intake; it cannot be discarded any more.",
                "この送信は完了し、取り込みに進んでいるため、破棄できません。",
            )
        )
    if upload.state == UploadState.RECEIVING:
        _end(session, upload, UploadState.ABANDONED, now)


def expire_uploads(session: Session, *, days: int, now: datetime) -> list[UUID]:
    """End unfinished uploads that nobody went on with for so many days; returns those whose bytes may go."""
    before, ended = now - timedelta(days=days), []
    for upload_id in uploads.untouched_since(session, before):
        uploads.hold_files(session, upload_id)
        upload = uploads.locked(session, upload_id)
        if upload.state == UploadState.RECEIVING and upload.last_received_at < before:
            _end(session, upload, UploadState.EXPIRED, now)
            ended.append(upload_id)
    return ended


def _end(session: Session, upload: Upload, state: UploadState, now: datetime) -> None:
    uploads.forget_files(session, upload.id)
    upload.state, upload.ended_at = state, now
    session.flush()


def _open(session: Session, who: SignedIn, upload_id: UUID) -> Upload:
    uploads.own(session, who.actor, upload_id=upload_id)
    upload = uploads.locked(session, upload_id)
    if upload.state != UploadState.RECEIVING:
        raise UploadEnded(NO_LONGER)
    return upload
