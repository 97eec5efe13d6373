"""Who reads centrally, and the cases they were given: for the data centre alone."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query

from casebook.actions.assignment import replace_reader, withdraw
from casebook.actions.readers import ReaderFacts, central_reading, draw_for_waiting, record_reader, see_assignment
from casebook.domain.actors import Action
from casebook.store.accounts import SignedIn
from services.api import reader_views as views
from services.api.dependencies import Reason, Running, Transaction, doing
from services.api.pages.study_asked import StudyAsked, study_of
from services.api.schemas.readers import (
    AssignmentOut,
    Assignments,
    ReaderIn,
    ReaderRecordOut,
    Readers,
    StillWaiting,
    WithdrawalIn,
)
from services.api.versions import version_of

router = APIRouter(tags=["central reading"])
ACT: Final = Action.MANAGE_READERS
Manages = Annotated[SignedIn, Depends(doing(ACT))]
IfMatch = Annotated[str, Header(alias="If-Match", description='the version that is changed, as "2"; "0" at first')]


@router.get("/api/v1/readers")
def list_all(running: Running, session: Transaction, who: Manages, study: StudyAsked = None) -> Readers:
    """Return who reads centrally, what each has before them, and the cases that wait for more readers."""
    code = study_of(who.actor, ACT, study)
    return views.readers(central_reading(session, who.actor, study_code=code, now=running.now()))


@router.put("/api/v1/readers/{reader}")
def record(
    running: Running,
    session: Transaction,
    who: Manages,
    reader: str,
    body: ReaderIn,
    if_match: IfMatch,
    reason: Reason,
    study: StudyAsked = None,
) -> ReaderRecordOut:
    """Record a reader's home site and training; a recorded value changes with a reason. Waiting cases are drawn."""
    row = record_reader(
        session,
        who.actor,
        study_code=study_of(who.actor, ACT, study),
        login=reader,
        facts=ReaderFacts(body.home_site, body.trained_on, body.training),
        version=version_of(if_match),
        reason=reason,
        now=running.now(),
    )
    return views.record(row)


@router.get("/api/v1/reading-assignments")
def list_assignments(
    running: Running,
    session: Transaction,
    who: Manages,
    study: StudyAsked = None,
    reader: Annotated[str | None, Query(max_length=100, description="login")] = None,
    subject: Annotated[str | None, Query(max_length=50, description="number")] = None,
) -> Assignments:
    """Return the cases given to readers, of one reader or subject where it is named."""
    code = study_of(who.actor, ACT, study)
    found = central_reading(session, who.actor, study_code=code, now=running.now()).assignments
    return Assignments(
        assignments=[
            views.assignment(one)
            for one in found
            if reader in {None, one.row.login} and subject in {None, one.row.number}
        ]
    )


@router.post("/api/v1/reading-assignments/draw")
def draw(running: Running, session: Transaction, who: Manages, study: StudyAsked = None) -> StillWaiting:
    """Draw readers for every case that waits; return those that still do."""
    code = study_of(who.actor, ACT, study)
    waiting, unsettled = draw_for_waiting(session, who.actor, study_code=code, now=running.now())
    return StillWaiting(waiting=views.waiting(waiting), waiting_for_adjudicator=views.unsettled(unsettled))


@router.post("/api/v1/reading-assignments/{assignment_id}/withdraw")
def take_back(
    running: Running,
    session: Transaction,
    who: Manages,
    assignment_id: UUID,
    body: WithdrawalIn,
    study: StudyAsked = None,
) -> AssignmentOut:
    """Take a case from a reader who has signed nothing of it."""
    now = running.now()
    code = study_of(who.actor, ACT, study)
    see_assignment(session, who.actor, study_code=code, assignment_id=assignment_id, now=now)
    withdraw(session, who.actor, assignment_id=assignment_id, reason=body.reason, now=now)
    return views.assignment(see_assignment(session, who.actor, study_code=code, assignment_id=assignment_id, now=now))


@router.post("/api/v1/reading-assignments/{assignment_id}/replace")
def replace(
    running: Running,
    session: Transaction,
    who: Manages,
    assignment_id: UUID,
    body: WithdrawalIn,
    study: StudyAsked = None,
) -> Assignments:
    """Take a case from a reader and draw another; return the assignments of the case."""
    now = running.now()
    code = study_of(who.actor, ACT, study)
    old = see_assignment(session, who.actor, study_code=code, assignment_id=assignment_id, now=now)
    replace_reader(session, who.actor, assignment_id=assignment_id, reason=body.reason, now=now)
    found = central_reading(session, who.actor, study_code=code, now=now).assignments
    return Assignments(assignments=[views.assignment(one) for one in found if one.row.number == old.row.number])
