"""What belongs to lesions over time: diameters per sequence, events with their lineage, the list's agreement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from casebook.domain.lesion_events import EventKind, Part
from casebook.store.tables import (
    Account,
    Derivation,
    Lesion,
    LesionDiameter,
    LesionEvent,
    LesionLineage,
    Reading,
    Signature,
    Subject,
    Timepoint,
)


def diameters(session: Session, subject_id: UUID) -> Mapping[UUID, Mapping[str, Decimal]]:
    """Return the longest diameters (mm) at baseline by lesion and reading sequence."""
    rows = session.scalars(
        select(LesionDiameter)
        .join(Lesion, Lesion.id == LesionDiameter.lesion_id)
        .where(Lesion.subject_id == subject_id)
        .order_by(LesionDiameter.id)
    )
    found: dict[UUID, dict[str, Decimal]] = {}
    for row in rows:
        found.setdefault(row.lesion_id, {})[row.sequence] = row.diameter_mm
    return found


def put_diameter(session: Session, *, lesion_id: UUID, sequence: str, diameter_mm: Decimal | None) -> None:
    """Keep the diameter on a sequence in place of the earlier one; None takes it away."""
    if diameter_mm is None:
        session.execute(
            delete(LesionDiameter).where(LesionDiameter.lesion_id == lesion_id, LesionDiameter.sequence == sequence)
        )
        return
    session.execute(
        insert(LesionDiameter)
        .values(lesion_id=lesion_id, sequence=sequence, diameter_mm=diameter_mm)
        .on_conflict_do_update(
            index_elements=[LesionDiameter.lesion_id, LesionDiameter.sequence], set_={"diameter_mm": diameter_mm}
        )
    )


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event with the labels that ended in it and those that came of it; `recorded_by` is a name to show."""

    row: LesionEvent
    recorded_by: str
    ended: tuple[str, ...]
    came: tuple[str, ...]


def events(session: Session, subject_id: UUID) -> Sequence[RecordedEvent]:
    """Return the subject's events, oldest first."""
    return events_of(session, [subject_id]).get(subject_id, [])


def events_of(session: Session, subject_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[RecordedEvent]]:
    """Return the events of those subjects that have some, oldest first."""
    lineage: dict[UUID, dict[str, list[str]]] = {}
    parts = session.execute(
        select(LesionLineage.event_id, LesionLineage.part, Lesion.label)
        .join(Lesion, Lesion.id == LesionLineage.lesion_id)
        .where(Lesion.subject_id.in_(subject_ids))
        .order_by(LesionLineage.id)
    )
    for event_id, part, label in parts:
        lineage.setdefault(event_id, {}).setdefault(part, []).append(label)
    rows = session.execute(
        select(LesionEvent, Account.display_name)
        .outerjoin(Account, Account.login == LesionEvent.recorded_by)
        .where(LesionEvent.subject_id.in_(subject_ids))
        .order_by(LesionEvent.id)
    )
    found: dict[UUID, list[RecordedEvent]] = {}
    for row, name in rows:
        parts_of = lineage.get(row.id, {})
        ended, came = tuple(parts_of.get(Part.ENDED, ())), tuple(parts_of.get(Part.CAME, ()))
        found.setdefault(row.subject_id, []).append(RecordedEvent(row, name or row.recorded_by, ended, came))
    return found


def add_event(session: Session, *, ended: Sequence[UUID], came: Sequence[UUID], **values: Any) -> LesionEvent:
    """Keep an event with each lesion's part in it."""
    event = LesionEvent(**values)
    session.add(event)
    session.flush()
    parts = [(lesion_id, Part.ENDED) for lesion_id in ended] + [(lesion_id, Part.CAME) for lesion_id in came]
    session.add_all(LesionLineage(event_id=event.id, lesion_id=lesion_id, part=part) for lesion_id, part in parts)
    session.flush()
    return event


def voided_by_event(session: Session, subject_id: UUID) -> frozenset[str]:
    """Return the labels that an event of the locked list left as entered in error."""
    return frozenset(
        session.scalars(
            select(Lesion.label)
            .join(LesionLineage, LesionLineage.lesion_id == Lesion.id)
            .join(LesionEvent, LesionEvent.id == LesionLineage.event_id)
            .where(LesionEvent.subject_id == subject_id, LesionEvent.kind == EventKind.VOID)
        )
    )


def is_read_centrally(session: Session, subject_id: UUID) -> bool:
    """Tell whether a central read of the subject is signed."""
    found = (
        select(Reading.id)
        .join(Timepoint, Timepoint.id == Reading.timepoint_id)
        .where(Timepoint.subject_id == subject_id, Reading.kind == "central", Reading.signed_at.is_not(None))
    )
    return bool(session.scalar(select(exists(found))))


def agreement(session: Session, subject_id: UUID) -> Signature | None:
    """Return the newest signature under the subject's baseline list, one that was invalidated too."""
    return session.scalars(
        select(Signature)
        .where(Signature.record_table == Subject.__tablename__, Signature.record_id == subject_id)
        .order_by(Signature.id.desc())
        .limit(1)
    ).one_or_none()


def sign_list(session: Session, subject: Subject, **values: Any) -> None:
    """Keep a signature under the subject's baseline list as it is."""
    session.add(
        Signature(
            record_table=Subject.__tablename__,
            record_id=subject.id,
            record_version=subject.baseline_version,
            **values,
        )
    )
    session.flush()


def derivations(session: Session, lesion_id: UUID) -> Sequence[Derivation]:
    """Return everything the rules ever made of a lesion's records, newest first."""
    return session.scalars(
        select(Derivation)
        .where(Derivation.lesion_id == lesion_id)
        .order_by(Derivation.derived_at.desc(), Derivation.id.desc())
    ).all()


def end_agreement(signature: Signature, *, now: datetime, because: str) -> None:
    """Say that the list changed after it was signed."""
    signature.invalidated_at, signature.invalidated_because = now, because
