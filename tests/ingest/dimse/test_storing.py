"""C-STORE: what is answered, and what is durable by then."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydicom import dcmread

from casebook.actions import senders
from tests.ingest.dimse.conftest import ACTOR
from tests.ingest.dimse.scu import associate, images, send, statuses


def wait_for_end(running) -> None:
    running.receiver._wait_for_end(20)


def test_one_association_stores_a_series_as_one_submission_that_ends_with_it(place, receive):
    running, files = receive(), images(n=12)
    place.announce()
    assert statuses(send(running.port, files)) == {0x0000}
    wait_for_end(running)
    assert place.rows("select road, state, submitted_by, closed_at is not null from submission") == [
        ("c-store", "complete", "dicom:PACS_JP-03@CASEBOOK", True)
    ]
    assert place.rows("select count(*) from instance") == [(12,)]
    assert place.rows("select outcome, count(*) from received_object group by 1") == [("archived", 12)]
    for key, sha256 in place.rows("select file_key, archived_sha256 from instance"):
        assert hashlib.sha256(place.installation.archive.read(key)).digest() == sha256
    assert list(place.installation.archive.staging_dir().iterdir()) == []


def test_the_audit_trail_says_which_machine(place, receive):
    running = receive()
    place.announce()
    send(running.port, images(n=1))
    wait_for_end(running)
    acts = place.rows("select distinct table_name from audit_event where actor = 'dicom:PACS_JP-03@CASEBOOK'")
    assert {name for (name,) in acts} >= {"submission", "imaging_study", "series"}


def test_eight_associations_at_once_lose_nothing(place, receive):
    running, files = receive(), images(n=64)
    place.announce()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda some: send(running.port, some), [files[n::8] for n in range(8)]))
    assert {status for some in answers for status in statuses(some)} == {0x0000}
    wait_for_end(running)
    assert place.rows("select count(*) from instance") == [(64,)]
    assert place.rows("select sum(n_instances) from series") == [(64,)]
    assert place.rows("select state, count(*) from submission group by 1") == [("complete", 8)]


def test_the_same_object_again_is_success_and_other_bytes_are_refused_and_kept_aside(place, receive):
    running, (file,) = receive(), images(n=1)
    place.announce()
    assert statuses(send(running.port, [file, file])) == {0x0000}
    assert statuses(send(running.port, [file])) == {0x0000}
    altered = dcmread(file)
    altered.InstanceCreationTime = "010101"
    association = associate(running.port, files=[file])
    answer = association.send_c_store(altered)
    association.release()
    assert (answer.Status, answer.ErrorComment) == (
        0xC000,
        "UID is archived with other content; nothing was overwritten",
    )
    assert place.rows("select count(*) from instance") == [(1,)]
    assert place.rows("select reason_code from quarantine_item") == [("duplicate-with-other-bytes",)]


def test_an_object_of_another_patient_is_refused_with_what_to_do(place, receive):
    running, (file, other) = receive(), images(n=2)
    place.announce()
    stranger = dcmread(other)
    stranger.PatientID, stranger.PatientName, stranger.PatientBirthDate = "OTHER", "OTHER^PERSON", "19010101"
    association = associate(running.port, files=[file, other])
    assert association.send_c_store(dcmread(file)).Status == 0x0000
    answer = association.send_c_store(stranger)
    association.release()
    assert answer.Status == 0xA900
    assert 0 < len(answer.ErrorComment) <= 64
    assert place.rows("select reason_code from quarantine_item") == [("other-patient",)]


def test_an_object_whose_uid_is_not_the_message_s_does_not_match(place, receive):
    running, (file,) = receive(), images(n=1)
    place.announce()
    association = associate(running.port, files=[file])
    altered = dcmread(file)

    class Lying(type(altered)):
        @property
        def SOPInstanceUID(self):  # noqa: N802
            return "2.25.1"

    altered.__class__ = Lying
    answer = association.send_c_store(altered)
    association.release()
    assert answer.Status == 0xA900


def test_nothing_is_taken_before_a_delivery_is_announced_or_after_it_has_ended(place, receive):
    running, files = receive(), images(n=1)
    (answer,) = send(running.port, files)
    assert (answer.Status, answer.ErrorComment) == (0xC000, "announce the delivery first (Casebook, Uploads)")
    delivery_id = place.announce()
    assert statuses(send(running.port, files)) == {0x0000}
    with place.installation.database.transaction(actor="coordinator") as session:
        from datetime import UTC, datetime

        senders.end_announcement(session, ACTOR, delivery_id=delivery_id, now=datetime.now(UTC))
    assert statuses(send(running.port, files)) == {0xC000}
    assert place.rows("select count(*) from submission") == [(1,)]


@pytest.mark.parametrize(
    ("subject", "timepoint", "status"),
    [
        ("JP-03-0001", "baseline", 0x0000),
        ("JP-03-0001", "no-such", 0xC000),
        ("JP-03-0002", "baseline", 0xC000),
        ("BE-02-0001", "baseline", 0xC000),
    ],
    ids=["the site's own subject", "no timepoint of the study", "nobody", "another site's subject"],
)
def test_a_header_that_names_the_trial_s_subject_and_timepoint_says_where_it_belongs(
    place, receive, subject, timepoint, status
):
    running, (file,) = receive(), images(n=1)
    object_ = dcmread(file)
    object_.ClinicalTrialSubjectID, object_.ClinicalTrialTimePointID = subject, timepoint
    association = associate(running.port, files=[file])
    assert association.send_c_store(object_).Status == status
    association.release()
    assert place.rows("select count(*) from instance") == [(1 if status == 0 else 0,)]


def test_a_sender_that_is_disabled_meanwhile_is_not_authorised(place, receive):
    running, files = receive(), images(n=2)
    place.announce()
    association = associate(running.port, files=files)
    assert association.send_c_store(dcmread(files[0])).Status == 0x0000
    disable(place)
    import time

    time.sleep(1.1)
    answer = association.send_c_store(dcmread(files[1]))
    association.release()
    assert (answer.Status, answer.ErrorComment) == (0x0124, "this sender was disabled: ask the data centre")


def disable(place) -> None:
    from datetime import UTC, datetime

    with place.installation.database.transaction(actor="manager") as session:
        senders.disable_sender(
            session,
            ACTOR,
            study_code="DREAM",
            site_code="JP-03",
            sender_id=place.senders["JP-03"],
            version=1,
            reason="replaced",
            now=datetime.now(UTC),
        )


def test_an_object_that_cannot_be_kept_is_answered_with_out_of_resources_and_can_be_sent_again(
    place, receive, monkeypatch
):
    running, files = receive(), images(n=1)
    place.announce()
    archive = type(place.installation.archive)
    put_all = archive.put_all

    def full(self, items):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "put_all", full)
    (answer,) = send(running.port, files)
    assert (answer.Status, answer.ErrorComment) == (0xA700, "nothing was stored: send again later")
    assert place.rows("select count(*) from instance") == [(0,)]
    monkeypatch.setattr(archive, "put_all", put_all)
    assert statuses(send(running.port, files)) == {0x0000}


def test_an_abort_in_the_middle_of_an_object_leaves_nothing_and_closes_the_submission(place, receive):
    import socket

    running, files = receive(), images(n=2)
    place.announce()
    association = associate(running.port, files=files)
    assert association.send_c_store(dcmread(files[0])).Status == 0x0000
    connection = association.dul.socket.socket
    part = b"\x04\x00\x00\x00\x40\x00" + b"\x00" * 100
    connection.sendall(part)
    connection.shutdown(socket.SHUT_RDWR)
    wait_for_end(running)
    assert running.receiver.n_associations == 0
    assert place.rows("select state from submission") == [("complete",)]
    assert place.rows("select count(*) from instance") == [(1,)]
    assert list(place.installation.archive.staging_dir().iterdir()) == []
