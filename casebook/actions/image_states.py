"""The images of a timepoint: how far they are, checking them, and what new ones mean for reads already signed."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.adjudication import let_count, settle
from casebook.actions.assignment import assign_ready, open_again
from casebook.actions.progress import refresh_progress
from casebook.actions.queries import raise_query
from casebook.actions.series_checks import CheckedSeries, checked_series
from casebook.actions.series_verdicts import let_go
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor
from casebook.domain.central.image_state import (
    TAKES_OUT,
    CheckDecision,
    ImageFacts,
    ImagesState,
    decisions,
    require_decidable,
    state_of,
)
from casebook.domain.errors import NotFound, Stale
from casebook.domain.imaging import SeriesRole
from casebook.domain.queries import IMAGE_CHECK
from casebook.domain.series_verdicts import objected
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Necessity, Timepoint
from casebook.domain.texts import Text
from casebook.store import assignments, lesions, patients, registry
from casebook.store import image_states as stored
from casebook.store import images as stored_images
from casebook.store.database import set_reason
from casebook.store.image_states import CentralReads, HeldImages
from casebook.store.tables import ImageCheck, Subject, TimepointCheck
from casebook.store.tables import Timepoint as TimepointRow

NOTHING_READ: Final = CentralReads()
NO_IMAGES: Final = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class ImagesOfTimepoint:
    """The images of a timepoint: their state, since when and by whom.

    `check` is the newest decision, `check_holds` says that it was made on the images that are there now; `is_stale`
    that other images came after a central read was signed.
    """

    timepoint: Timepoint
    state: ImagesState
    facts: ImageFacts
    since: datetime | None = None
    by: str | None = None
    check: TimepointCheck | None = None
    check_holds: bool = False
    is_stale: bool = False


@dataclass(frozen=True, slots=True)
class CheckFile:
    """All that a decision on a timepoint's images rests on; `images_sha256` names the images it would be about.

    `objected` are the required roles whose images were refused, series by series.
    """

    subject: Subject
    definition: StudyDefinition
    images: ImagesOfTimepoint
    images_sha256: str | None
    missing: tuple[SeriesRole, ...]
    arrived: tuple[SeriesRole, ...]
    decisions: tuple[CheckDecision, ...]
    findings: Sequence[ImageCheck]
    history: Sequence[TimepointCheck]
    series: tuple[CheckedSeries, ...]
    objected: tuple[SeriesRole, ...]


def images_digest(session: Session, timepoint_id: UUID) -> str:
    """Return the digest of a timepoint's images: SHA-256 over their UIDs and archived bytes, whatever their order."""
    return assignments.images_digests(session, [timepoint_id]).get(timepoint_id, NO_IMAGES)


def states(session: Session, subjects: Sequence[Subject]) -> Mapping[UUID, Mapping[str, ImagesOfTimepoint]]:
    """Return the images of every timepoint that asks for some, by subject and code, in a constant number of queries."""
    held: dict[UUID, dict[str, HeldImages]] = defaultdict(dict)
    for row in stored.held_images(session, [subject.id for subject in subjects]):
        held[row.subject_id][row.code] = row
    ids = [row.timepoint_id for rows in held.values() for row in rows.values()]
    checks, reads = stored.newest_checks(session, ids), stored.central_reads(session, ids)
    return {
        subject.id: _of_subject(
            subject, definition_of(session, subject.study_version_id), held[subject.id], checks, reads
        )
        for subject in subjects
    }


def _of_subject(
    subject: Subject,
    definition: StudyDefinition,
    held: Mapping[str, HeldImages],
    checks: Mapping[UUID, TimepointCheck],
    reads: Mapping[UUID, CentralReads],
) -> dict[str, ImagesOfTimepoint]:
    """Return the images by timepoint in the study's order; those read first are judged first."""
    found: dict[str, ImagesOfTimepoint] = {}
    are_ready = True
    for timepoint in (*definition.read_centrally, *definition.timepoints):
        if timepoint.imaging is not None and timepoint.code not in found:
            n_needed = definition.charter.n_readers if timepoint.read_centrally else 0
            row = held.get(timepoint.code)
            images = _images_of(subject, timepoint, row, checks, reads, n_needed=n_needed, are_earlier_ready=are_ready)
            found[timepoint.code] = images
            are_ready = are_ready and (images.state.is_in_reading or not timepoint.read_centrally)
    return {timepoint.code: found[timepoint.code] for timepoint in definition.timepoints if timepoint.code in found}


def _images_of(
    subject: Subject,
    timepoint: Timepoint,
    row: HeldImages | None,
    checks: Mapping[UUID, TimepointCheck],
    reads: Mapping[UUID, CentralReads],
    *,
    n_needed: int,
    are_earlier_ready: bool,
) -> ImagesOfTimepoint:
    if row is None or not row.has_images:
        facts = ImageFacts(has_images=False)
        return ImagesOfTimepoint(timepoint, state_of(facts), facts)
    check, read = checks.get(row.timepoint_id), reads.get(row.timepoint_id, NOTHING_READ)
    holds = check is not None and check.images_sha256 == row.images_sha256
    facts = ImageFacts(
        has_images=True,
        is_described=row.is_described,
        check=CheckDecision(check.decision) if check is not None and holds else None,
        is_list_locked=subject.baseline_locked_at is not None,
        are_earlier_ready=are_earlier_ready,
        n_needed=n_needed,
        n_begun=read.n_begun,
        n_signed=read.n_signed,
        is_adjudicated=read.adjudicated_at is not None,
    )
    state = state_of(facts)
    since, by = _since(state, row, check, read, subject)
    return ImagesOfTimepoint(timepoint, state, facts, since, by, check, holds, read.is_stale)


def _since(
    state: ImagesState, row: HeldImages, check: TimepointCheck | None, read: CentralReads, subject: Subject
) -> tuple[datetime | None, str | None]:
    """Return since when the state is, and by whom; readers are not named."""
    if state is ImagesState.RECEIVED or check is None:
        return row.delivered_at, row.delivered_by
    if state is ImagesState.READ:
        return read.last_signed_at, None
    if state is ImagesState.ADJUDICATED:
        return read.adjudicated_at, None
    locked_at = subject.baseline_locked_at
    if state in {ImagesState.READY, ImagesState.READING} and locked_at is not None and locked_at > check.decided_at:
        return locked_at, None
    return check.decided_at, check.decided_by


def open_check(session: Session, actor: Actor, *, number: str, timepoint: str) -> CheckFile:
    """Return what is known of a timepoint's images. Raises NotFound, for other sites' patients too."""
    subject = registry.subject_by_number(session, actor, Action.SEE_REGISTRY, number=number)
    return _file(session, subject, timepoint)


def check_images(
    session: Session,
    actor: Actor,
    *,
    number: str,
    timepoint: str,
    decision: CheckDecision,
    reason: str,
    now: datetime,
    images_sha256: str | None = None,
) -> CheckFile:
    """Decide on the images of a timepoint.

    Raises CheckRefused where the decision is not possible or lacks its reason, Stale where `images_sha256` names other
    images than are there now. Images that are rejected or not evaluable are out of reading: what was read on them
    centrally does not count any more.
    """
    found = registry.subject_by_number(session, actor, Action.CHECK_IMAGES, number=number)
    subject = lesions.hold(session, actor, Action.CHECK_IMAGES, subject_id=found.id)
    file = _file(session, subject, timepoint)
    require_decidable(file.images.facts, decision, reason=reason, missing=file.missing, objected=file.objected)
    if images_sha256 is not None and images_sha256 != file.images_sha256:
        raise Stale(
            Text(
                "Other images have arrived since the page was opened; look at them first.",
                "画面を開いた後に別の画像が届きました。新しい画像を確認してください。",
            )
        )
    row = registry.timepoint(session, subject.id, timepoint)
    _decide(session, actor, row, decision, reason.strip(), now)
    _ask_or_let_go(session, subject, file.images.timepoint, decision, reason.strip(), now)
    assign_ready(session, subject, now=now)
    if decision in TAKES_OUT:
        let_count(session, subject, row, None, now=now)
    elif decision is CheckDecision.PASSED and _was_taken_out(file.images):
        settle(session, subject, row, file.definition, now=now)
    refresh_progress(session, subject.id)
    return _file(session, subject, timepoint)


def _ask_or_let_go(
    session: Session, subject: Subject, timepoint: Timepoint, decision: CheckDecision, reason: str, now: datetime
) -> None:
    """Ask the site what the decision asks; any other decision lets the query about these images go."""
    key = f"timepoint:{timepoint.code}"
    if decision is not CheckDecision.QUERY:
        let_go(session, subject, key, now=now)
        return
    raise_query(
        session,
        subject=subject,
        timepoint_code=timepoint.code,
        rule=IMAGE_CHECK,
        rule_key=key,
        question=Text(
            f"About the images, {timepoint.label.en}: {reason}", f"{timepoint.label.ja}の画像について：{reason}"
        ),
        now=now,
        again=True,
    )


def _was_taken_out(images: ImagesOfTimepoint) -> bool:
    """Whether what was read on these images stopped counting, and counts again once they pass."""
    return images.check is not None and images.check.decision in TAKES_OUT


def _decide(
    session: Session, actor: Actor, row: TimepointRow, decision: CheckDecision, reason: str, now: datetime
) -> None:
    if reason:
        set_reason(session, reason)
    row.images_sha256 = images_digest(session, row.id)
    session.add(
        TimepointCheck(
            timepoint_id=row.id,
            decision=decision,
            reason=reason or None,
            images_sha256=row.images_sha256,
            decided_by=actor.login,
            decided_at=now,
        )
    )
    session.flush()


def _file(session: Session, subject: Subject, code: str) -> CheckFile:
    definition = definition_of(session, subject.study_version_id)
    images = states(session, [subject])[subject.id].get(code)
    if images is None:
        raise NotFound("The study expects no images at this timepoint.", field="timepoint")
    arrived = {
        SeriesRole(item.role) for item in patients.arrived_roles(session, [subject.id]) if item.timepoint == code
    }
    required = [item.role for item in definition.requirements(code) if item.necessity is Necessity.REQUIRED]
    row = registry.timepoint(session, subject.id, code) if images.facts.has_images else None
    findings = stored_images.checks_of_timepoint(session, row.id) if row else ()
    series = checked_series(session, row.id, findings) if row else ()
    return CheckFile(
        subject=subject,
        definition=definition,
        images=images,
        images_sha256=images_digest(session, row.id) if row else None,
        missing=tuple(role for role in required if role not in arrived),
        arrived=tuple(role for role in SeriesRole if role in arrived),
        decisions=decisions(images.facts),
        findings=findings,
        history=stored.checks_of(session, row.id) if row else (),
        series=series,
        objected=objected([one.judged() for one in series], required),
    )


def note_new_images(session: Session, timepoint_id: UUID, now: datetime) -> None:
    """Note which images a timepoint has now; signed central reads of others become stale and are read again.

    Their case is on the reader's list again, an open adjudication of them ends, and the subject is derived anew.
    """
    digest = images_digest(session, timepoint_id)
    row = session.get_one(TimepointRow, timepoint_id)
    if row.images_sha256 != digest:
        row.images_sha256 = digest
    subject = registry.subject_of_timepoint(session, timepoint_id)
    definition = definition_of(session, subject.study_version_id)
    assign_ready(session, subject, now=now)
    stale = stored.read_on_other_images(session, timepoint_id, digest)
    for read, assignment in stale:
        read.stale_at = now
        if assignment is not None:
            open_again(assignment)
    if stale:
        session.flush()
        settle(session, subject, row, definition, now=now)
