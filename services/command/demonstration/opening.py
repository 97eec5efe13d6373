"""The study opens: staff at every site, approvals and qualifications on record."""

from datetime import UTC, datetime

from casebook.actions.signing_in import signed_in_as
from casebook.domain.actors import Actor
from casebook.domain.study import StudyDefinition
from casebook.store.database import Database
from services.command.demonstration.cohort import SEED, StudyPlan
from services.command.demonstration.papers import record_papers
from services.command.demonstration.people import MANAGER, make_accounts, staff


def people_and_papers(database: Database, actor: Actor, definition: StudyDefinition, plan: StudyPlan) -> None:
    """Make the staff's accounts and record the sites' papers; what is there already stays."""
    now = datetime.now(UTC)
    with database.transaction(actor=actor.login) as session:
        make_accounts(session, actor, staff(SEED, definition, plan.sites), study=definition.code, now=now)
    with database.transaction(actor=MANAGER.login, role=MANAGER.role) as session:
        manager = signed_in_as(session, login=MANAGER.login, now=datetime.now(UTC)).actor
        record_papers(session, manager, plan.sites.values(), definition=definition, on=now.date())
