"""Zip archives that are the same bytes on every machine.

Members are sorted by name, stored and not deflated (zlib builds deflate differently), with the earliest stamp that
zip knows and the same permissions everywhere.
"""

import zipfile
from pathlib import Path
from typing import IO, Final

from casebook.domain.errors import Invalid

EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
UNIX: Final = 3
READABLE: Final = 0o100644 << 16


def zip_folder(folder: Path, target: Path | IO[bytes]) -> None:
    """Write every file below `folder` into the archive `target`, with paths relative to it."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            archive.writestr(_member(name), files[name].read_bytes())


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=EARLIEST)
    info.create_system = UNIX
    info.external_attr = READABLE
    return info


def read_member(archive: Path, name: str) -> bytes:
    """Return one file of an archive. Raises Invalid where there is none, or no archive."""
    try:
        with zipfile.ZipFile(archive) as opened:
            return opened.read(name)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise Invalid(f"{archive.name} is no zip archive that holds {name}.") from error
