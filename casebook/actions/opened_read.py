"""The case that somebody reads, found by what their addresses name it by, and their own draft of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Forbidden, NotFound, Refused, Stale
from casebook.domain.imaging import Judged
from casebook.domain.study import StudyDefinition
from casebook.store import assignments, lesions, reads, registry
from casebook.store.accounts import SignedIn
from casebook.store.tables import Lesion, Reading, ReadingAssignment, Subject, Timepoint


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A subject as the actor may open it; blinded roles by an assignment that is on their list."""

    subject: Subject
    definition: StudyDefinition
    assignment: ReadingAssignment | None


@dataclass(frozen=True, slots=True)
class OpenedRead:
    """A timepoint that the actor reads, with the newest version of their own read; None before it is begun."""

    subject: Subject
    definition: StudyDefinition
    assignment: ReadingAssignment | None
    timepoint: Timepoint
    own: Reading | None

    @property
    def judged(self) -> tuple[Judged, ...]:
        """What verdicts are given on: each sequence, and for central reads all together."""
        charter = self.definition.charter
        if self.assignment is None:
            return tuple(Judged(sequence) for sequence in charter.sequences)
        return tuple(step.judged for step in charter.steps)


def reading_action(actor: Actor) -> Action | None:
    """Return how the actor reads: centrally, for a site, or not at all."""
    return next((act for act in (Action.RECORD_CENTRAL_READ, Action.RECORD_SITE_READ) if actor.may(act)), None)


def opened_case(session: Session, who: SignedIn, action: Action, *, case_id: UUID) -> OpenedCase:
    """Find a case by what addresses name it by. Raises NotFound, for others' cases too."""
    if not who.actor.is_blinded:
        subject = registry.subject(session, who.actor, action, subject_id=case_id)
        return OpenedCase(subject, definition_of(session, subject.study_version_id), None)
    assignment = assignments.own(session, who.actor, case_id)
    if assignment is None:
        raise NotFound("There is no such case.", field="case")
    subject = registry.subject(session, who.actor, action, subject_id=assignment.subject_id)
    return OpenedCase(subject, definition_of(session, subject.study_version_id), assignment)


def opened_timepoint(session: Session, case: OpenedCase, code: str) -> Timepoint:
    """Find a timepoint of a case. Raises NotFound, also for one that is not open to the reader yet."""
    timepoint = registry.timepoint(session, case.subject.id, code)
    if case.assignment is not None and timepoint.id not in assignments.opened(session, case.assignment.id):
        raise NotFound("There is no such timepoint.", field="timepoint")
    return timepoint


def opened_read(session: Session, who: SignedIn, *, case_id: UUID, timepoint_code: str) -> OpenedRead:
    """Find what the actor reads. Raises Forbidden for who does not read, NotFound for others' cases."""
    action = reading_action(who.actor)
    if action is None:
        raise Forbidden("Your role does not read images; a radiologist's role does.")
    case = opened_case(session, who, action, case_id=case_id)
    timepoint = opened_timepoint(session, case, timepoint_code)
    own = reads.own(session, timepoint_id=timepoint.id, account_id=who.account_id, assignment=case.assignment)
    return OpenedRead(case.subject, case.definition, case.assignment, timepoint, own)


def draft_of(session: Session, who: SignedIn, opened: OpenedRead, version: int) -> Reading:
    """Return the actor's own draft, locked for a change; begun where there is none.

    Raises Refused for a signed read, Stale when `version` is not the stored one.
    """
    reading = reads.begin(
        session, timepoint_id=opened.timepoint.id, account_id=who.account_id, assignment=opened.assignment
    )
    if reading.state != "draft":
        raise Refused("The read is signed; a change needs a new version with a reason.")
    if reading.version != version:
        raise Stale(
            f"The read was changed in another window (version {reading.version}, yours is {version}); reload the case."
        )
    return reading


def to_read(session: Session, opened: OpenedRead | OpenedCase) -> Sequence[Lesion]:
    """Return the lesions that are judged; central readers never hear of those that appeared later."""
    return lesions.to_read(session, opened.subject.id, centrally=opened.assignment is not None)
