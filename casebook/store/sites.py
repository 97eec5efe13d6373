"""Sites with their approvals and qualifications, and how many patients they registered."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.store.tables import (
    Account,
    EthicsApproval,
    Registration,
    RoleGrant,
    Site,
    SiteQualification,
    Study,
    Subject,
)

ONE_DAY: Final = timedelta(days=1)
"""A paper is last valid the day before it is revoked."""


def seen_by(session: Session, actor: Actor, action: Action, study_code: str) -> Sequence[Site]:
    """Return the sites of the study on which the actor may do `action`, by code."""
    return session.scalars(_seen_by(actor, action, study_code)).all()


def with_papers_ending(
    session: Session, actor: Actor, action: Action, study_code: str, *, first_on: date, last_on: date
) -> Sequence[Site]:
    """Return the sites on which the actor may do `action` with a paper that ends between two days, by code."""
    ending = [
        select(paper.site_id).where(
            or_(paper.valid_until.between(first_on, last_on), paper.revoked_on.between(first_on, last_on + ONE_DAY))
        )
        for paper in (EthicsApproval, SiteQualification)
    ]
    query = _seen_by(actor, action, study_code)
    return session.scalars(query.where(or_(*(Site.id.in_(sites) for sites in ending)))).all()


def _seen_by(actor: Actor, action: Action, study_code: str) -> Select[Site]:
    granted = {grant.site_code for grant in actor.grants_for(action, study_code)}
    query = select(Site).join(Study, Study.id == Site.study_id).where(Study.code == study_code).order_by(Site.code)
    if None in granted:
        return query
    return query.where(Site.code.in_(sorted(code for code in granted if code is not None)))


def one_seen_by(
    session: Session, actor: Actor, action: Action, *, study_code: str, site_code: str, lock: bool = False
) -> Site:
    """Find a site on which the actor may do `action`. Raises NotFound, for others' sites too."""
    query = select(Site).join(Study, Study.id == Site.study_id).where(Study.code == study_code, Site.code == site_code)
    found = session.scalars(query.with_for_update(of=Site) if lock else query).one_or_none()
    if found is None or not actor.may(action, study_code=study_code, site_code=site_code):
        raise NotFound("There is no such site.", field="site")
    return found


def approvals(session: Session, site_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[EthicsApproval]]:
    """Return the approvals of sites, the newest first."""
    rows = session.scalars(
        select(EthicsApproval)
        .where(EthicsApproval.site_id.in_(site_ids))
        .order_by(EthicsApproval.valid_from.desc(), EthicsApproval.id)
    )
    found: dict[UUID, list[EthicsApproval]] = defaultdict(list)
    for row in rows:
        found[row.site_id].append(row)
    return found


def qualifications(session: Session, site_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[SiteQualification]]:
    """Return the qualifications of sites, the newest first."""
    rows = session.scalars(
        select(SiteQualification)
        .where(SiteQualification.site_id.in_(site_ids))
        .order_by(SiteQualification.kind, SiteQualification.qualified_on.desc(), SiteQualification.id)
    )
    found: dict[UUID, list[SiteQualification]] = defaultdict(list)
    for row in rows:
        found[row.site_id].append(row)
    return found


def approval(session: Session, *, site_id: UUID, approval_id: UUID, lock: bool = False) -> EthicsApproval:
    """Find one approval of a site. Raises NotFound."""
    query = select(EthicsApproval).where(EthicsApproval.site_id == site_id, EthicsApproval.id == approval_id)
    found = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise NotFound("The site has no such approval.", field="approval")
    return found


def qualification(session: Session, *, site_id: UUID, qualification_id: UUID, lock: bool = False) -> SiteQualification:
    """Find one qualification of a site. Raises NotFound."""
    query = select(SiteQualification).where(
        SiteQualification.site_id == site_id, SiteQualification.id == qualification_id
    )
    found = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise NotFound("The site has no such qualification.", field="qualification")
    return found


def approval_numbered(session: Session, *, site_id: UUID, protocol_version: str, number: str) -> EthicsApproval | None:
    """Find the approval of this number for a protocol version, if it is recorded."""
    return session.scalars(
        select(EthicsApproval).where(
            EthicsApproval.site_id == site_id,
            EthicsApproval.protocol_version == protocol_version,
            EthicsApproval.number == number,
        )
    ).one_or_none()


def letters(session: Session) -> Sequence[tuple[str, bytes]]:
    """Return key and digest of every stored letter."""
    rows = session.execute(
        select(EthicsApproval.letter_key, EthicsApproval.letter_sha256).where(EthicsApproval.letter_key.is_not(None))
    )
    return [(key, digest) for key, digest in rows if key and digest]


def n_registered(session: Session, site_ids: Sequence[UUID]) -> Mapping[tuple[UUID, str], int]:
    """Count the registrations of sites by step."""
    rows = session.execute(
        select(Subject.site_id, Registration.step, func.count())
        .join(Registration, Registration.subject_id == Subject.id)
        .where(Subject.site_id.in_(site_ids))
        .group_by(Subject.site_id, Registration.step)
    )
    return {(site_id, step): n for site_id, step, n in rows}


@dataclass(frozen=True, slots=True)
class RegisteredInMonth:
    """How many registrations of one step a site made in one month, named by its first day."""

    site_id: UUID
    step: str
    month_on: date
    n: int


def per_month(session: Session, site_ids: Sequence[UUID]) -> Sequence[RegisteredInMonth]:
    """Return the registrations of sites by month and step, in order of time."""
    month = func.date_trunc("month", Registration.registered_on)
    rows = session.execute(
        select(Subject.site_id, Registration.step, month, func.count())
        .join(Registration, Registration.subject_id == Subject.id)
        .where(Subject.site_id.in_(site_ids))
        .group_by(Subject.site_id, Registration.step, month)
        .order_by(month)
    )
    return [RegisteredInMonth(site_id, step, day.date(), n) for site_id, step, day, n in rows]


@dataclass(frozen=True, slots=True)
class SitePerson:
    """Somebody with a role at a site."""

    display_name: str
    role: str
    valid_until: datetime | None


def people(session: Session, site_id: UUID, *, now: datetime) -> Sequence[SitePerson]:
    """Return who has a role at the site now, by name; disabled accounts have none."""
    rows = session.execute(
        select(Account.display_name, RoleGrant.role, RoleGrant.valid_until)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(
            RoleGrant.site_id == site_id,
            RoleGrant.valid_from <= now,
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > now),
            Account.disabled_at.is_(None),
        )
        .order_by(Account.display_name, RoleGrant.role)
    )
    return [SitePerson(*row) for row in rows]


def registrations(session: Session, subject_id: UUID) -> Mapping[str, Registration]:
    """Return a subject's registrations by step."""
    rows = session.scalars(select(Registration).where(Registration.subject_id == subject_id))
    return {row.step: row for row in rows}
