"""A radiologist records what each lesion looks like on each sequence, and signs."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.derive import derive_subject
from casebook.actions.signing_in import check_password
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Forbidden, Invalid, NotFound, Refused, Stale
from casebook.domain.imaging import ReadingSequence, Visibility
from casebook.domain.study import StudyDefinition
from casebook.store import lesions, reads, registry
from casebook.store.accounts import SignedIn
from casebook.store.tables import Reading, Subject, Timepoint

Cell = tuple[UUID, ReadingSequence]
"""One lesion on one sequence."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reader says of one lesion on one sequence; `judged_on` keeps image, window and measurement."""

    visibility: Visibility
    diameter_mm: Decimal | None = None
    not_evaluable_reason: str | None = None
    confidence: int | None = None
    judged_on: dict[str, Any] | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class SavedRead:
    """The read after a change."""

    version: int
    saved_at: datetime


def reading_action(actor: Actor) -> Action | None:
    """Return how the actor reads: centrally, for a site, or not at all."""
    return next((act for act in (Action.RECORD_CENTRAL_READ, Action.RECORD_SITE_READ) if actor.may(act)), None)


def save_finding(
    session: Session,
    who: SignedIn,
    *,
    subject_id: UUID,
    timepoint_code: str,
    lesion_id: UUID,
    sequence: ReadingSequence,
    verdict: Verdict | None,
    version: int,
    now: datetime,
) -> SavedRead:
    """Save a verdict (or take it back with None) in the actor's own draft. Raises what `save_findings` raises."""
    return save_findings(
        session,
        who,
        subject_id=subject_id,
        timepoint_code=timepoint_code,
        verdicts={(lesion_id, sequence): verdict},
        version=version,
        now=now,
    )


def save_findings(
    session: Session,
    who: SignedIn,
    *,
    subject_id: UUID,
    timepoint_code: str,
    verdicts: Mapping[Cell, Verdict | None],
    version: int,
    now: datetime,
) -> SavedRead:
    """Save verdicts (or take them back with None) in the actor's own draft, all of them or none.

    Raises Stale when `version` is not the stored one, Refused for a signed read, Invalid for a verdict that
    breaks the charter, NotFound for a lesion that the case does not have.
    """
    subject, timepoint, definition = _opened(session, who.actor, subject_id, timepoint_code)
    known = {lesion.id for lesion in lesions.active_of_subject(session, subject.id)}
    for (lesion_id, _), verdict in verdicts.items():
        if lesion_id not in known:
            raise NotFound("The case has no such lesion.", field="lesion")
        if verdict is not None:
            _check_verdict(definition, verdict)
    reading = _draft(session, who, timepoint, version)
    for (lesion_id, sequence), verdict in verdicts.items():
        if verdict is None:
            reads.clear_finding(session, reading_id=reading.id, lesion_id=lesion_id, sequence=sequence)
        else:
            values = _columns(verdict)
            reads.put_finding(session, reading_id=reading.id, lesion_id=lesion_id, sequence=sequence, values=values)
    reading.version += 1
    reading.saved_at = now
    return SavedRead(reading.version, now)


def sign_read(
    session: Session,
    who: SignedIn,
    *,
    subject_id: UUID,
    timepoint_code: str,
    password: str,
    meaning: str,
    version: int,
    now: datetime,
) -> bool:
    """Lock the read with the password given again; False when the password is wrong.

    Raises Refused while a required cell is empty, and names the cells.
    """
    subject, timepoint, definition = _opened(session, who.actor, subject_id, timepoint_code)
    reading = _draft(session, who, timepoint, version)
    missing = _missing_cells(session, definition, subject, reading)
    if missing:
        raise Refused(f"The read is not complete: {', '.join(missing)}.", field="findings")
    if not check_password(session, account_id=who.account_id, password=password, now=now):
        return False
    reading.state, reading.signed_at, reading.signature_meaning = "signed", now, meaning
    reading.content_sha256 = content_sha256(session, reading)
    reading.version += 1
    reading.saved_at = now
    reads.accept(session, reading)
    session.flush()
    derive_subject(session, subject, as_of=now.date())
    return True


def content_sha256(session: Session, reading: Reading) -> str:
    """Return the digest a signature is bound to: every finding, in a canonical order."""
    rows = sorted(
        [
            [
                str(row.lesion_id),
                row.sequence,
                row.visibility,
                str(row.diameter_mm),
                row.not_evaluable_reason,
                row.confidence,
                row.judged_on,
                row.comment,
            ]
            for row in reads.findings(session, [reading.id])
        ],
        key=lambda row: (str(row[0]), str(row[1])),
    )
    return hashlib.sha256(json.dumps(rows, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _opened(
    session: Session, actor: Actor, subject_id: UUID, timepoint_code: str
) -> tuple[Subject, Timepoint, StudyDefinition]:
    action = reading_action(actor)
    if action is None:
        raise Forbidden("Your role does not read images; a radiologist's role does.")
    subject = registry.subject(session, actor, action, subject_id=subject_id)
    timepoint = registry.timepoint(session, subject.id, timepoint_code)
    return subject, timepoint, definition_of(session, subject.study_version_id)


def _draft(session: Session, who: SignedIn, timepoint: Timepoint, version: int) -> Reading:
    kind = "central" if reading_action(who.actor) is Action.RECORD_CENTRAL_READ else "site"
    reading = reads.begin(session, timepoint_id=timepoint.id, account_id=who.account_id, kind=kind)
    if reading.state != "draft":
        raise Refused("The read is signed; a change needs a new version with a reason.")
    if reading.version != version:
        raise Stale(
            f"The read was changed in another window (version {reading.version}, yours is {version}); reload the case."
        )
    return reading


def _check_verdict(definition: StudyDefinition, verdict: Verdict) -> None:
    reasons = {reason.code for reason in definition.charter.not_evaluable_reasons}
    is_evaluable = verdict.visibility is not Visibility.NOT_EVALUABLE
    if verdict.diameter_mm is not None and verdict.visibility is not Visibility.VISIBLE:
        raise Invalid("Only a visible lesion has a diameter.", field="diameter_mm")
    if is_evaluable and verdict.not_evaluable_reason is not None:
        raise Invalid("Only a lesion that is not evaluable has such a reason.", field="not_evaluable_reason")
    if verdict.not_evaluable_reason is not None and verdict.not_evaluable_reason not in reasons:
        raise Invalid(f"The reason is to be one of {', '.join(sorted(reasons))}.", field="not_evaluable_reason")


def _columns(verdict: Verdict) -> dict[str, Any]:
    return {
        "visibility": verdict.visibility,
        "diameter_mm": verdict.diameter_mm,
        "not_evaluable_reason": verdict.not_evaluable_reason,
        "confidence": verdict.confidence,
        "judged_on": verdict.judged_on,
        "comment": verdict.comment,
    }


def _missing_cells(session: Session, definition: StudyDefinition, subject: Subject, reading: Reading) -> list[str]:
    found = {(row.lesion_id, row.sequence): row for row in reads.findings(session, [reading.id])}
    missing = []
    for lesion in lesions.active_of_subject(session, subject.id):
        for sequence in definition.charter.sequences:
            cell = found.get((lesion.id, sequence))
            if cell is None:
                missing.append(f"{lesion.label} on {sequence.upper()} has no verdict")
            elif cell.visibility == Visibility.NOT_EVALUABLE and not cell.not_evaluable_reason:
                missing.append(f"{lesion.label} on {sequence.upper()} has no reason")
            elif (
                cell.visibility == Visibility.VISIBLE
                and cell.diameter_mm is None
                and definition.charter.diameter_required_when_visible
            ):
                missing.append(f"{lesion.label} on {sequence.upper()} has no diameter")
    return missing
