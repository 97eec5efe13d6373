"""Which rows an actor may know of: site scope and study scope, applied to every query about subjects."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.sql.selectable import ScalarSelect

from casebook.domain.actors import Action, Actor
from casebook.store.tables import Site, Study, Subject


def visible(actor: Actor, action: Action) -> ColumnElement[bool]:
    """Return the condition on `Subject` rows under which `actor` may do `action`."""
    scopes = [
        and_(Subject.study_id == _study_id(study), true() if site is None else Subject.site_id == _site_id(study, site))
        for study, site in {(grant.study_code, grant.site_code) for grant in actor.grants_for(action)}
    ]
    return or_(*scopes) if scopes else false()


def _study_id(code: str) -> ScalarSelect[UUID]:
    return select(Study.id).where(Study.code == code).scalar_subquery()


def _site_id(study_code: str, site_code: str) -> ScalarSelect[UUID]:
    return select(Site.id).where(Site.code == site_code, Site.study_id == _study_id(study_code)).scalar_subquery()
