"""Where connections wait until they have asked for an association: one thread for all of them, under limits.

Each association costs two threads; a connection that says nothing costs an entry of a table here, and its place goes to
the next one when there are too many.
"""

import contextlib
import selectors
import socket
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from services.ingest.dimse.limits import ReceiverLimits
from services.ingest.dimse.pdus import ASSOCIATE_RQ, HEADER_BYTES, header

LOOK_S = 0.5
"""How often the oldest are looked for when nothing happens."""


@dataclass(slots=True)
class Visitor:
    """A connection with what it has said so far."""

    connection: socket.socket
    address: tuple[str, int]
    until_s: float
    said: bytearray = field(default_factory=bytearray)

    def has_asked(self, limits: ReceiverLimits) -> bool | None:
        """Whether the request is whole; None where this is none, or one longer than any."""
        if len(self.said) < HEADER_BYTES:
            return None if self.said and self.said[0] != ASSOCIATE_RQ else False
        kind, n_bytes = header(self.said)
        if kind != ASSOCIATE_RQ or n_bytes > limits.max_request_bytes:
            return None
        return len(self.said) >= HEADER_BYTES + n_bytes


class Porch:
    """Accepts connections and hands over those that asked for an association, with what they said."""

    def __init__(self, listening: socket.socket, hand_over: Callable[[Visitor], None], limits: ReceiverLimits) -> None:
        listening.setblocking(False)
        self._listening = listening
        self._hand_over = hand_over
        self._limits = limits
        self._selector = selectors.DefaultSelector()
        self._visitors: OrderedDict[int, Visitor] = OrderedDict()
        self._per_address: Counter[str] = Counter()
        self._bell, self._stop = socket.socketpair()

    @property
    def n_waiting(self) -> int:
        """How many connections wait."""
        return len(self._visitors)

    def stop(self) -> None:
        """Have `run` end; safe from any thread."""
        with contextlib.suppress(OSError):
            self._stop.send(b"\0")

    def run(self) -> None:
        """Serve the porch until `stop`."""
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._selector.register(self._bell, selectors.EVENT_READ)
        is_open = True
        while is_open:
            for key, _ in self._selector.select(LOOK_S):
                if key.fileobj is self._bell:
                    is_open = False
                elif key.fileobj is self._listening:
                    self._accept()
                else:
                    self._hear(key)
            self._send_idlers_away()
        self._close()

    def _accept(self) -> None:
        try:
            connection, address = self._listening.accept()
        except OSError:
            return  # another process was quicker, or the peer is gone already
        connection.setblocking(False)
        visitor = Visitor(connection, (address[0], address[1]), time.monotonic() + self._limits.request_s)
        self._make_room(visitor.address[0])
        self._visitors[connection.fileno()] = visitor
        self._per_address[visitor.address[0]] += 1
        self._selector.register(connection, selectors.EVENT_READ)

    def _make_room(self, host: str) -> None:
        if self._per_address[host] >= self._limits.max_waiting_per_address:
            self._send_away(next(one for one in self._visitors.values() if one.address[0] == host))
        elif len(self._visitors) >= self._limits.max_waiting:
            self._send_away(next(iter(self._visitors.values())))

    def _hear(self, key: selectors.SelectorKey) -> None:
        visitor = self._visitors.get(key.fd)
        if visitor is not None and visitor.connection is key.fileobj:  # not sent away since `select` returned
            self._listen_to(visitor)

    def _listen_to(self, visitor: Visitor) -> None:
        try:
            said = visitor.connection.recv(self._limits.max_request_bytes)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        visitor.said += said
        asked = visitor.has_asked(self._limits)
        if not said or asked is None:
            self._send_away(visitor)
        elif asked:
            self._let_go(visitor)
            self._hand_over(visitor)

    def _send_idlers_away(self) -> None:
        now_s = time.monotonic()
        while self._visitors:
            oldest = next(iter(self._visitors.values()))
            if oldest.until_s > now_s:
                return
            self._send_away(oldest)

    def _let_go(self, visitor: Visitor) -> None:
        del self._visitors[visitor.connection.fileno()]
        self._per_address[visitor.address[0]] -= 1
        if not self._per_address[visitor.address[0]]:
            del self._per_address[visitor.address[0]]
        self._selector.unregister(visitor.connection)

    def _send_away(self, visitor: Visitor) -> None:
        self._let_go(visitor)
        visitor.connection.close()

    def _close(self) -> None:
        while self._visitors:
            self._send_away(next(iter(self._visitors.values())))
        self._selector.close()
        for one in (self._listening, self._bell, self._stop):
            one.close()
