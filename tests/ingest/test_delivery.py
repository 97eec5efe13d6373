import json
import shutil
import tempfile
import zipfile
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from casebook.actions.studies import load_definition
from casebook.dicom.frame_index import FrameIndex
from casebook.dicom.workshop import Workshop
from casebook.domain.errors import NotFound
from casebook.installation import Installation
from casebook.store.files import key_of
from services.command.demo import ROOT
from services.command.machine import operator
from services.ingest.delivery import Delivered, Order, deliver
from services.ingest.worker import run_until_idle
from tests.registering import a_registration

SMALL = ROOT / "sample_dicom" / "small"


@pytest.fixture(scope="session")
def workshop():
    with Workshop(n_children=2) as shop:
        yield shop


@pytest.fixture
def registered(installation: Installation, truth) -> Installation:
    """An installation with the study and the sample's first subject."""
    from datetime import UTC, datetime

    actor = operator("DREAM")
    with installation.database.transaction(actor="test") as session:
        definition = (ROOT / "studies" / "dream.toml").read_text(encoding="utf-8")
        load_definition(session, actor, text=definition, now=datetime.now(UTC))
        a_registration(
            session,
            actor,
            site_code=truth["patients"][0]["site"],
            registered_on=date(2017, 5, 10),
            key=installation.settings.key,
        )
    return installation


def send(installation: Installation, workshop: Workshop, truth, source: Path, **changes) -> Delivered:
    order = Order(
        source=source,
        subject_number=truth["patients"][0]["subject"],
        timepoint_code=changes.pop("timepoint", "baseline"),
        road="folder",
        **changes,
    )
    return deliver(installation, operator("DREAM"), order, workshop=workshop)


@pytest.fixture
def one_series(truth, tmp_path) -> Path:
    """A folder with one CT series of the first patient."""
    exams = truth["patients"][0]["timepoints"]["baseline"]
    series = next(series for exam in exams for series in exam["series"] if "ct-portal-venous" in series["roles"])
    shutil.copytree(SMALL / series["folder"], tmp_path / "sent")
    return tmp_path / "sent"


def rows(installation: Installation, sql: str):
    with installation.database.engine.connect() as connection:
        return connection.execute(text(sql)).all()


def test_a_series_is_archived_with_its_bytes_and_its_description(registered, workshop, truth, one_series):
    delivered = send(registered, workshop, truth, one_series)
    assert set(delivered.outcomes()) == {"archived"}
    run_until_idle(registered)
    (series,) = rows(registered, "select label_en, n_instances, described_at is not null from series")
    assert series == ("CT portal venous", len(delivered.receipts), True)
    for key, sha256 in rows(registered, "select file_key, archived_sha256 from instance"):
        assert key == key_of(sha256)
        import hashlib

        assert hashlib.sha256(registered.archive.read(key)).digest() == sha256


def test_the_same_delivery_twice_is_stored_once_and_answered_the_same(registered, workshop, truth, one_series):
    first = send(registered, workshop, truth, one_series)
    before = rows(registered, "select count(*) from instance"), sorted(registered.archive.keys())
    second = send(registered, workshop, truth, one_series)
    assert set(second.outcomes()) == {"duplicate"}
    assert [item.sop_uid for item in second.receipts] == [item.sop_uid for item in first.receipts]
    assert before == (rows(registered, "select count(*) from instance"), sorted(registered.archive.keys()))


def test_no_staged_file_is_left_behind(registered, workshop, truth, one_series):
    (one_series / "not.dcm").write_text("<html>")
    for _ in range(2):
        send(registered, workshop, truth, one_series)
    assert list(registered.archive.staging_dir().iterdir()) == []
    assert list(registered.quarantine.staging_dir().iterdir()) == []


def test_a_zip_takes_the_same_road_as_a_folder(registered, workshop, truth, one_series, tmp_path):
    packed = tmp_path / "sent.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(one_series.iterdir()):
            archive.write(path, f"../../evil/{path.name}")
        archive.writestr("nested.zip", b"PK\x03\x04 and so on")
    delivered = send(registered, workshop, truth, packed)
    assert delivered.outcomes()["archived"] == len(list(one_series.iterdir()))
    assert delivered.reasons() == {"nested-archive": 1}


def test_a_zip_is_unpacked_in_the_archives_own_folder_and_never_where_everybody_writes(
    registered, workshop, truth, one_series, tmp_path, monkeypatch
):
    packed = tmp_path / "sent.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(next(one_series.iterdir()), "1.dcm")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not-there"))
    assert send(registered, workshop, truth, packed).outcomes()["archived"] == 1
    assert list(registered.archive.staging_dir().iterdir()) == []


def test_another_patients_image_is_held_and_its_name_is_not_told(registered, workshop, truth, one_series):
    import pydicom

    send(registered, workshop, truth, one_series)
    path = next(one_series.iterdir())
    ds = pydicom.dcmread(path)
    ds.PatientID, ds.PatientName, ds.PatientBirthDate = "other-77", "Autre^Personne", "19330303"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4.5"
    shutil.rmtree(one_series)
    one_series.mkdir()
    ds.save_as(one_series / "other.dcm")
    delivered = send(registered, workshop, truth, one_series)
    (receipt,) = delivered.receipts
    assert receipt.code == "other-patient"
    assert "Autre" not in receipt.message
    assert rows(registered, "select state from quarantine_item") == [("held",)]


def test_the_same_uid_with_other_bytes_is_held_and_nothing_is_overwritten(registered, workshop, truth, one_series):
    import pydicom

    send(registered, workshop, truth, one_series)
    before = rows(registered, "select sop_uid, archived_sha256 from instance order by 1")
    path = next(one_series.iterdir())
    ds = pydicom.dcmread(path)
    ds.WindowCenter = 123
    ds.save_as(path)
    delivered = send(registered, workshop, truth, one_series)
    assert delivered.reasons() == {"duplicate-with-other-bytes": 1}
    assert before == rows(registered, "select sop_uid, archived_sha256 from instance order by 1")


def test_the_same_image_by_another_road_is_a_duplicate_though_its_file_meta_differs(
    registered, workshop, truth, one_series
):
    import pydicom

    send(registered, workshop, truth, one_series)
    for path in one_series.iterdir():
        ds = pydicom.dcmread(path)
        ds.file_meta.SourceApplicationEntityTitle = "PACS_2"
        ds.save_as(path)
    delivered = send(registered, workshop, truth, one_series)
    assert set(delivered.outcomes()) == {"duplicate"}


def test_an_archived_image_under_another_name_is_held(registered, workshop, truth, one_series):
    import pydicom

    send(registered, workshop, truth, one_series)
    path = next(one_series.iterdir())
    ds = pydicom.dcmread(path)
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "Autre^Personne", "other-77", "19330303"
    ds.save_as(path)
    delivered = send(registered, workshop, truth, one_series)
    assert set(delivered.reasons()) <= {"other-patient", "duplicate-with-other-bytes"}
    assert sum(delivered.reasons().values()) == 1


def test_images_of_one_study_do_not_go_to_two_timepoints(registered, workshop, truth, one_series):
    import pydicom

    send(registered, workshop, truth, one_series)
    path = next(one_series.iterdir())
    ds = pydicom.dcmread(path)
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4.5"
    ds.save_as(path)
    delivered = send(registered, workshop, truth, one_series, timepoint="preoperative")
    assert "belongs-to-other-timepoint" in delivered.reasons()


def test_an_image_that_another_patient_has_is_held_though_every_byte_is_known(registered, workshop, truth, one_series):
    send(registered, workshop, truth, one_series)
    actor = operator("DREAM")
    with registered.database.transaction(actor="test") as session:
        other = a_registration(
            session,
            actor,
            site_code=truth["patients"][0]["site"],
            registered_on=date(2017, 5, 10),
            key=registered.settings.key,
        ).number
    order = Order(source=one_series, subject_number=other, timepoint_code="baseline", road="folder")
    delivered = deliver(registered, actor, order, workshop=workshop)
    assert set(delivered.outcomes()) == {"quarantined"}
    assert set(delivered.reasons()) == {"belongs-to-other-timepoint"}


@pytest.mark.parametrize("timepoint", ["intraoperative", "no-such"])
def test_a_timepoint_without_images_is_refused_before_anything_is_read(
    registered, workshop, truth, one_series, timepoint
):
    from casebook.domain.errors import CasebookError

    with pytest.raises(CasebookError):
        send(registered, workshop, truth, one_series, timepoint=timepoint)
    assert rows(registered, "select count(*) from submission") == [(0,)]


def test_an_unknown_subject_is_refused(registered, workshop, one_series):
    order = Order(source=one_series, subject_number="JP-03-0999", timepoint_code="baseline", road="folder")
    with pytest.raises(NotFound):
        deliver(registered, operator("DREAM"), order, workshop=workshop)


def test_every_row_of_the_report_is_about_archived_files(registered, workshop, truth, one_series):
    n_files = len(list(one_series.iterdir()))
    send(registered, workshop, truth, one_series)
    ((report,),) = rows(registered, "select report from submission")
    assert report["files"] == n_files
    assert report["lines"]


def test_an_interrupted_delivery_is_described_by_the_sweep(registered, workshop, truth, one_series, monkeypatch):
    from services.ingest import delivery

    def interrupted(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(delivery, "_close", interrupted)
    with pytest.raises(KeyboardInterrupt):
        send(registered, workshop, truth, one_series)
    from services.ingest.worker import sweep_undescribed

    with registered.database.transaction(actor="test") as session:
        session.execute(text("update submission set created_at = now() - interval '2 hours'"))
    assert sweep_undescribed(registered) == 1
    run_until_idle(registered)
    assert rows(registered, "select count(*) from series where described_at is null") == [(0,)]


NAMES_OF_HOSPITALS = {"site", "study_version", "audit_event"}
"""The study's own list of sites; the trail holds the same rows."""
LONG_ENOUGH = 6
"""Bytes of a word that do not turn up by chance in compressed pixels; shorter ones are looked for in headers."""


def test_nothing_of_the_sample_patients_identity_leaves_the_restricted_schema(sample, truth):
    planted = sorted({word for patient in truth["patients"] for word in patient["identity_strings"]})
    assert len(planted) > 20
    stored = "\n".join(_everything_open(sample))
    names = "\n".join(sample.archive.keys())
    archived = [
        (sample.archive.read(key), FrameIndex.from_bytes(index).head_bytes)
        for key, index in rows(sample, "select file_key, frame_index from instance")
    ]
    assert archived
    for word in planted:
        assert word not in stored, "an identity is in an open table"
        assert word not in names
        for raw in _encoded(word):
            for data, head_bytes in archived:
                assert raw not in (data if len(raw) >= LONG_ENOUGH else data[:head_bytes]), "it is in an archived file"


def _encoded(word: str):
    for encoding in ("utf-8", "iso2022_jp", "cp932", "utf-16-le"):
        try:
            yield word.encode(encoding)
        except UnicodeEncodeError:
            continue


def _everything_open(installation: Installation):
    with installation.database.engine.connect() as connection:
        tables = connection.scalars(
            text("select table_name from information_schema.tables where table_schema in ('public', 'queue')")
        ).all()
        for table in set(tables) - NAMES_OF_HOSPITALS:
            columns = connection.scalars(
                text(
                    "select column_name from information_schema.columns where table_name = :t "
                    "and table_schema in ('public', 'queue')"
                ),
                {"t": table},
            ).all()
            said = ", ".join(
                f"case when pg_typeof({column})::text = 'bytea' then encode({column}::text::bytea, 'escape') "
                f"else {column}::text end"
                for column in columns
            )
            schema = "queue" if table.startswith("procrastinate") else "public"
            for row in connection.execute(text(f"select {said} from {schema}.{table}")):
                yield json.dumps([str(cell) for cell in row], ensure_ascii=False)
