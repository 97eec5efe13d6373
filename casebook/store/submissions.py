"""Submissions: their report, their end, and what became of their files."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from casebook.store.tables import ReceivedObject, Submission, Timepoint

_REPORTS: Final = text(
    "select id, report from submission where id = any(cast(:ids as uuid[])) order by id for no key update"
)
_SAVE: Final = text(
    "update submission s set report = n.report "
    "from unnest(cast(:ids as uuid[]), cast(string_to_array(cast(:reports as text), chr(30)) as jsonb[])) "
    "as n (id, report) where s.id = n.id"
)


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
    if not submission_ids:
        return {}
    rows = session.execute(_REPORTS, {"ids": list(submission_ids)})
    return {row[0]: row[1] for row in rows}


def save_reports(session: Session, plain: Mapping[UUID, dict[str, Any]]) -> None:
    """Keep reports."""
    if plain:
        session.execute(_SAVE, {"ids": list(plain), "reports": "\x1e".join(map(json.dumps, plain.values()))})


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
