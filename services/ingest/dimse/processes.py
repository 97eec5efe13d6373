"""Several receiving processes behind one port: they share the listening socket, and one that dies is replaced."""

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Final, Self

from casebook.actions import dicom_reception
from casebook.dicom.workshop import Workshop, limits_of
from casebook.installation import Installation, opened
from casebook.long_running import settle
from casebook.settings import Settings
from services.ingest.dimse.limits import DEFAULT_LIMITS, ReceiverLimits
from services.ingest.dimse.receiver import Receiver

log = logging.getLogger(__name__)

BACKLOG: Final = 256
MACHINE: Final = "casebook-receiver"
"""The actor of the audit trail for what a receiver does by itself."""
LOOK_S: Final = 1.0
TIDY_EVERY_S: Final = 60.0
SILENCES: Final = 3
"""A delivery is left behind when nothing came for so many times as long as an association may be silent."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(BACKLOG)
    return listening


def limits_from(settings: Settings) -> ReceiverLimits:
    """Return the limits that the installation's settings make."""
    return replace(
        DEFAULT_LIMITS,
        max_associations=settings.dicom_associations,
        silent_s=float(settings.dicom_silent_seconds),
    )


def receive(
    installation: Installation, listening: socket.socket, *, n_processes: int, stopped: threading.Event
) -> None:
    """Receive until `stopped`; one process receives by itself, several are children of this one."""
    if n_processes == 1:
        with _receiver(installation, listening, n_children=installation.settings.workers):
            _wait(installation, stopped, lambda: None)
    else:
        with _Family(installation.settings, listening, n_processes) as family:
            _wait(installation, stopped, family.replace_dead)


@contextmanager
def _receiver(installation: Installation, listening: socket.socket, *, n_children: int) -> Iterator[Receiver]:
    settings = installation.settings
    costs = limits_of(memory_mb=settings.parse_memory_mb, seconds=settings.parse_seconds)
    with (
        Workshop(n_children=n_children, limits=costs) as workshop,
        Receiver(installation, listening, workshop=workshop, limits=limits_from(settings)) as receiver,
    ):
        workshop.warm()
        yield receiver


def _wait(installation: Installation, stopped: threading.Event, look: Callable[[], None]) -> None:
    tidy_at_s = 0.0
    while not stopped.wait(LOOK_S):
        look()
        if time.monotonic() >= tidy_at_s:
            close_left_open(installation)
            tidy_at_s = time.monotonic() + TIDY_EVERY_S


def close_left_open(installation: Installation) -> int:
    """Close the deliveries of receivers that died in the middle; returns how many."""
    now = datetime.now(UTC)
    silence = timedelta(seconds=SILENCES * installation.settings.dicom_silent_seconds)
    with installation.database.transaction(actor=MACHINE, reason="left behind by an interruption") as session:
        return dicom_reception.close_left_open(session, silent_since=now - silence, now=now)


@dataclass(frozen=True, slots=True)
class _Member:
    """A child and the pipe whose end ends it."""

    process: SpawnProcess
    pipe: Connection


class _Family:
    """The receiving children. Each ends when told, and by itself when this process is gone."""

    def __init__(self, settings: Settings, listening: socket.socket, n_processes: int) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._settings = settings
        self._listening = listening
        self._n_children = max(1, settings.workers // n_processes)
        self._members: list[_Member] = []
        self._n_processes = n_processes

    def __enter__(self) -> Self:
        self._members = [self._born() for _ in range(self._n_processes)]
        return self

    def __exit__(self, *_: object) -> None:
        for member in self._members:
            member.pipe.close()
        for member in self._members:
            member.process.join()
        self._listening.close()

    def replace_dead(self) -> None:
        """Start another child in place of each that died."""
        for position, member in enumerate(self._members):
            if not member.process.is_alive():
                log.warning("receiver died exitcode=%s", member.process.exitcode)
                member.pipe.close()
                self._members[position] = self._born()

    def _born(self) -> _Member:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_child, args=(self._settings, self._listening, theirs, self._n_children), name="receiver"
        )
        process.start()
        theirs.close()
        return _Member(process, ours)


def _child(settings: Settings, listening: socket.socket, parent: Connection, n_children: int) -> None:
    """Receive until the parent closes its end of the pipe, or dies."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the parent ends its children in order
    with opened(settings) as installation, _receiver(installation, listening, n_children=n_children):
        settle()
        try:
            parent.recv_bytes()
        except (EOFError, OSError):
            log.info("receiver ends pid=%s", os.getpid())
