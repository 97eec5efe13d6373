"""A process that receives: the porch, its associations, one committer, and the children that read what came."""

import contextlib
import logging
import socket
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pynetdicom import AE, _config
from sqlalchemy.exc import SQLAlchemyError

from casebook.actions import dicom_reception
from casebook.actions.dicom_reception import Unknown
from casebook.dicom.deidentification.trial import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from casebook.dicom.workshop import Workshop
from casebook.installation import Installation
from casebook.store.senders import RegisteredSender
from services.ingest.dimse.commitment import Commitments
from services.ingest.dimse.committer import Committer
from services.ingest.dimse.contexts import supported_contexts
from services.ingest.dimse.limits import DEFAULT_LIMITS, ReceiverLimits
from services.ingest.dimse.pdus import Rejection, titles
from services.ingest.dimse.porch import Porch, Visitor
from services.ingest.dimse.reception import Reception, Welcome
from services.ingest.dimse.storing import Storing

log = logging.getLogger(__name__)

N_DOORKEEPERS: Final = 4
"""Threads that look up who asks for an association."""
REJECTION_S: Final = 2.0
LOOK_S: Final = 0.05
REASONS: Final = {Unknown.CALLED: Rejection.CALLED_TITLE, Unknown.CALLING: Rejection.CALLING_TITLE}

_config.LOG_HANDLER_LEVEL = "none"  # its handlers write every element of every message into the log
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)


class Receiver:
    """Receives on a listening socket, which may be shared with other processes; use as a context manager."""

    def __init__(
        self,
        installation: Installation,
        listening: socket.socket,
        *,
        workshop: Workshop,
        limits: ReceiverLimits = DEFAULT_LIMITS,
    ) -> None:
        self._installation = installation
        self._workshop = workshop
        self._limits = limits
        self._committer = Committer(installation)
        self._commitments = Commitments(installation)
        self._welcome = Welcome(_entity(), supported_contexts(), limits, self._commitments)
        self._receptions: set[Reception] = set()
        self._doorkeepers = ThreadPoolExecutor(N_DOORKEEPERS, "doorkeeper")
        self._porch = Porch(listening, self._ask_in, limits)
        self._thread = threading.Thread(target=self._porch.run, name="porch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def n_waiting(self) -> int:
        """How many connections have not asked for an association."""
        return self._porch.n_waiting

    @property
    def n_associations(self) -> int:
        """How many associations there are."""
        return len(self._receptions)

    def stop(self) -> None:
        """Take no more connections, let associations end for a while, then abort those that go on."""
        self._porch.stop()
        self._thread.join()
        self._doorkeepers.shutdown(wait=True)
        self._wait_for_end(self._limits.finish_s)
        for reception in list(self._receptions):
            reception.abort(block=False)
        self._wait_for_end(self._limits.request_s)
        self._commitments.stop()
        self._committer.stop()

    def _wait_for_end(self, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while self._receptions and time.monotonic() < until_s:
            time.sleep(LOOK_S)

    def _ask_in(self, visitor: Visitor) -> None:
        self._doorkeepers.submit(self._admit, visitor)

    def _admit(self, visitor: Visitor) -> None:
        try:
            answer = self._judged(visitor)
            if isinstance(answer, Rejection):
                _reject(visitor, answer)
            else:
                self._receive(visitor, answer)
        except Exception:
            log.exception("an association could not be begun")
            visitor.connection.close()

    def _judged(self, visitor: Visitor) -> RegisteredSender | Rejection:
        if len(self._receptions) >= self._limits.max_associations:
            return Rejection.LIMIT_EXCEEDED
        asked = titles(visitor.said)
        if asked is None:
            return Rejection.CALLED_TITLE
        try:
            with self._installation.database.session() as session:
                found = dicom_reception.admit(session, calling=asked.calling, called=asked.called)
        except SQLAlchemyError as error:
            log.warning("association refused error=%s", type(error).__name__)
            return Rejection.CONGESTED
        return REASONS[found] if isinstance(found, Unknown) else found

    def _receive(self, visitor: Visitor, sender: RegisteredSender) -> None:
        folder = Path(tempfile.mkdtemp(prefix="c-store-", dir=self._installation.archive.staging_dir()))
        storing = Storing(
            self._installation, workshop=self._workshop, committer=self._committer, sender=sender, folder=folder
        )
        reception = Reception(
            self._welcome, visitor, sender, storing=storing, folder=folder, on_end=self._receptions.discard
        )
        self._receptions.add(reception)
        reception.start()


def _entity() -> AE:
    entity = AE(ae_title="CASEBOOK")
    entity.implementation_class_uid = IMPLEMENTATION_CLASS_UID
    entity.implementation_version_name = IMPLEMENTATION_VERSION_NAME
    entity.maximum_associations = 2**31 - 1  # the receiver counts its own
    return entity


def _reject(visitor: Visitor, answer: Rejection) -> None:
    with contextlib.suppress(OSError), visitor.connection as connection:
        connection.settimeout(REJECTION_S)
        connection.sendall(answer.pdu())
        connection.shutdown(socket.SHUT_WR)
