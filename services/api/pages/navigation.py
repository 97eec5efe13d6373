"""What stands at the top of a page: where this person can go, and in which study."""

from dataclasses import dataclass
from typing import Final

from casebook.domain.actors import Action, Actor
from services.api.pages.words import N_


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the top bar; `n_waiting` is shown beside it where something waits."""

    path: str
    label: str
    n_waiting: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    path: str
    label: str
    action: Action


PLACES: Final = (
    _Place("/patients", N_("Patients"), Action.SEE_REGISTRY),
    _Place("/viewer/", N_("Reading"), Action.SEE_CASES),
    _Place("/submissions", N_("Uploads"), Action.SEE_REGISTRY),
    _Place("/quarantine", N_("Quarantine"), Action.DECIDE_QUARANTINE),
    _Place("/endpoint", N_("Endpoint"), Action.SEE_OUTCOMES),
    _Place("/audit", N_("Audit"), Action.SEE_AUDIT),
    _Place("/account-trail", N_("Trail"), Action.SEE_ACCOUNT_TRAIL),
    _Place("/accounts", N_("Accounts"), Action.MANAGE_ACCOUNTS),
)


def links_for(actor: Actor, *, n_held: int) -> tuple[Link, ...]:
    """Return the places the actor's roles open; `n_held` files wait in the quarantine."""
    waiting = {"/quarantine": n_held}
    return tuple(
        Link(place.path, place.label, waiting.get(place.path, 0)) for place in PLACES if actor.may(place.action)
    )


def landing(actor: Actor) -> str:
    """Return where a person arrives after signing in: readers at their worklist, others at the patients."""
    if actor.may(Action.SEE_REGISTRY):
        return "/patients"
    if actor.may(Action.SEE_CASES):
        return "/viewer/"
    return "/accounts" if actor.may(Action.MANAGE_ACCOUNTS) else "/account"
