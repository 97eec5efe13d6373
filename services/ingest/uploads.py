"""Takes a finished browser upload in: its files, and the members of its zips, by the road of every delivery.

Safe to run twice and after a kill: an upload is taken by one process at a time, and what its submission has is passed
over.
"""

import logging
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

from casebook.actions import intake
from casebook.actions.intake import OpenSubmission
from casebook.actions.uploads import TAKE, expire_uploads
from casebook.dicom.preparation import digest_of
from casebook.dicom.workshop import Workshop, limits_of
from casebook.domain.errors import CasebookError
from casebook.domain.uploads import UploadState
from casebook.installation import Installation
from casebook.store import queue, receipts, uploads
from casebook.store.tables import Upload, UploadFile
from casebook.store.upload_files import UploadFiles
from services.ingest.delivery import take_in
from services.ingest.scan import Incoming, count, is_zip, members

log = logging.getLogger(__name__)

LOCK_SPACE: Final = 727004
"""The space of advisory locks that keep two processes from taking the same upload."""
UNEXPECTED: Final = "unexpected"


def take_upload(installation: Installation, upload_id: UUID, *, machine: str) -> None:
    """Take the upload in, unless it is taken or another process is at it.

    What stops it is noted where the sender sees it, and raised: the queue tries again.
    """
    with installation.database.alone(LOCK_SPACE, str(upload_id)) as is_mine:
        if not is_mine:
            return
        try:
            _take(installation, upload_id)
        except Exception as error:
            code = error.code if isinstance(error, CasebookError) else UNEXPECTED
            log.warning("an upload could not be taken in: %s", type(error).__name__)
            with installation.database.transaction(actor=machine) as session:
                uploads.locked(session, upload_id).failure = code
            raise


def _take(installation: Installation, upload_id: UUID) -> None:
    key, staging = installation.settings.key, UploadFiles(installation.settings.uploads_dir)
    with installation.database.session() as session:
        upload = session.get_one(Upload, upload_id)
        if upload.state != UploadState.SENT or upload.submission_id is None:
            return
        submission = intake.reopen_submission(session, upload.submission_id, key=key)
        login = receipts.submitted_by(session, submission.id)
        sent = uploads.files(session, upload_id)
        known = receipts.known_files(session, submission.id)
    _announce(installation, login, submission, upload_id, sent, staging)
    settings = installation.settings
    limits = limits_of(memory_mb=settings.parse_memory_mb, seconds=settings.parse_seconds)
    with (
        TemporaryDirectory(prefix="upload-", dir=installation.archive.staging_dir()) as temporary,
        Workshop(n_children=settings.workers, limits=limits) as shop,
    ):
        incoming = _unknown(_incoming(upload_id, sent, staging, Path(temporary)), known)
        for _ in take_in(installation, login, submission, incoming, workshop=shop):
            pass
    with installation.database.transaction(actor=login) as session:
        intake.close_submission(session, submission, now=datetime.now(UTC))
        _note_taken(uploads.locked(session, upload_id))
        uploads.note_taken(session, upload_id, now=datetime.now(UTC))
    staging.remove(upload_id)


def _note_taken(upload: Upload) -> None:
    upload.state, upload.ended_at, upload.failure = UploadState.TAKEN, datetime.now(UTC), None


def _announce(
    installation: Installation,
    login: str,
    submission: OpenSubmission,
    upload_id: UUID,
    sent: Sequence[UploadFile],
    staging: UploadFiles,
) -> None:
    """Note how many files the zips bring, and the digest of each zip, which is on no list of received files."""
    paths = {file.id: staging.path(upload_id, file.id) for file in sent if file.n_bytes}
    zips = [file_id for file_id, path in paths.items() if is_zip(path)]
    n_files = len(sent) - len(zips) + sum(_n_members(paths[file_id]) for file_id in zips)
    digests = {file_id: digest_of(paths[file_id])[0] for file_id in zips}
    with installation.database.transaction(actor=login) as session:
        receipts.note_announced(session, submission.id, n_files)
        for file_id, digest in digests.items():
            uploads.note_digest(session, file_id, digest)


def _n_members(path: Path) -> int:
    try:
        return max(count(path), 1)
    except CasebookError:
        return 1


def _incoming(upload_id: UUID, sent: Sequence[UploadFile], staging: UploadFiles, temporary: Path) -> Iterator[Incoming]:
    for file in sent:
        path = staging.path(upload_id, file.id)
        if file.n_bytes == 0:
            path.touch()
        if is_zip(path):
            yield from members(path, temporary, within=file.name)
        else:
            yield Incoming(file.name, path)


def _unknown(incoming: Iterator[Incoming], known: AbstractSet[tuple[bytes, str]]) -> Iterator[Incoming]:
    """Pass over what an earlier, interrupted run took in."""
    for one in incoming:
        if known and (digest_of(one.path)[0], one.name) in known:
            if one.is_temporary:
                one.path.unlink(missing_ok=True)
            continue
        yield one


def sweep_uploads(installation: Installation, *, machine: str) -> None:
    """Have waiting uploads taken in, end those that nobody goes on with, and remove bytes that belong to none."""
    staging = UploadFiles(installation.settings.uploads_dir)
    with installation.database.transaction(actor=machine, reason="nobody went on with it") as session:
        expire_uploads(session, days=installation.settings.upload_days, now=datetime.now(UTC))
    with installation.database.transaction(actor=machine) as session:
        for upload_id in uploads.in_state(session, UploadState.SENT):
            queue.defer(session, TAKE, upload_id=str(upload_id))
        live = uploads.in_state(session, UploadState.RECEIVING, UploadState.SENT)
    staging.remove_orphans(live)
