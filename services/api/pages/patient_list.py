"""The patients' table."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from casebook.actions.patients import list_patients
from casebook.domain.actors import Action
from casebook.domain.study.model import TimepointKind
from casebook.store import patients
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.rendering import page as html

router = APIRouter()


@router.get("/patients")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_REGISTRY))],
    site: Annotated[str, Query(max_length=20)] = "",
    search: Annotated[str, Query(max_length=100)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """List the patients of the person's sites, filtered by site, number or name of the site."""
    listed = list_patients(
        session, who.actor, today=running.now().date(), site_code=site or None, search=search.strip(), page=page
    )
    return html(
        request,
        "patients.html",
        frame,
        listed=listed,
        sites=patients.sites_of(session, who.actor, Action.SEE_REGISTRY),
        site=site,
        search=search,
        sees_outcomes=who.actor.may(Action.SEE_OUTCOMES),
        may_register=who.actor.may(Action.REGISTER_SUBJECT),
        Kind=TimepointKind,
        roads={road.code: road.label for line in listed.lines for road in line.definition.roads},
        page_address=lambda number: f"?{urlencode({'site': site, 'search': search, 'page': number})}",
    )
