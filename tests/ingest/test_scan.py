"""What of a folder or zip belongs to a delivery."""

import zipfile
from pathlib import Path

import pytest

from services.ingest.scan import count, files, is_system_file
from services.ingest.watch import WatchedFolder

LEFT_BY_SYSTEMS = (".DS_Store", "CT/Thumbs.db", "CT/desktop.ini", "__MACOSX/CT/._IM1", "CT/._IM1", "CT\\Thumbs.db")
IMAGES = ("CT/IM1", "CT/._/IM2", "thumbs.dcm")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (*LEFT_BY_SYSTEMS[:-1], *IMAGES):
        path = tmp_path / "sent" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path / "sent"


def test_files_of_operating_systems_are_known_by_their_names():
    assert all(is_system_file(name) for name in LEFT_BY_SYSTEMS)
    assert not any(is_system_file(name) for name in IMAGES)


def test_a_folder_is_delivered_and_counted_without_them(folder, tmp_path):
    assert {one.name for one in files(folder, tmp_path)} == set(IMAGES)
    assert count(folder) == len(IMAGES)


def test_a_zip_is_delivered_and_counted_without_them(tmp_path):
    path = tmp_path / "sent.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in (*LEFT_BY_SYSTEMS, *IMAGES):
            archive.writestr(name, b"x")
    assert {one.name for one in files(path, tmp_path)} == set(IMAGES)
    assert count(path) == len(IMAGES)


def test_a_watched_folder_that_somebody_only_looked_into_is_no_delivery(tmp_path):
    place = tmp_path / "JP-03-0001" / "baseline"
    place.mkdir(parents=True)
    (place / ".DS_Store").write_bytes(b"x")
    (place / "__MACOSX").mkdir()
    (place / "__MACOSX" / "IM1").write_bytes(b"x")
    watched = WatchedFolder(tmp_path, quiet_s=0.0)
    assert watched.ready(0.0) == watched.ready(1.0) == []
    (place / "IM1").write_bytes(b"x")
    assert watched.ready(2.0) == [place]
