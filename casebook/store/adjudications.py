"""Adjudications: the two reads behind each, what was chosen, and who may know of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.domain.central.adjudication import AdjudicationState
from casebook.domain.central.assignment import ADJUDICATOR
from casebook.store.reads import ADJUDICATION, CENTRAL
from casebook.store.tables import (
    Adjudication,
    AdjudicationChoice,
    Finding,
    ReaderLesion,
    Reading,
    ReadingAssignment,
    Series,
    Subject,
    Timepoint,
)
from casebook.store.visibility import is_given_to, visible


def hold(session: Session, timepoint_id: UUID) -> None:
    """Keep others from settling the timepoint until the transaction ends; two signatures see each other so."""
    session.execute(select(Timepoint.id).where(Timepoint.id == timepoint_id).with_for_update(key_share=True))


def newest_reads(session: Session, timepoint_id: UUID, places: Sequence[str]) -> Mapping[str, Reading]:
    """Return the newest edition of each place's first-round read, as it is now."""
    rows = session.execute(
        select(ReadingAssignment.place, Reading)
        .join(ReadingAssignment, ReadingAssignment.id == Reading.assignment_id)
        .where(
            Reading.timepoint_id == timepoint_id,
            Reading.kind == CENTRAL,
            Reading.round == 1,
            ReadingAssignment.place.in_(places),
            ReadingAssignment.withdrawn_at.is_(None),
        )
        .order_by(Reading.edition),
        execution_options={"populate_existing": True},
    )
    return {row[0]: row[1] for row in rows}


def current(session: Session, timepoint_id: UUID) -> Adjudication | None:
    """Return the timepoint's adjudication that is not void, locked for a change."""
    return session.scalars(
        select(Adjudication)
        .where(Adjudication.timepoint_id == timepoint_id, Adjudication.state != AdjudicationState.VOID)
        .with_for_update(),
        execution_options={"populate_existing": True},
    ).one_or_none()


def between(session: Session, first_id: UUID, second_id: UUID) -> Adjudication | None:
    """Return the adjudication of exactly these two editions, a void one too."""
    return session.scalars(
        select(Adjudication).where(
            Adjudication.first_reading_id == first_id, Adjudication.second_reading_id == second_id
        )
    ).one_or_none()


def waiting_for_somebody(session: Session, study_id: UUID) -> Sequence[Adjudication]:
    """Return the open adjudications of a study that nobody could be drawn for."""
    return session.scalars(
        select(Adjudication)
        .join(Timepoint, Timepoint.id == Adjudication.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .where(
            Subject.study_id == study_id,
            Adjudication.state == AdjudicationState.OPEN,
            Adjudication.waits_because.is_not(None),
        )
        .order_by(Subject.number)
    ).all()


@dataclass(frozen=True, slots=True)
class OwnAdjudication:
    """An adjudication on somebody's list, with what it is about."""

    row: Adjudication
    assignment: ReadingAssignment
    subject: Subject
    timepoint: Timepoint


def own_list(session: Session, actor: Actor, *, only: UUID | None = None) -> Sequence[OwnAdjudication]:
    """Return what the actor is to settle or has just settled, in their own order; `only` one of them."""
    rows = session.execute(
        select(Adjudication, ReadingAssignment, Subject, Timepoint)
        .join(Timepoint, Timepoint.id == Adjudication.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .join(ReadingAssignment, ReadingAssignment.subject_id == Subject.id)
        .where(
            Subject.id.in_(select(Subject.id).where(visible(actor, Action.ADJUDICATE)).correlate(None)),
            is_given_to(actor),
            ReadingAssignment.place == ADJUDICATOR,
            Adjudication.state != AdjudicationState.VOID,
            true() if only is None else Adjudication.id == only,
        )
        .order_by(ReadingAssignment.order_key)
    )
    return [OwnAdjudication(*row) for row in rows]


def own(session: Session, actor: Actor, adjudication_id: UUID) -> OwnAdjudication | None:
    """Find one that is on the actor's list."""
    return next(iter(own_list(session, actor, only=adjudication_id)), None)


def locked(session: Session, adjudication_id: UUID) -> Adjudication:
    """Return an adjudication as it is now, locked for a change."""
    return session.scalars(
        select(Adjudication).where(Adjudication.id == adjudication_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).one()


def choices(session: Session, adjudication_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[AdjudicationChoice]]:
    """Return the saved choices of those adjudications that have some."""
    rows = session.scalars(
        select(AdjudicationChoice)
        .where(AdjudicationChoice.adjudication_id.in_(adjudication_ids))
        .order_by(AdjudicationChoice.id),
        execution_options={"populate_existing": True},
    )
    found: dict[UUID, list[AdjudicationChoice]] = {}
    for row in rows:
        found.setdefault(row.adjudication_id, []).append(row)
    return found


def put_choice(session: Session, *, adjudication_id: UUID, label: str, values: Mapping[str, Any]) -> None:
    """Save a choice in place of an earlier one."""
    session.execute(
        insert(AdjudicationChoice)
        .values(adjudication_id=adjudication_id, label=label, **values)
        .on_conflict_do_update(
            index_elements=[AdjudicationChoice.adjudication_id, AdjudicationChoice.label], set_=dict(values)
        )
    )


def new_lesions(session: Session, reading_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[ReaderLesion]]:
    """Return the lesions that reads saw beside the list, by read."""
    found: dict[UUID, list[ReaderLesion]] = {reading_id: [] for reading_id in reading_ids}
    for row in session.scalars(
        select(ReaderLesion).where(ReaderLesion.reading_id.in_(reading_ids)).order_by(ReaderLesion.id)
    ):
        found[row.reading_id].append(row)
    return found


def frames_of_reference(session: Session, series_uids: Sequence[str]) -> Mapping[str, str]:
    """Return the frame of reference of those series that have one."""
    rows = session.execute(
        select(Series.series_uid, Series.frame_of_reference_uid).where(Series.series_uid.in_(series_uids))
    )
    return {series_uid: frame for series_uid, frame in rows if frame is not None}


def begin_result(session: Session, *, timepoint_id: UUID, assignment: ReadingAssignment) -> Reading:
    """Add an empty adjudicated read, the next edition of those that this person gave."""
    edition = session.scalar(
        select(func.coalesce(func.max(Reading.edition), 0) + 1).where(
            Reading.timepoint_id == timepoint_id, Reading.account_id == assignment.account_id, Reading.round == 1
        )
    )
    reading = Reading(
        timepoint_id=timepoint_id,
        account_id=assignment.account_id,
        assignment_id=assignment.id,
        kind=ADJUDICATION,
        edition=edition,
    )
    session.add(reading)
    session.flush()
    return reading


def copy_findings(session: Session, *, source_id: UUID, target_id: UUID, lesion_ids: Sequence[UUID]) -> None:
    """Copy all that a read says of some lesions into another."""
    _copy(session, Finding, Finding.reading_id == source_id, Finding.lesion_id.in_(lesion_ids), reading_id=target_id)


def copy_new_lesion(session: Session, *, source_id: UUID, label: str, target_id: UUID, as_label: str) -> None:
    """Copy a lesion that a read saw beside the list, under another label."""
    of_source = (ReaderLesion.reading_id == source_id, ReaderLesion.label == label)
    _copy(session, ReaderLesion, *of_source, reading_id=target_id, label=as_label)


def _copy(session: Session, table: type[Finding] | type[ReaderLesion], *conditions: Any, **changed: Any) -> None:
    kept = [column.name for column in table.__table__.columns if column.name not in {"id", *changed}]
    rows = select(*(literal(value) for value in changed.values()), *(getattr(table, name) for name in kept))
    session.execute(insert(table).from_select([*changed, *kept], rows.where(*conditions)))


def take_back_accepted(session: Session, timepoint_id: UUID) -> bool:
    """Let no central read of the timepoint count any more; False where none did."""
    counting = session.scalars(
        select(Reading).where(
            Reading.timepoint_id == timepoint_id, Reading.accepted, Reading.kind.in_([CENTRAL, ADJUDICATION])
        )
    ).all()
    for reading in counting:
        reading.accepted = False
    session.flush()
    return bool(counting)


def hand_over(session: Session, old_assignment_id: UUID, new_assignment_id: UUID) -> None:
    """Give the open adjudications of one assignment to another."""
    session.execute(
        update(Adjudication)
        .where(Adjudication.assignment_id == old_assignment_id, Adjudication.state == AdjudicationState.OPEN)
        .values(assignment_id=new_assignment_id)
    )
