"""The signed central reads of a study as agreement asks for them, each in one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.domain.central.adjudication import AdjudicationState
from casebook.domain.lesion_events import LesionState
from casebook.store.reads import CENTRAL
from casebook.store.tables import (
    Adjudication,
    Finding,
    Lesion,
    Reading,
    ReadingAssignment,
    Study,
    Subject,
    Timepoint,
)
from casebook.store.visibility import visible


@dataclass(frozen=True, slots=True)
class SignedRead:
    """The newest signed edition of a central read; `place` is the reader's place in the case."""

    reading_id: UUID
    timepoint_id: UUID
    subject: str
    study_version_id: UUID
    account_id: UUID
    place: str
    round: int


def signed_reads(session: Session, actor: Actor, *, study_code: str, timepoint: str) -> Sequence[SignedRead]:
    """Return the signed reads of a timepoint that are not stale, of assignments that were not withdrawn."""
    rows = session.execute(
        select(
            Reading.id,
            Reading.timepoint_id,
            Subject.number,
            Subject.study_version_id,
            Reading.account_id,
            ReadingAssignment.place,
            Reading.round,
        )
        .ext(distinct_on(Reading.timepoint_id, Reading.account_id, Reading.round))
        .join(ReadingAssignment, ReadingAssignment.id == Reading.assignment_id)
        .join(Timepoint, Timepoint.id == Reading.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .join(Study, Study.id == Subject.study_id)
        .where(
            visible(actor, Action.SEE_AGREEMENT),
            Study.code == study_code,
            Timepoint.code == timepoint,
            Reading.kind == CENTRAL,
            Reading.state == "signed",
            Reading.stale_at.is_(None),
            ReadingAssignment.withdrawn_at.is_(None),
        )
        .order_by(Reading.timepoint_id, Reading.account_id, Reading.round, Reading.edition.desc())
    )
    return [SignedRead(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class SaidOfLesion:
    """What a read says of a lesion, on one sequence or all together."""

    reading_id: UUID
    lesion_id: UUID
    judged: str
    visibility: str


def findings(session: Session, reading_ids: Sequence[UUID]) -> Sequence[SaidOfLesion]:
    """Return what reads say of lesions, without those that were entered in error."""
    rows = session.execute(
        select(Finding.reading_id, Finding.lesion_id, Finding.sequence, Finding.visibility)
        .join(Lesion, Lesion.id == Finding.lesion_id)
        .where(Finding.reading_id.in_(reading_ids), Lesion.state != LesionState.VOID)
        .order_by(Finding.id)
    )
    return [SaidOfLesion(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What is still open: cases on readers' lists, adjudications, and how many there ever were that are not void."""

    n_open_assignments: int
    n_open_adjudications: int
    n_adjudicated: int


def unfinished(session: Session, actor: Actor, *, study_code: str, timepoint: str) -> Unfinished:
    """Count what central reading has still before it."""
    in_study = (visible(actor, Action.SEE_AGREEMENT), Study.code == study_code)
    n_open = session.execute(
        select(func.count())
        .select_from(ReadingAssignment)
        .join(Subject, Subject.id == ReadingAssignment.subject_id)
        .join(Study, Study.id == Subject.study_id)
        .where(*in_study, ReadingAssignment.withdrawn_at.is_(None), ReadingAssignment.closes_on.is_(None))
    ).scalar_one()
    n_all, n_undecided = session.execute(
        select(func.count(), func.count().filter(Adjudication.state == AdjudicationState.OPEN))
        .join(Timepoint, Timepoint.id == Adjudication.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .join(Study, Study.id == Subject.study_id)
        .where(*in_study, Timepoint.code == timepoint, Adjudication.state != AdjudicationState.VOID)
    ).one()
    return Unfinished(n_open, n_undecided, n_all)
