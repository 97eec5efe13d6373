"""How long received images wait for the data centre's decision, by site, and which are late."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from casebook.actions.series_verdicts import quality
from casebook.domain.actors import Action
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.rendering import page

router = APIRouter()
MOST_LISTED = 200


@router.get("/quality")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_REGISTRY))],
    site: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show the turnaround by site, and the images behind it: those that wait first, the longest before others."""
    found = quality(session, who.actor, now=running.now())
    chosen = [one for one in found.waits if site in {"", one.turnaround.site_code}]
    return page(
        request,
        "quality.html",
        frame,
        found=found,
        waits=chosen[:MOST_LISTED],
        n_chosen=len(chosen),
        most=MOST_LISTED,
        site=site,
    )
