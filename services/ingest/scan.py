"""Finds the files of a delivery: a folder's, or a zip's members, unpacked one by one under limits.

What operating systems leave in folders and zips (`.DS_Store`, `__MACOSX`) belongs to no delivery.
"""

import os
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from casebook.domain.errors import Invalid

COPY_BYTES: Final = 1024 * 1024
END_MAGIC: Final = b"PK\x05\x06"
LARGE_END_MAGIC: Final = b"PK\x06\x06"
END_BYTES: Final = 66 * 1024
"""Where a zip's end record lies: 22 bytes, a comment of up to 65 535, and the large archive's own records before it."""
UNKNOWN_SIZE: Final = 0xFFFFFFFF
"""APPNOTE 4.4.1.4: the true value stands in the large archive's record."""
ENCRYPTED_FLAG: Final = 0x1
MAX_RATIO_ABOVE_BYTES: Final = 64 * 1024 * 1024
"""Members below this size may compress as well as they like; blank images do."""
MAX_BYTES_PER_ENTRY: Final = 512
"""What an archive's directory may take for each member that is believed: 46 bytes, a path, some extra fields."""
HEAD_BYTES: Final = 132
ARCHIVE_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\x1f\x8b\x08")
ZIP_MAGIC: Final = ARCHIVE_MAGIC[:2]
SYSTEM_FILES: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
SYSTEM_FOLDER: Final = "__macosx"
NESTED: Final = (
    "nested-archive",
    "An archive inside the delivery is not unpacked; unpack it, and send what it holds.",
)


@dataclass(frozen=True, slots=True)
class ScanLimits:
    """How much of an archive is believed."""

    max_members: int = 200_000
    max_member_bytes: int = 4 * 1024**3
    max_total_bytes: int = 64 * 1024**3
    max_ratio: float = 200.0


DEFAULT_LIMITS: Final = ScanLimits()
NOTHING: Final[AbstractSet[Path]] = frozenset()


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file of the delivery under its sender's name; `refusal` when it could not even be unpacked."""

    name: str
    path: Path
    is_temporary: bool = False
    refusal: tuple[str, str] | None = None


def count(source: Path, left_out: AbstractSet[Path] = NOTHING) -> int:
    """Return how many files the delivery holds, but for those left out.

    Raises Invalid when it is neither a folder nor a zip.
    """
    if source.is_dir():
        return sum(1 for _ in _walk(source, left_out))
    return len(_members(_open(source), DEFAULT_LIMITS))


def files(
    source: Path, temporary: Path, limits: ScanLimits = DEFAULT_LIMITS, *, left_out: AbstractSet[Path] = NOTHING
) -> Iterator[Incoming]:
    """Yield every file but those left out (the lesion list beside the images).

    Those of a zip lie in `temporary` until their taker removes them.
    """
    if source.is_dir():
        yield from _walk(source, left_out)
    else:
        yield from _unpack(source, temporary, limits)


def is_system_file(name: str) -> bool:
    """Whether an operating system put the file there; the page that sends images goes by the same rule."""
    *folders, leaf = name.replace("\\", "/").lower().split("/")
    return leaf in SYSTEM_FILES or leaf.startswith("._") or SYSTEM_FOLDER in folders


def is_zip(path: Path) -> bool:
    """Tell whether a file says at its beginning that it is a zip, and not a DICOM object as well."""
    return _head(path).startswith(ZIP_MAGIC) and not _is_dicom(_head(path))


def members(source: Path, temporary: Path, *, within: str) -> Iterator[Incoming]:
    """Yield the members of a zip under the zip's own name; the zip itself, refused, where it cannot be unpacked."""
    n_members = 0
    try:
        for member in files(source, temporary):
            n_members += 1
            yield replace(member, name=f"{within}/{member.name}")
    except Invalid as refused:
        yield Incoming(within, source, refusal=("archive-damaged", refused.message))
        return
    if n_members == 0:
        yield Incoming(within, source, refusal=("archive-empty", "The archive holds no file; pack it again."))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _is_dicom(head: bytes) -> bool:
    return head[128:] == b"DICM"


def _as_found(incoming: Incoming) -> Incoming:
    """Mark an archive inside the delivery: it is named and kept as it is, never unpacked."""
    head = _head(incoming.path)
    is_nested = incoming.refusal is None and head.startswith(ARCHIVE_MAGIC) and not _is_dicom(head)
    return replace(incoming, refusal=NESTED) if is_nested else incoming


def _walk(folder: Path, left_out: AbstractSet[Path]) -> Iterator[Incoming]:
    for parent, names, leaves in os.walk(folder, followlinks=False):
        names.sort()
        for leaf in sorted(leaves):
            path = Path(parent, leaf)
            name = path.relative_to(folder).as_posix().encode("utf-8", "replace").decode()
            if path.is_file() and path not in left_out and not is_system_file(name):
                yield _as_found(Incoming(name, path))


def _open(source: Path) -> zipfile.ZipFile:
    if not source.exists():
        raise Invalid("There is no such folder or file.", field="source")
    try:
        _require_small_directory(source)
        return zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError) as error:
        raise Invalid("This is neither a folder nor a readable zip archive.", field="source") from error


def _require_small_directory(source: Path) -> None:
    """Refuse an archive whose directory alone would fill the memory, before it is read. Raises Invalid."""
    most = DEFAULT_LIMITS.max_members * MAX_BYTES_PER_ENTRY
    with source.open("rb") as file:
        n_bytes = file.seek(0, os.SEEK_END)
        file.seek(max(0, n_bytes - END_BYTES))
        tail = file.read(END_BYTES)
    at = tail.rfind(END_MAGIC)
    said = int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0
    large = tail.rfind(LARGE_END_MAGIC, 0, at) if at >= 0 else -1
    if large >= 0:
        said = max(int.from_bytes(tail[large + 40 : large + 48], "little"), 0 if said == UNKNOWN_SIZE else said)
    if said > most:
        raise Invalid(
            f"The archive's list of members is larger than {DEFAULT_LIMITS.max_members} members need; send it in parts."
        )


def _members(archive: zipfile.ZipFile, limits: ScanLimits) -> list[zipfile.ZipInfo]:
    members = [one for one in archive.infolist() if not one.is_dir() and not is_system_file(one.filename)]
    if len(members) > limits.max_members:
        raise Invalid(
            f"The archive has {len(members)} members, at most {limits.max_members} are taken; send it in parts."
        )
    return members


def _unpack(source: Path, temporary: Path, limits: ScanLimits) -> Iterator[Incoming]:
    left = limits.max_total_bytes
    with _open(source) as archive:
        for member in _members(archive, limits):
            incoming, n_bytes = _unpack_one(archive, member, temporary, limits, left)
            left -= n_bytes
            yield incoming


def _unpack_one(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, temporary: Path, limits: ScanLimits, left: int
) -> tuple[Incoming, int]:
    descriptor, path_text = tempfile.mkstemp(dir=temporary)
    path = Path(path_text)
    with os.fdopen(descriptor, "wb") as target:
        refusal = _refusal_before(member)
        if refusal is None:
            refusal = _copy(archive, member, target, limits, left)
        n_bytes = target.tell()
        if refusal is not None:
            target.truncate(0)
    name = member.filename.encode("utf-8", "replace").decode()
    return _as_found(Incoming(name, path, is_temporary=True, refusal=refusal)), n_bytes


def _refusal_before(member: zipfile.ZipInfo) -> tuple[str, str] | None:
    if member.flag_bits & ENCRYPTED_FLAG:
        return "encrypted", "The member is encrypted; send the archive without a password."
    if stat.S_ISLNK(member.external_attr >> 16):
        return "link", "The member is a link, not a file; links are not followed."
    return None


def _copy(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: IO[bytes], limits: ScanLimits, left: int
) -> tuple[str, str] | None:
    most = min(limits.max_member_bytes, left)
    n_bytes = 0
    try:
        with archive.open(member) as packed:
            while piece := packed.read(COPY_BYTES):
                n_bytes += len(piece)
                if n_bytes > most:
                    return "too-large", "The member unpacks to more than is taken; send it on its own."
                if n_bytes > MAX_RATIO_ABOVE_BYTES and n_bytes > limits.max_ratio * max(member.compress_size, 1):
                    return "inflates-too-far", "The member inflates far beyond what images do; it was not unpacked."
                target.write(piece)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        return "archive-damaged", f"The member cannot be unpacked ({type(error).__name__}); pack the archive again."
    return None
