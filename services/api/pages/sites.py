"""The sites of the study: which may register today, what keeps the others from it, and what runs out."""

from datetime import date
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from casebook.actions.sites import SiteState, list_sites
from casebook.actions.studies import newest_definition
from casebook.domain.activation import Qualification
from casebook.domain.actors import Action
from casebook.store.accounts import SignedIn
from casebook.store.tables import SiteQualification
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.rendering import page
from services.api.pages.study_asked import StudyAsked, study_of
from services.api.pages.words import N_

router = APIRouter()
OPEN, BLOCKED, CLOSED, ENDING = "open", "blocked", "closed", "ending"
STATES: Final = {
    OPEN: N_("may register"),
    BLOCKED: N_("may not register"),
    CLOSED: N_("closed"),
    ENDING: N_("papers run out within 60 days"),
}
MARKS: Final = {OPEN: "visible", BLOCKED: "not-evaluable", CLOSED: "open"}
"""The shape that stands for a state: a full disc, a barred one, a thin ring."""


@router.get("/sites")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_SITES))],
    study: StudyAsked = None,
    state: Annotated[str, Query(max_length=20)] = "",
    group: Annotated[str, Query(max_length=50)] = "",
) -> Response:
    """List the sites that the person may see, by state and group."""
    code, today = study_of(who.actor, Action.SEE_SITES, study), running.now().date()
    definition = newest_definition(session, code)[1]
    every = [
        one for one in list_sites(session, who.actor, study_code=code, on=today) if group in {"", one.site.site_group}
    ]
    return page(
        request,
        "sites.html",
        frame,
        study=code,
        definition=definition,
        lines=[one for one in every if state in {"", *states_of(one)}],
        n_every=len(every),
        n_by_state={name: sum(name in states_of(one) for one in every) for name in STATES},
        states=STATES,
        state=state,
        group=group,
        today=today,
        state_of=state_of,
        marks=MARKS,
        qualified=qualified,
        days_left=days_left,
        Qualification=Qualification,
        behind=who.actor.may(Action.SEE_REGISTRY, study_code=code),
        address=lambda **changes: _address({"study": study, "state": state, "group": group, **changes}),
    )


def state_of(one: SiteState) -> str:
    """Return the one word for a site: closed, open or blocked."""
    if any(block.code == "site-closed" for block in one.activation.blocks):
        return CLOSED
    return OPEN if one.activation.is_active else BLOCKED


def states_of(one: SiteState) -> set[str]:
    """Return every filter that the site falls under."""
    return {state_of(one)} | ({ENDING} if one.activation.running_out else set())


def qualified(one: SiteState, kind: Qualification, today: date) -> SiteQualification | None:
    """Return the qualification of a kind that holds today and lasts longest."""
    holding = [
        row
        for row in one.qualifications
        if row.kind == kind
        and row.qualified_on <= today
        and (row.valid_until is None or today <= row.valid_until)
        and (row.revoked_on is None or today < row.revoked_on)
    ]
    return max(holding, key=lambda row: row.valid_until or date.max, default=None)


def days_left(day: date | None, today: date) -> int | None:
    """Return how many days something still holds; None where it does not end."""
    return None if day is None else (day - today).days


def _address(asked: dict[str, str | None]) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/sites?{query}" if query else "/sites"
