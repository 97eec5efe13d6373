"""Which rows an actor may know of, applied to every query about subjects.

Site scope and study scope for all; for blinded roles also what is assigned to them, and of its images those that the
steps of their read have opened.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.sql.selectable import ScalarSelect

from casebook.domain.actors import Action, Actor, Grant
from casebook.store.tables import (
    Account,
    OpenedImages,
    ReadingAssignment,
    Series,
    SeriesRole,
    Site,
    Study,
    Subject,
    Timepoint,
)


def visible(actor: Actor, action: Action) -> ColumnElement[bool]:
    """Return the condition on `Subject` rows under which `actor` may do `action`."""
    scopes = [_scope(actor, grant) for grant in dict.fromkeys(actor.grants_for(action))]
    return or_(*scopes) if scopes else false()


def opened_images(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on `Series` of `Timepoint` rows under which a blinded actor may see their images."""
    if not actor.is_blinded:
        return true()
    roles = select(SeriesRole.id).where(SeriesRole.series_id == Series.id).correlate(Series, OpenedImages)
    closed_role = roles.where(SeriesRole.role != func.all(OpenedImages.roles))
    return (
        select(OpenedImages.id)
        .join(ReadingAssignment, ReadingAssignment.id == OpenedImages.assignment_id)
        .where(
            OpenedImages.timepoint_id == Timepoint.id,
            is_given_to(actor),
            or_(OpenedImages.roles.is_(None), and_(roles.exists(), ~closed_role.exists())),
        )
        .correlate(Timepoint, Series)
        .exists()
    )


def is_given_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on `ReadingAssignment` rows that are on the actor's list today."""
    account = select(Account.id).where(Account.login == actor.login).scalar_subquery()
    return and_(ReadingAssignment.account_id == account, is_open())


def is_open() -> ColumnElement[bool]:
    """Return the condition on `ReadingAssignment` rows that are on somebody's list today."""
    return and_(
        ReadingAssignment.withdrawn_at.is_(None),
        ReadingAssignment.opens_on <= func.current_date(),
        or_(ReadingAssignment.closes_on.is_(None), ReadingAssignment.closes_on > func.current_date()),
    )


def _scope(actor: Actor, grant: Grant) -> ColumnElement[bool]:
    study, site = grant.study_code, grant.site_code
    of_site = true() if site is None else Subject.site_id == _site_id(study, site)
    assigned = (
        select(ReadingAssignment.id)
        .where(ReadingAssignment.subject_id == Subject.id, is_given_to(actor))
        .correlate(Subject)
        .exists()
        if grant.role.is_blinded
        else true()
    )
    return and_(Subject.study_id == _study_id(study), of_site, assigned)


def _study_id(code: str) -> ScalarSelect[UUID]:
    return select(Study.id).where(Study.code == code).scalar_subquery()


def _site_id(study_code: str, site_code: str) -> ScalarSelect[UUID]:
    return select(Site.id).where(Site.code == site_code, Site.study_id == _study_id(study_code)).scalar_subquery()
