"""What reconciliation compares, each in one query whatever the number of subjects, and the discrepancies it keeps."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from casebook.store.tables import (
    Discrepancy,
    ImageCheck,
    ImagingStudy,
    Instance,
    QuarantineItem,
    ReceivedName,
    ReceivedObject,
    Series,
    Subject,
    Submission,
    Timepoint,
)


@dataclass(frozen=True, slots=True)
class TimepointRow:
    """A timepoint that has come about."""

    id: UUID
    subject_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """A series with images; `study_on` is the archive's (shifted) day."""

    timepoint_id: UUID
    id: UUID
    modality: str
    label_en: str | None
    label_ja: str | None
    is_described: bool
    study_on: date | None


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """One way in which the headers of a series describe it, as text; thickness in mm, field strength in T."""

    thickness_mm: str | None
    agent: str | None
    field_strength_t: str | None
    body_part: str | None
    laterality: str | None


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A finding of the protocol's checks."""

    timepoint_id: UUID
    series_id: UUID | None
    code: str
    severity: str
    found: str
    expected: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """The newest complete delivery of a timepoint, with its files."""

    number: int
    n_announced: int | None
    n_received: int
    n_again: int


def timepoints(session: Session, subject_ids: Sequence[UUID]) -> Sequence[TimepointRow]:
    """Return the timepoints of subjects that have come about."""
    rows = session.execute(
        select(Timepoint.id, Timepoint.subject_id, Timepoint.code)
        .where(Timepoint.subject_id.in_(subject_ids))
        .order_by(Timepoint.id)
    )
    return [TimepointRow(*row) for row in rows]


def series(session: Session, timepoint_ids: Sequence[UUID]) -> Sequence[SeriesRow]:
    """Return the series of timepoints that hold images."""
    rows = session.execute(
        select(
            ImagingStudy.timepoint_id,
            Series.id,
            Series.modality,
            Series.label_en,
            Series.label_ja,
            Series.described_at.is_not(None),
            ImagingStudy.study_on,
        )
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id)
        .where(ImagingStudy.timepoint_id.in_(timepoint_ids), Series.n_instances > 0)
        .order_by(ImagingStudy.study_on, Series.series_number, Series.id)
    )
    return [SeriesRow(*row) for row in rows]


def headers(session: Session, series_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[HeaderRow]]:
    """Return every way in which the headers of each series describe it; objects of several frames by their first."""
    rows = session.execute(
        select(
            Instance.series_id,
            Instance.facts["frames"][0]["slice_thickness_mm"].astext,
            Instance.facts["contrast"]["agent"].astext,
            Instance.facts["acquisition"]["field_strength_t"].astext,
            Instance.facts["acquisition"]["body_part"].astext,
            Instance.facts["acquisition"]["laterality"].astext,
        )
        .where(Instance.series_id.in_(series_ids))
        .distinct()
    )
    found: dict[UUID, list[HeaderRow]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(HeaderRow(*row[1:]))
    return found


def checks(session: Session, timepoint_ids: Sequence[UUID], *, codes: Collection[str]) -> Sequence[CheckRow]:
    """Return what the protocol's checks found, as far as the codes are known: an earlier program had others."""
    rows = session.execute(
        select(
            ImageCheck.timepoint_id,
            ImageCheck.series_id,
            ImageCheck.code,
            ImageCheck.severity,
            ImageCheck.found,
            ImageCheck.expected,
        )
        .where(ImageCheck.timepoint_id.in_(timepoint_ids), ImageCheck.code.in_(codes))
        .order_by(ImageCheck.id)
    )
    return [CheckRow(*row) for row in rows]


def held(session: Session, timepoint_ids: Sequence[UUID]) -> Sequence[tuple[UUID, str, int]]:
    """Return (timepoint, reason, files) of what waits in the quarantine."""
    rows = session.execute(
        select(QuarantineItem.timepoint_id, QuarantineItem.reason_code, func.count())
        .where(QuarantineItem.timepoint_id.in_(timepoint_ids), QuarantineItem.state == "held")
        .group_by(QuarantineItem.timepoint_id, QuarantineItem.reason_code)
        .order_by(QuarantineItem.timepoint_id, QuarantineItem.reason_code)
    )
    return [(timepoint_id, reason, n) for timepoint_id, reason, n in rows]


def last_deliveries(session: Session, timepoint_ids: Sequence[UUID]) -> Mapping[UUID, DeliveryRow]:
    """Return the newest complete delivery of each timepoint that has one; a file under two names was sent twice."""
    n_files = func.count(ReceivedObject.id)
    newest = (
        select(Submission.id, Submission.timepoint_id, Submission.number, Submission.n_announced)
        .where(Submission.timepoint_id.in_(timepoint_ids), Submission.state == "complete")
        .ext(distinct_on(Submission.timepoint_id))
        .order_by(Submission.timepoint_id, Submission.number.desc())
        .subquery()
    )
    rows = session.execute(
        select(
            newest.c.timepoint_id,
            newest.c.number,
            newest.c.n_announced,
            n_files,
            n_files - func.count(ReceivedObject.id.distinct()).filter(ReceivedObject.outcome != "duplicate"),
        )
        .outerjoin(ReceivedObject, ReceivedObject.submission_id == newest.c.id)
        .outerjoin(ReceivedName, ReceivedName.received_object_id == ReceivedObject.id)
        .group_by(newest.c.timepoint_id, newest.c.number, newest.c.n_announced)
    )
    return {row[0]: DeliveryRow(*row[1:]) for row in rows}


def standing(session: Session, subject_ids: Sequence[UUID]) -> Sequence[Discrepancy]:
    """Return the discrepancies that stand, accepted ones too, locked."""
    return session.scalars(
        select(Discrepancy)
        .where(Discrepancy.subject_id.in_(subject_ids), Discrepancy.gone_at.is_(None))
        .order_by(Discrepancy.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def add(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep new discrepancies."""
    session.add_all(Discrepancy(**row) for row in rows)
    session.flush()


def subjects(session: Session, subject_ids: Sequence[UUID]) -> Sequence[Subject]:
    """Return subjects by number."""
    return session.scalars(select(Subject).where(Subject.id.in_(subject_ids)).order_by(Subject.number)).all()
