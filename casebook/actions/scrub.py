"""Compares every archived file with what the registry knows of it: nothing altered, missing, or without a row.

Files are images, the structured reports of reads, the letters of ethics committees, and what data cuts keep.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from sqlalchemy.orm import Session

from casebook.domain.errors import CasebookError
from casebook.store import cuts, images, reading_reports, sites
from casebook.store.files import FileStore


class Damage(StrEnum):
    """What can be wrong with an archived file."""

    MISSING = "missing"
    ALTERED = "altered"
    ORPHAN = "orphan"


@dataclass(frozen=True, slots=True)
class Wound:
    """One damaged file. An orphan is whole but no row names it: left by an interruption, and harmless."""

    key: str
    damage: Damage


def n_archived(session: Session) -> int:
    """Return how many files a scrub compares."""
    n_others = len(reading_reports.files(session)) + len(sites.letters(session)) + len(cuts.kept_files(session))
    return images.n_instances(session) + n_others


def scrub(session: Session, archive: FileStore) -> Iterator[Wound | None]:
    """Yield None for each file that is whole, and each wound; letters, reports and cuts first, orphans last."""
    for key, sha256 in chain(sites.letters(session), reading_reports.files(session), cuts.kept_files(session)):
        yield _compared(archive, key, sha256)
    known = set()
    for key, sha256 in images.archived_files(session):
        known.add(key)
        yield _compared(archive, key, sha256)
    for key in archive.keys():  # noqa: SIM118 - a method of the store, not of a dict
        if key not in known:
            yield Wound(key, Damage.ORPHAN)


def _compared(archive: FileStore, key: str, sha256: bytes) -> Wound | None:
    try:
        data = archive.read(key)
    except CasebookError:
        return Wound(key, Damage.MISSING)
    return None if hashlib.sha256(data).digest() == sha256 else Wound(key, Damage.ALTERED)
