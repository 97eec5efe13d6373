"""Storage commitment on the wire (PS3.4 J.3): requests read, results told on the association or on one of our own."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom import AE, build_role

from casebook.actions import storage_commitment
from casebook.actions.dicom_reception import actor_of
from casebook.domain.storage_commitment import Answer, Reference
from casebook.installation import Installation
from casebook.store.senders import RegisteredSender
from services.ingest.dimse.statuses import SUCCESS

log = logging.getLogger(__name__)

PUSH_MODEL: Final = UID("1.2.840.10008.1.20.1")
PUSH_MODEL_INSTANCE: Final = UID("1.2.840.10008.1.20.1.1")
"""Storage Commitment Push Model SOP Class, and its well-known instance (PS3.4 J.3.5)."""
REQUEST: Final = 1
"""Action Type ID of a request (PS3.4 J.3.2)."""
ALL_KEPT: Final = 1
SOME_NOT_KEPT: Final = 2
"""Event Type IDs of a result (PS3.4 J.3.3)."""
NO_SUCH_ACTION: Final = 0x0123
INVALID_ARGUMENT: Final = 0x0115
ATTEMPTS_AFTER_S: Final = (0.0, 10.0, 60.0)
ANSWER_S: Final = 30.0
N_THREADS: Final = 2


@dataclass(frozen=True, slots=True)
class Request:
    """A transaction of the sender with the objects it names."""

    transaction_uid: str
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What is told of a transaction."""

    transaction_uid: str
    answer: Answer

    @property
    def event_type(self) -> int:
        """Whether everything is kept."""
        return SOME_NOT_KEPT if self.answer.failed else ALL_KEPT

    def dataset(self) -> Dataset:
        """Return the event's information (PS3.4 Table J.3-2)."""
        told = Dataset()
        told.TransactionUID = self.transaction_uid
        if self.answer.committed:
            told.ReferencedSOPSequence = [_item(one) for one in self.answer.committed]
        if self.answer.failed:
            told.FailedSOPSequence = [_item(one) for one, _ in self.answer.failed]
            for item, (_, failure) in zip(told.FailedSOPSequence, self.answer.failed, strict=True):
                item.FailureReason = int(failure)
        return told


def _item(reference: Reference) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = reference.sop_class_uid
    item.ReferencedSOPInstanceUID = reference.sop_uid
    return item


def request_of(information: Dataset) -> Request | None:
    """Read an action's information; None where it is no request for commitment."""
    transaction_uid = str(information.get("TransactionUID", "") or "")
    items: Sequence[Dataset] = information.get("ReferencedSOPSequence", None) or ()
    references = tuple(
        Reference(str(item.get("ReferencedSOPClassUID", "")), str(item.get("ReferencedSOPInstanceUID", "")))
        for item in items
    )
    if not transaction_uid or not references or not all(one.sop_class_uid and one.sop_uid for one in references):
        return None
    return Request(transaction_uid, references)


class Asker(Protocol):
    """The association on which a request came."""

    sender: RegisteredSender

    def tell(self, report: Report) -> bool:
        """Tell the result, as long as the association is there; otherwise False."""
        ...


class Commitments:
    """Answers requests in threads of its own, so that associations go on meanwhile."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._threads = ThreadPoolExecutor(N_THREADS, "commitment")
        self._stopped = threading.Event()

    def begin(self, asker: Asker, request: Request) -> None:
        """Read and hash the files of a request, then tell its sender."""
        self._threads.submit(_logged(lambda: self._answer(asker, request)))

    def tell_elsewhere(self, sender: RegisteredSender, report: Report) -> None:
        """Tell a sender whose association is gone, at the address registered for it."""
        if not self._stopped.is_set():
            self._threads.submit(_logged(lambda: self._call(sender, report)))

    def stop(self) -> None:
        """End; results that could not be told by then are not."""
        self._stopped.set()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _answer(self, asker: Asker, request: Request) -> None:
        installation = self._installation
        answer = storage_commitment.answer(
            installation.database, installation.archive, actor_of(asker.sender), request.references
        )
        report = Report(request.transaction_uid, answer)
        if not asker.tell(report):
            self._call(asker.sender, report)

    def _call(self, sender: RegisteredSender, report: Report) -> None:
        if sender.host is None or sender.port is None:
            log.warning("commitment not told sender=%s: no host registered", sender.calling_ae_title)
            return
        for after_s in ATTEMPTS_AFTER_S:
            if self._stopped.wait(after_s):
                return
            if _told_by_calling(sender, sender.host, sender.port, report):
                return
        log.warning("commitment not told sender=%s: it did not answer", sender.calling_ae_title)


def _logged(work: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            work()
        except Exception:
            log.exception("commitment failed")

    return run


def _told_by_calling(sender: RegisteredSender, host: str, port: int, report: Report) -> bool:
    """Open an association to the sender in the role of the SCP (PS3.4 J.3.3) and tell it."""
    ae = AE(ae_title=sender.called_ae_title)
    ae.add_requested_context(PUSH_MODEL)
    ae.connection_timeout = ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = ANSWER_S
    role = build_role(PUSH_MODEL, scp_role=True)
    association = ae.associate(host, port, ae_title=sender.calling_ae_title, ext_neg=[role])
    if not association.is_established:
        return False
    try:
        answer, _ = association.send_n_event_report(
            report.dataset(), report.event_type, PUSH_MODEL, PUSH_MODEL_INSTANCE
        )
    except ValueError:
        return False
    finally:
        association.release()
    return bool(answer.get("Status") == SUCCESS)
