"""One association with a sender: pynetdicom's, with our guards in place of its transport and message layers."""

import itertools
import logging
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom._globals import MODE_ACCEPTOR
from pynetdicom.association import Association
from pynetdicom.dimse_primitives import N_EVENT_REPORT
from pynetdicom.dsutils import encode
from pynetdicom.presentation import PresentationContext
from pynetdicom.transport import AddressInformation

from casebook.store.senders import RegisteredSender
from services.ingest.dimse import commitment
from services.ingest.dimse.commitment import Commitments, Report, Request
from services.ingest.dimse.guards import FilingMessages, GuardedSocket, GuardedUpperLayer
from services.ingest.dimse.limits import ReceiverLimits
from services.ingest.dimse.porch import Visitor
from services.ingest.dimse.statuses import SUCCESS
from services.ingest.dimse.storing import Storing

if TYPE_CHECKING:
    from pynetdicom.dimse_primitives import DimseServiceType

    from services.ingest.dimse.received_file import ReceivedFile

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Welcome:
    """What every association of a process shares."""

    ae: AE
    contexts: Sequence[PresentationContext]
    limits: ReceiverLimits
    commitments: Commitments


class Reception(Association):
    """An association that a registered sender asked for; `folder` is its own and goes with it."""

    def __init__(
        self,
        welcome: Welcome,
        visitor: Visitor,
        sender: RegisteredSender,
        *,
        storing: Storing,
        folder: Path,
        on_end: "Callable[[Reception], None]",
    ) -> None:
        super().__init__(welcome.ae, MODE_ACCEPTOR)
        self.sender = sender
        self._storing = storing
        self._folder = folder
        self._on_end = on_end
        self._commitments = welcome.commitments
        self._asked: list[Request] = []
        self._reports: list[Report] = []
        self._unanswered: dict[int, Report] = {}
        self._numbers = itertools.count(1)
        self._telling = threading.Lock()
        self._news = threading.Event()
        self._is_over = False
        self._guard(welcome.limits, visitor)
        self._name_both(welcome, visitor)
        self.bind(evt.EVT_C_STORE, self._store)
        self.bind(evt.EVT_N_ACTION, self._commit)

    def _guard(self, limits: ReceiverLimits, visitor: Visitor) -> None:
        self.dul = self._upper = GuardedUpperLayer(self, limits, news=self._news)
        self.dimse = self._messages = FilingMessages(
            self, self._folder, limits, news=self._news, between=self._send_reports
        )
        self.acse_timeout = limits.request_s
        self.dimse_timeout = self.network_timeout = limits.silent_s
        self.set_socket(GuardedSocket(self, visitor.connection, visitor.said, silent_s=limits.silent_s))

    def _name_both(self, welcome: Welcome, visitor: Visitor) -> None:
        self.name = f"reception-{visitor.address[1]}"
        self.acceptor.maximum_length = welcome.limits.max_pdu_bytes
        self.acceptor.ae_title = self.sender.called_ae_title
        self.acceptor.address_info = AddressInformation.from_tuple(visitor.connection.getsockname()[:2])
        self.acceptor.implementation_class_uid = welcome.ae.implementation_class_uid
        self.acceptor.implementation_version_name = welcome.ae.implementation_version_name
        self.acceptor.supported_contexts = list(welcome.contexts)
        self.requestor.address_info = AddressInformation.from_tuple(visitor.address)

    def run_reactor(self) -> None:
        """Serve the association; whichever way it ends, its submissions are closed and its files removed."""
        try:
            super().run_reactor()
        except Exception:
            log.exception("association failed")
        finally:
            self._end()

    def tell(self, report: Report) -> bool:
        """Have the result of a commitment sent between two messages; False when the association is over."""
        with self._telling:
            if not self._is_over:
                self._reports.append(report)
                self._news.set()
            return not self._is_over

    def _store(self, event: evt.Event) -> Dataset:
        request = event.request
        file = cast("ReceivedFile", request._dataset_file)  # noqa: SLF001 - put there by FilingMessages
        answer = self._storing.store(file, str(request.AffectedSOPInstanceUID))  # type: ignore[union-attr]
        self.dul._idle_timer.restart()  # noqa: SLF001 - the sender waited for us, not we for it
        return answer

    def _commit(self, event: evt.Event) -> tuple[int, None]:
        if event.action_type != commitment.REQUEST:
            return commitment.NO_SUCH_ACTION, None
        try:
            request = commitment.request_of(event.action_information)
        except Exception:  # noqa: BLE001 - whatever a hostile data set provokes in its decoder
            request = None
        if request is None:
            return commitment.INVALID_ARGUMENT, None
        self._asked.append(request)
        return SUCCESS, None

    def _serve_request(self, msg: "DimseServiceType", context_id: int) -> None:
        """Serve a message; a commitment begins when the answer to its request is on its way."""
        if isinstance(msg, N_EVENT_REPORT) and msg.MessageIDBeingRespondedTo is not None:
            self._unanswered.pop(msg.MessageIDBeingRespondedTo, None)
            return
        super()._serve_request(msg, context_id)
        while self._asked:
            self._commitments.begin(self, self._asked.pop(0))

    def _send_reports(self) -> None:
        if not self._reports or not self.is_established:
            return
        with self._telling:
            reports, self._reports = self._reports, []
        for report in reports:
            number = next(self._numbers)
            self._unanswered[number] = report
            self._send(number, report)

    def _send(self, number: int, report: Report) -> None:
        context = self._get_valid_context(commitment.PUSH_MODEL, "", None)
        syntax = context.transfer_syntax[0]
        event = N_EVENT_REPORT()
        event.MessageID = number
        event.AffectedSOPClassUID = commitment.PUSH_MODEL
        event.AffectedSOPInstanceUID = commitment.PUSH_MODEL_INSTANCE
        event.EventTypeID = report.event_type
        encoded = encode(report.dataset(), syntax.is_implicit_VR, syntax.is_little_endian)
        event.EventInformation = BytesIO(encoded or b"")
        self.dimse.send_msg(event, cast("int", context.context_id))

    def _end(self) -> None:
        with self._telling:
            self._is_over = True
            untold = [*self._reports, *self._unanswered.values()]
        connection = self.dul.socket
        if connection is not None:
            connection.close()
        self._upper.close()
        self._messages.close()
        self._storing.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        for report in untold:
            self._commitments.tell_elsewhere(self.sender, report)
        self._on_end(self)
