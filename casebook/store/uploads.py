"""Uploads through the browser: whose they are, which files they announce, how much of each is here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.domain.uploads import AnnouncedFile, UploadState
from casebook.store.tables import Account, Subject, Submission, Timepoint, Upload, UploadFile
from casebook.store.visibility import visible


@dataclass(frozen=True, slots=True)
class UploadRow:
    """An upload with whose images it brings and the submission it became."""

    upload: Upload
    subject: Subject
    timepoint_code: str
    submission: Submission | None


def begin(session: Session, *, timepoint_id: UUID, account_id: UUID, now: datetime) -> Upload:
    """Write a new upload."""
    row = Upload(timepoint_id=timepoint_id, account_id=account_id, began_at=now, last_received_at=now)
    session.add(row)
    session.flush()
    return row


def own(session: Session, actor: Actor, *, upload_id: UUID) -> UploadRow:
    """Find an upload of the actor's own account. Raises NotFound, for others' uploads too."""
    found = session.execute(_own(actor).where(Upload.id == upload_id)).one_or_none()
    if found is None:
        raise NotFound("There is no such upload.", field="upload")
    return UploadRow(*found)


def unfinished(session: Session, actor: Actor) -> Sequence[UploadRow]:
    """Return the uploads of the actor's account that can be gone on with, the newest first."""
    query = _own(actor).where(Upload.state == UploadState.RECEIVING).order_by(Upload.began_at.desc(), Upload.id)
    return [UploadRow(*row) for row in session.execute(query)]


def _own(actor: Actor) -> Select[Upload, Subject, str, Submission]:
    return (
        select(Upload, Subject, Timepoint.code, Submission)
        .join(Account, Account.id == Upload.account_id)
        .join(Timepoint, Timepoint.id == Upload.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .outerjoin(Submission, Submission.id == Upload.submission_id)
        .where(Account.login == actor.login, visible(actor, Action.SUBMIT_IMAGES))
    )


def locked(session: Session, upload_id: UUID) -> Upload:
    """Return the upload as it is now, locked for update."""
    query = select(Upload).where(Upload.id == upload_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def announce(session: Session, upload: Upload, announced: Sequence[AnnouncedFile], *, now: datetime) -> None:
    """Add files to an upload, and count them."""
    if announced:
        rows = [{"upload_id": upload.id, "name": file.name, "n_bytes": file.n_bytes} for file in announced]
        session.execute(insert(UploadFile).values(rows))
    upload.n_files += len(announced)
    upload.n_bytes += sum(file.n_bytes for file in announced)
    upload.last_received_at = now
    session.flush()


def files_named(session: Session, upload_id: UUID, names: Collection[str]) -> Mapping[str, UploadFile]:
    """Return those files of an upload that have these names."""
    rows = session.scalars(select(UploadFile).where(UploadFile.upload_id == upload_id, UploadFile.name.in_(names)))
    return {row.name: row for row in rows}


def files(session: Session, upload_id: UUID, *, after: int = 0, limit: int | None = None) -> Sequence[UploadFile]:
    """Return files of an upload in the order of their announcement, those after a given one."""
    return session.scalars(
        select(UploadFile)
        .where(UploadFile.upload_id == upload_id, UploadFile.id > after)
        .order_by(UploadFile.id)
        .limit(limit)
    ).all()


def file(session: Session, upload_id: UUID, file_id: int, *, lock: bool = False) -> UploadFile:
    """Find a file of an upload, locked where a piece is to be added. Raises NotFound."""
    query = select(UploadFile).where(UploadFile.upload_id == upload_id, UploadFile.id == file_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("The upload has no such file.", field="file")
    return found


def note_piece(session: Session, row: UploadFile, n_bytes: int, *, now: datetime) -> None:
    """Count bytes that are safe."""
    row.n_bytes_received += n_bytes
    session.flush()
    session.execute(
        update(Upload)
        .where(Upload.id == row.upload_id)
        .values(n_bytes_received=Upload.n_bytes_received + n_bytes, last_received_at=now)
    )


def n_incomplete(session: Session, upload_id: UUID) -> int:
    """Count the files of which something is missing."""
    query = select(func.count()).select_from(UploadFile)
    return session.scalars(
        query.where(UploadFile.upload_id == upload_id, UploadFile.n_bytes_received < UploadFile.n_bytes)
    ).one()


def forget_files(session: Session, upload_id: UUID) -> None:
    """Forget the files of an upload that was given up, their names with them."""
    session.execute(delete(UploadFile).where(UploadFile.upload_id == upload_id))


def note_taken(session: Session, upload_id: UUID, *, now: datetime) -> None:
    """Note that all files of an upload were taken in."""
    session.execute(update(UploadFile).where(UploadFile.upload_id == upload_id).values(taken_at=now))


def note_digest(session: Session, file_id: int, sha256: bytes) -> None:
    """Keep the digest of a file that was unpacked."""
    session.execute(update(UploadFile).where(UploadFile.id == file_id).values(sha256=sha256))


def hold_files(session: Session, upload_id: UUID) -> None:
    """Wait for pieces that are being added, and let none be added; before the upload itself is locked, as they do."""
    session.execute(select(UploadFile.id).where(UploadFile.upload_id == upload_id).with_for_update())


def untouched_since(session: Session, before: datetime) -> Sequence[UUID]:
    """Return unfinished uploads that nobody went on with."""
    return session.scalars(
        select(Upload.id).where(Upload.state == UploadState.RECEIVING, Upload.last_received_at < before)
    ).all()


def in_state(session: Session, *states: UploadState) -> Sequence[UUID]:
    """Return the uploads that are so far, the oldest first."""
    return session.scalars(
        select(Upload.id).where(Upload.state.in_([str(state) for state in states])).order_by(Upload.began_at)
    ).all()
