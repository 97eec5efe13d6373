"""A radiologist records what each lesion looks like on each sequence, step by step, and signs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions import adjudication
from casebook.actions.assignment import close_when_read, open_again, open_images
from casebook.actions.derive import derive_subject
from casebook.actions.opened_read import OpenedRead, draft_of, opened_read, to_read
from casebook.actions.read_content import content_sha256
from casebook.actions.signing_in import check_password
from casebook.actions.sites import say_why
from casebook.domain.central.steps import require_lockable, require_open
from casebook.domain.errors import Invalid, NotFound, Refused
from casebook.domain.imaging import Judged, Visibility
from casebook.domain.study.reading import ReadingCharter
from casebook.store import assignments, reads
from casebook.store.accounts import SignedIn
from casebook.store.tables import Finding, Lesion, Reading

Cell = tuple[UUID, Judged]
"""One lesion on one sequence, or on all of them together."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reader says of one lesion in one cell; `judged_on` keeps image, window, position and measurement.

    `adc` is the region in which the apparent diffusion coefficient was measured, with what it gave.
    """

    visibility: Visibility
    diameter_mm: Decimal | None = None
    not_evaluable_reason: str | None = None
    confidence: int | None = None
    signal: str | None = None
    adc: dict[str, Any] | None = None
    judged_on: dict[str, Any] | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class SavedRead:
    """The read after a change."""

    version: int
    saved_at: datetime


def save_finding(
    session: Session,
    who: SignedIn,
    *,
    case_id: UUID,
    timepoint_code: str,
    lesion_id: UUID,
    judged: Judged,
    verdict: Verdict | None,
    version: int,
    now: datetime,
) -> SavedRead:
    """Save a verdict (or take it back with None) in the actor's own draft. Raises what `save_findings` raises."""
    return save_findings(
        session,
        who,
        case_id=case_id,
        timepoint_code=timepoint_code,
        verdicts={(lesion_id, judged): verdict},
        version=version,
        now=now,
    )


def save_findings(
    session: Session,
    who: SignedIn,
    *,
    case_id: UUID,
    timepoint_code: str,
    verdicts: Mapping[Cell, Verdict | None],
    version: int,
    now: datetime,
) -> SavedRead:
    """Save verdicts (or take them back with None) in the actor's own draft, all of them or none.

    Raises Stale when `version` is not the stored one, Refused for a signed read or a step that is not open, Invalid
    for a verdict that breaks the charter, NotFound for a lesion that the case does not have.
    """
    opened = opened_read(session, who, case_id=case_id, timepoint_code=timepoint_code)
    known = {lesion.id for lesion in to_read(session, opened)}
    charter = opened.definition.charter
    for (lesion_id, _), verdict in verdicts.items():
        if lesion_id not in known:
            raise NotFound("The case has no such lesion.", field="lesion")
        if verdict is not None:
            _check_verdict(charter, verdict)
    reading = draft_of(session, who, opened, version)
    for (lesion_id, judged), verdict in verdicts.items():
        _require_step(opened, reading, judged)
        if verdict is None:
            reads.clear_finding(session, reading_id=reading.id, lesion_id=lesion_id, sequence=judged)
        else:
            values = _columns(verdict)
            reads.put_finding(session, reading_id=reading.id, lesion_id=lesion_id, sequence=judged, values=values)
    return saved(reading, now)


def lock_step(
    session: Session, who: SignedIn, *, case_id: UUID, timepoint_code: str, step: str, version: int, now: datetime
) -> SavedRead:
    """Lock the open step of a central read and open the next one with its images.

    Raises StepRefused for another step, and while a cell is empty; the message names the cells.
    """
    opened = opened_read(session, who, case_id=case_id, timepoint_code=timepoint_code)
    if opened.assignment is None:
        raise Refused("A site's own read has no steps.")
    reading = draft_of(session, who, opened, version)
    charter = opened.definition.charter
    judged = next((item.judged for item in charter.steps if item.code == step), None)
    missing = _missing_cells(session, opened, reading, [judged] if judged else [])
    require_lockable(charter, reading.n_steps_locked, step, missing)
    if reading.n_steps_locked == len(charter.steps) - 1:
        raise Refused("This is the last step; sign the read.")
    reading.n_steps_locked += 1
    session.flush()
    open_images(session, opened.assignment, opened.subject, opened.definition)
    return saved(reading, now)


def sign_read(
    session: Session,
    who: SignedIn,
    *,
    case_id: UUID,
    timepoint_code: str,
    password: str,
    meaning: str,
    version: int,
    now: datetime,
) -> Reading | None:
    """Lock the read with the password given again; None when the password is wrong.

    Raises Refused while a required cell is empty, and names the cells.
    """
    opened = opened_read(session, who, case_id=case_id, timepoint_code=timepoint_code)
    reading = draft_of(session, who, opened, version)
    missing = _missing_cells(session, opened, reading, opened.judged)
    if missing:
        raise Refused(f"The read is not complete: {', '.join(missing)}.", field="findings")
    n_steps = len(opened.definition.charter.steps)
    if opened.assignment is not None and reading.n_steps_locked < n_steps - 1:
        raise Refused("The read is not complete: lock each step before the last one.", field="steps")
    if not check_password(session, account_id=who.account_id, password=password, now=now):
        return None
    seal(session, opened, reading, meaning=meaning, now=now)
    return reading


def reopen_read(
    session: Session, who: SignedIn, *, case_id: UUID, timepoint_code: str, reason: str, now: datetime
) -> Reading:
    """Begin a new version of one's own signed read, with what the last one says and with a reason.

    Raises Refused where there is no signed read, or without a reason.
    """
    opened = opened_read(session, who, case_id=case_id, timepoint_code=timepoint_code)
    before = opened.own
    if before is None or before.state != "signed":
        raise Refused("There is no signed read to begin a new version of.")
    say_why(session, reason, field="reason")
    reading = reads.next_edition(session, before, now=now)
    if opened.assignment is not None:
        open_again(opened.assignment)
        session.flush()
        open_images(session, opened.assignment, opened.subject, opened.definition)
    return reading


def saved(reading: Reading, now: datetime) -> SavedRead:
    """Count a change of a draft."""
    reading.version += 1
    reading.saved_at = now
    return SavedRead(reading.version, now)


def seal(session: Session, opened: OpenedRead, reading: Reading, *, meaning: str, now: datetime) -> None:
    """Lock a complete read under its signature and let it have its effects.

    A site's read counts at once; central ones once all readers have signed.
    """
    if opened.assignment is not None:
        reading.n_steps_locked = len(opened.definition.charter.steps)
    digests = assignments.images_digests(session, [opened.timepoint.id])
    reading.state, reading.signed_at, reading.signature_meaning = "signed", now, meaning
    reading.content_sha256 = content_sha256(session, reading)
    reading.images_sha256 = digests.get(opened.timepoint.id)
    saved(reading, now)
    session.flush()
    _settle(session, opened, reading, now=now)


def _settle(session: Session, opened: OpenedRead, reading: Reading, *, now: datetime) -> None:
    if opened.assignment is None:
        reads.accept(session, reading)
        session.flush()
        derive_subject(session, opened.subject, as_of=now.date())
        return
    close_when_read(session, opened.assignment, opened.subject, opened.definition, now=now)
    if opened.assignment.round == 1:
        adjudication.settle(session, opened.subject, opened.timepoint, opened.definition, now=now)


def _require_step(opened: OpenedRead, reading: Reading, judged: Judged) -> None:
    if opened.assignment is not None:
        require_open(opened.definition.charter, reading.n_steps_locked, judged)
    elif judged not in opened.judged:
        raise NotFound("A site's own read has no such cell.", field="judged")


def _check_verdict(charter: ReadingCharter, verdict: Verdict) -> None:
    reasons = {reason.code for reason in charter.not_evaluable_reasons}
    signals = {signal.code for signal in charter.signals}
    is_evaluable = verdict.visibility is not Visibility.NOT_EVALUABLE
    if verdict.diameter_mm is not None and verdict.visibility is not Visibility.VISIBLE:
        raise Invalid("Only a visible lesion has a diameter.", field="diameter_mm")
    if is_evaluable and verdict.not_evaluable_reason is not None:
        raise Invalid("Only a lesion that is not evaluable has such a reason.", field="not_evaluable_reason")
    if verdict.not_evaluable_reason is not None and verdict.not_evaluable_reason not in reasons:
        raise Invalid(f"The reason is to be one of {', '.join(sorted(reasons))}.", field="not_evaluable_reason")
    if verdict.signal is not None and verdict.signal not in signals:
        raise Invalid(f"The signal is to be one of {', '.join(sorted(signals))}.", field="signal")


def _columns(verdict: Verdict) -> dict[str, Any]:
    return {
        "visibility": verdict.visibility,
        "diameter_mm": verdict.diameter_mm,
        "not_evaluable_reason": verdict.not_evaluable_reason,
        "confidence": verdict.confidence,
        "signal": verdict.signal,
        "adc": verdict.adc,
        "judged_on": verdict.judged_on,
        "comment": verdict.comment,
    }


def _missing_cells(
    session: Session, opened: OpenedRead, reading: Reading, judged: tuple[Judged, ...] | list[Judged]
) -> list[str]:
    found = {(row.lesion_id, row.sequence): row for row in reads.findings(session, [reading.id])}
    cells = [(lesion, what) for lesion in to_read(session, opened) for what in judged]
    lacks = ((lesion, what, _lack(opened, what, found.get((lesion.id, what)))) for lesion, what in cells)
    return [_named(lesion, what, lack) for lesion, what, lack in lacks if lack]


def _named(lesion: Lesion, what: Judged, lack: str) -> str:
    return f"{lesion.label} on {'all together' if what is Judged.COMBINED else what.upper()} has no {lack}"


def _lack(opened: OpenedRead, what: Judged, cell: Finding | None) -> str | None:
    charter = opened.definition.charter
    if cell is None:
        return "verdict"
    if cell.visibility == Visibility.NOT_EVALUABLE and not cell.not_evaluable_reason:
        return "reason"
    if what is Judged.COMBINED:
        return None
    if cell.visibility == Visibility.VISIBLE and cell.diameter_mm is None and charter.diameter_required_when_visible:
        return "diameter"
    has_mark = bool((cell.judged_on or {}).get("position_mm"))
    if cell.visibility == Visibility.NOT_VISIBLE and not has_mark and charter.mark_required_when_not_visible:
        return "mark where it was looked for"
    return None
