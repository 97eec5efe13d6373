"""The files of cuts in the store of files: named by their SHA-256, so that cuts share what did not change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from casebook.store.files import FileStore

CUTS: Final = "cuts"


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file on its way into a cut: where it lies, what it is, and its SHA-256 in hexadecimal digits."""

    path: str
    kind: str
    local: Path
    sha256: str
    n_bytes: int
    n_rows: int | None = None


def key_of(sha256: str) -> str:
    """Name a file of a cut, apart from images, which scrubbing walks over."""
    return f"{CUTS}/{sha256[:2]}/{sha256}"


def keep(archive: FileStore, files: Sequence[StagedFile]) -> None:
    """Move files into the store; when it returns, all of them survive a power cut."""
    by_key: Mapping[str, Path] = {key_of(file.sha256): file.local for file in files}
    archive.put_all(list(by_key.items()))
