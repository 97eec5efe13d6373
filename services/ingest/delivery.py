"""Takes a folder or zip through the whole ingest: batches of prepared files, one transaction each."""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from casebook.actions import intake
from casebook.actions.intake import Delivery, OpenSubmission, Receipt
from casebook.actions.lesions import take_lesion_list
from casebook.dicom.preparation import Fate, Prepared, SetAside
from casebook.dicom.workshop import Workshop
from casebook.domain.actors import Actor
from casebook.domain.lesion_list import ListedLesion
from casebook.installation import Installation
from services.ingest.scan import Incoming, files

BATCH_FILES: Final = 64
"""Files of one transaction: large enough that one commit serves many, small enough to lose little on a crash."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be delivered where."""

    source: Path
    subject_number: str
    timepoint_code: str
    road: str
    lesion_rows: tuple[ListedLesion, ...] = ()
    n_announced: int | None = None
    left_out: frozenset[Path] = frozenset()
    compare_identities: bool = True


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a delivery."""

    submission_number: int
    receipts: tuple[Receipt, ...]
    n_lesions: int

    def outcomes(self) -> Counter[str]:
        """Count the files by outcome."""
        return Counter(str(receipt.outcome) for receipt in self.receipts)

    def reasons(self) -> Counter[str]:
        """Count the quarantined files by reason."""
        return Counter(receipt.code for receipt in self.receipts if receipt.code is not None)


def deliver(
    installation: Installation,
    actor: Actor,
    order: Order,
    *,
    workshop: Workshop,
    on_receipts: Callable[[Sequence[Receipt]], None] = lambda _: None,
) -> Delivered:
    """Deliver everything; `on_receipts` is told after each commit what is safe by then."""
    with installation.database.transaction(actor=actor.login) as session:
        submission = intake.open_submission(
            session,
            actor,
            subject_number=order.subject_number,
            timepoint_code=order.timepoint_code,
            road=order.road,
            key=installation.settings.key,
            n_announced=order.n_announced,
            compare_identities=order.compare_identities,
        )
    receipts: list[Receipt] = []
    with tempfile.TemporaryDirectory(prefix="delivery-", dir=installation.archive.staging_dir()) as temporary:
        sent = files(order.source, Path(temporary), left_out=order.left_out)
        for told in take_in(installation, actor.login, submission, sent, workshop=workshop):
            receipts += told
            on_receipts(told)
    n_lesions = _close(installation, actor, order, submission)
    return Delivered(submission.number, tuple(receipts), n_lesions)


def take_in(
    installation: Installation,
    login: str,
    submission: OpenSubmission,
    sent: Iterable[Incoming],
    *,
    workshop: Workshop,
) -> Iterator[list[Receipt]]:
    """Take the files into an open submission in the name of `login`; yields after each commit what is safe by then.

    Temporary files are removed when they are safe.
    """
    for batch in _batches(_prepared(installation, sent, submission, workshop)):
        told = _commit(installation, login, submission, [delivery for _, delivery in batch])
        for incoming, _ in batch:
            if incoming.is_temporary:
                incoming.path.unlink(missing_ok=True)
        yield told


def _commit(
    installation: Installation, login: str, submission: OpenSubmission, deliveries: Sequence[Delivery]
) -> list[Receipt]:
    with installation.database.transaction(actor=login) as session:
        return intake.receive(
            session, submission, deliveries, archive=installation.archive, quarantine=installation.quarantine
        )


def _close(installation: Installation, actor: Actor, order: Order, submission: OpenSubmission) -> int:
    n_lesions = 0
    with installation.database.transaction(actor=actor.login) as session:
        if order.lesion_rows:
            lesions = take_lesion_list(
                session,
                actor,
                subject_number=order.subject_number,
                rows=order.lesion_rows,
                key=installation.settings.key,
            )
            n_lesions = len(lesions)
        intake.close_submission(session, submission, now=datetime.now(UTC))
    return n_lesions


def _prepared(
    installation: Installation, sent: Iterable[Incoming], submission: OpenSubmission, workshop: Workshop
) -> Iterator[tuple[Incoming, Delivery]]:
    """Prepare every file, keeping each result with the file it came from."""
    under_way: list[Incoming] = []

    def readable() -> Iterator[Path]:
        for incoming in sent:
            under_way.append(incoming)
            yield incoming.path

    results = workshop.prepare(readable(), staging_dir=installation.archive.staging_dir(), plan=submission.plan)
    for result in intake.settling(results, installation.archive):
        incoming = under_way.pop(0)
        yield incoming, Delivery(incoming.name, _unless_refused(incoming, result))


def _unless_refused(incoming: Incoming, result: Prepared | SetAside) -> Prepared | SetAside:
    if incoming.refusal is None:
        return result
    code, message = incoming.refusal
    if isinstance(result, SetAside) and result.n_bytes > 0:
        return replace(result, fate=Fate.HELD, code=code, message=message)
    named = hashlib.sha256(incoming.name.encode()).digest()
    return SetAside(incoming.path, named, 0, Fate.REFUSED, code, message)


def _batches(items: Iterable[tuple[Incoming, Delivery]]) -> Iterator[list[tuple[Incoming, Delivery]]]:
    source = iter(items)
    while batch := list(islice(source, BATCH_FILES)):
        yield batch
