"""Accrual against plan, and the registrations behind each of its numbers."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from casebook.actions.accrual import accrual, list_registrations
from casebook.actions.studies import newest_definition
from casebook.domain.accrual import later, month_of
from casebook.domain.actors import Action
from casebook.domain.study.model import RegistrationStep
from casebook.stats.rounding import percent, rounded
from casebook.store.accounts import SignedIn
from casebook.store.registrations import Wanted
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.accrual_drawing import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, accrual_drawing
from services.api.pages.countries import country
from services.api.pages.rendering import page as html
from services.api.pages.study_asked import StudyAsked, study_of
from services.api.routes.accrual import Month, month_asked

router = APIRouter()
MONTHS_SHOWN: Final = 12


@router.get("/accrual")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_SITES))],
    study: StudyAsked = None,
    year: Annotated[int | None, Query(ge=1990, le=2090)] = None,
) -> Response:
    """Draw registrations against the plan, with a table by site and month: of a year, or of the last twelve months."""
    code = study_of(who.actor, Action.SEE_SITES, study)
    today = running.now().date()
    report = accrual(session, who.actor, study_code=code, today=today)
    months = report.progress.months
    return html(
        request,
        "accrual.html",
        frame,
        may_report=who.actor.may(Action.SEE_REGISTRY),
        report=report,
        today=today,
        drawing=accrual_drawing(report.definition.accrual, report.progress, today=today),
        frame_of=(WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM),
        months=shown_months(months[0].month_on, today, year),
        of_month={month.month_on: month for month in months},
        years=range(months[0].month_on.year, today.year + 1),
        year=year,
        group_labels={group.code: group.label for group in report.definition.groups},
        country=country,
        behind=_behind(code) if who.actor.may(Action.SEE_REGISTRY, study_code=code) else None,
        percent=percent,
        rounded=rounded,
    )


@router.get("/registrations")
def registrations(
    request: Request,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_REGISTRY))],
    study: StudyAsked = None,
    site: Annotated[str, Query(max_length=20)] = "",
    country_code: Annotated[str, Query(max_length=2, alias="country")] = "",
    group: Annotated[str, Query(max_length=50)] = "",
    step: Annotated[RegistrationStep | None, Query()] = None,
    month: Month = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """List the registrations behind a number, of the patients that the person may see."""
    code = study_of(who.actor, Action.SEE_REGISTRY, study)
    wanted = Wanted(code, site, country_code, group, step or "", month_asked(month))
    definition = newest_definition(session, code)[1]
    asked = {"site": site, "country": country_code, "group": group, "step": step, "month": month}
    return html(
        request,
        "registrations.html",
        frame,
        found=list_registrations(session, who.actor, wanted, page=page),
        wanted=wanted,
        month=month,
        steps={item.step.value: item.label for item in definition.registrations},
        roads={road.code: road.label for road in definition.roads},
        group_labels={item.code: item.label for item in definition.groups},
        country=country,
        address=lambda number: _behind(code)(**asked, page=number),
    )


def shown_months(began_on: date, today: date, year: int | None) -> list[date]:
    """Return the months of a year, or the last twelve, as far as there were any since the beginning."""
    last_on = month_of(today)
    first_on = later(last_on, 1 - MONTHS_SHOWN) if year is None else date(year, 1, 1)
    wanted = (later(first_on, n) for n in range(MONTHS_SHOWN))
    return [month_on for month_on in wanted if began_on <= month_on <= last_on]


def _behind(study: str) -> Callable[..., str]:
    """Return how the registrations behind a number of the study are addressed, by the filters that make the number."""

    def address(**filters: object) -> str:
        asked = {"study": study, **filters}
        return f"/registrations?{urlencode({name: str(value) for name, value in asked.items() if value})}"

    return address
