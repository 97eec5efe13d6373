"""Form entries and derivations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casebook.store.tables import Derivation, FormEntry


def entries(session: Session, subject_id: UUID) -> Sequence[FormEntry]:
    """Return every entry of a subject, by form and ordinal."""
    return session.scalars(
        select(FormEntry)
        .where(FormEntry.subject_id == subject_id)
        .order_by(FormEntry.form_code, FormEntry.ordinal, FormEntry.id)
    ).all()


def entry(
    session: Session,
    *,
    subject_id: UUID,
    form_code: str,
    timepoint_id: UUID | None,
    ordinal: int,
    lock: bool = False,
) -> FormEntry | None:
    """Find one entry."""
    query = select(FormEntry).where(
        FormEntry.subject_id == subject_id,
        FormEntry.form_code == form_code,
        FormEntry.timepoint_id.is_not_distinct_from(timepoint_id),
        FormEntry.ordinal == ordinal,
    )
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def current_derivations(session: Session, lesion_ids: Sequence[UUID]) -> Mapping[tuple[UUID, str], Derivation]:
    """Return what the rules say now, by lesion and kind."""
    rows = session.scalars(
        select(Derivation).where(Derivation.lesion_id.in_(lesion_ids), Derivation.superseded_at.is_(None))
    )
    return {(row.lesion_id, row.kind): row for row in rows}


def supersede(session: Session, derivation: Derivation, *, now: datetime) -> None:
    """End a derivation; it stays in the history."""
    session.execute(update(Derivation).where(Derivation.id == derivation.id).values(superseded_at=now))


def add_derivation(
    session: Session, *, lesion_id: UUID, kind: str, rule_version: str, inputs: dict[str, Any], result: dict[str, Any]
) -> None:
    """Keep what a rule made of a lesion's records."""
    session.add(Derivation(lesion_id=lesion_id, kind=kind, rule_version=rule_version, inputs=inputs, result=result))
    session.flush()
