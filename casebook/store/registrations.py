"""The registrations behind a count, as far as the actor may know of their subjects."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from casebook.domain.accrual import later
from casebook.domain.actors import Action, Actor
from casebook.store.tables import Account, EthicsApproval, Registration, Site, Study, Subject
from casebook.store.visibility import visible


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which registrations are asked for; what is empty filters nothing. A month is named by its first day."""

    study_code: str
    site_code: str = ""
    country: str = ""
    group: str = ""
    step: str = ""
    month_on: date | None = None


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """One registration with its subject, its site, who made it and under which approval."""

    subject_id: UUID
    number: str
    road: str
    site_code: str
    site_name_en: str
    site_name_ja: str
    step: str
    registered_on: date
    registered_at: datetime
    registered_by: str
    approval_number: str | None


def listed(
    session: Session, actor: Actor, wanted: Wanted, *, limit: int, offset: int
) -> tuple[Sequence[RegistrationRow], int]:
    """Return one page of the registrations the actor may see, the newest first, and how many there are in all."""
    conditions = (visible(actor, Action.SEE_REGISTRY), *_matching(wanted))
    n_total = session.execute(
        select(func.count())
        .select_from(Registration)
        .join(Subject, Subject.id == Registration.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .join(Study, Study.id == Subject.study_id)
        .where(*conditions)
    ).scalar_one()
    rows = session.execute(
        select(
            Subject.id,
            Subject.number,
            Subject.road,
            Site.code,
            Site.name_en,
            Site.name_ja,
            Registration.step,
            Registration.registered_on,
            Registration.registered_at,
            func.coalesce(Account.display_name, Registration.registered_by),
            EthicsApproval.number,
        )
        .join(Subject, Subject.id == Registration.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .join(Study, Study.id == Subject.study_id)
        .outerjoin(Account, Account.login == Registration.registered_by)
        .outerjoin(EthicsApproval, EthicsApproval.id == Registration.ethics_approval_id)
        .where(*conditions)
        .order_by(Registration.registered_on.desc(), Subject.number, Registration.step)
        .limit(limit)
        .offset(offset)
    )
    return [RegistrationRow(*row) for row in rows], n_total


def _matching(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Study.code == wanted.study_code]
    for column, value in (
        (Site.code, wanted.site_code),
        (Site.country, wanted.country),
        (Site.site_group, wanted.group),
        (Registration.step, wanted.step),
    ):
        if value:
            conditions.append(column == value)
    if wanted.month_on is not None:
        conditions += [
            Registration.registered_on >= wanted.month_on,
            Registration.registered_on < later(wanted.month_on, 1),
        ]
    return conditions
