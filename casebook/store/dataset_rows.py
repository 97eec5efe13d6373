"""What the datasets of a study are made of, beside the subjects' courses; each in one query for all subjects."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.domain.queries import QueryState
from casebook.store.tables import (
    Account,
    Finding,
    ImageCheck,
    ImagingStudy,
    Lesion,
    LesionDiameter,
    Query,
    Reader,
    ReaderLesion,
    Reading,
    ReadingAssignment,
    Series,
    SeriesRole,
    SeriesVerdict,
    Site,
    Subject,
    Timepoint,
)
from casebook.store.visibility import visible


def diameters(session: Session, subject_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Decimal]]:
    """Return the longest diameters (mm) of the baseline list, by lesion and reading sequence."""
    rows = session.execute(
        select(LesionDiameter.lesion_id, LesionDiameter.sequence, LesionDiameter.diameter_mm)
        .join(Lesion, Lesion.id == LesionDiameter.lesion_id)
        .where(Lesion.subject_id.in_(subject_ids))
    )
    found: dict[UUID, dict[str, Decimal]] = {}
    for lesion_id, sequence, diameter_mm in rows:
        found.setdefault(lesion_id, {})[sequence] = diameter_mm
    return found


@dataclass(frozen=True, slots=True)
class SignedRead:
    """The newest signed edition of a person's read of a timepoint; `place` is that of its assignment, if it has one."""

    reading_id: UUID
    subject_id: UUID
    timepoint: str
    kind: str
    place: str | None
    account_id: UUID
    round: int
    edition: int
    signed_at: datetime
    is_accepted: bool
    is_stale: bool
    is_withdrawn: bool


def signed_reads(session: Session, subject_ids: Sequence[UUID]) -> Sequence[SignedRead]:
    """Return the reads of subjects, the newest signed edition of each person, kind and round; drafts stay away."""
    rows: Iterable[Any] = session.execute(
        select(
            Reading.id,
            Timepoint.subject_id,
            Timepoint.code,
            Reading.kind,
            ReadingAssignment.place,
            Reading.account_id,
            Reading.round,
            Reading.edition,
            Reading.signed_at,
            Reading.accepted,
            Reading.stale_at.is_not(None),
            func.coalesce(ReadingAssignment.withdrawn_at.is_not(None), False),
        )
        .ext(distinct_on(Reading.timepoint_id, Reading.kind, Reading.account_id, Reading.round))
        .join(Timepoint, Timepoint.id == Reading.timepoint_id)
        .outerjoin(ReadingAssignment, ReadingAssignment.id == Reading.assignment_id)
        .where(Timepoint.subject_id.in_(subject_ids), Reading.signed_at.is_not(None))
        .order_by(
            Reading.timepoint_id,
            Reading.kind,
            Reading.account_id,
            Reading.round,
            Reading.accepted.desc(),
            Reading.edition.desc(),
        )
    )
    return [SignedRead(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ReadFinding:
    """What a read says of a lesion of the list."""

    reading_id: UUID
    lesion: str
    judged: str
    visibility: str
    diameter_mm: Decimal | None
    not_evaluable_reason: str | None
    confidence: int | None
    signal: str | None


def findings(session: Session, reading_ids: Sequence[UUID]) -> Sequence[ReadFinding]:
    """Return what reads say of the lesions of the list."""
    rows = session.execute(
        select(
            Finding.reading_id,
            Lesion.label,
            Finding.sequence,
            Finding.visibility,
            Finding.diameter_mm,
            Finding.not_evaluable_reason,
            Finding.confidence,
            Finding.signal,
        )
        .join(Lesion, Lesion.id == Finding.lesion_id)
        .where(Finding.reading_id.in_(reading_ids))
    )
    return [ReadFinding(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ReadNewLesion:
    """A lesion that a read has and the list does not."""

    reading_id: UUID
    label: str
    segment: str
    diameter_mm: Decimal
    sequence: str


def new_lesions(session: Session, reading_ids: Sequence[UUID]) -> Sequence[ReadNewLesion]:
    """Return the lesions that reads have and the list does not."""
    rows = session.execute(
        select(
            ReaderLesion.reading_id,
            ReaderLesion.label,
            ReaderLesion.segment,
            ReaderLesion.diameter_mm,
            ReaderLesion.sequence,
        ).where(ReaderLesion.reading_id.in_(reading_ids))
    )
    return [ReadNewLesion(*row) for row in rows]


def reader_numbers(session: Session, study_id: UUID) -> Mapping[UUID, int]:
    """Number the central readers of a study by account, in the order in which they were taken on."""
    rows = session.scalars(select(Reader.account_id).where(Reader.study_id == study_id).order_by(Reader.id))
    return {account_id: number for number, account_id in enumerate(rows, start=1)}


def account_numbers(session: Session) -> Mapping[UUID, int]:
    """Number the accounts in the order in which they were made; none is ever taken away."""
    rows = session.scalars(select(Account.id).order_by(Account.id))
    return {account_id: number for number, account_id in enumerate(rows, start=1)}


@dataclass(frozen=True, slots=True)
class HeldSeries:
    """A series with images: what it is for, and what a person said of exactly the images it has."""

    subject_id: UUID
    timepoint: str
    uid: str
    modality: str
    number: int | None
    n_images: int
    roles: tuple[str, ...]
    verdict: str | None
    verdict_at: datetime | None


def series(session: Session, subject_ids: Sequence[UUID]) -> Sequence[HeldSeries]:
    """Return the series of subjects that hold images."""
    newest = (
        select(SeriesVerdict.series_id, SeriesVerdict.verdict, SeriesVerdict.decided_at, SeriesVerdict.n_instances)
        .ext(distinct_on(SeriesVerdict.series_id))
        .order_by(SeriesVerdict.series_id, SeriesVerdict.decided_at.desc(), SeriesVerdict.id.desc())
        .subquery()
    )
    of_series = (
        select(
            SeriesRole.series_id, func.array_agg(aggregate_order_by(SeriesRole.role, SeriesRole.role)).label("roles")
        )
        .group_by(SeriesRole.series_id)
        .subquery()
    )
    rows: Iterable[Any] = session.execute(
        select(
            Timepoint.subject_id,
            Timepoint.code,
            Series.series_uid,
            Series.modality,
            Series.series_number,
            Series.n_instances,
            of_series.c.roles,
            newest.c.verdict,
            newest.c.decided_at,
        )
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id)
        .join(Timepoint, Timepoint.id == ImagingStudy.timepoint_id)
        .outerjoin(of_series, of_series.c.series_id == Series.id)
        .outerjoin(newest, and_(newest.c.series_id == Series.id, newest.c.n_instances == Series.n_instances))
        .where(Timepoint.subject_id.in_(subject_ids), Series.n_instances > 0)
    )
    return [
        HeldSeries(subject_id, timepoint, uid, modality, number, n, tuple(dict.fromkeys(roles or ())), verdict, at)
        for subject_id, timepoint, uid, modality, number, n, roles, verdict, at in rows
    ]


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One finding of the protocol checks, about a series or about the whole timepoint."""

    subject_id: UUID
    timepoint: str
    series_uid: str | None
    code: str
    severity: str
    found: str
    expected: str
    rule_version: str


def checks(session: Session, subject_ids: Sequence[UUID]) -> Sequence[CheckFinding]:
    """Return what the protocol checks found on the images of subjects."""
    rows = session.execute(
        select(
            Timepoint.subject_id,
            Timepoint.code,
            Series.series_uid,
            ImageCheck.code,
            ImageCheck.severity,
            ImageCheck.found,
            ImageCheck.expected,
            ImageCheck.rule_version,
        )
        .join(Timepoint, Timepoint.id == ImageCheck.timepoint_id)
        .outerjoin(Series, Series.id == ImageCheck.series_id)
        .where(Timepoint.subject_id.in_(subject_ids))
    )
    return [CheckFinding(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class AskedQuery:
    """A query without its words."""

    subject_id: UUID | None
    number: int
    site: str
    timepoint: str | None
    form: str | None
    ordinal: int | None
    field: str | None
    lesion: str | None
    series_uid: str | None
    kind: str
    rule: str | None
    state: str
    opened_at: datetime
    due_on: date
    answered_at: datetime | None
    ended_at: datetime | None


def queries(session: Session, actor: Actor, study_id: UUID) -> Sequence[AskedQuery]:
    """Return the queries of a study that sites know of: about the actor's subjects, and about sites."""
    rows: Iterable[Any] = session.execute(
        select(
            Query.subject_id,
            Query.number,
            Site.code,
            Query.timepoint_code,
            Query.form_code,
            Query.form_ordinal,
            Query.field,
            Query.lesion_label,
            Series.series_uid,
            Query.kind,
            Query.rule,
            Query.state,
            Query.opened_at,
            Query.due_on,
            Query.answered_at,
            Query.ended_at,
        )
        .join(Site, Site.id == Query.site_id)
        .outerjoin(Subject, Subject.id == Query.subject_id)
        .outerjoin(Series, Series.id == Query.series_id)
        .where(
            Query.study_id == study_id,
            Query.state != QueryState.CANDIDATE,
            or_(Query.subject_id.is_(None), visible(actor, Action.EXPORT_ENDPOINT)),
        )
        .order_by(Query.number)
    )
    return [AskedQuery(*row) for row in rows]
