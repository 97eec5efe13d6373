"""What the state of a timepoint's images follows from, each in one query whatever the number of subjects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.store.reads import ADJUDICATION, CENTRAL
from casebook.store.tables import (
    ImagingStudy,
    Reading,
    ReadingAssignment,
    Series,
    Site,
    Subject,
    Submission,
    Timepoint,
    TimepointCheck,
)
from casebook.store.visibility import visible

CENTRAL_KINDS: Final = (CENTRAL, ADJUDICATION)


@dataclass(frozen=True, slots=True)
class HeldImages:
    """The images of a timepoint that has come about; `delivered` by whom and when, for the last delivery."""

    timepoint_id: UUID
    subject_id: UUID
    code: str
    images_sha256: str | None
    has_images: bool
    is_described: bool
    delivered_at: datetime | None
    delivered_by: str | None


def held_images(session: Session, subject_ids: Sequence[UUID]) -> Sequence[HeldImages]:
    """Return the timepoints of subjects that have come about, with whether images are there and described."""
    last = (
        select(Submission.timepoint_id, Submission.closed_at, Submission.created_at, Submission.submitted_by)
        .join(Timepoint, Timepoint.id == Submission.timepoint_id)
        .where(Timepoint.subject_id.in_(subject_ids))
        .ext(distinct_on(Submission.timepoint_id))
        .order_by(Submission.timepoint_id, Submission.created_at.desc())
        .subquery()
    )
    rows = session.execute(
        select(
            Timepoint.id,
            Timepoint.subject_id,
            Timepoint.code,
            Timepoint.images_sha256,
            func.count(Series.id) > 0,
            func.count(Series.id).filter(Series.described_at.is_(None)) == 0,
            func.coalesce(last.c.closed_at, last.c.created_at),
            last.c.submitted_by,
        )
        .outerjoin(ImagingStudy, ImagingStudy.timepoint_id == Timepoint.id)
        .outerjoin(Series, and_(Series.imaging_study_id == ImagingStudy.id, Series.n_instances > 0))
        .outerjoin(last, last.c.timepoint_id == Timepoint.id)
        .where(Timepoint.subject_id.in_(subject_ids))
        .group_by(Timepoint.id, last.c.closed_at, last.c.created_at, last.c.submitted_by)
    )
    return [HeldImages(*row) for row in rows]


def newest_checks(session: Session, timepoint_ids: Sequence[UUID]) -> Mapping[UUID, TimepointCheck]:
    """Return the newest decision on each timepoint that has one."""
    rows = session.scalars(
        select(TimepointCheck)
        .where(TimepointCheck.timepoint_id.in_(timepoint_ids))
        .ext(distinct_on(TimepointCheck.timepoint_id))
        .order_by(TimepointCheck.timepoint_id, TimepointCheck.decided_at.desc(), TimepointCheck.id.desc())
    )
    return {row.timepoint_id: row for row in rows}


def checks_of(session: Session, timepoint_id: UUID) -> Sequence[TimepointCheck]:
    """Return every decision on a timepoint, the newest first."""
    return session.scalars(
        select(TimepointCheck)
        .where(TimepointCheck.timepoint_id == timepoint_id)
        .order_by(TimepointCheck.decided_at.desc(), TimepointCheck.id.desc())
    ).all()


@dataclass(frozen=True, slots=True)
class CentralReads:
    """The central reads of a timepoint in round 1: those that still count, and whether any became stale."""

    n_begun: int = 0
    n_signed: int = 0
    last_signed_at: datetime | None = None
    adjudicated_at: datetime | None = None
    is_stale: bool = False


def central_reads(session: Session, timepoint_ids: Sequence[UUID]) -> Mapping[UUID, CentralReads]:
    """Count the newest edition of each reader's central read, leaving out those whose assignment was withdrawn."""
    newest = (
        select(Reading)
        .where(Reading.timepoint_id.in_(timepoint_ids), Reading.kind.in_(CENTRAL_KINDS), Reading.round == 1)
        .ext(distinct_on(Reading.timepoint_id, Reading.account_id))
        .order_by(Reading.timepoint_id, Reading.account_id, Reading.edition.desc())
        .subquery()
    )
    is_read, is_fresh = newest.c.kind == CENTRAL, newest.c.stale_at.is_(None)
    is_signed = and_(is_fresh, newest.c.state == "signed")
    rows = session.execute(
        select(
            newest.c.timepoint_id,
            func.count().filter(is_read, is_fresh),
            func.count().filter(is_read, is_signed),
            func.max(newest.c.signed_at).filter(is_read, is_signed),
            func.max(newest.c.signed_at).filter(newest.c.kind == ADJUDICATION, is_signed, newest.c.accepted),
            func.bool_or(~is_fresh),
        )
        .outerjoin(ReadingAssignment, ReadingAssignment.id == newest.c.assignment_id)
        .where(ReadingAssignment.withdrawn_at.is_(None))
        .group_by(newest.c.timepoint_id)
    )
    return {row[0]: CentralReads(*row[1:]) for row in rows}


def read_on_other_images(
    session: Session, timepoint_id: UUID, images_sha256: str
) -> Sequence[tuple[Reading, ReadingAssignment | None]]:
    """Return the signed central reads of a timepoint, of every round, that were not signed on these images."""
    rows = session.execute(
        select(Reading, ReadingAssignment)
        .outerjoin(ReadingAssignment, ReadingAssignment.id == Reading.assignment_id)
        .where(
            Reading.timepoint_id == timepoint_id,
            Reading.kind == CENTRAL,
            Reading.state == "signed",
            Reading.stale_at.is_(None),
            Reading.images_sha256 != images_sha256,
        )
        .order_by(Reading.id)
        .with_for_update(of=Reading)
    )
    return [(row[0], row[1]) for row in rows]


@dataclass(frozen=True, slots=True)
class ToCheck:
    """A timepoint whose images wait for a decision; `n_total` counts all of them."""

    number: str
    site_code: str
    study_version_id: UUID
    timepoint: str
    is_new: bool
    waits_since: datetime
    n_total: int


def to_check(session: Session, actor: Actor, *, limit: int) -> Sequence[ToCheck]:
    """Return the timepoints with described images that no decision was made on, those that wait longest first.

    `is_new` says that no images of the timepoint were ever decided on.
    """
    described = (
        select(ImagingStudy.timepoint_id, func.max(Series.described_at).label("at"))
        .join(Series, Series.imaging_study_id == ImagingStudy.id)
        .where(Series.n_instances > 0)
        .group_by(ImagingStudy.timepoint_id)
        .having(func.bool_and(Series.described_at.is_not(None)))
        .subquery()
    )
    newest = (
        select(TimepointCheck.timepoint_id, TimepointCheck.images_sha256)
        .ext(distinct_on(TimepointCheck.timepoint_id))
        .order_by(TimepointCheck.timepoint_id, TimepointCheck.decided_at.desc(), TimepointCheck.id.desc())
        .subquery()
    )
    rows = session.execute(
        select(
            Subject.number,
            Site.code,
            Subject.study_version_id,
            Timepoint.code,
            newest.c.timepoint_id.is_(None),
            described.c.at,
            func.count().over(),
        )
        .join(Timepoint, Timepoint.subject_id == Subject.id)
        .join(Site, Site.id == Subject.site_id)
        .join(described, described.c.timepoint_id == Timepoint.id)
        .outerjoin(newest, newest.c.timepoint_id == Timepoint.id)
        .where(
            visible(actor, Action.CHECK_IMAGES),
            or_(newest.c.timepoint_id.is_(None), newest.c.images_sha256.is_distinct_from(Timepoint.images_sha256)),
        )
        .order_by(described.c.at, Subject.number, Timepoint.code)
        .limit(limit)
    )
    return [ToCheck(*row) for row in rows]
