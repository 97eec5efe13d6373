"""The baseline lesion list before it is locked: adding, changing, leaving as entered in error, agreeing, opening."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.assignment import assign_ready
from casebook.actions.derive import derive_subject
from casebook.actions.lesion_book import current_book, gather_lesions, listed, row_of
from casebook.actions.lesion_values import (
    LesionValues,
    changes_saved,
    check_values,
    columns_of,
    require_reason,
    require_version,
    write_values,
)
from casebook.actions.progress import refresh_progress
from casebook.actions.signing_in import check_password
from casebook.domain import lesion_events as rules
from casebook.domain.actors import Action, Actor
from casebook.domain.baseline_list import AGREED, ListNotComplete, digest_of
from casebook.domain.lesion_events import LesionState
from casebook.store import lesion_history, lesions
from casebook.store.accounts import SignedIn
from casebook.store.database import set_reason
from casebook.store.tables import Lesion, Subject


def add_lesion(session: Session, actor: Actor, *, subject_id: UUID, values: LesionValues, now: datetime) -> Lesion:
    """Put a lesion on the list; without a label it gets the next one. Raises Refused once the list is locked."""
    check_values(values)
    subject = lesions.hold(session, actor, Action.EDIT_LESIONS, subject_id=subject_id)
    book, _ = current_book(session, subject)
    rules.require_open(book)
    label = values.label or rules.next_labels(book.lesions)[0]
    rules.added(book, label)
    row = lesions.add(session, subject_id=subject.id, label=label, **columns_of(values))
    write_values(session, subject, row, values)
    _changed(session, subject, now)
    return row


def change_lesion(
    session: Session,
    actor: Actor,
    *,
    subject_id: UUID,
    label: str,
    values: LesionValues,
    version: int | None,
    reason: str,
    now: datetime,
) -> Lesion:
    """Write anew what is said of a lesion; a saved value changes only with a reason.

    Raises Stale for an older version, Refused for a locked list, an ended lesion, or a change without reason.
    """
    check_values(values)
    subject = lesions.hold(session, actor, Action.EDIT_LESIONS, subject_id=subject_id)
    book, rows = current_book(session, subject)
    row = row_of(rows, label)
    rules.require_changeable(book, label)
    require_version(row.version, version, label)
    if changes_saved(session, subject, row, values):
        set_reason(session, require_reason(reason))
    row.version += 1
    write_values(session, subject, row, values)
    _changed(session, subject, now)
    return row


def leave_out(
    session: Session,
    actor: Actor,
    *,
    subject_id: UUID,
    label: str,
    version: int | None,
    reason: str,
    now: datetime,
) -> Lesion:
    """Leave a lesion of the open list as entered in error; it is kept with the reason and never deleted."""
    subject = lesions.hold(session, actor, Action.EDIT_LESIONS, subject_id=subject_id)
    book, rows = current_book(session, subject)
    row = row_of(rows, label)
    rules.require_changeable(book, label)
    require_version(row.version, version, label)
    rules.voided(book, label)
    set_reason(session, require_reason(reason, field="reason"))
    row.state, row.note = LesionState.VOID, reason.strip()
    row.version += 1
    _changed(session, subject, now)
    return row


def lock_list(session: Session, who: SignedIn, *, subject_id: UUID, version: int, password: str, now: datetime) -> bool:
    """Sign the list as agreed and lock it; False when the password is wrong.

    Raises ListNotComplete with what is missing, Stale when the list is not the one that was seen.
    """
    subject = lesions.hold(session, who.actor, Action.LOCK_BASELINE, subject_id=subject_id)
    book, rows = current_book(session, subject)
    rules.locked(book)
    require_version(subject.baseline_version, version, "The lesion list")
    found = gather_lesions(session, subject)
    if found.gaps:
        raise ListNotComplete(found.gaps)
    if not check_password(session, account_id=who.account_id, password=password, now=now):
        return False
    subject.baseline_version += 1
    subject.baseline_locked_at, subject.baseline_locked_by = now, who.actor.login
    session.flush()
    diameters = {item.row.id: item.diameters_mm for item in found.lesions}
    lesion_history.sign_list(
        session,
        subject,
        content_sha256=digest_of(listed(rows.values(), diameters, agreed=_voided(session, subject))),
        account_id=who.account_id,
        signer_name=who.actor.display_name,
        meaning=AGREED,
        signed_at=now,
    )
    refresh_progress(session, subject.id)
    assign_ready(session, subject, now=now)
    return True


def unlock_list(
    session: Session, actor: Actor, *, subject_id: UUID, version: int | None, reason: str, now: datetime
) -> Subject:
    """Open a locked list again; its signature ends. Raises Refused once a central read of it is signed."""
    subject = lesions.hold(session, actor, Action.UNLOCK_BASELINE, subject_id=subject_id)
    book, _ = current_book(session, subject)
    rules.unlocked(book, is_read=lesion_history.is_read_centrally(session, subject.id))
    require_version(subject.baseline_version, version, "The lesion list")
    set_reason(session, require_reason(reason, field="reason"))
    subject.baseline_version += 1
    subject.baseline_locked_at = subject.baseline_locked_by = None
    signature = lesion_history.agreement(session, subject.id)
    if signature is not None and signature.invalidated_at is None:
        lesion_history.end_agreement(signature, now=now, because=reason.strip())
    session.flush()
    assign_ready(session, subject, now=now)
    refresh_progress(session, subject.id)
    return subject


def _voided(session: Session, subject: Subject) -> frozenset[str]:
    return lesion_history.voided_by_event(session, subject.id)


def _changed(session: Session, subject: Subject, now: datetime) -> None:
    subject.baseline_version += 1
    session.flush()
    derive_subject(session, subject, as_of=now.date())
