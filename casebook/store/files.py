"""Where archived bytes lie: a port with two adapters, a folder and an S3-compatible object store.

Objects are immutable and named by the SHA-256 of their bytes, so storing the same bytes twice is one object,
and a file left behind by a crash is either swept or found again.
"""

import os
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from obstore.store import S3Store

from casebook.domain.errors import NotFound, Unavailable

if TYPE_CHECKING:
    from obstore.store import S3Config

SUFFIX: Final = ".dcm"
N_SYNC_THREADS: Final = 4
"""Four threads double the rate of fsync on one disk; more add nothing (measured)."""

MOST_SETTLING: Final = 1024
"""Files that are being synced before they are put; what is never put is forgotten."""

Range = tuple[int, int]
"""Offset and length in bytes."""


STALE_AFTER_S: Final = 24 * 3600
"""A staged file this old belongs to nobody: batches live for seconds, uploads for hours at the most."""


def sweep_staging(staging: Path, *, now_s: float) -> int:
    """Remove what interrupted deliveries left in a staging folder; returns how many entries went."""
    n_removed = 0
    for entry in staging.iterdir():
        if now_s - entry.stat().st_mtime > STALE_AFTER_S:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink(missing_ok=True)
            n_removed += 1
    return n_removed


def key_of(sha256: bytes) -> str:
    """Name an object by its digest, spread over two levels of folders."""
    name = sha256.hex()
    return f"{name[:2]}/{name[2:4]}/{name}{SUFFIX}"


class FileStore(Protocol):
    """What the archive asks of a store of files."""

    def staging_dir(self) -> Path:
        """Return a local folder for files on their way in."""
        ...

    def settle(self, source: Path) -> None:
        """Begin to make a local file durable that is probably going to be put; returns at once."""
        ...

    def put_all(self, items: Sequence[tuple[str, Path]]) -> None:
        """Move local files under their keys; when it returns, all of them survive a power cut."""
        ...

    def read(self, key: str, ranges: Sequence[Range] | None = None) -> bytes:
        """Return the whole object or the joined ranges. Raises NotFound."""
        ...

    def keys(self) -> Iterator[str]:
        """Walk over every stored image."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object that no row names; missing is fine."""
        ...


@dataclass(frozen=True, slots=True)
class FolderStore:
    """Objects as files of one folder: write, fsync, rename, fsync of the folder."""

    root: Path
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(N_SYNC_THREADS, "fsync"))
    _settling: OrderedDict[Path, Future[None]] = field(default_factory=OrderedDict)

    def staging_dir(self) -> Path:
        """Return a folder on the same file system, so that a rename is enough."""
        staging = self.root / "incoming"
        staging.mkdir(parents=True, exist_ok=True)
        return staging

    def settle(self, source: Path) -> None:
        """Sync the file in another thread; `put_all` waits for that."""
        self._settling[source] = self._pool.submit(_sync, source)
        while len(self._settling) > MOST_SETTLING:
            self._settling.popitem(last=False)

    def put_all(self, items: Sequence[tuple[str, Path]]) -> None:
        """Sync the files in parallel, rename them, then sync each folder that has a new entry once."""
        try:
            for synced in [self._synced(source) for _, source in items]:
                synced.result()
            folders = {folder for key, source in items for folder in self._place(key, source)}
            list(self._pool.map(_sync, sorted(folders)))
        except OSError as error:
            raise Unavailable(
                f"The archive could not keep the files ({os.strerror(error.errno or 0)}); nothing was acknowledged. "
                "Free space or mend the disk, then send again."
            ) from error

    def _synced(self, source: Path) -> "Future[None]":
        begun = self._settling
        return begun.pop(source) if source in begun else self._pool.submit(_sync, source)

    def _place(self, key: str, source: Path) -> set[Path]:
        """Move a file; returns the folders that have a new entry."""
        target = self.root / key
        changed = {target.parent}
        try:
            source.replace(target)
        except FileNotFoundError:
            changed |= {folder.parent for folder in _made(target.parent, within=self.root)}
            source.replace(target)
        return changed

    def read(self, key: str, ranges: Sequence[Range] | None = None) -> bytes:
        """Read by position; nothing is parsed and no position is shared between threads."""
        try:
            descriptor = os.open(self.root / key, os.O_RDONLY)
        except FileNotFoundError:
            raise NotFound(f"The archive holds no file {key}.") from None
        try:
            if ranges is None:
                return _pread(descriptor, 0, os.fstat(descriptor).st_size)
            return b"".join(_pread(descriptor, offset, length) for offset, length in ranges)
        finally:
            os.close(descriptor)

    def keys(self) -> Iterator[str]:
        """Walk over the two levels of folders in order."""
        for path in sorted(self.root.glob(f"??/??/*{SUFFIX}")):
            yield path.relative_to(self.root).as_posix()

    def delete(self, key: str) -> None:
        """Unlink the file."""
        (self.root / key).unlink(missing_ok=True)


def _pread(descriptor: int, offset: int, length: int) -> bytes:
    data = os.pread(descriptor, length, offset)
    if len(data) != length:
        raise Unavailable("An archived file is shorter than it was; run `casebook scrub`.")
    return data


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _made(folder: Path, *, within: Path) -> Iterator[Path]:
    """Make a folder and those above it; yields the new ones."""
    missing = [one for one in (folder, *folder.parents) if one.is_relative_to(within) and not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    yield from missing


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """Objects in an S3-compatible bucket; a PUT that answered is durable."""

    bucket: S3Store
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(N_SYNC_THREADS, "put"))

    def staging_dir(self) -> Path:
        """Return a folder for temporary files."""
        staging = Path(tempfile.gettempdir()) / "casebook-incoming"
        staging.mkdir(mode=0o700, exist_ok=True)
        return staging

    def settle(self, source: Path) -> None:
        """Nothing: an upload begins when its key is known."""

    def put_all(self, items: Sequence[tuple[str, Path]]) -> None:
        """Upload in parallel, then remove the local files."""

        def put(item: tuple[str, Path]) -> None:
            key, source = item
            self.bucket.put(key, source)
            source.unlink()

        try:
            list(self._pool.map(put, items))
        except Exception as error:
            raise Unavailable(
                f"The object store did not take the files ({type(error).__name__}); nothing was acknowledged."
            ) from error

    def read(self, key: str, ranges: Sequence[Range] | None = None) -> bytes:
        """Fetch the object or its ranges."""
        try:
            if ranges is None:
                return bytes(self.bucket.get(key).bytes())
            starts, lengths = [start for start, _ in ranges], [length for _, length in ranges]
            return b"".join(bytes(part) for part in self.bucket.get_ranges(key, starts=starts, lengths=lengths))
        except FileNotFoundError:
            raise NotFound(f"The archive holds no object {key}.") from None

    def keys(self) -> Iterator[str]:
        """List the objects that hold images under the prefix."""
        for page in self.bucket.list():
            yield from (item["path"] for item in page if item["path"].endswith(SUFFIX))

    def delete(self, key: str) -> None:
        """Delete the object."""
        self.bucket.delete(key)


def open_store(
    folder: Path,
    url: str | None = None,
    *,
    endpoint: str | None = None,
    region: str = "us-east-1",
    access_key_id: str | None = None,
    secret_access_key: str | None = None,
) -> FileStore:
    """Choose the adapter: the folder, or s3://bucket/prefix where `url` names one."""
    if url is None:
        folder.mkdir(parents=True, exist_ok=True)
        return FolderStore(folder)
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    config: S3Config = {"region": region}
    if endpoint:
        config["endpoint"] = endpoint
    if access_key_id and secret_access_key:
        config |= {"access_key_id": access_key_id, "secret_access_key": secret_access_key}
    plain_http = bool(endpoint and endpoint.startswith("http:"))
    return ObjectStore(S3Store(bucket, prefix=prefix, config=config, client_options={"allow_http": plain_http}))
