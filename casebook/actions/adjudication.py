"""Two central reads become the one that counts: at once where they agree, through a third person where they do not.

Frame: FDA “Clinical Trial Imaging Endpoint Process Standards” (2018). Only the timepoint that cDLM follows from can be
disputed; of any other the first reader's read counts once all have signed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.assignment import draw_adjudicator, open_again, open_images
from casebook.actions.derive import derive_subject
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor
from casebook.domain.central.adjudication import AdjudicationState, Disputed, Read, Side, disputes, is_second_left
from casebook.domain.central.assignment import ADJUDICATOR, PLACES, NotEnoughReaders
from casebook.domain.central.new_lesions import NewLesion
from casebook.domain.imaging import Judged, ReadingSequence, Visibility
from casebook.domain.study import StudyDefinition
from casebook.store import adjudications, assignments, lesions, reads, registry
from casebook.store.tables import Adjudication, Lesion, ReaderLesion, Reading, ReadingAssignment, Subject, Timepoint


def settle(
    session: Session, subject: Subject, timepoint: Timepoint, definition: StudyDefinition, *, now: datetime
) -> None:
    """Let the read count that follows from the newest editions: after a signature, a reopened read, other images.

    An adjudication of other editions becomes void. Where the reads differ in what the endpoint hangs on, one is opened
    and an adjudicator drawn; until it is decided no central read counts. To repeat it changes nothing.
    """
    adjudications.hold(session, timepoint.id)
    signed = _signed_reads(session, timepoint, definition)
    current = adjudications.current(session, timepoint.id)
    if current is not None and not _is_about(current, signed):
        current.state = AdjudicationState.VOID
        current.version += 1
        session.flush()
        current = None
    counts = _what_counts(session, subject, timepoint, definition, signed, current, now=now)
    is_disputable = timepoint.code == definition.rules.cdlm.timepoint
    if is_disputable and adjudications.current(session, timepoint.id) is None:
        _let_adjudicator_go(session, subject, now=now)
    let_count(session, subject, timepoint, counts, now=now)


@dataclass(frozen=True, slots=True)
class WaitingAdjudication:
    """A case that two readers differ on and that nobody may settle."""

    subject: Subject
    why: str


def draw_waiting(session: Session, actor: Actor, *, study_code: str, now: datetime) -> list[WaitingAdjudication]:
    """Draw an adjudicator for every case that waits for one; returns those that still wait, with the reason."""
    actor.require(Action.MANAGE_READERS, study_code=study_code)
    study = registry.study(session, study_code)
    found = []
    for row in adjudications.waiting_for_somebody(session, study.id):
        subject = registry.subject_of_timepoint(session, row.timepoint_id)
        _give_to_somebody(session, row, subject, now=now)
        if row.waits_because is not None:
            found.append(WaitingAdjudication(subject, row.waits_because))
    session.flush()
    return found


def _signed_reads(session: Session, timepoint: Timepoint, definition: StudyDefinition) -> Sequence[Reading]:
    """Return the newest edition of each reader's read in order of their places; empty unless all are signed."""
    places = PLACES[: definition.charter.n_readers]
    newest = adjudications.newest_reads(session, timepoint.id, places)
    found = [newest[place] for place in places if place in newest]
    is_complete = len(found) == len(places) and all(row.state == "signed" and row.stale_at is None for row in found)
    return found if is_complete else []


def _is_about(adjudication: Adjudication, signed: Sequence[Reading]) -> bool:
    return [adjudication.first_reading_id, adjudication.second_reading_id] == [row.id for row in signed]


def _what_counts(
    session: Session,
    subject: Subject,
    timepoint: Timepoint,
    definition: StudyDefinition,
    signed: Sequence[Reading],
    current: Adjudication | None,
    *,
    now: datetime,
) -> Reading | None:
    if not signed:
        return None
    if timepoint.code != definition.rules.cdlm.timepoint or len(signed) == 1:
        return signed[0]
    if current is None:
        return _compared(session, subject, definition, signed, now=now)
    if current.state == AdjudicationState.OPEN:
        _give_to_somebody(session, current, subject, now=now)
    return session.get_one(Reading, current.result_reading_id) if current.result_reading_id else None


def _compared(
    session: Session, subject: Subject, definition: StudyDefinition, signed: Sequence[Reading], *, now: datetime
) -> Reading | None:
    """Return the first read where both agree, else open an adjudication and return None."""
    first, second = signed
    seed = assignments.seed(session, subject.study_id)
    is_swapped = is_second_left(seed, subject.reading_code, (first.edition, second.edition))
    left, right = (second, first) if is_swapped else (first, second)
    said = reads_of(session, subject, [left, right])
    links = lesions.links(session, subject.id)
    found = disputes(said[left.id], said[right.id], definition.rules.cdlm, links)
    if not found:
        return first
    _open(session, subject, first, second, is_swapped=is_swapped, found=found, now=now)
    return None


def _open(
    session: Session,
    subject: Subject,
    first: Reading,
    second: Reading,
    *,
    is_swapped: bool,
    found: Sequence[Disputed],
    now: datetime,
) -> None:
    row = adjudications.between(session, first.id, second.id) or Adjudication(
        timepoint_id=first.timepoint_id,
        first_reading_id=first.id,
        second_reading_id=second.id,
        is_swapped=is_swapped,
        version=0,
    )
    row.state, row.opened_at = AdjudicationState.OPEN, now
    row.disputes = [item.to_json() for item in found]
    row.result_reading_id, row.decided_at = None, None
    row.version += 1
    session.add(row)
    _give_to_somebody(session, row, subject, now=now)
    session.flush()


def _give_to_somebody(session: Session, row: Adjudication, subject: Subject, *, now: datetime) -> None:
    """Give it to the case's adjudicator, drawn where there is none; where nobody may, the row says why."""
    try:
        assignment = adjudicator_of(session, subject) or draw_adjudicator(session, subject, now=now)
    except NotEnoughReaders as error:
        row.assignment_id, row.waits_because = None, error.message
        return
    open_again(assignment)
    open_images(session, assignment, subject, definition_of(session, subject.study_version_id))
    row.assignment_id, row.waits_because = assignment.id, None


def adjudicator_of(session: Session, subject: Subject) -> ReadingAssignment | None:
    """Return who was drawn to settle the case."""
    given = assignments.of_subject(session, subject.id)
    return next((item for item in given if item.place == ADJUDICATOR), None)


def _let_adjudicator_go(session: Session, subject: Subject, *, now: datetime) -> None:
    """Take the case off its adjudicator's list: nothing of it is to be settled any more."""
    assignment = adjudicator_of(session, subject)
    if assignment is not None:
        assignment.closes_on = now.date()
        session.flush()


def let_count(
    session: Session, subject: Subject, timepoint: Timepoint, counts: Reading | None, *, now: datetime
) -> None:
    """Let a read of the timepoint count, or no central one; what follows from it is derived anew."""
    if counts is None:
        if adjudications.take_back_accepted(session, timepoint.id):
            derive_subject(session, subject, as_of=now.date())
    elif not counts.accepted:
        reads.accept(session, counts)
        session.flush()
        derive_subject(session, subject, as_of=now.date())


def reads_of(session: Session, subject: Subject, rows: Sequence[Reading]) -> Mapping[UUID, Read]:
    """Return what reads say of the lesions that are read centrally, and of new ones, by read."""
    listed = lesions.to_read(session, subject.id, centrally=True)
    new = adjudications.new_lesions(session, [row.id for row in rows])
    series = [str(item.judged_on["series_uid"]) for found in new.values() for item in found]
    frames = adjudications.frames_of_reference(session, series)
    return {row.id: Read(_cells(session, row, listed), _new(new[row.id], frames)) for row in rows}


def _cells(
    session: Session, reading: Reading, listed: Sequence[Lesion]
) -> dict[str, dict[ReadingSequence, Visibility | None]]:
    cells: dict[UUID, dict[ReadingSequence, Visibility | None]] = {lesion.id: {} for lesion in listed}
    for row in reads.findings(session, [reading.id]):
        if row.lesion_id in cells and row.sequence != Judged.COMBINED:
            cells[row.lesion_id][ReadingSequence(row.sequence)] = Visibility(row.visibility)
    return {lesion.label: cells[lesion.id] for lesion in listed}


def _new(rows: Sequence[ReaderLesion], frames: Mapping[str, str]) -> tuple[NewLesion, ...]:
    return tuple(
        NewLesion(row.label, frames.get(series_uid, f"of series {series_uid} alone"), (x, y, z))
        for row in rows
        for series_uid in [str(row.judged_on["series_uid"])]
        for x, y, z in [row.judged_on["position_mm"]]
    )


def side_of(adjudication: Adjudication, *, first: bool) -> Side:
    """Return on which side the first or the second reader's read stands."""
    return Side.LEFT if first is not adjudication.is_swapped else Side.RIGHT
