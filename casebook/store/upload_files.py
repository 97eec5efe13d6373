"""Files of uploads on their way in: whole up to a length, synced to disk, under ids, never under the sender's names."""

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn
from uuid import UUID

from casebook.domain.errors import StorageFull, Unavailable
from casebook.domain.texts import Text

COPY_BYTES: Final = 1024 * 1024
RESERVE_BYTES: Final = 256 * 1024 * 1024
"""What an upload leaves free on the disk for everything else."""
ORPHAN_AFTER_S: Final = 3600
"""A folder that belongs to no upload is removed when it has been quiet for this long; its row may be on its way."""
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class UploadFiles:
    """The staging folder of uploads: one folder for each, one file in it for each announced file."""

    root: Path

    def folder(self, upload_id: UUID) -> Path:
        """Return the upload's folder, made where it is missing."""
        folder = self.root / str(upload_id)
        if not folder.is_dir():
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _sync(self.root)
            except OSError as error:
                refuse(error)
        return folder

    def path(self, upload_id: UUID, file_id: int) -> Path:
        """Return where a file lies, or will lie."""
        return self.root / str(upload_id) / f"{file_id}.part"

    def append(self, upload_id: UUID, file_id: int, piece: Path, *, offset: int) -> None:
        """Put a piece at the file's end; when this returns it survives a power cut. Raises StorageFull, Unavailable.

        What lies beyond `offset` was never acknowledged and is overwritten.
        """
        path = self.path(upload_id, file_id)
        try:
            if offset == 0:
                _sync(piece)
                piece.replace(path)
                _sync(path.parent)
            else:
                _write_at(path, piece, offset)
        except OSError as error:
            refuse(error)

    def digest_of_range(self, upload_id: UUID, file_id: int, *, offset: int, n_bytes: int) -> bytes:
        """Return the SHA-256 of bytes that are here."""
        digest = hashlib.sha256()
        with self.path(upload_id, file_id).open("rb") as file:
            file.seek(offset)
            while n_bytes > 0 and (read := file.read(min(COPY_BYTES, n_bytes))):
                digest.update(read)
                n_bytes -= len(read)
        return digest.digest()

    def n_bytes(self, upload_id: UUID, file_id: int) -> int:
        """Return how long a file is on the disk; 0 for one that is not there."""
        try:
            return self.path(upload_id, file_id).stat().st_size
        except FileNotFoundError:
            return 0

    def require_room(self, n_bytes: int) -> None:
        """Raise StorageFull when so much more does not fit on the disk."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(self.root).free < n_bytes + RESERVE_BYTES:
            raise _full()

    def remove(self, upload_id: UUID) -> None:
        """Remove what there is of an upload; missing is fine."""
        shutil.rmtree(self.root / str(upload_id), ignore_errors=True)

    def remove_orphans(self, known: Collection[UUID]) -> int:
        """Remove quiet folders of uploads that are not `known`; returns how many went."""
        names = {str(upload_id) for upload_id in known}
        if not self.root.is_dir():
            return 0
        before_s = time.time() - ORPHAN_AFTER_S
        orphans = [
            entry for entry in self.root.iterdir() if entry.name not in names and entry.stat().st_mtime < before_s
        ]
        for entry in orphans:
            shutil.rmtree(entry, ignore_errors=True)
        return len(orphans)


def refuse(error: OSError) -> NoReturn:
    """Raise StorageFull or Unavailable for what the disk said; nothing of it was acknowledged."""
    if error.errno in FULL:
        raise _full() from error
    raise Unavailable(
        Text(
            f"The disk did not keep the piece ({os.strerror(error.errno or 0)}); nothing of it was acknowledged.",
            "ディスクに書き込めませんでした。この部分は受信されていません。",
        )
    ) from error


def _full() -> StorageFull:
    return StorageFull(
        Text(
            "There is no room left on the server's disk; nothing of this was kept. Tell the data centre: the upload "
            "goes on where it stopped when there is room again.",
            "サーバーのディスクの空きが足りないため、この部分は保存されていません。データセンターに連絡してください。"
            "空きができれば、止まったところから続けられます。",
        )
    )


def _write_at(path: Path, piece: Path, offset: int) -> None:
    with path.open("r+b") as target, piece.open("rb") as source:
        target.seek(offset)
        shutil.copyfileobj(source, target, COPY_BYTES)
        target.truncate()
        target.flush()
        os.fsync(target.fileno())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
