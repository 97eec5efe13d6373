"""A case of the sample that two readers signed and differ on, put there without reading it step by step."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from casebook.actions import adjudication
from casebook.actions.studies import definition_of
from casebook.installation import Installation
from casebook.store import assignments, lesions, registry
from casebook.store.tables import Account, Adjudication, Subject
from tests.actions import central_builders as build

CASE = "BE-02-0001"
"""The sample patient whose two readers were drawn and have read nothing yet."""
GONE, SEEN = "nnnnn", "nnnvv"
DISPUTED = "L2"


def differ(installation: Installation, number: str = CASE) -> UUID:
    """Let both readers of the case sign, and return the adjudication that follows."""
    with installation.database.transaction(actor="tester", reason="a test") as session:
        subject = session.scalars(select(Subject).where(Subject.number == number)).one()
        return settled(session, subject).id


def settled(session: Session, subject: Subject) -> Adjudication:
    timepoint = registry.timepoint(session, subject.id, "preoperative")
    labels = [lesion.label for lesion in lesions.to_read(session, subject.id, centrally=True)]
    for assignment in assignments.of_subject(session, subject.id)[:2]:
        said = {label: SEEN if (label, assignment.place) == (DISPUTED, "second") else GONE for label in labels}
        account = session.get_one(Account, assignment.account_id)
        build.a_read(session, subject, timepoint.id, account, said, assignment=assignment)
    definition = definition_of(session, subject.study_version_id)
    adjudication.settle(session, subject, timepoint, definition, now=datetime.now(UTC))
    return session.scalars(select(Adjudication).where(Adjudication.timepoint_id == timepoint.id)).one()
