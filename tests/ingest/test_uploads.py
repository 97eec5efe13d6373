"""Finished uploads are taken in whole, once, whatever happens to the process; watched folders take themselves."""

import gzip
import threading
import zipfile
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select, text

from casebook.actions import uploads as actions
from casebook.actions.accounts import add_account
from casebook.actions.grants import grant_role
from casebook.actions.uploads import Piece
from casebook.dicom.preparation import digest_of
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.uploads import AnnouncedFile
from casebook.store.accounts import SignedIn
from casebook.store.tables import Account
from casebook.store.upload_files import UploadFiles
from services.command.machine import operator
from services.ingest import delivery, scan
from services.ingest import uploads as taking
from services.ingest.uploads import sweep_uploads, take_upload
from services.ingest.watch import NotTaken, Taken, WatchedFolder, take_ready
from services.ingest.worker import run_until_idle
from tests.ingest.test_delivery import one_series, registered, rows, workshop

__all__ = ["one_series", "registered", "workshop"]


@pytest.fixture
def sender(registered) -> SignedIn:
    with registered.database.transaction(actor="test") as session:
        add_account(session, operator("DREAM"), login="sender", display_name="Sender", password="a long password")
        grant_role(
            session,
            operator("DREAM"),
            login="sender",
            role=Role.DATA_MANAGER,
            study_code="DREAM",
            site_code=None,
            now=datetime.now(UTC),
        )
        session.flush()
        account = session.scalars(select(Account.id).where(Account.login == "sender")).one()
    actor = Actor("sender", "Sender", (Grant(Role.DATA_MANAGER, "DREAM"),))
    return SignedIn(account_id=account, actor=actor, language="en", csrf_token=None)


def sent(installation, who: SignedIn, truth, files: dict[str, bytes], tmp_path) -> UUID:
    """Send files whole, and finish."""
    staging, now = UploadFiles(installation.settings.uploads_dir), datetime.now(UTC)
    with installation.database.transaction(actor="sender") as session:
        number = truth["patients"][0]["subject"]
        found = actions.begin_upload(
            session, who, subject_number=number, timepoint_code="baseline", files=staging, now=now
        )
        upload = found.upload.id
        announced = [AnnouncedFile(name, len(data)) for name, data in files.items()]
        listed = actions.announce_files(
            session, who, upload_id=upload, announced=announced, max_upload_bytes=2**40, files=staging, now=now
        )
        for row in listed:
            path = staging.folder(upload) / "one.piece"
            path.write_bytes(files[row.name])
            sha256, n_bytes = digest_of(path)
            piece = Piece(path, 0, n_bytes, sha256)
            if n_bytes:
                actions.keep_piece(session, who, upload_id=upload, file_id=row.id, piece=piece, files=staging, now=now)
        key = installation.settings.key
        actions.finish_upload(session, who, upload_id=upload, files=staging, key=key, now=now)
    return upload


def files_of(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def outcomes(installation) -> dict[str, int]:
    return dict(rows(installation, "select outcome, count(*) from received_object group by 1"))


def reasons(installation) -> dict[str, int]:
    sql = "select reason_code, count(*) from received_object where reason_code is not null group by 1"
    return dict(rows(installation, sql))


def test_a_killed_intake_goes_on_in_the_same_submission_and_ends_whole(
    registered, sender, truth, one_series, tmp_path, monkeypatch
):
    files = files_of(one_series)
    upload = sent(registered, sender, truth, files, tmp_path)
    taken = []

    def killed_after_one_batch(*args, **kwargs):
        for receipts in delivery.take_in(*args, **kwargs):
            yield receipts
            raise KeyboardInterrupt

    monkeypatch.setattr(delivery, "BATCH_FILES", 3)
    with monkeypatch.context() as patch:
        patch.setattr(taking, "take_in", killed_after_one_batch)
        with pytest.raises(KeyboardInterrupt):
            take_upload(registered, upload, machine="test")
    assert outcomes(registered) == {"archived": 3}
    monkeypatch.setattr(taking, "take_in", lambda *args, **kwargs: map(taken.extend, delivery.take_in(*args, **kwargs)))
    take_upload(registered, upload, machine="test")
    assert len(taken) == len(files) - 3, "what was safe is not taken twice"
    assert outcomes(registered) == {"archived": len(files)}
    assert rows(registered, "select state from upload") == [("taken",)]
    assert rows(registered, "select state, n_announced from submission") == [("complete", len(files))]
    take_upload(registered, upload, machine="test")
    assert rows(registered, "select count(*) from submission") == [(1,)]
    assert not (registered.settings.uploads_dir / str(upload)).exists()


def test_two_processes_do_not_take_the_same_upload(registered, sender, truth, one_series, tmp_path, monkeypatch):
    upload = sent(registered, sender, truth, files_of(one_series), tmp_path)
    at_work, may_end, runs = threading.Event(), threading.Event(), []

    def slow(*_args):
        runs.append(1)
        at_work.set()
        may_end.wait(10)

    monkeypatch.setattr(taking, "_take", slow)
    first = threading.Thread(target=take_upload, args=(registered, upload), kwargs={"machine": "test"})
    first.start()
    at_work.wait(10)
    take_upload(registered, upload, machine="test")
    may_end.set()
    first.join(10)
    assert runs == [1]


def test_what_stops_the_intake_is_told_and_the_sweep_has_it_go_on(
    registered, sender, truth, one_series, tmp_path, monkeypatch
):
    upload = sent(registered, sender, truth, files_of(one_series), tmp_path)

    def broken(*_args):
        raise OSError("the disk")

    with monkeypatch.context() as patch:
        patch.setattr(taking, "_take", broken)
        with pytest.raises(OSError, match="the disk"):
            take_upload(registered, upload, machine="test")
    assert rows(registered, "select state, failure from upload") == [("sent", "unexpected")]
    with registered.database.transaction(actor="test") as session:
        session.execute(text("delete from queue.procrastinate_events"))
        session.execute(text("delete from queue.procrastinate_jobs"))
    sweep_uploads(registered, machine="test")
    run_until_idle(registered)
    assert rows(registered, "select state, failure from upload") == [("taken", None)]


def test_archives_are_unpacked_once_and_every_other_one_is_named_and_held(
    registered, sender, truth, one_series, tmp_path
):
    inside = tmp_path / "inside.zip"
    with zipfile.ZipFile(inside, "w") as archive:
        for path in sorted(one_series.iterdir()):
            archive.write(path, path.name)
    outer = tmp_path / "outer.zip"
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(next(one_series.iterdir()), "one.dcm")
        archive.write(inside, "deeper/inside.zip")
        archive.writestr("series.tar.gz", gzip.compress(b"something"))
        archive.writestr("series.7z", b"7z\xbc\xaf\x27\x1c and so on")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    files = {
        "outer.zip": outer.read_bytes(),
        "half.zip": outer.read_bytes()[: outer.stat().st_size // 2],
        "empty.zip": (tmp_path / "empty.zip").read_bytes(),
    }
    take_upload(registered, sent(registered, sender, truth, files, tmp_path), machine="test")
    assert outcomes(registered) == {"archived": 1, "quarantined": 5}
    assert reasons(registered) == {"nested-archive": 3, "archive-damaged": 1, "archive-empty": 1}
    names = {name for (name,) in rows(registered, "select name from restricted.received_name")}
    assert {"outer.zip/deeper/inside.zip", "half.zip", "empty.zip"} <= names
    held = rows(registered, "select n_bytes from quarantine_item where reason_code = 'nested-archive' order by 1 desc")
    assert held[0] == (inside.stat().st_size,)


def test_an_archive_whose_directory_would_fill_the_memory_is_not_opened(tmp_path, monkeypatch):
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(50):
            archive.writestr(f"{number}.dcm", b"")
    monkeypatch.setattr(scan, "DEFAULT_LIMITS", scan.ScanLimits(max_members=4))
    opened = []
    monkeypatch.setattr(scan.zipfile, "ZipFile", lambda *_: opened.append(1))
    (held,) = scan.members(path, tmp_path, within="many.zip")
    assert held.refusal is not None
    assert held.refusal[0] == "archive-damaged"
    assert opened == []


def a_watched(tmp_path, subject: str, source) -> WatchedFolder:
    root = tmp_path / "watched"
    (root / subject).mkdir(parents=True)
    source.rename(root / subject / "baseline")
    return WatchedFolder(root, quiet_s=10)


def looked(installation, watched, workshop, now_s):
    return list(take_ready(installation, operator("DREAM"), watched, workshop=workshop, now_s=now_s))


def test_a_watched_folder_is_taken_once_it_is_quiet_and_put_away_with_its_receipt(
    registered, workshop, truth, one_series, tmp_path
):
    subject, n_files = truth["patients"][0]["subject"], len(list(one_series.iterdir()))
    watched = a_watched(tmp_path, subject, one_series)
    assert looked(registered, watched, workshop, 0) == []
    place = watched.root / subject / "baseline"
    (place / "late.dcm").write_bytes(b"still being copied")
    assert looked(registered, watched, workshop, 11) == [], "something came meanwhile"
    (taken,) = looked(registered, watched, workshop, 22)
    assert isinstance(taken, Taken)
    assert outcomes(registered) == {"archived": n_files, "quarantined": 1}
    assert not place.exists()
    assert len(list(taken.moved_to.iterdir())) == n_files + 1
    receipt = taken.moved_to.with_name(taken.moved_to.name + ".csv").read_text(encoding="utf-8-sig")
    assert len(receipt.splitlines()) == n_files + 2
    assert "late.dcm" in receipt
    assert looked(registered, watched, workshop, 60) == []


def test_a_watched_folder_of_an_unknown_subject_stays_with_a_note_until_it_changes(
    registered, workshop, one_series, tmp_path
):
    watched = a_watched(tmp_path, "JP-03-0999", one_series)
    looked(registered, watched, workshop, 0)
    (refused,) = looked(registered, watched, workshop, 11)
    assert isinstance(refused, NotTaken)
    assert "no such subject" in refused.note.read_text(encoding="utf-8")
    assert (watched.root / "JP-03-0999" / "baseline").exists()
    assert looked(registered, watched, workshop, 30) == []
    (refused.place / "more.dcm").write_bytes(b"more")
    looked(registered, watched, workshop, 40)
    assert len(looked(registered, watched, workshop, 51)) == 1
    assert rows(registered, "select count(*) from submission") == [(0,)]
