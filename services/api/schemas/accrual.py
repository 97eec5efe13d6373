"""Accrual and registrations as the API gives them."""

from datetime import date, datetime
from uuid import UUID

from services.api.schemas.cases import Answer


class AccrualMonthOut(Answer):
    """One month, named by its first day: registrations in it, all until its end, and the plan at its end."""

    month_on: date
    n_first: int
    n_second: int
    total_first: int
    total_second: int
    planned: float


class SiteAccrualOut(Answer):
    """What one site registered: in all, and first registrations by month (`2026-03`)."""

    site: str
    country: str
    group: str
    n_first: int
    n_second: int
    by_month: dict[str, int]


class PartAccrualOut(Answer):
    """What the sites of one country or group registered."""

    code: str
    n_sites: int
    n_registering: int
    n_first: int
    n_second: int


class AccrualOut(Answer):
    """A study against its plan; by group and country only for who sees every site.

    `planned_by_today` is what the plan's even pace wants by today, `pace_per_month` is of the last whole months, and
    `complete_on` the month in which the plan's number is reached at that pace.
    """

    study: str
    n_planned: int
    months_planned: int
    n_first: int
    n_second: int
    planned_by_today: float
    pace_per_month: float | None
    complete_on: date | None
    n_sites: int
    months: list[AccrualMonthOut]
    sites: list[SiteAccrualOut]
    by_group: list[PartAccrualOut] | None
    by_country: list[PartAccrualOut] | None


class ListedRegistration(Answer):
    """One registration: whose, at which site, on which day, by whom, under which ethics approval."""

    subject_id: UUID
    subject: str
    road: str
    site: str
    step: str
    registered_on: date
    registered_at: datetime
    registered_by: str
    approval: str | None


class ListedRegistrations(Answer):
    """One page of registrations, the newest first."""

    registrations: list[ListedRegistration]
    n_total: int
    page: int
    n_pages: int
