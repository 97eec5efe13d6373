import shutil

import pytest
from sqlalchemy import text

from casebook.actions.scrub import Damage, Wound, n_archived, scrub
from casebook.store.files import open_store
from casebook.store.images import archived_files


@pytest.fixture
def copied(sample, tmp_path):
    """What the sample has in the archive that tests share, to be damaged at will."""
    with sample.database.session() as session:
        keys = [key for key, _ in archived_files(session)]
    for key in keys:
        (tmp_path / "archive" / key).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sample.settings.archive_dir / key, tmp_path / "archive" / key)
    return open_store(tmp_path / "archive")


def wounds(sample, archive):
    with sample.database.session() as session:
        return [wound for wound in scrub(session, archive) if wound is not None]


def some_keys(sample, n):
    with sample.database.engine.connect() as connection:
        return connection.scalars(text("select file_key from instance order by id limit :n"), {"n": n}).all()


def test_an_untouched_archive_is_whole(sample, copied):
    assert wounds(sample, copied) == []
    with sample.database.session() as session:
        assert n_archived(session) > 100


def test_a_flipped_byte_a_short_a_deleted_and_two_swapped_files_are_all_named(sample, copied):
    flipped, short, deleted, one, other = some_keys(sample, 5)
    data = bytearray((copied.root / flipped).read_bytes())
    data[-1] ^= 1
    (copied.root / flipped).write_bytes(data)
    (copied.root / short).write_bytes((copied.root / short).read_bytes()[:-10])
    (copied.root / deleted).unlink()
    first, second = (copied.root / one).read_bytes(), (copied.root / other).read_bytes()
    (copied.root / one).write_bytes(second)
    (copied.root / other).write_bytes(first)
    assert wounds(sample, copied) == [
        Wound(flipped, Damage.ALTERED),
        Wound(short, Damage.ALTERED),
        Wound(deleted, Damage.MISSING),
        Wound(one, Damage.ALTERED),
        Wound(other, Damage.ALTERED),
    ]


def test_a_file_that_no_row_names_is_an_orphan(sample, copied):
    (copied.root / "ff" / "ff").mkdir(parents=True, exist_ok=True)
    (copied.root / "ff" / "ff" / "left.dcm").write_bytes(b"left behind")
    assert wounds(sample, copied) == [Wound("ff/ff/left.dcm", Damage.ORPHAN)]


def test_an_altered_or_missing_letter_of_a_committee_is_named(sample, copied):
    one, other = "letters/" + "a" * 64, "letters/" + "b" * 64
    (copied.root / "letters").mkdir(exist_ok=True)
    (copied.root / one).write_bytes(b"%PDF- forged")
    with sample.database.transaction(actor="tester", reason="a test") as session:
        first, second = session.scalars(text("select id from ethics_approval order by id limit 2"))
        for row_id, key in ((first, one), (second, other)):
            session.execute(
                text("update ethics_approval set letter_key = :key, letter_sha256 = sha256('%PDF-') where id = :id"),
                {"key": key, "id": row_id},
            )
    found = wounds(sample, copied)
    assert {(wound.key, wound.damage) for wound in found} == {(one, Damage.ALTERED), (other, Damage.MISSING)}
