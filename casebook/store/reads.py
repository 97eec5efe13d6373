"""Reads and their findings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from casebook.store.tables import Finding, Reading, Timepoint


def own(session: Session, *, timepoint_id: UUID, account_id: UUID, lock: bool = False) -> Reading | None:
    """Return the newest edition of an account's read of a timepoint."""
    query = (
        select(Reading)
        .where(Reading.timepoint_id == timepoint_id, Reading.account_id == account_id)
        .order_by(Reading.edition.desc())
        .limit(1)
    )
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def begin(session: Session, *, timepoint_id: UUID, account_id: UUID, kind: str) -> Reading:
    """Make an empty draft, or find the one that another request made at the same moment; locked."""
    session.execute(
        insert(Reading)
        .values(timepoint_id=timepoint_id, account_id=account_id, kind=kind, version=0)
        .on_conflict_do_nothing()
    )
    found = own(session, timepoint_id=timepoint_id, account_id=account_id, lock=True)
    assert found is not None
    return found


def findings(session: Session, reading_ids: Sequence[UUID]) -> Sequence[Finding]:
    """Return the findings of reads, in the order they were first saved."""
    return session.scalars(select(Finding).where(Finding.reading_id.in_(reading_ids)).order_by(Finding.id)).all()


def put_finding(
    session: Session, *, reading_id: UUID, lesion_id: UUID, sequence: str, values: Mapping[str, Any]
) -> None:
    """Save a finding in place of an earlier one."""
    session.execute(
        insert(Finding)
        .values(reading_id=reading_id, lesion_id=lesion_id, sequence=sequence, **values)
        .on_conflict_do_update(
            index_elements=[Finding.reading_id, Finding.lesion_id, Finding.sequence], set_=dict(values)
        )
    )


def clear_finding(session: Session, *, reading_id: UUID, lesion_id: UUID, sequence: str) -> None:
    """Take a finding back."""
    session.execute(
        delete(Finding).where(
            Finding.reading_id == reading_id, Finding.lesion_id == lesion_id, Finding.sequence == sequence
        )
    )


@dataclass(frozen=True, slots=True)
class AcceptedFinding:
    """What the read that counts says of one lesion on one sequence."""

    lesion_id: UUID
    sequence: str
    visibility: str
    diameter_mm: Decimal | None


@dataclass(frozen=True, slots=True)
class AcceptedRead:
    """The read of a timepoint that counts, with its findings by lesion."""

    reading: Reading
    by_lesion: Mapping[UUID, Sequence[AcceptedFinding]]


def accepted(session: Session, subject_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, AcceptedRead]]:
    """Return the accepted reads of subjects, by timepoint."""
    rows = session.execute(
        select(Timepoint.subject_id, Timepoint.code, Reading)
        .join(Reading, Reading.timepoint_id == Timepoint.id)
        .where(Timepoint.subject_id.in_(subject_ids), Reading.accepted)
    )
    of_reading: dict[UUID, dict[UUID, list[AcceptedFinding]]] = {}
    found: dict[UUID, dict[str, AcceptedRead]] = {}
    for subject_id, code, reading in rows:
        by_lesion = of_reading.setdefault(reading.id, {})
        found.setdefault(subject_id, {})[code] = AcceptedRead(reading, by_lesion)
    findings = session.execute(
        select(Finding.reading_id, Finding.lesion_id, Finding.sequence, Finding.visibility, Finding.diameter_mm)
        .where(Finding.reading_id.in_(of_reading))
        .order_by(Finding.id)
    )
    for reading_id, lesion_id, sequence, visibility, diameter_mm in findings:
        said = AcceptedFinding(lesion_id, sequence, visibility, diameter_mm)
        of_reading[reading_id].setdefault(lesion_id, []).append(said)
    return found


def progress(session: Session, account_id: UUID) -> Mapping[UUID, tuple[str, int]]:
    """Return (state, findings saved) of the account's newest read, by timepoint."""
    rows = session.execute(
        select(Reading.timepoint_id, Reading.state, func.count(Finding.id))
        .outerjoin(Finding, Finding.reading_id == Reading.id)
        .where(Reading.account_id == account_id)
        .group_by(Reading.id)
        .order_by(Reading.edition)
    )
    return {timepoint_id: (state, n) for timepoint_id, state, n in rows}


CENTRAL: Final = "central"


def accept(session: Session, reading: Reading) -> None:
    """Make this the accepted read of its timepoint; a site's own read never takes the place of a central one."""
    others = session.scalars(
        select(Reading).where(Reading.timepoint_id == reading.timepoint_id, Reading.accepted, Reading.id != reading.id)
    ).all()
    if reading.kind != CENTRAL and any(other.kind == CENTRAL for other in others):
        return
    for other in others:
        other.accepted = False
    session.flush()
    reading.accepted = True
