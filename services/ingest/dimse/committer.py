"""Group commit: objects of several associations that are ready at the same time share a transaction.

While one transaction is being made durable the next objects gather, and share the next one. Objects that are being
prepared are waited for, a few hundredths of a second at the most: a transaction costs about as much for one as for ten.
An object that is alone has a transaction of its own at once.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from casebook.actions import intake
from casebook.actions.intake import Delivery, OpenSubmission, Receipt
from casebook.domain.errors import CasebookError
from casebook.installation import Installation
from casebook.store import submissions
from casebook.store.database import set_actor

MOST_TOGETHER: Final = 64
"""Objects of one transaction."""
GATHER_S: Final = 0.02
"""For so long those that are being prepared are waited for."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An object, in whose name and for which delivery it came, and who waits for its receipt."""

    login: str
    submission: OpenSubmission
    delivery: Delivery
    receipt: Future[Receipt]


class Committer:
    """One thread that makes prepared objects durable; use `keeping` from any other."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._n_coming = 0
        self._counting = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._thread.start()

    @contextmanager
    def coming(self) -> Iterator[None]:
        """Within, an object is being prepared that is going to be kept, or not."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, n: int) -> None:
        with self._counting:
            self._n_coming += n

    def keeping(self, login: str, submission: OpenSubmission, delivery: Delivery) -> "Future[Receipt]":
        """Return what holds the receipt when bytes and rows are durable, or raises what kept them from it."""
        waiting = _Waiting(login, submission, delivery, Future())
        self._queue.put(waiting)
        return waiting.receipt

    def stop(self) -> None:
        """End when everything that waits is done."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            self._commit([first, *self._ready()])

    def _ready(self) -> list[_Waiting]:
        found: list[_Waiting] = []
        until_s = time.monotonic() + GATHER_S
        while len(found) < MOST_TOGETHER - 1:
            left_s = until_s - time.monotonic() if self._n_coming else 0
            try:
                waiting = self._queue.get(timeout=left_s) if left_s > 0 else self._queue.get_nowait()
            except Empty:
                break
            if waiting is None:
                self._queue.put(None)
                break
            found.append(waiting)
        return found

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        try:
            told = self._in_one_transaction(batch)
        except Exception as error:  # noqa: BLE001 - the edge of the thread: whoever waits is told
            for waiting in batch:
                waiting.receipt.set_exception(error)
            return
        for waiting, result in told:
            if isinstance(result, Receipt):
                waiting.receipt.set_result(result)
            else:
                waiting.receipt.set_exception(result)

    def _in_one_transaction(self, batch: Sequence[_Waiting]) -> list[tuple[_Waiting, Receipt | Exception]]:
        groups: dict[object, list[_Waiting]] = {}
        for waiting in batch:
            place = waiting.submission
            key = (waiting.login, place.subject_id, place.timepoint_id, place.compare_identities)
            groups.setdefault(key, []).append(waiting)
        told: list[tuple[_Waiting, Receipt | Exception]] = []
        with self._installation.database.transaction(actor=batch[0].login) as session:
            if len(groups) == 1:
                return list(zip(batch, self._received(session, batch), strict=True))
            submissions.take_turns(session, {waiting.submission.subject_id for waiting in batch})
            for group in groups.values():
                set_actor(session, group[0].login)
                told += zip(group, self._received_apart(session, group), strict=True)
        return told

    def _received(self, session: Session, group: Sequence[_Waiting]) -> list[Receipt]:
        return intake.receive_together(
            session,
            [(waiting.submission, waiting.delivery) for waiting in group],
            archive=self._installation.archive,
            quarantine=self._installation.quarantine,
        )

    def _received_apart(self, session: Session, group: Sequence[_Waiting]) -> Sequence[Receipt | Exception]:
        """Take what came for one place; what fails there leaves the others of the transaction alone."""
        try:
            with session.begin_nested():
                return self._received(session, group)
        except (CasebookError, SQLAlchemyError, OSError) as error:
            return [error] * len(group)
