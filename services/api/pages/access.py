"""Who may open a page, and the frame around it."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends

from casebook.actions.studies import newest_definition
from casebook.domain.actors import Action
from casebook.domain.errors import NotFound
from casebook.store import board, queries, received
from casebook.store.accounts import SignedIn
from services.api.dependencies import Transaction, Who
from services.api.pages.navigation import links_for
from services.api.pages.rendering import Frame


def frame(session: Transaction, who: Who) -> Frame:
    """Return what stands around the page of whoever is signed in."""
    studies = sorted({grant.study_code for grant in who.actor.grants})
    versions = [(code, newest_definition(session, code)[1].protocol_version) for code in studies]
    n_held = received.n_held(session, who.actor) if who.actor.may(Action.DECIDE_QUARANTINE) else 0
    n_queries = queries.n_to_do(session, who.actor) if who.actor.may(Action.SEE_QUERIES) else 0
    n_differing = board.n_standing(session, who.actor) if who.actor.may(Action.RECONCILE) else 0
    links = links_for(who.actor, n_held=n_held, n_queries=n_queries, n_differing=n_differing)
    return Frame(who, links, versions)


InFrame = Annotated[Frame, Depends(frame)]


def opening(action: Action) -> Callable[[SignedIn], Awaitable[SignedIn]]:
    """Declare a page's action: forbidden without a role for it, and unknown to blinded roles."""

    async def allowed(who: Who) -> SignedIn:
        if who.actor.is_blinded and not who.actor.may(action):
            raise NotFound("There is no such page.")
        who.actor.require(action)
        return who

    allowed.action = action  # type: ignore[attr-defined]  # the matrix test reads it
    return allowed
