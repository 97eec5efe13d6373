"""What stands at the top of a page: where this person can go, and in which study."""

from dataclasses import dataclass
from typing import Final

from casebook.domain.actors import Action, Actor
from services.api.pages.words import N_


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the top bar; `n_waiting` is shown beside it where something waits.

    `under` are the pages reached from it that have an address of their own.
    """

    path: str
    label: str
    n_waiting: int = 0
    under: tuple[str, ...] = ()

    def leads_to(self, path: str) -> bool:
        """Whether a page is the place itself, or one reached from it."""
        return any(path == one or path.startswith(f"{one.rstrip('/')}/") for one in (self.path, *self.under))


@dataclass(frozen=True, slots=True)
class _Place:
    """A page for whoever may do one of some actions."""

    path: str
    label: str
    actions: tuple[Action, ...]
    under: tuple[str, ...] = ()

    def is_open_to(self, actor: Actor) -> bool:
        """Whether it is of use to the actor."""
        return any(actor.may(action) for action in self.actions)


READS: Final = (Action.RECORD_SITE_READ, Action.RECORD_CENTRAL_READ, Action.ADJUDICATE)


PLACES: Final = (
    _Place("/work", N_("Work"), (Action.SEE_WORK,), ("/entries", "/readers", "/assignments")),
    _Place("/patients", N_("Patients"), (Action.SEE_REGISTRY,), ("/imports",)),
    _Place("/lesions", N_("Lesions"), (Action.SEE_OUTCOMES,)),
    _Place("/viewer/", N_("Reading"), READS),
    _Place("/submissions", N_("Uploads"), (Action.SEE_REGISTRY,), ("/quarantine",)),
    _Place("/board", N_("Reconcile"), (Action.SEE_OUTCOMES,)),
    _Place("/queries", N_("Queries"), (Action.SEE_QUERIES,), ("/reminders",)),
    _Place("/sites", N_("Sites"), (Action.SEE_SITES,), ("/registrations", "/approvals", "/qualifications")),
    _Place("/accrual", N_("Accrual"), (Action.SEE_SITES,), ("/reports", "/quality")),
    _Place("/endpoint", N_("Endpoint"), (Action.SEE_OUTCOMES,), ("/cuts", "/agreement")),
    _Place("/audit", N_("Audit"), (Action.SEE_AUDIT,)),
    _Place("/account-trail", N_("Trail"), (Action.SEE_ACCOUNT_TRAIL,)),
    _Place("/accounts", N_("Accounts"), (Action.MANAGE_ACCOUNTS,)),
)


def links_for(actor: Actor, *, n_held: int, n_queries: int = 0, n_differing: int = 0) -> tuple[Link, ...]:
    """Return the places the actor's roles open.

    `n_held` files wait in the quarantine, which uploads lead to; `n_queries` wait to be answered or decided on.
    `n_differing` differences between forms and images wait to be settled.
    """
    waiting = {"/submissions": n_held, "/queries": n_queries, "/board": n_differing}
    return tuple(
        Link(place.path, place.label, waiting.get(place.path, 0), place.under)
        for place in PLACES
        if place.is_open_to(actor)
    )


def landing(actor: Actor) -> str:
    """Return where a person arrives after signing in: at the work that waits, readers at the viewer's worklist."""
    if actor.may(Action.SEE_WORK):
        return "/work"
    return "/viewer/" if actor.may(Action.SEE_CASES) else "/account"
