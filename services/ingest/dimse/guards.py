"""pynetdicom's transport, upper layer and message layer, with limits that it does not set itself.

pynetdicom 3.0.4 buffers a PDU of whatever length is announced, waits for the rest of one without end, queues messages
that nobody has answered yet without end, and keeps whole data sets in memory.
"""

import contextlib
import logging
import os
import queue
import select
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_messages import C_STORE_RQ, DIMSEMessage
from pynetdicom.dul import DULServiceProvider
from pynetdicom.pdu_primitives import P_DATA
from pynetdicom.transport import AssociationSocket

from services.ingest.dimse.limits import ReceiverLimits
from services.ingest.dimse.pdus import ASSOCIATE_RQ, CONTROL_BYTES, HEADER_BYTES, KINDS, header
from services.ingest.dimse.pdus import P_DATA as P_DATA_KIND
from services.ingest.dimse.received_file import ReceivedFile, head
from services.ingest.dimse.stored_response import stored_response

if TYPE_CHECKING:
    from pynetdicom.association import Association
    from pynetdicom.dimse_primitives import DimsePrimitiveType, DimseServiceType

log = logging.getLogger(__name__)

CLOSED: Final = "Evt17"
INVALID: Final = "Evt19"
"""Events of the upper layer's state machine (PS3.8 Table 9-6)."""
LEAVING: Final = "Sta13"
"""The state that awaits the end of the connection: whatever comes is of no interest any more."""
PASSED_OVER_BYTES: Final = 64 * 1024
LOOK_MS: Final = 100
LOOK_S: Final = LOOK_MS / 1000
LOOK_WHEN_FULL_MS: Final = 5
"""For how long a thread waits for news; its timers are looked at in between."""
SHORTEST_S: Final = 0.0001
"""pynetdicom sleeps so long after each look, in vain where the look itself waits."""
WHOLE_COMMAND: Final = b"\x03"
"""The control header of a command set that is one fragment (PS3.8 E.2)."""
PDV_HEADER_BYTES: Final = 6
MOST_UNANSWERED: Final = 2
"""Messages that wait: the one being answered, and the next. No more is read before the first has its answer."""


class RingingQueue(queue.Queue[Any]):
    """A queue that rings when something is put into it, so that nobody need look every millisecond."""

    def __init__(self, ring: Callable[[], None]) -> None:
        super().__init__()
        self._ring = ring

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: FBT001, FBT002
        """Put and ring."""
        super().put(item, block, timeout)
        self._ring()


class GuardedSocket(AssociationSocket):
    """A connection that is read in large pieces, under one time limit for each PDU; `said` is what was read before.

    Senders keep Nagle's algorithm on (dcmtk does): what they send is acknowledged, and answered, without delay, or each
    message would stall for 40 ms.
    """

    def __init__(self, assoc: "Association", connection: socket.socket, said: bytearray, *, silent_s: float) -> None:
        super().__init__(assoc, client_socket=connection)
        self._said = said
        self._silent_s = silent_s
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(silent_s)

    @property
    def ready(self) -> bool:
        """Whether something can be read; for any number of open files, unlike `select`."""
        if self._said:
            return True
        connection = self.socket
        if connection is None or not self._is_connected:
            return False
        try:
            poll = select.poll()
            poll.register(connection, select.POLLIN)
            return bool(poll.poll(0))
        except (OSError, ValueError):
            self.event_queue.put(CLOSED)
            return False

    def recv(self, nr_bytes: int) -> bytearray:
        """Read so many bytes, fewer where the peer closes. Raises TimeoutError when they take too long."""
        taken = self._said[:nr_bytes]
        del self._said[:nr_bytes]
        connection = cast("socket.socket", self.socket)
        data = bytearray(nr_bytes)
        data[: len(taken)] = taken
        n_read, until_s = len(taken), time.monotonic() + self._silent_s
        view = memoryview(data)
        while n_read < nr_bytes:
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            connection.settimeout(left_s)
            n_new = connection.recv_into(view[n_read:])
            if not n_new:
                break
            n_read += n_new
        view.release()
        del data[n_read:]
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return data

    def _shutdown_socket(self) -> None:
        """Close the connection; pynetdicom leaves it open where the peer closed it first."""
        connection = self.socket
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def pass_over(self) -> bool:
        """Read and forget some of what comes; False at its end."""
        try:
            return bool(cast("socket.socket", self.socket).recv(PASSED_OVER_BYTES))
        except OSError:
            return False


class GuardedUpperLayer(DULServiceProvider):
    """Refuses a PDU by its announced length before it is read, and reads no further than is answered."""

    def __init__(self, assoc: "Association", limits: ReceiverLimits, *, news: threading.Event) -> None:
        super().__init__(assoc)
        self.daemon = True
        self._limits = limits
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._run_loop_delay = SHORTEST_S
        self.to_user_queue = RingingQueue(news.set)
        self.to_provider_queue = RingingQueue(self._ring)

    def run_reactor(self) -> None:
        """Run the state machine; what it cannot go on from ends the association, not the thread's neighbours."""
        try:
            super().run_reactor()
        except Exception as error:  # noqa: BLE001 - the edge of the thread
            log.warning("upper layer ended error=%s", type(error).__name__)

    def kill_dul(self) -> None:
        """Have the thread end."""
        super().kill_dul()
        self._ring()

    def stop_dul(self) -> bool:
        """End the thread where its state machine is idle; whether it was."""
        self._ring()
        return super().stop_dul()

    def close(self) -> None:
        """Give up the bell, when the thread has ended."""
        self.join(LOOK_S)
        os.close(self._bell)
        self._bell = -1

    def _ring(self) -> None:
        if self._bell >= 0:
            with contextlib.suppress(OSError):
                os.eventfd_write(self._bell, 1)

    def _is_transport_event(self) -> bool:
        is_full = self.assoc.dimse.msg_queue.qsize() >= MOST_UNANSWERED
        if self.event_queue.empty() and not self._kill_thread:
            self._wait(is_full=is_full)
        return not is_full and self.to_provider_queue.empty() and super()._is_transport_event()

    def _wait(self, *, is_full: bool) -> None:
        """Wait until something can be read or is to be sent."""
        waiter = select.poll()
        waiter.register(self._bell, select.POLLIN)
        connection = cast("GuardedSocket", self.socket)
        if not is_full and connection.socket is not None:
            if connection.ready:
                return
            waiter.register(connection.socket, select.POLLIN)
        waiter.poll(LOOK_WHEN_FULL_MS if is_full else LOOK_MS)
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._bell)

    def _read_pdu_data(self) -> None:
        connection = cast("GuardedSocket", self.socket)
        if self.state_machine.current_state == LEAVING:
            if not connection.pass_over():
                self.event_queue.put(CLOSED)
            return
        try:
            begins = connection.recv(HEADER_BYTES)
            if len(begins) < HEADER_BYTES:
                self.event_queue.put(CLOSED)
                return
            kind, n_bytes = header(begins)
            if kind not in KINDS or n_bytes > self._most(kind):
                self.event_queue.put(INVALID)
                return
            follows = connection.recv(n_bytes)
        except OSError:
            self.event_queue.put(CLOSED)
            return
        self._take(begins, follows, n_bytes)

    def _take(self, begins: bytearray, follows: bytearray, n_bytes: int) -> None:
        if len(follows) < n_bytes:
            self.event_queue.put(CLOSED)
            return
        try:
            pdu, event = self._decode_pdu(begins + follows)
        except Exception:  # noqa: BLE001 - whatever a hostile PDU provokes in its decoder
            self.event_queue.put(INVALID)
            return
        self._recv_pdu.put(pdu)
        self.event_queue.put(event)

    def _most(self, kind: int) -> int:
        if kind == P_DATA_KIND:
            return self._limits.max_pdu_bytes
        return self._limits.max_request_bytes if kind <= ASSOCIATE_RQ + 2 else CONTROL_BYTES


class FilingMessages(DIMSEServiceProvider):
    """Writes the data set of a C-STORE into a file of `folder` as it comes; everything else stays short.

    `news` is set when something came. `between` is called in the association's thread before it waits for the next.
    """

    def __init__(
        self,
        assoc: "Association",
        folder: Path,
        limits: ReceiverLimits,
        *,
        news: threading.Event,
        between: Callable[[], None],
    ) -> None:
        super().__init__(assoc)
        self._folder = folder
        self._limits = limits
        self._between = between
        self._news = news
        self.msg_queue = RingingQueue(news.set)

    def get_msg(self, block: bool = False) -> tuple[None, None] | tuple[int, "DimseServiceType"]:  # noqa: FBT001, FBT002
        """Return the next message that came; without blocking, what there is after a moment in which nothing came."""
        self._news.clear()
        self._between()
        if not block and self.msg_queue.empty() and self.dul.to_user_queue.empty():
            self._news.wait(LOOK_S)
        return super().get_msg(block)

    def send_msg(self, primitive: "DimsePrimitiveType", context_id: int) -> None:
        """Send a message; that an object is stored by the short road."""
        command = stored_response(primitive)
        if command is None or 0 < self.maximum_pdu_size < len(command) + PDV_HEADER_BYTES:
            super().send_msg(primitive, context_id)
            return
        part = P_DATA()
        part.presentation_data_value_list = [[context_id, WHOLE_COMMAND + command]]  # type: ignore[list-item]  # as above
        self.dul.send_pdu(part)

    def receive_primitive(self, primitive: P_DATA) -> None:
        """Take fragments one by one; a message that is none, or too long, ends the association."""
        for value in primitive.presentation_data_value_list:
            try:
                part = P_DATA()
                part.presentation_data_value_list = [list(value)]  # type: ignore[list-item]  # it asks for lists
                super().receive_primitive(part)
                self._look_at(self.message)
            except Exception:  # noqa: BLE001 - whatever a hostile message provokes in its decoder
                self.dul.event_queue.put(INVALID)
                return

    def close(self) -> None:
        """Close the files of what did not come to its end, and of what nobody answers any more."""
        unanswered = [message for _, message in self.msg_queue.queue]
        for message in (self.message, *unanswered):
            file = getattr(message, "_data_set_file", None) or getattr(message, "_dataset_file", None)
            if file is not None:
                file.close()

    def _look_at(self, message: DIMSEMessage | None) -> None:
        if message is None:
            return
        if isinstance(message, C_STORE_RQ):
            if message._data_set_file is None:  # noqa: SLF001 - the place pynetdicom keeps its own file at
                self._file(message)
            return
        n_bytes = message.data_set.tell() if message.data_set else 0
        if (
            message.encoded_command_set.tell() > self._limits.max_command_bytes
            or n_bytes > self._limits.max_dataset_bytes
        ):
            raise ValueError("a message is longer than any of this service")

    def _file(self, message: C_STORE_RQ) -> None:
        command = message.command_set
        context = self.assoc._accepted_cx[cast("int", message.context_id)]  # noqa: SLF001 - as pynetdicom itself does
        begins = head(
            sop_class_uid=str(command.AffectedSOPClassUID),
            sop_uid=str(command.AffectedSOPInstanceUID),
            transfer_syntax_uid=str(context.transfer_syntax[0]),
        )
        file = ReceivedFile(self._folder, begins, max_bytes=self._limits.max_object_bytes)
        message._data_set_file = file  # type: ignore[assignment]  # noqa: SLF001 - it writes, flushes and closes
        message._data_set_path = Path(file.name)  # noqa: SLF001
