"""What a receipt says of a submission's files; names only where the caller may know them."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from casebook.store.tables import (
    QuarantineItem,
    ReceivedName,
    ReceivedObject,
    Series,
    Submission,
    Timepoint,
    Upload,
    UploadFile,
)
from casebook.store.tables.images import ImagingStudy


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """A received file; one that came under several names stands once for each.

    `name` is None for whoever may not know it; `state` is the quarantine's, None for what is archived.
    """

    name: str | None
    n_bytes: int
    sha256: bytes
    outcome: str
    reason_code: str | None
    message: str | None
    state: str | None
    received_at: datetime
    is_repeat: bool


def files(session: Session, submission_id: UUID) -> Sequence[ReceiptFile]:
    """Return every file of a submission with its names, in the order of receipt."""
    rows = session.execute(
        select(
            ReceivedName.name,
            ReceivedObject.n_bytes,
            ReceivedObject.sha256,
            ReceivedObject.outcome,
            ReceivedObject.reason_code,
            ReceivedObject.message,
            QuarantineItem.state,
            ReceivedObject.received_at,
            func.row_number().over(partition_by=ReceivedObject.id, order_by=ReceivedName.id) > 1,
        )
        .outerjoin(ReceivedName, ReceivedName.received_object_id == ReceivedObject.id)
        .outerjoin(QuarantineItem, QuarantineItem.id == ReceivedObject.quarantine_id)
        .where(ReceivedObject.submission_id == submission_id)
        .order_by(ReceivedObject.id, ReceivedName.id)
    )
    return [ReceiptFile(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class SentArchive:
    """A zip that a browser sent; its members are the received files."""

    name: str | None
    n_bytes: int
    sha256: bytes


def archives(session: Session, submission_id: UUID) -> Sequence[SentArchive]:
    """Return the zips that brought a submission's files."""
    rows = session.execute(
        select(UploadFile.name, UploadFile.n_bytes, UploadFile.sha256)
        .join(Upload, Upload.id == UploadFile.upload_id)
        .where(Upload.submission_id == submission_id, UploadFile.sha256.is_not(None))
        .order_by(UploadFile.id)
    )
    return [SentArchive(name, n_bytes, sha256) for name, n_bytes, sha256 in rows if sha256 is not None]


def known_files(session: Session, submission_id: UUID) -> AbstractSet[tuple[bytes, str]]:
    """Return digest and name of every file that a submission has."""
    rows = session.execute(
        select(ReceivedObject.sha256, ReceivedName.name)
        .join(ReceivedName, ReceivedName.received_object_id == ReceivedObject.id)
        .where(ReceivedObject.submission_id == submission_id)
    )
    return {(bytes(sha256), name) for sha256, name in rows}


def n_named(session: Session, submission_id: UUID) -> int:
    """Count the files of a submission as they were sent, each name once."""
    return session.scalars(
        select(func.count(ReceivedName.id))
        .join(ReceivedObject, ReceivedObject.id == ReceivedName.received_object_id)
        .where(ReceivedObject.submission_id == submission_id)
    ).one()


def reasons(session: Session, submission_id: UUID) -> Sequence[tuple[str, int]]:
    """Count the files that were set aside by reason, the most frequent first."""
    n_files = func.count()
    rows = session.execute(
        select(ReceivedObject.reason_code, n_files)
        .where(ReceivedObject.submission_id == submission_id, ReceivedObject.reason_code.is_not(None))
        .group_by(ReceivedObject.reason_code)
        .order_by(n_files.desc(), ReceivedObject.reason_code)
    )
    return [(code, n) for code, n in rows if code is not None]


def submitted_by(session: Session, submission_id: UUID) -> str:
    """Return the login of whoever sent a submission."""
    return session.scalars(select(Submission.submitted_by).where(Submission.id == submission_id)).one()


def note_announced(session: Session, submission_id: UUID, n_files: int) -> None:
    """Note how many files a submission brings, where that is known only after its archives were opened."""
    session.execute(
        update(Submission)
        .where(Submission.id == submission_id, Submission.n_announced.is_distinct_from(n_files))
        .values(n_announced=n_files)
    )


def is_described(session: Session, timepoint_id: UUID) -> bool:
    """Tell whether everything that is archived for a timepoint has been classified."""
    waiting = (
        select(Series.id)
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id)
        .join(Timepoint, Timepoint.id == ImagingStudy.timepoint_id)
        .where(Timepoint.id == timepoint_id, Series.described_at.is_(None), Series.n_instances > 0)
    )
    return session.scalars(waiting.limit(1)).one_or_none() is None
