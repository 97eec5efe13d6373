"""Images arrive: one road for folder, zip, STOW-RS and C-STORE.

A submission is opened, receives prepared files in batches (one transaction each), and is closed. A file is
acknowledged by the commit of its batch: its bytes are durable before its row exists.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.intake_judgement import Judged, ReceiptOutcome, judge
from casebook.actions.progress import refresh_progress
from casebook.actions.studies import definition_of
from casebook.dicom.deidentification import DeidentificationPlan, with_files
from casebook.dicom.preparation import Prepared, SetAside
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid
from casebook.store import arrivals, images, queue, registry, submissions
from casebook.store.files import FileStore, key_of
from casebook.store.tables import Subject, Submission

_PLACING: Final = ThreadPoolExecutor(8, "placing")
"""Makes files durable while their rows are written; the commit waits for both."""


@dataclass(frozen=True, slots=True)
class OpenSubmission:
    """A submission that is being received."""

    id: UUID
    number: int
    subject_id: UUID
    timepoint_id: UUID
    plan: DeidentificationPlan
    compare_identities: bool = True


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the sender is told of one file. UIDs are the sender's (`source_…`) and the archive's."""

    name: str
    outcome: ReceiptOutcome
    code: str | None = None
    message: str | None = None
    source_sop_uid: str | None = None
    sop_class_uid: str | None = None
    study_uid: str | None = None
    series_uid: str | None = None
    sop_uid: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file under the name its sender gave it, with what preparing it brought."""

    name: str
    result: Prepared | SetAside


def open_submission(
    session: Session,
    actor: Actor,
    *,
    subject_number: str,
    timepoint_code: str,
    road: str,
    key: bytes,
    n_announced: int | None = None,
    compare_identities: bool = True,
) -> OpenSubmission:
    """Begin a delivery for a subject's timepoint. Raises NotFound, or Invalid where no images are expected.

    Without `compare_identities` images of several persons are taken as the subject's: phantoms and collections.
    """
    subject = receiving_subject(session, actor, subject_number=subject_number, timepoint_code=timepoint_code)
    timepoint_id = images.ensure_timepoint(session, subject.id, timepoint_code)
    submission = Submission(timepoint_id=timepoint_id, road=road, submitted_by=actor.login, n_announced=n_announced)
    session.add(submission)
    session.flush()
    plan = _plan(session, subject, timepoint_code, key)
    return OpenSubmission(submission.id, submission.number, subject.id, timepoint_id, plan, compare_identities)


def reopen_submission(session: Session, submission_id: UUID, *, key: bytes) -> OpenSubmission:
    """Go on with a delivery that was opened before, by whoever was allowed to; files it has are not taken twice."""
    row = session.get_one(Submission, submission_id)
    subject = registry.subject_of_timepoint(session, row.timepoint_id)
    plan = _plan(session, subject, registry.timepoint_code(session, row.timepoint_id), key)
    return OpenSubmission(row.id, row.number, subject.id, row.timepoint_id, plan)


def receiving_subject(session: Session, actor: Actor, *, subject_number: str, timepoint_code: str) -> Subject:
    """Find the subject whose timepoint images are sent for.

    Raises NotFound, for others' subjects too, or Invalid where no images are expected.
    """
    subject = registry.subject_by_number(session, actor, Action.SUBMIT_IMAGES, number=subject_number)
    if definition_of(session, subject.study_version_id).timepoint(timepoint_code).imaging is None:
        raise Invalid(f"The study expects no images at “{timepoint_code}”.", field="timepoint")
    return subject


def _plan(session: Session, subject: Subject, timepoint_code: str, key: bytes) -> DeidentificationPlan:
    definition = definition_of(session, subject.study_version_id)
    timepoint = definition.timepoint(timepoint_code)
    return DeidentificationPlan(
        key=key,
        study_code=definition.code,
        sponsor=next(centre.label.en for centre in definition.data_centres if centre.for_all),
        protocol_id=definition.code,
        subject_label=subject.number,
        site_code=registry.site_by_id(session, subject.site_id).code,
        reading_code=subject.reading_code,
        timepoint_code=timepoint.code,
        timepoint_label=timepoint.label.en,
    )


def settling(results: Iterable[Prepared | SetAside], archive: FileStore) -> Iterator[Prepared | SetAside]:
    """Hand on what was prepared; its way to the disk begins at once, and not when its batch is full."""
    for result in results:
        if isinstance(result, Prepared):
            archive.settle(result.staged)
        yield result


def receive(
    session: Session,
    submission: OpenSubmission,
    deliveries: Sequence[Delivery],
    *,
    archive: FileStore,
    quarantine: FileStore,
) -> list[Receipt]:
    """Take one batch: archive what is new, recognise what is there, quarantine the rest with its reason."""
    together = [(submission, delivery) for delivery in deliveries]
    return receive_together(session, together, archive=archive, quarantine=quarantine)


def receive_together(
    session: Session,
    deliveries: Sequence[tuple[OpenSubmission, Delivery]],
    *,
    archive: FileStore,
    quarantine: FileStore,
) -> list[Receipt]:
    """Take one batch of several submissions for one subject's timepoint, in as few statements as for one."""
    if not deliveries:
        return []
    place = deliveries[0][0]
    judged = judge(
        session,
        subject_id=place.subject_id,
        timepoint_id=place.timepoint_id,
        items=[delivery.result for _, delivery in deliveries],
        compare_identities=place.compare_identities,
    )
    new = [
        (verdict.series_id, verdict.item)
        for verdict in judged
        if verdict.series_id is not None and isinstance(verdict.item, Prepared)
    ]
    with _made_durable(archive, [item for _, item in new]):
        ids = arrivals.add_instances(
            session,
            place.subject_id,
            rows=[_instance_row(item, series_id) for series_id, item in new],
            source_uids=[row for _, item in new for row in _source_rows(item)],
        )
        held = [_quarantine(session, place, verdict, quarantine) if verdict.code else None for verdict in judged]
        all_of_it = list(zip(deliveries, judged, held, strict=True))
        arrivals.note_received(
            session,
            received=[
                (submission.id, delivery.name, _noted(verdict, ids, quarantine_id))
                for (submission, delivery), verdict, quarantine_id in all_of_it
            ],
        )
        _add_to_reports(session, [(submission.id, verdict) for (submission, _), verdict, _ in all_of_it])
    for item in (verdict.item for verdict in judged):
        if isinstance(item, Prepared):
            item.staged.unlink(missing_ok=True)
    return [_receipt(delivery.name, verdict) for (_, delivery), verdict, _ in all_of_it]


def close_submission(session: Session, submission: OpenSubmission, *, now: datetime) -> Mapping[str, int]:
    """End a delivery, have its timepoint described, and return how many files had each outcome."""
    end_submission(
        session,
        submission_id=submission.id,
        subject_id=submission.subject_id,
        timepoint_id=submission.timepoint_id,
        now=now,
    )
    return submissions.outcomes(session, submission.id)


def end_submission(
    session: Session, *, submission_id: UUID, subject_id: UUID, timepoint_id: UUID, now: datetime
) -> None:
    """End a delivery that may be somebody else's, and have its timepoint described."""
    submissions.close(session, submission_id, now=now)
    refresh_progress(session, subject_id)
    describe_later(session, timepoint_id)


def describe_later(session: Session, timepoint_id: UUID) -> None:
    """Enqueue the description of a timepoint, unless it waits already."""
    queue.defer(
        session, "describe-timepoint", once_per=f"describe-timepoint:{timepoint_id}", timepoint_id=str(timepoint_id)
    )


def _instance_row(item: Prepared, series_id: UUID) -> dict[str, Any]:
    facts, archived, pixels = item.facts, item.archived, item.facts.pixels
    return {
        "series_id": series_id,
        "sop_uid": facts.sop_uid,
        "sop_class_uid": facts.sop_class_uid,
        "transfer_syntax_uid": archived.transfer_syntax_uid,
        "instance_number": facts.instance_number,
        "n_frames": archived.frame_index.n_frames,
        "n_rows": pixels.rows if pixels else None,
        "n_columns": pixels.columns if pixels else None,
        "bits_allocated": pixels.bits_allocated if pixels else None,
        "file_key": key_of(archived.sha256),
        "n_bytes": archived.n_bytes,
        "received_sha256": item.sha256,
        "archived_sha256": archived.sha256,
        "pixel_sha256": archived.pixel_sha256,
        "frame_index": archived.frame_index.to_bytes(),
        "dicom_json": archived.dicom_json,
        "facts": item.facts_json,
    }


def _source_rows(item: Prepared) -> list[dict[str, Any]]:
    return [
        {
            "uid": uid,
            "level": level,
            "original_uid": original,
            "source_text": arrivals.as_json(item.text.to_json()) if uid == item.facts.series_uid else None,
        }
        for uid, (level, original) in item.source_uids.items()
    ]


def _noted(verdict: Judged, ids: Mapping[str, int], quarantine_id: UUID | None) -> dict[str, Any]:
    item = verdict.item
    return {
        "sha256": item.sha256,
        "outcome": verdict.outcome,
        "n_bytes": item.n_bytes,
        "reason_code": verdict.code,
        "message": verdict.message,
        "instance_id": ids.get(item.facts.sop_uid) if isinstance(item, Prepared) else None,
        "quarantine_id": quarantine_id,
    }


def _receipt(name: str, verdict: Judged) -> Receipt:
    item = verdict.item
    if isinstance(item, SetAside):
        return Receipt(name, verdict.outcome, verdict.code, verdict.message)
    facts, is_archived = item.facts, verdict.outcome is not ReceiptOutcome.QUARANTINED
    return Receipt(
        name=name,
        outcome=verdict.outcome,
        code=verdict.code,
        message=verdict.message,
        source_sop_uid=item.source_uids[facts.sop_uid][1],
        sop_class_uid=facts.sop_class_uid,
        study_uid=facts.study_uid if is_archived else None,
        series_uid=facts.series_uid if is_archived else None,
        sop_uid=facts.sop_uid if is_archived else None,
    )


def _quarantine(session: Session, submission: OpenSubmission, verdict: Judged, quarantine: FileStore) -> UUID:
    item = verdict.item
    key = key_of(item.sha256)
    copy = quarantine.staging_dir() / item.sha256.hex()
    shutil.copyfile(item.source, copy)
    quarantine.put_all([(key, copy)])
    return images.hold(
        session,
        timepoint_id=submission.timepoint_id,
        sha256=item.sha256,
        values={
            "n_bytes": item.n_bytes,
            "file_key": key,
            "reason_code": verdict.code,
            "message": verdict.message,
        },
    )


def _add_to_reports(session: Session, judged: Sequence[tuple[UUID, Judged]]) -> None:
    """Add what de-identification did with the new files; of the files of a series it says nearly always the same."""
    new: dict[UUID, Counter[str]] = {}
    for submission_id, verdict in judged:
        if verdict.is_new and isinstance(verdict.item, Prepared):
            new.setdefault(submission_id, Counter())[verdict.item.report] += 1
    so_far = submissions.reports(session, new)
    merged = {submission_id: with_files(so_far[submission_id], reports) for submission_id, reports in new.items()}
    submissions.save_reports(session, merged)


@contextmanager
def _made_durable(archive: FileStore, items: Sequence[Prepared]) -> Iterator[None]:
    """Within, files are put into the archive; at its end they survive a power cut. Raises what kept them from it."""
    under_way = _PLACING.submit(archive.put_all, [(key_of(item.archived.sha256), item.staged) for item in items])
    try:
        yield
    finally:
        wait([under_way])
    under_way.result()
