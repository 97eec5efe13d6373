"""Who is let in, and what a peer can not make the receiver do."""

import socket
import struct
import time
from contextlib import ExitStack
from dataclasses import replace

import psutil
import pytest
from pydicom import dcmread

from services.ingest.dimse.limits import DEFAULT_LIMITS
from services.ingest.dimse.pdus import Rejection
from tests.ingest.dimse.scu import associate, images, send, statuses

QUICK = replace(DEFAULT_LIMITS, request_s=0.6, silent_s=1.0, finish_s=5)


def request(calling: str = "PACS_JP-03", called: str = "CASEBOOK") -> bytes:
    """An A-ASSOCIATE-RQ with its titles and nothing else."""
    body = struct.pack(">H2x16s16s32x", 1, called.encode().ljust(16), calling.encode().ljust(16))
    return struct.pack(">BxL", 1, len(body)) + body


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def is_closed(connection: socket.socket) -> bool:
    try:
        while connection.recv(4096):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def test_a_registered_pair_of_titles_is_let_in_and_verified(receive):
    association = associate(receive().port)
    assert association.is_established
    assert association.send_c_echo().Status == 0x0000
    association.release()


@pytest.mark.parametrize(
    ("calling", "called", "rejection"),
    [
        ("PACS_JP-03", "OTHER", Rejection.CALLED_TITLE),
        ("STRANGER", "CASEBOOK", Rejection.CALLING_TITLE),
        ("STRANGER", "OTHER", Rejection.CALLED_TITLE),
        ("pacs_jp-03", "CASEBOOK", Rejection.CALLING_TITLE),
    ],
)
def test_a_wrong_title_is_rejected_for_good_with_the_right_reason(receive, calling, called, rejection):
    with connected(receive().port) as connection:
        connection.sendall(request(calling, called))
        assert connection.recv(64) == rejection.pdu()
        assert is_closed(connection)


def test_pynetdicom_s_scu_understands_the_rejection(receive):
    association = associate(receive().port, calling="STRANGER")
    assert association.is_rejected
    primitive = association.acceptor.primitive
    assert (primitive.result, primitive.result_source, primitive.diagnostic) == (0x01, 0x01, 0x03)


def test_a_machine_that_was_disabled_is_rejected(place, receive):
    from tests.ingest.dimse.test_storing import disable

    port = receive().port
    disable(place)
    association = associate(port)
    assert association.is_rejected


def test_more_associations_than_allowed_are_rejected_for_the_time_being(receive):
    running = receive(replace(QUICK, max_associations=1, silent_s=10))
    first = associate(running.port)
    assert first.is_established
    with connected(running.port) as connection:
        connection.sendall(request())
        assert connection.recv(64) == Rejection.LIMIT_EXCEEDED.pdu()
    first.release()


def test_two_hundred_idle_connections_do_not_stop_a_sender_and_cost_no_thread(place, receive):
    running, files = receive(), images(n=2)
    place.announce()
    process = psutil.Process()
    n_threads = process.num_threads()
    with ExitStack() as stack:
        idle = [stack.enter_context(connected(running.port)) for _ in range(200)]
        deadline = time.monotonic() + 5
        while running.receiver.n_waiting < DEFAULT_LIMITS.max_waiting_per_address and time.monotonic() < deadline:
            time.sleep(0.02)
        assert running.receiver.n_waiting == DEFAULT_LIMITS.max_waiting_per_address
        assert process.num_threads() == n_threads
        assert statuses(send(running.port, files)) == {0x0000}
        assert is_closed(idle[0]), "the oldest make room"


def test_a_connection_that_never_asks_is_closed_also_when_it_says_something_now_and_then(receive):
    port = receive(QUICK).port
    with connected(port) as silent, connected(port) as dripping:
        began_s = time.monotonic()
        for byte in request()[:4]:
            dripping.sendall(bytes([byte]))
            time.sleep(0.1)
        assert is_closed(silent)
        assert is_closed(dripping)
        assert time.monotonic() - began_s < 5


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\x04\x00\x00\x00\x00\x0c", b"\x01\x00\xff\xff\xff\xff"])
def test_what_is_no_request_for_an_association_is_hung_up_on_at_once(receive, said):
    with connected(receive().port) as connection:
        connection.sendall(said)
        connection.settimeout(2)
        assert is_closed(connection)


def test_an_association_that_falls_silent_is_aborted(receive):
    running = receive(QUICK)
    association = associate(running.port)
    deadline = time.monotonic() + 5
    while not association.is_aborted and time.monotonic() < deadline:
        time.sleep(0.05)
    assert association.is_aborted
    running.receiver._wait_for_end(5)
    assert running.receiver.n_associations == 0


def test_a_pdu_longer_than_the_negotiated_maximum_is_refused_before_it_is_read(receive):
    running = receive(replace(QUICK, silent_s=20))
    association = associate(running.port)
    connection = association.dul.socket.socket
    rss = psutil.Process().memory_info().rss
    connection.sendall(struct.pack(">BxL", 4, 2**32 - 1))
    deadline = time.monotonic() + 5
    while not association.is_aborted and time.monotonic() < deadline:
        time.sleep(0.02)
    assert association.is_aborted
    assert psutil.Process().memory_info().rss - rss < 20 * 1024 * 1024


def test_a_pdu_that_stops_in_the_middle_ends_the_association(receive):
    running = receive(QUICK)
    association = associate(running.port)
    association.dul.socket.socket.sendall(struct.pack(">BxL", 4, 1000) + b"\0" * 10)
    running.receiver._wait_for_end(8)
    assert running.receiver.n_associations == 0


def test_messages_that_nobody_waits_for_are_read_no_further_than_they_are_answered(place, receive, monkeypatch):
    running, files = receive(), images(n=1)
    place.announce()
    association = associate(running.port, files=files)
    (theirs,) = running.receiver._receptions
    monkeypatch.setattr(type(theirs), "_serve_request", slowly)
    dataset = dcmread(files[0])
    association._reactor_checkpoint.clear()
    for number in range(40):
        send_without_waiting(association, dataset, number + 1)
    time.sleep(0.5)
    assert theirs.dimse.msg_queue.qsize() <= 2
    association._reactor_checkpoint.set()
    association.abort()


def slowly(_reception, message, _context_id) -> None:
    time.sleep(0.2)
    message._dataset_file.close()


def send_without_waiting(association, dataset, number: int) -> None:
    from io import BytesIO

    from pynetdicom.dimse_primitives import C_STORE
    from pynetdicom.dsutils import encode

    (context,) = [one for one in association.accepted_contexts if one.abstract_syntax == dataset.SOPClassUID]
    syntax = context.transfer_syntax[0]
    message = C_STORE()
    message.MessageID, message.Priority = number, 2
    message.AffectedSOPClassUID, message.AffectedSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    message.DataSet = BytesIO(encode(dataset, syntax.is_implicit_VR, syntax.is_little_endian))
    association.dimse.send_msg(message, context.context_id)


def test_a_message_that_is_none_ends_the_association_and_nothing_else(receive):
    running = receive(QUICK)
    association = associate(running.port)
    nonsense = b"\x03" + b"\xff" * 40
    value = struct.pack(">LB", len(nonsense) + 1, 1) + nonsense
    association.dul.socket.socket.sendall(struct.pack(">BxL", 4, len(value)) + value)
    running.receiver._wait_for_end(8)
    assert running.receiver.n_associations == 0
    again = associate(running.port)
    assert again.send_c_echo().Status == 0x0000
    again.release()
