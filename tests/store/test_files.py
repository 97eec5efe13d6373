import errno
import hashlib
import os
from pathlib import Path

import pytest

from casebook.domain.errors import NotFound, Unavailable
from casebook.store import files
from casebook.store.files import FolderStore, key_of, open_store


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return open_store(tmp_path / "archive")


def staged(store, data: bytes) -> tuple[str, Path]:
    path = store.staging_dir() / os.urandom(8).hex()
    path.write_bytes(data)
    return key_of(hashlib.sha256(data).digest()), path


def test_what_was_put_is_read_back_whole_and_in_ranges(store):
    key, path = staged(store, b"0123456789")
    store.put_all([(key, path)])
    assert store.read(key) == b"0123456789"
    assert store.read(key, [(2, 3), (8, 2)]) == b"23489"
    assert not path.exists()


def test_the_same_bytes_twice_are_one_object(store):
    for _ in range(2):
        store.put_all([staged(store, b"same")])
    assert list(store.keys()) == [key_of(hashlib.sha256(b"same").digest())]


def test_a_missing_object_is_not_found(store):
    with pytest.raises(NotFound):
        store.read("aa/bb/none.dcm")


def test_a_file_that_became_shorter_is_refused(store):
    key, path = staged(store, b"0123456789")
    store.put_all([(key, path)])
    (store.root / key).write_bytes(b"01234")
    with pytest.raises(Unavailable, match="scrub"):
        store.read(key, [(0, 10)])


def test_file_and_folder_are_synced_before_put_returns(store, monkeypatch):
    order: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(descriptor):
        order.append("fsync " + Path(f"/proc/self/fd/{descriptor}").readlink().name)
        real_fsync(descriptor)

    def replace(self, target):
        order.append("rename")
        return real_replace(self, target)

    monkeypatch.setattr(files.os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    key, path = staged(store, b"durable")
    store.put_all([(key, path)])
    moved = len(order) - order[::-1].index("rename")
    outer, inner, _ = key.split("/")
    assert order[0] == f"fsync {path.name}"
    assert {f"fsync {outer}", f"fsync {inner}"} <= set(order[moved:])


def test_the_sweep_removes_what_was_left_behind_and_nothing_fresh(store):
    old, fresh = store.staging_dir() / "old.part", store.staging_dir() / "fresh.part"
    folder = store.staging_dir() / "upload"
    folder.mkdir()
    (folder / "1").write_bytes(b"x")
    for path in (old, fresh):
        path.write_bytes(b"x")
    now_s = fresh.stat().st_mtime
    for path in (old, folder):
        os.utime(path, (now_s - 2 * files.STALE_AFTER_S,) * 2)
    assert files.sweep_staging(store.staging_dir(), now_s=now_s) == 2
    assert list(store.staging_dir().iterdir()) == [fresh]


def test_an_input_output_error_is_not_acknowledged(store, monkeypatch):
    def fail(_descriptor):
        raise OSError(errno.EIO, "injected")

    monkeypatch.setattr(files.os, "fsync", fail)
    item = staged(store, b"lost")
    with pytest.raises(Unavailable, match="nothing was acknowledged"):
        store.put_all([item])
    assert list(store.keys()) == []
