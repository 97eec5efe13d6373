"""A kept cut held against everything that vouches for it: its digest, its files, their rows, the audit chain."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from casebook.actions.cuts import open_cut
from casebook.domain.cuts.manifest import MANIFEST, Manifest
from casebook.domain.errors import CasebookError
from casebook.formats.kept_cut import KeptCut
from casebook.store import audit, cuts, trail
from casebook.store.files import FileStore
from casebook.store.tables import DataCut


class ChainVerdict(StrEnum):
    """How the audit trail stands to the head that a cut holds."""

    HOLDS = "holds"
    """The chain is whole, and goes through the cut's head."""
    ELSEWHERE = "elsewhere"
    """The chain at the cut's position is another than it was."""
    BROKEN = "broken"
    """The chain is broken somewhere."""
    NOT_ASKED = "not-asked"
    """A bundle is looked at, away from its installation."""


@dataclass(frozen=True, slots=True)
class CutVerdict:
    """What a verification found: how many files were read again, which are not what they were, and the trail."""

    name: str
    n_files: int
    damaged: tuple[str, ...]
    chain: ChainVerdict

    @property
    def holds(self) -> bool:
        """Nothing was altered since the cut was made."""
        return not self.damaged and self.chain in {ChainVerdict.HOLDS, ChainVerdict.NOT_ASKED}


def verify_cut(session: Session, archive: FileStore, row: DataCut) -> CutVerdict:
    """Read everything that is kept of a cut again, and compare."""
    try:
        kept = open_cut(row, archive)
    except CasebookError:
        return CutVerdict(row.name, 1, (MANIFEST,), _chain(session, row))
    listed = {file.path: file.sha256 for file in kept.manifest.files}
    known = cuts.files(session, row.id)
    odd = {path for path in listed.keys() | known.keys() if listed.get(path) != known.get(path)}
    if not _is_of(kept.manifest, row):
        odd.add(MANIFEST)
    damaged = tuple(sorted({*kept.damages(), *odd}))
    return CutVerdict(row.name, len(listed) + 1, damaged, _chain(session, row))


def verify_bundle(kept: KeptCut) -> CutVerdict:
    """Read everything in a bundle again, and compare with its own manifest."""
    name, n_files = kept.manifest.about.cut_name, len(kept.manifest.files) + 1
    return CutVerdict(name, n_files, kept.damages(), ChainVerdict.NOT_ASKED)


def _is_of(manifest: Manifest, row: DataCut) -> bool:
    head, about = manifest.chain_head, manifest.about
    said = (about.cut_name, about.as_of, about.made_at, about.is_interim, manifest.made_by, manifest.purpose)
    chain = (head.position, head.sha256) if head else (None, None)
    return (*said, *chain) == (
        row.name,
        row.as_of_on,
        row.made_at,
        row.is_interim,
        row.made_by,
        row.purpose,
        row.head_position,
        row.head_hash,
    )


def _chain(session: Session, row: DataCut) -> ChainVerdict:
    if row.head_position is not None and trail.hash_at(session, row.head_position) != row.head_hash:
        return ChainVerdict.ELSEWHERE
    return ChainVerdict.HOLDS if audit.verify(session.connection()).holds else ChainVerdict.BROKEN
