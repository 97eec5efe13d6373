"""Reads and their findings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from casebook.domain.imaging import Judged
from casebook.store.tables import (
    Account,
    Finding,
    KeyImage,
    ReaderLesion,
    Reading,
    ReadingAssignment,
    SeriesCorrection,
    Subject,
    Timepoint,
)

SITE: Final = "site"
CENTRAL: Final = "central"
ADJUDICATION: Final = "adjudication"


def own(
    session: Session,
    *,
    timepoint_id: UUID,
    account_id: UUID,
    assignment: ReadingAssignment | None = None,
    lock: bool = False,
) -> Reading | None:
    """Return the newest edition of an account's read of a timepoint, in the round of its assignment."""
    query = (
        select(Reading)
        .where(
            Reading.timepoint_id == timepoint_id,
            Reading.account_id == account_id,
            Reading.kind != ADJUDICATION,
            Reading.round == (assignment.round if assignment else 1),
        )
        .order_by(Reading.edition.desc())
        .limit(1)
    )
    found = query.with_for_update().execution_options(populate_existing=True) if lock else query
    return session.scalars(found).one_or_none()


def begin(
    session: Session, *, timepoint_id: UUID, account_id: UUID, assignment: ReadingAssignment | None = None
) -> Reading:
    """Make an empty draft, or find the newest edition there is, one that another request made just now too; locked.

    With an assignment it is a central read of its round, else a site's own.
    """
    values = {"kind": SITE} if assignment is None else _of_assignment(assignment)
    session.execute(
        insert(Reading)
        .values(timepoint_id=timepoint_id, account_id=account_id, version=0, **values)
        .on_conflict_do_nothing()
    )
    found = own(session, timepoint_id=timepoint_id, account_id=account_id, assignment=assignment, lock=True)
    assert found is not None
    return found


def _of_assignment(assignment: ReadingAssignment) -> dict[str, Any]:
    return {"kind": CENTRAL, "round": assignment.round, "assignment_id": assignment.id}


def next_edition(session: Session, before: Reading, *, now: datetime) -> Reading:
    """Begin a new edition of a read with everything that the last one says; its steps begin anew."""
    reading = Reading(
        timepoint_id=before.timepoint_id,
        account_id=before.account_id,
        kind=before.kind,
        round=before.round,
        edition=before.edition + 1,
        assignment_id=before.assignment_id,
        version=0,
        saved_at=now,
    )
    session.add(reading)
    session.flush()
    for table in (Finding, ReaderLesion, KeyImage, SeriesCorrection):
        copied = [column.name for column in table.__table__.columns if column.name not in {"id", "reading_id"}]
        kept = select(literal(reading.id), *(getattr(table, name) for name in copied)).where(
            table.reading_id == before.id
        )
        session.execute(insert(table).from_select(["reading_id", *copied], kept))
    return reading


@dataclass(frozen=True, slots=True)
class ReadParts:
    """Everything that one read says."""

    findings: Sequence[Finding]
    new_lesions: Sequence[ReaderLesion]
    key_images: Sequence[KeyImage]
    corrections: Sequence[SeriesCorrection]


def parts(session: Session, reading_id: UUID) -> ReadParts:
    """Return everything that a read says."""
    return ReadParts(
        findings(session, [reading_id]),
        session.scalars(
            select(ReaderLesion).where(ReaderLesion.reading_id == reading_id).order_by(ReaderLesion.id)
        ).all(),
        session.scalars(select(KeyImage).where(KeyImage.reading_id == reading_id).order_by(KeyImage.id)).all(),
        session.scalars(
            select(SeriesCorrection).where(SeriesCorrection.reading_id == reading_id).order_by(SeriesCorrection.id)
        ).all(),
    )


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
        .where(Finding.reading_id.in_(of_reading), Finding.sequence != Judged.COMBINED)
        .order_by(Finding.id)
    )
    for reading_id, lesion_id, sequence, visibility, diameter_mm in findings:
        said = AcceptedFinding(lesion_id, sequence, visibility, diameter_mm)
        of_reading[reading_id].setdefault(lesion_id, []).append(said)
    return found


def progress(session: Session, account_id: UUID) -> Mapping[UUID, tuple[str, int]]:
    """Return (state, findings saved) of the account's newest site read, by timepoint."""
    rows = session.execute(
        select(Reading.timepoint_id, Reading.state, func.count(Finding.id))
        .outerjoin(Finding, Finding.reading_id == Reading.id)
        .where(Reading.account_id == account_id, Reading.kind == SITE)
        .group_by(Reading.id)
        .order_by(Reading.edition)
    )
    return {timepoint_id: (state, n) for timepoint_id, state, n in rows}


def n_findings(session: Session, reading_ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """Count the verdicts of reads."""
    rows = session.execute(
        select(Finding.reading_id, func.count()).where(Finding.reading_id.in_(reading_ids)).group_by(Finding.reading_id)
    )
    return {row[0]: row[1] for row in rows}


def accept(session: Session, reading: Reading) -> None:
    """Make this the accepted read of its timepoint; a site's own read never takes the place of a central one."""
    others = session.scalars(
        select(Reading).where(Reading.timepoint_id == reading.timepoint_id, Reading.accepted, Reading.id != reading.id)
    ).all()
    if reading.kind == SITE and any(other.kind != SITE for other in others):
        return
    for other in others:
        other.accepted = False
    session.flush()
    reading.accepted = True


def put(
    session: Session,
    table: type[ReaderLesion] | type[KeyImage] | type[SeriesCorrection],
    key: Mapping[str, Any],
    values: Mapping[str, Any],
) -> None:
    """Save a part of a read in place of an earlier one under the same key."""
    session.execute(
        insert(table).values(**key, **values).on_conflict_do_update(index_elements=list(key), set_=dict(values))
    )


def correction(session: Session, **key: Any) -> SeriesCorrection:
    """Return a correction that is there, as it is now."""
    query = select(SeriesCorrection).filter_by(**key)
    return session.scalars(query, execution_options={"populate_existing": True}).one()


def remove(session: Session, table: type[ReaderLesion] | type[KeyImage] | type[SeriesCorrection], **key: Any) -> None:
    """Take a part of a read back, if it is there."""
    session.execute(delete(table).filter_by(**key))


@dataclass(frozen=True, slots=True)
class SignedRead:
    """A signed read, whose it is and of whom."""

    reading: Reading
    subject_number: str
    timepoint: str
    signer_name: str


def signed(session: Session) -> Sequence[SignedRead]:
    """Return every signed read, oldest first."""
    rows = session.execute(
        select(Reading, Subject.number, Timepoint.code, Account.display_name)
        .join(Timepoint, Timepoint.id == Reading.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .join(Account, Account.id == Reading.account_id)
        .where(Reading.signed_at.is_not(None))
        .order_by(Reading.id)
    )
    return [SignedRead(*row) for row in rows]
