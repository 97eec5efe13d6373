"""Submissions: their report, their end, and what became of their files."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from casebook.store.tables import ReceivedObject, Series, Submission, Timepoint


def close(session: Session, submission_id: UUID, *, now: datetime) -> None:
    """Note that everything of the delivery has arrived."""
    session.execute(update(Submission).where(Submission.id == submission_id).values(state="complete", closed_at=now))


def outcomes(session: Session, submission_id: UUID) -> Mapping[str, int]:
    """Count the files by outcome."""
    rows = session.execute(
        select(ReceivedObject.outcome, func.count())
        .where(ReceivedObject.submission_id == submission_id)
        .group_by(ReceivedObject.outcome)
    )
    return dict(rows.all())


def reports(session: Session, submission_ids: Collection[UUID]) -> Mapping[UUID, dict[str, Any] | None]:
    """Return the de-identification reports so far, locked against another batch."""
    rows = session.execute(
        select(Submission.id, Submission.report)
        .where(Submission.id.in_(submission_ids))
        .order_by(Submission.id)
        .with_for_update()
    )
    return {row[0]: row[1] for row in rows}


def save_reports(session: Session, plain: Mapping[UUID, dict[str, Any]]) -> None:
    """Keep reports."""
    if plain:
        session.execute(update(Submission), [{"id": key, "report": report} for key, report in plain.items()])


def series_ids(session: Session, series_uids: Collection[str]) -> Mapping[str, UUID]:
    """Return the ids of series by UID."""
    rows: Sequence[tuple[str, UUID]] = session.execute(
        select(Series.series_uid, Series.id).where(Series.series_uid.in_(series_uids))
    ).all()
    return dict(rows)


def left_open(session: Session, *, road: str, silent_since: datetime) -> Sequence[tuple[UUID, UUID, UUID]]:
    """Return (submission, subject, timepoint) of open deliveries for which nothing has come since then, locked."""
    came_later = (
        select(ReceivedObject.id)
        .where(ReceivedObject.submission_id == Submission.id, ReceivedObject.received_at > silent_since)
        .exists()
    )
    rows = session.execute(
        select(Submission.id, Timepoint.subject_id, Timepoint.id)
        .join(Timepoint, Timepoint.id == Submission.timepoint_id)
        .where(
            Submission.road == road,
            Submission.state == "receiving",
            Submission.created_at <= silent_since,
            ~came_later,
        )
        .with_for_update(of=Submission, skip_locked=True)
    )
    return [(submission_id, subject_id, timepoint_id) for submission_id, subject_id, timepoint_id in rows]


def take_turns(session: Session, subject_ids: Collection[UUID]) -> None:
    """Let one transaction at a time write images of these subjects.

    For transactions that write for several at once, which could otherwise wait for each other in a circle.
    """
    for subject_id in sorted(subject_ids):
        session.execute(
            text("select pg_advisory_xact_lock(hashtextextended(:subject, 727004))"), {"subject": str(subject_id)}
        )
