"""Accrual of a study against its plan, and the registrations that it counts."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query

from casebook.actions.accrual import AccrualReport, PartAccrual, accrual, list_registrations
from casebook.domain.actors import Action
from casebook.domain.study.model import RegistrationStep
from casebook.store.accounts import SignedIn
from casebook.store.registrations import Wanted
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.accrual import (
    AccrualMonthOut,
    AccrualOut,
    ListedRegistration,
    ListedRegistrations,
    PartAccrualOut,
    SiteAccrualOut,
)

router = APIRouter(prefix="/api/v1/studies/{study}", tags=["accrual"])
MONTH_PATTERN: Final = "^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$"
Month = Annotated[str | None, Query(pattern=MONTH_PATTERN, description="a month, as 2026-03")]


@router.get("/accrual")
def show(
    running: Running, session: Transaction, who: Annotated[SignedIn, Depends(doing(Action.SEE_SITES))], study: str
) -> AccrualOut:
    """Return both registrations by month against the plan, and by site as far as the caller sees sites."""
    report = accrual(session, who.actor, study_code=study, today=running.now().date())
    plan, progress = report.definition.accrual, report.progress
    return AccrualOut(
        study=study,
        n_planned=plan.n_planned,
        months_planned=plan.months,
        n_first=progress.n_first,
        n_second=progress.n_second,
        planned_by_today=round(float(progress.planned), 1),
        pace_per_month=None if progress.pace is None else round(float(progress.pace), 1),
        complete_on=progress.complete_on,
        n_sites=report.n_sites,
        months=[AccrualMonthOut.model_validate(month) for month in progress.months],
        sites=_sites(report),
        by_group=_parts(report.by_group),
        by_country=_parts(report.by_country),
    )


@router.get("/registrations")
def registrations(
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.SEE_REGISTRY))],
    study: str,
    site: Annotated[str, Query(max_length=20)] = "",
    country: Annotated[str, Query(max_length=2)] = "",
    group: Annotated[str, Query(max_length=50)] = "",
    step: RegistrationStep | None = None,
    month: Month = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> ListedRegistrations:
    """Return the registrations of the caller's patients, the newest first, by site, country, group, step or month."""
    wanted = Wanted(study, site, country, group, step or "", month_asked(month))
    found = list_registrations(session, who.actor, wanted, page=page)
    return ListedRegistrations(
        registrations=[
            ListedRegistration(
                subject_id=row.subject_id,
                subject=row.number,
                road=row.road,
                site=row.site_code,
                step=row.step,
                registered_on=row.registered_on,
                registered_at=row.registered_at,
                registered_by=row.registered_by,
                approval=row.approval_number,
            )
            for row in found.rows
        ],
        n_total=found.n_total,
        page=found.page,
        n_pages=found.n_pages,
    )


def month_asked(month: str | None) -> date | None:
    """Return the first day of a month that is written as 2026-03."""
    return date.fromisoformat(f"{month}-01") if month else None


def _sites(report: AccrualReport) -> list[SiteAccrualOut]:
    return [
        SiteAccrualOut(
            site=line.site.code,
            country=line.site.country,
            group=line.site.site_group,
            n_first=line.n_first,
            n_second=line.n_second,
            by_month={f"{month_on:%Y-%m}": n for month_on, n in line.by_month.items()},
        )
        for line in report.lines
    ]


def _parts(parts: Sequence[PartAccrual] | None) -> list[PartAccrualOut] | None:
    return None if parts is None else [PartAccrualOut.model_validate(part) for part in parts]
