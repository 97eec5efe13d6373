"""The objects of one association: where they go, and what becomes of each."""

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydicom.dataset import Dataset
from sqlalchemy.exc import SQLAlchemyError

from casebook.actions import dicom_reception, intake
from casebook.actions.dicom_reception import Target
from casebook.actions.dicom_status import CANNOT_UNDERSTAND, OUT_OF_RESOURCES
from casebook.actions.intake import Delivery, OpenSubmission
from casebook.dicom.preparation import Prepared
from casebook.dicom.workshop import Workshop
from casebook.domain.errors import CasebookError
from casebook.installation import Installation
from casebook.store.senders import RegisteredSender
from services.ingest.dimse import statuses
from services.ingest.dimse.committer import Committer
from services.ingest.dimse.named_target import named_target
from services.ingest.dimse.received_file import ReceivedFile
from services.ingest.dimse.statuses import status, status_of

log = logging.getLogger(__name__)
BELIEVED_S: Final = 1.0
"""For so long what the registry said of a sender is not asked again: an announcement ends within a second."""


class NotTaken(Exception):
    """An object that has no place; `answer` is what its sender is told."""

    def __init__(self, answer: Dataset) -> None:
        super().__init__(answer)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the sender's objects go now, by announcement; None where each is asked itself."""

    announced: Target | None
    until_s: float


class Storing:
    """What an association stores. Its submissions are opened by their first object and end with it."""

    def __init__(
        self,
        installation: Installation,
        *,
        workshop: Workshop,
        committer: Committer,
        sender: RegisteredSender,
        folder: Path,
    ) -> None:
        self._installation = installation
        self._workshop = workshop
        self._committer = committer
        self._sender = sender
        self._login = dicom_reception.actor_of(sender).login
        self._folder = folder
        self._place: _Place | None = None
        self._submissions: dict[Target, OpenSubmission] = {}

    def store(self, file: ReceivedFile, sop_uid: str) -> Dataset:
        """Take an object; success is answered only when its bytes and rows are durable."""
        file.close()
        if file.failure is not None:
            return status(OUT_OF_RESOURCES, statuses.TOO_LARGE if file.failure == "too-large" else statuses.SEND_AGAIN)
        try:
            return self._stored(Path(file.name), sop_uid)
        except NotTaken as not_taken:
            return not_taken.answer
        except (CasebookError, SQLAlchemyError, OSError) as error:
            log.warning("c-store failed sender=%s error=%s", self._login, type(error).__name__)
            return status(OUT_OF_RESOURCES, statuses.SEND_AGAIN)

    def close(self) -> None:
        """End the association's submissions."""
        for submission in self._submissions.values():
            try:
                with self._installation.database.transaction(actor=self._login) as session:
                    intake.close_submission(session, submission, now=datetime.now(UTC))
            except (CasebookError, SQLAlchemyError) as error:
                log.warning("submission left open number=%s error=%s", submission.number, type(error).__name__)
        self._submissions.clear()

    def _stored(self, path: Path, sop_uid: str) -> Dataset:
        submission = self._submission(path)
        with self._committer.coming():
            result = self._workshop.prepare_one(path, staging_dir=self._folder, plan=submission.plan)
            if isinstance(result, Prepared):
                self._installation.archive.settle(result.staged)
            kept = self._committer.keeping(self._login, submission, Delivery(sop_uid, result))
        return status_of(kept.result())

    def _submission(self, path: Path) -> OpenSubmission:
        announced = self._announced()
        target = announced or named_target(path)
        if target is None:
            raise NotTaken(status(CANNOT_UNDERSTAND, statuses.ANNOUNCE_FIRST))
        if target not in self._submissions:
            self._submissions[target] = self._opened(target, names_itself=announced is None)
        return self._submissions[target]

    def _announced(self) -> Target | None:
        now_s = time.monotonic()
        if self._place is None or self._place.until_s < now_s:
            with self._installation.database.session() as session:
                if not dicom_reception.is_admitted(session, self._sender):
                    raise NotTaken(status(statuses.NOT_AUTHORISED, statuses.SENDER_DISABLED))
                found = dicom_reception.announced(session, self._sender, now=datetime.now(UTC))
            self._place = _Place(found, now_s + BELIEVED_S)
        return self._place.announced

    def _opened(self, target: Target, *, names_itself: bool) -> OpenSubmission:
        with self._installation.database.transaction(actor=self._login) as session:
            opened = dicom_reception.open_submission(
                session, self._sender, target, key=self._installation.settings.key, names_itself=names_itself
            )
        if opened is None:
            raise NotTaken(status(CANNOT_UNDERSTAND, statuses.NO_SUCH_TARGET))
        return opened
