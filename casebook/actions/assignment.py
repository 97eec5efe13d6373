"""Cases are given to central readers: drawn, opened step by step, taken off the list, shown once more.

FDA “Clinical Trial Imaging Endpoint Process Standards” (2018); the numbers are the study's charter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.sites import say_why
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor, Role
from casebook.domain.central.assignment import (
    ADJUDICATOR,
    PLACES,
    NotEnoughReaders,
    draw_readers,
    is_repeated,
    order_key,
    repeat_code,
    repeat_opens_on,
)
from casebook.domain.central.steps import open_roles
from casebook.domain.errors import NotFound, Refused
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Text
from casebook.store import adjudications, assignments, progress, registry
from casebook.store.assignments import REPEAT
from casebook.store.tables import ReadingAssignment, Subject


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that is ready and that too few people may read."""

    subject: Subject
    why: Text


def assign_ready(session: Session, subject: Subject, *, now: datetime) -> None:
    """Draw the readers of a case that has become ready, and open to its readers exactly what is ready now.

    Where too few people may read it nothing is drawn; `waiting_cases` tells why.
    """
    definition = definition_of(session, subject.study_version_id)
    progress.lock(session, subject.id)
    given = assignments.of_subject(session, subject.id)
    if not given and _ready(session, subject, definition):
        try:
            given = _draw(session, subject, definition, now=now)
        except NotEnoughReaders:
            return
    for assignment in given:
        open_images(session, assignment, subject, definition)


def assign_waiting(session: Session, actor: Actor, *, study_code: str, now: datetime) -> list[Waiting]:
    """Draw the readers of every case that is ready; returns those that still wait, with the reason."""
    actor.require(Action.MANAGE_READERS, study_code=study_code)
    study = registry.study(session, study_code)
    for subject in assignments.subjects_without(session, study.id):
        assign_ready(session, subject, now=now)
    return waiting_cases(session, actor, study_code=study_code, now=now)


def waiting_cases(session: Session, actor: Actor, *, study_code: str, now: datetime) -> list[Waiting]:
    """Return the cases that are ready and that too few people may read, with the reason."""
    actor.require(Action.MANAGE_READERS, study_code=study_code)
    study = registry.study(session, study_code)
    found = []
    for subject in assignments.subjects_without(session, study.id):
        definition = definition_of(session, subject.study_version_id)
        if _ready(session, subject, definition):
            try:
                _drawn(session, subject, Role.CENTRAL_READER, definition.charter.n_readers, now=now)
            except NotEnoughReaders as error:
                found.append(Waiting(subject, error.said))
    return found


def withdraw(session: Session, actor: Actor, *, assignment_id: UUID, reason: str, now: datetime) -> ReadingAssignment:
    """Take a case from a reader who has not signed any of it, with a reason. Raises NotFound, Refused."""
    found = assignments.one(session, assignment_id)
    if found is None:
        raise NotFound("There is no such assignment.", field="assignment")
    assignment, subject = found
    definition = definition_of(session, subject.study_version_id)
    actor.require(Action.MANAGE_READERS, study_code=definition.code)
    if any(row.signed_at for row in assignments.newest_reads(session, assignment.id).values()):
        raise Refused(
            Text(
                "A read of this case is signed already; a signed read stays.",
                "署名済みの判定があるため取り下げできません。",
            )
        )
    say_why(session, reason, field="reason")
    assignment.withdrawn_at, assignment.withdrawn_because = now, reason.strip()
    assignments.open_only(session, assignment.id, {})
    session.flush()
    return assignment


def replace_reader(session: Session, actor: Actor, *, assignment_id: UUID, reason: str, now: datetime) -> None:
    """Take a case from a reader and draw another in their place.

    Raises NotEnoughReaders, and what `withdraw` raises.
    """
    old = withdraw(session, actor, assignment_id=assignment_id, reason=reason, now=now)
    subject = session.get_one(Subject, old.subject_id)
    if old.place == ADJUDICATOR:
        new = draw_adjudicator(session, subject, now=now)
        adjudications.hand_over(session, old.id, new.id)
        return
    definition = definition_of(session, subject.study_version_id)
    (account_id,) = _drawn(session, subject, Role.CENTRAL_READER, 1, now=now)
    new = _give(session, subject, account_id, old.place, now=now)
    open_images(session, new, subject, definition)


def draw_adjudicator(session: Session, subject: Subject, *, now: datetime) -> ReadingAssignment:
    """Give a case to a third person to settle, with all its images. Raises NotEnoughReaders."""
    definition = definition_of(session, subject.study_version_id)
    (account_id,) = _drawn(session, subject, Role.ADJUDICATOR, 1, now=now)
    assignment = _give(session, subject, account_id, ADJUDICATOR, now=now)
    open_images(session, assignment, subject, definition)
    return assignment


def close_when_read(
    session: Session, assignment: ReadingAssignment, subject: Subject, definition: StudyDefinition, *, now: datetime
) -> None:
    """After a signature: open what comes next; with nothing left, let the case leave the list in due time.

    Some cases come again to the same reader, under another code, once the charter's interval is over.
    """
    open_images(session, assignment, subject, definition)
    signed = assignments.newest_reads(session, assignment.id)
    timepoints = {row.code: row.id for row in registry.timepoints(session, subject.id)}
    to_read = [timepoints.get(item.code) for item in definition.read_centrally]
    if not all(code in signed and signed[code].state == "signed" for code in to_read):
        return
    assignment.closes_on = now.date() + timedelta(days=definition.charter.reopen_days)
    if assignment.round == 1:
        _plan_repeat(session, assignment, subject, definition, now=now)


def open_again(assignment: ReadingAssignment) -> None:
    """Put a case back on its reader's list: a new version is in work, or images came after the signature."""
    assignment.closes_on = None


def open_images(session: Session, assignment: ReadingAssignment, subject: Subject, definition: StudyDefinition) -> None:
    """Open to an assignment exactly the images that its reads have come to."""
    ready = _ready(session, subject, definition)
    newest = assignments.newest_reads(session, assignment.id)
    found: dict[UUID, list[str] | None] = {}
    for timepoint_id in ready.values():
        read = newest.get(timepoint_id)
        if assignment.place == ADJUDICATOR or (read is not None and (read.state == "signed" or read.edition > 1)):
            found[timepoint_id] = None
            continue
        found[timepoint_id] = open_roles(definition.charter, read.n_steps_locked if read else 0)
        break
    assignments.open_only(session, assignment.id, found)


def _ready(session: Session, subject: Subject, definition: StudyDefinition) -> Mapping[str, UUID]:
    """Return the timepoints that can be read now, in order: images checked, and all before them can be read too."""
    if subject.baseline_locked_at is None:
        return {}
    known = {row.code: row.id for row in registry.timepoints(session, subject.id)}
    passed = assignments.passed_checks(session, list(known.values()))
    found: dict[str, UUID] = {}
    for timepoint in definition.read_centrally:
        timepoint_id = known.get(timepoint.code)
        if timepoint_id not in passed or timepoint_id is None:
            break
        found[timepoint.code] = timepoint_id
    return found


def _draw(session: Session, subject: Subject, definition: StudyDefinition, *, now: datetime) -> list[ReadingAssignment]:
    drawn = _drawn(session, subject, Role.CENTRAL_READER, definition.charter.n_readers, now=now)
    return [
        _give(session, subject, account_id, place, now=now) for place, account_id in zip(PLACES, drawn, strict=False)
    ]


def _drawn(session: Session, subject: Subject, role: Role, n: int, *, now: datetime) -> list[UUID]:
    """Return the accounts drawn for a case. Raises NotEnoughReaders."""
    found = assignments.candidates(session, subject.study_id, role, now=now)
    account_of = {item.candidate.login: item.account_id for item in found}
    involved = assignments.involved(session, subject.id)
    drawn = draw_readers(
        [item.candidate for item in found],
        n=n,
        case=subject.reading_code,
        site_code=registry.site_by_id(session, subject.site_id).code,
        seed=assignments.seed(session, subject.study_id),
        on=now.date(),
        involved=[item.candidate.login for item in found if item.account_id in involved],
    )
    return [account_of[candidate.login] for candidate in drawn]


def _give(session: Session, subject: Subject, account_id: UUID, place: str, *, now: datetime) -> ReadingAssignment:
    code = subject.reading_code
    key = order_key(code, login=str(account_id), seed=assignments.seed(session, subject.study_id))
    return assignments.give(
        session,
        subject,
        account_id=account_id,
        place=place,
        read_round=1,
        code=code,
        order_key=key,
        opens_on=now.date(),
        now=now,
    )


def _plan_repeat(
    session: Session, assignment: ReadingAssignment, subject: Subject, definition: StudyDefinition, *, now: datetime
) -> None:
    charter, seed = definition.charter, assignments.seed(session, subject.study_id)
    login = str(assignment.account_id)
    planned = any(
        row.round == REPEAT and row.account_id == assignment.account_id
        for row in assignments.of_subject(session, subject.id)
    )
    if planned or not is_repeated(subject.reading_code, login=login, seed=seed, share=charter.repeat_share):
        return
    codes = (repeat_code(subject.reading_code, login=login, seed=seed, n=n) for n in count())
    code = next(code for code in codes if not assignments.code_is_taken(session, subject.study_id, code))
    repeat = assignments.give(
        session,
        subject,
        account_id=assignment.account_id,
        place=assignment.place,
        read_round=REPEAT,
        code=code,
        order_key=order_key(code, login=login, seed=seed),
        opens_on=repeat_opens_on(now.date(), after_days=charter.repeat_after_days),
        now=now,
    )
    open_images(session, repeat, subject, definition)
