"""Structured reports of signed reads, and the images that they refer to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.store.tables import (
    ImagingStudy,
    Instance,
    Reading,
    ReadingAssignment,
    ReadingReport,
    Series,
    Subject,
    Timepoint,
)
from casebook.store.visibility import visible


@dataclass(frozen=True, slots=True)
class ArchivedImage:
    """What a reference to an archived image names."""

    study_uid: str
    study_on: date | None
    series_uid: str
    frame_of_reference_uid: str | None
    sop_class_uid: str
    sop_uid: str
    n_frames: int


def images_of(session: Session, timepoint_id: UUID) -> Sequence[ArchivedImage]:
    """Return the images of a timepoint, by study and series."""
    rows = session.execute(
        select(
            ImagingStudy.study_uid,
            ImagingStudy.study_on,
            Series.series_uid,
            Series.frame_of_reference_uid,
            Instance.sop_class_uid,
            Instance.sop_uid,
            Instance.n_frames,
        )
        .join(Series, Series.imaging_study_id == ImagingStudy.id)
        .join(Instance, Instance.series_id == Series.id)
        .where(ImagingStudy.timepoint_id == timepoint_id)
        .order_by(ImagingStudy.study_on, ImagingStudy.study_uid, Series.series_number, Instance.sop_uid)
    )
    return [ArchivedImage(*row) for row in rows]


def timepoint_code(session: Session, reading: Reading) -> str:
    """Return the timepoint of a read."""
    return session.get_one(Timepoint, reading.timepoint_id).code


def place_of(session: Session, reading: Reading) -> str | None:
    """Return the place of the reader of a central read: first, second or adjudicator; None for others."""
    return session.scalar(select(ReadingAssignment.place).where(ReadingAssignment.id == reading.assignment_id))


def files(session: Session) -> Sequence[tuple[str, bytes]]:
    """Return key and digest of every archived report."""
    return [(key, digest) for key, digest in session.execute(select(ReadingReport.file_key, ReadingReport.sha256))]


def signed_reads(session: Session, timepoint_id: UUID) -> Sequence[tuple[Reading, str | None, bool]]:
    """Return the signed reads of a timepoint, oldest first: each with its reader's place, and if it has a report."""
    query = (
        select(Reading, ReadingAssignment.place, ReadingReport.id)
        .outerjoin(ReadingAssignment, ReadingAssignment.id == Reading.assignment_id)
        .outerjoin(ReadingReport, ReadingReport.reading_id == Reading.id)
        .where(Reading.timepoint_id == timepoint_id, Reading.state == "signed")
        .order_by(Reading.signed_at, Reading.id)
    )
    return [(reading, place, report_id is not None) for reading, place, report_id in session.execute(query)]


def seen(session: Session, actor: Actor, action: Action, reading_id: UUID) -> ReadingReport | None:
    """Return the report of a read of a subject the actor may do `action` on."""
    return session.scalars(
        select(ReadingReport)
        .join(Reading, Reading.id == ReadingReport.reading_id)
        .join(Timepoint, Timepoint.id == Reading.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .where(ReadingReport.reading_id == reading_id, visible(actor, action))
    ).one_or_none()
