"""Form entries, their signatures, and derivations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from casebook.store.tables import Derivation, FormEntry, Signature, Subject, Timepoint

SIGNED_TABLE: Final = "form_entry"
Signatures = Mapping[UUID, Sequence[Signature]]
"""By entry, the newest first."""


def entries(session: Session, subject_id: UUID) -> Sequence[FormEntry]:
    """Return every entry of a subject, by form and ordinal."""
    return entries_of(session, [subject_id]).get(subject_id, [])


def entries_of(session: Session, subject_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[FormEntry]]:
    """Return the entries of those subjects that have some, by form and ordinal."""
    found: dict[UUID, list[FormEntry]] = {}
    for row in session.scalars(
        select(FormEntry)
        .where(FormEntry.subject_id.in_(subject_ids))
        .order_by(FormEntry.form_code, FormEntry.ordinal, FormEntry.id)
    ):
        found.setdefault(row.subject_id, []).append(row)
    return found


def entry(
    session: Session,
    *,
    subject_id: UUID,
    form_code: str,
    timepoint_id: UUID | None,
    ordinal: int,
    lock: bool = False,
) -> FormEntry | None:
    """Find one entry; with `lock` as it is stored now, whatever the session has read before."""
    query = select(FormEntry).where(
        FormEntry.subject_id == subject_id,
        FormEntry.form_code == form_code,
        FormEntry.timepoint_id.is_not_distinct_from(timepoint_id),
        FormEntry.ordinal == ordinal,
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def entries_for_update(session: Session, subject_id: UUID) -> Sequence[FormEntry]:
    """Return every entry of a subject, locked until the transaction ends."""
    query = select(FormEntry).where(FormEntry.subject_id == subject_id)
    order = (FormEntry.form_code, FormEntry.ordinal, FormEntry.id)
    return session.scalars(query.order_by(*order).with_for_update().execution_options(populate_existing=True)).all()


def signatures(session: Session, entry_ids: Sequence[UUID]) -> Signatures:
    """Return the signatures of entries, the newest first; those that fell are among them."""
    found: dict[UUID, list[Signature]] = {}
    rows = session.scalars(
        select(Signature)
        .where(Signature.record_table == SIGNED_TABLE, Signature.record_id.in_(entry_ids))
        .order_by(Signature.signed_at.desc(), Signature.id.desc())
    )
    for row in rows:
        found.setdefault(row.record_id, []).append(row)
    return found


def invalidate_signatures(session: Session, entry_id: UUID, *, now: datetime, because: str) -> int:
    """Let every signature fall that still holds; returns how many did."""
    fallen = session.scalars(
        update(Signature)
        .where(
            Signature.record_table == SIGNED_TABLE,
            Signature.record_id == entry_id,
            Signature.invalidated_at.is_(None),
        )
        .values(invalidated_at=now, invalidated_because=because)
        .returning(Signature.id)
    ).all()
    return len(fallen)


@dataclass(frozen=True, slots=True)
class SignedEntry:
    """An entry that is signed or says so, with whose it is; `signature` is None where none holds."""

    entry: FormEntry | None
    subject_number: str | None
    study_version_id: UUID | None
    timepoint: str | None
    signature: Signature | None


def signed_entries(session: Session) -> Sequence[SignedEntry]:
    """Return every entry with a signature that holds, and every one in a state that may ask for one."""
    rows = session.execute(
        select(FormEntry, Subject.number, Subject.study_version_id, Timepoint.code, Signature)
        .select_from(FormEntry)
        .join(
            Signature,
            and_(
                Signature.record_id == FormEntry.id,
                Signature.record_table == SIGNED_TABLE,
                Signature.invalidated_at.is_(None),
            ),
            full=True,
        )
        .outerjoin(Subject, Subject.id == FormEntry.subject_id)
        .outerjoin(Timepoint, Timepoint.id == FormEntry.timepoint_id)
        .where(
            or_(
                and_(Signature.record_table == SIGNED_TABLE, Signature.invalidated_at.is_(None)),
                FormEntry.state.in_(("signed", "frozen", "locked")),
            )
        )
    )
    return [SignedEntry(*row) for row in rows]


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
