"""Submissions and held files as people look at them; never the sender's file names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.store.tables import QuarantineItem, ReceivedName, ReceivedObject, Site, Subject, Submission, Timepoint
from casebook.store.visibility import visible


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """One delivery with whose images it brought."""

    id: UUID
    number: int
    subject_number: str
    site_code: str
    study_version_id: UUID
    timepoint: str
    road: str
    submitted_by: str
    state: str
    n_announced: int | None
    created_at: datetime
    closed_at: datetime | None


_COLUMNS = (
    Submission.id,
    Submission.number,
    Subject.number,
    Site.code,
    Subject.study_version_id,
    Timepoint.code,
    Submission.road,
    Submission.submitted_by,
    Submission.state,
    Submission.n_announced,
    Submission.created_at,
    Submission.closed_at,
)


def _submissions(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(*_COLUMNS)
        .join(Timepoint, Timepoint.id == Submission.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .where(visible(actor, Action.SEE_REGISTRY))
    )


def submissions(
    session: Session, actor: Actor, *, subject_id: UUID | None = None, limit: int | None = None
) -> Sequence[SubmissionRow]:
    """Return the deliveries the actor may know of, newest first; of one subject where it is named."""
    query = _submissions(actor).order_by(Submission.number.desc()).limit(limit)
    if subject_id is not None:
        query = query.where(Subject.id == subject_id)
    return [SubmissionRow(*row) for row in session.execute(query)]


def submission(session: Session, actor: Actor, *, number: int) -> SubmissionRow:
    """Find a delivery by its number. Raises NotFound, for others' deliveries too."""
    row = session.execute(_submissions(actor).where(Submission.number == number)).one_or_none()
    if row is None:
        raise NotFound("There is no such submission.", field="submission")
    return SubmissionRow(*row)


def outcomes(session: Session, submission_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, int]]:
    """Count the files of deliveries by outcome."""
    rows = session.execute(
        select(ReceivedObject.submission_id, ReceivedObject.outcome, func.count())
        .where(ReceivedObject.submission_id.in_(submission_ids))
        .group_by(ReceivedObject.submission_id, ReceivedObject.outcome)
    )
    found: dict[UUID, dict[str, int]] = {submission_id: {} for submission_id in submission_ids}
    for submission_id, outcome, n in rows:
        found[submission_id][outcome] = n
    return found


def further_names(session: Session, submission_ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """Count how often deliveries sent the same bytes again under another name."""
    rows = session.execute(
        select(ReceivedObject.submission_id, func.count() - func.count(ReceivedObject.id.distinct()))
        .join(ReceivedName, ReceivedName.received_object_id == ReceivedObject.id)
        .where(ReceivedObject.submission_id.in_(submission_ids))
        .group_by(ReceivedObject.submission_id)
    )
    return dict(rows.all())


def report(session: Session, submission_id: UUID) -> dict[str, Any] | None:
    """Return the de-identification report of a delivery."""
    found: dict[str, Any] | None = session.scalars(
        select(Submission.report).where(Submission.id == submission_id)
    ).one()
    return found


@dataclass(frozen=True, slots=True)
class SetAsideRow:
    """A file of a delivery that was not archived: why, how large, and what was decided.

    `went_into` is the number of the delivery in which it was released or moved.
    """

    sha256: bytes
    n_bytes: int
    reason_code: str
    message: str
    state: str
    item_id: UUID
    decision_reason: str | None
    went_into: int | None


def set_aside(session: Session, submission_id: UUID) -> Sequence[SetAsideRow]:
    """Return the files of a delivery that went to the quarantine, by reason."""
    taken = aliased(Submission)
    rows = session.execute(
        select(
            ReceivedObject.sha256,
            ReceivedObject.n_bytes,
            QuarantineItem.reason_code,
            QuarantineItem.message,
            QuarantineItem.state,
            QuarantineItem.id,
            QuarantineItem.decision_reason,
            taken.number,
        )
        .join(QuarantineItem, QuarantineItem.id == ReceivedObject.quarantine_id)
        .outerjoin(taken, taken.id == QuarantineItem.went_into)
        .where(ReceivedObject.submission_id == submission_id)
        .order_by(QuarantineItem.reason_code, ReceivedObject.id)
    )
    return [SetAsideRow(*row) for row in rows]


def n_held(session: Session, actor: Actor) -> int:
    """Count the files that wait for the actor's decision."""
    return session.execute(
        select(func.count())
        .select_from(QuarantineItem)
        .join(Timepoint, Timepoint.id == QuarantineItem.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .where(visible(actor, Action.DECIDE_QUARANTINE), QuarantineItem.state == "held")
    ).scalar_one()
