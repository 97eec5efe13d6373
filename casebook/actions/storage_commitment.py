"""Answers requests for storage commitment from the bytes: every file that is named is read again and hashed."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound, Unavailable
from casebook.domain.storage_commitment import Answer, Kept, Reference, judge
from casebook.store import source_uids
from casebook.store.database import Database
from casebook.store.files import FileStore
from casebook.store.source_uids import ArchivedFile

READ_BYTES: Final = 8 * 1024 * 1024
ASKED_AT_ONCE: Final = 500


def answer(database: Database, archive: FileStore, actor: Actor, references: Sequence[Reference]) -> Answer:
    """Say of which objects the bytes are here; objects of other sites are none."""
    kept: dict[str, list[Kept]] = {}
    for file in _files(database, actor, (reference.sop_uid for reference in references)):
        kept.setdefault(file.original_uid, []).append(Kept(file.sop_class_uid, is_whole(archive, file)))
    return judge(references, kept)


def is_whole(archive: FileStore, file: ArchivedFile) -> bool:
    """Whether the archive still gives back the bytes that it was given; read in pieces."""
    digest = hashlib.sha256()
    try:
        for offset in range(0, file.n_bytes, READ_BYTES):
            digest.update(archive.read(file.file_key, [(offset, min(READ_BYTES, file.n_bytes - offset))]))
    except (NotFound, Unavailable, OSError):
        return False
    return digest.digest() == file.sha256


def _files(database: Database, actor: Actor, uids: Iterable[str]) -> Iterator[ArchivedFile]:
    asked = sorted(set(uids))
    for start in range(0, len(asked), ASKED_AT_ONCE):
        with database.session() as session:
            found = source_uids.archived_files(
                session, actor, Action.SUBMIT_IMAGES, asked[start : start + ASKED_AT_ONCE]
            )
        yield from found
