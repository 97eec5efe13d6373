"""The rules by which series get their roles: those of the definition in force, for every patient."""

from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.intake import describe_later
from casebook.actions.studies import definition_of, newest_definition
from casebook.domain.actors import Action, Actor
from casebook.domain.series_role_rules import RoleRules
from casebook.store import images, registry


def role_rules_in_force(session: Session, study_id: UUID) -> RoleRules:
    """Return the rules of the version loaded last.

    Patients of earlier versions have them too: a proposal is no record, and names the rules that made it.
    """
    return definition_of(session, registry.newest_version_id_of(session, study_id)).series_roles


def propose_again(session: Session, actor: Actor, *, study_code: str) -> int:
    """Have the timepoints described anew where other rules than those in force proposed roles; return how many.

    Roles that a person confirmed stay.
    """
    actor.require(Action.MANAGE_STUDY, study_code=study_code)
    _, definition = newest_definition(session, study_code)
    study = registry.study(session, study_code)
    waiting = images.timepoints_of_other_rules(session, study.id, rule=definition.series_roles.version)
    for timepoint_id in waiting:
        describe_later(session, timepoint_id)
    return len(waiting)
