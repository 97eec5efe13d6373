"""Storage commitment: answered from the bytes, on the association or on one of our own."""

import threading
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, evt

from tests.ingest.dimse.scu import COMMITMENT, COMMITMENT_INSTANCE, associate, images, send

CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"


class Told:
    """What a sender was told of its commitments."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.kind: int | None = None
        self.information = Dataset()

    def take(self, event: evt.Event) -> tuple[int, None]:
        self.kind, self.information = event.event_type, event.event_information
        self.event.set()
        return 0x0000, None

    def committed(self) -> set[str]:
        assert self.event.wait(15), "nothing was told"
        return {item.ReferencedSOPInstanceUID for item in self.information.get("ReferencedSOPSequence", ())}

    def failed(self) -> dict[str, int]:
        assert self.event.wait(15), "nothing was told"
        found = self.information.get("FailedSOPSequence", ())
        return {item.ReferencedSOPInstanceUID: item.FailureReason for item in found}


def asked(pairs: list[tuple[str, str]]) -> Dataset:
    request = Dataset()
    request.TransactionUID = generate_uid()
    request.ReferencedSOPSequence = []
    for sop_class, sop in pairs:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, sop
        request.ReferencedSOPSequence.append(item)
    return request


def ask(port: int, request: Dataset, told: Told, *, stay: bool = True, **titles: str) -> None:
    """Ask for commitment; stay for the answer, or leave at once."""
    association = associate(port, **titles)
    association.bind(evt.EVT_N_EVENT_REPORT, told.take)
    status, _ = association.send_n_action(request, 1, COMMITMENT, COMMITMENT_INSTANCE)
    assert status.Status == 0x0000
    if stay:
        assert told.event.wait(15)
    association.release()


def pair(path: Path) -> tuple[str, str]:
    head = dcmread(path, stop_before_pixels=True)
    return str(head.SOPClassUID), str(head.SOPInstanceUID)


@pytest.fixture
def stored(place, receive):
    running, files = receive(), images(n=4)
    place.announce()
    assert {answer.Status for answer in send(running.port, files)} == {0x0000}
    return running, [pair(path) for path in files]


def test_all_that_is_whole_is_committed_to_on_the_same_association(stored):
    running, pairs = stored
    told, request = Told(), asked(pairs)
    ask(running.port, request, told)
    assert told.kind == 1
    assert told.information.TransactionUID == request.TransactionUID
    assert told.committed() == {sop for _, sop in pairs}
    assert told.failed() == {}


def test_one_flipped_byte_a_missing_file_a_wrong_class_and_an_unknown_object_fail_with_their_reasons(place, stored):
    running, pairs = stored
    keys = dict(
        place.rows(
            "select original_uid, file_key from restricted.source_uid join instance on sop_uid = uid where level = 'instance'"
        )
    )
    root = place.installation.settings.archive_dir
    damaged = root / keys[pairs[0][1]]
    content = bytearray(damaged.read_bytes())
    content[-10] ^= 1
    damaged.write_bytes(content)
    (root / keys[pairs[1][1]]).unlink()
    told = Told()
    ask(running.port, asked([pairs[0], pairs[1], (MR, pairs[2][1]), pairs[3], (CT, "2.25.7")]), told)
    assert told.kind == 2
    assert told.committed() == {pairs[3][1]}
    assert told.failed() == {pairs[0][1]: 0x0110, pairs[1][1]: 0x0110, pairs[2][1]: 0x0119, "2.25.7": 0x0112}


def test_another_site_is_not_told_of_objects_that_are_not_its_own(stored):
    running, pairs = stored
    told = Told()
    ask(running.port, asked(pairs[:1]), told, calling="PACS_BE-02")
    assert told.failed() == {pairs[0][1]: 0x0112}


def test_a_sender_that_left_is_told_on_an_association_of_ours(stored, commitment_port):
    running, pairs = stored
    told, ae = Told(), AE(ae_title="PACS_JP-03")
    ae.add_supported_context(COMMITMENT, scu_role=True, scp_role=True)
    ae.require_called_aet = True
    ae.require_calling_aet = ["CASEBOOK"]
    listening = ae.start_server(
        ("127.0.0.1", commitment_port), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, told.take)]
    )
    try:
        ask(running.port, asked(pairs), told, stay=False)
        assert told.committed() == {sop for _, sop in pairs}
    finally:
        listening.shutdown()


@pytest.mark.parametrize(("action", "status"), [(1, 0x0115), (2, 0x0123)])
def test_what_is_no_request_for_commitment_is_refused(receive, action, status):
    association = associate(receive().port)
    request = Dataset()
    request.TransactionUID = generate_uid()
    answer, _ = association.send_n_action(request, action, COMMITMENT, COMMITMENT_INSTANCE)
    association.release()
    assert answer.Status == status
