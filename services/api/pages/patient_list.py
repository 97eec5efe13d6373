"""The patients' table."""

from collections.abc import Iterable
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from casebook.actions.patients import Order, PatientLine, Wanted, list_patients
from casebook.actions.studies import newest_definition
from casebook.domain.actors import Action
from casebook.domain.next_step import Urgency
from casebook.domain.study.model import Road, TimepointKind
from casebook.domain.texts import Text
from casebook.store import patients
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.rendering import page as html
from services.api.pages.words import N_

router = APIRouter()
URGENCIES: Final = {
    Urgency.OVERDUE: N_("overdue"),
    Urgency.TO_DO: N_("to do"),
    Urgency.WAITING: N_("waiting"),
    Urgency.DONE: N_("done"),
}
ORDERS: Final = {
    Order.NUMBER: N_("by number"),
    Order.REGISTERED: N_("newest first"),
    Order.DUE: N_("next due first"),
}


@router.get("/patients")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_REGISTRY))],
    site: Annotated[str, Query(max_length=20)] = "",
    road: Annotated[str, Query(max_length=50)] = "",
    search: Annotated[str, Query(max_length=100)] = "",
    state: Annotated[Urgency | None, Query()] = None,
    order: Annotated[Order, Query()] = Order.NUMBER,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """List the patients of the person's sites, filtered by site, road, how urgent they are, number or name of site."""
    wanted = Wanted(site, road, search.strip(), state, order, page)
    listed = list_patients(session, who.actor, today=running.now().date(), wanted=wanted)
    studies = {grant.study_code for grant in who.actor.grants_for(Action.SEE_REGISTRY)}
    roads = [one for code in sorted(studies) for one in newest_definition(session, code)[1].roads]
    return html(
        request,
        "patients.html",
        frame,
        listed=listed,
        wanted=wanted,
        sites=patients.sites_of(session, who.actor, Action.SEE_REGISTRY),
        roads=roads,
        road_labels=_labels(roads, listed.lines),
        urgencies=URGENCIES,
        orders=ORDERS,
        sees_outcomes=who.actor.may(Action.SEE_OUTCOMES),
        may_register=who.actor.may(Action.REGISTER_SUBJECT),
        Kind=TimepointKind,
        address=lambda **changes: address(wanted, **changes),
    )


def _labels(roads: Iterable[Road], lines: Iterable[PatientLine]) -> dict[str, Text]:
    """Return the wording of roads, those of earlier versions of a study too."""
    earlier = {one.code: one.label for line in lines for one in line.definition.roads}
    return earlier | {one.code: one.label for one in roads}


def address(wanted: Wanted, **changes: object) -> str:
    """Return the address of the same table with some filters changed; a changed filter begins at the first page."""
    asked = {
        "site": wanted.site_code,
        "road": wanted.road,
        "search": wanted.search,
        "state": wanted.urgency or "",
        "order": "" if wanted.order is Order.NUMBER else wanted.order,
        **changes,
    }
    query = urlencode({name: str(value) for name, value in asked.items() if value})
    return f"/patients?{query}" if query else "/patients"
