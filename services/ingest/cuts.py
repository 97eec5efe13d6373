"""Ordered data cuts are made: by the worker, or by whoever ordered one at the console; by one process at a time."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from casebook.actions.cut_making import make_cut, writing
from casebook.actions.cuts import make_later
from casebook.domain.actors import Actor
from casebook.domain.cuts.model import OrderState, Step
from casebook.domain.errors import CasebookError
from casebook.installation import Installation
from casebook.store import accounts, cuts
from casebook.store.tables import DataCut

log = logging.getLogger(__name__)

Tell = Callable[[Step, int, int], None]
LOCK_SPACE: Final = 727006
"""The space of advisory locks that keep two processes from making the same cut."""
SETTLED_AFTER: Final = timedelta(minutes=1)
"""An order that is younger is on its way to whoever makes it."""
UNEXPECTED: Final = "an unexpected failure; the log of the service says more"
INTERRUPTED: Final = "the making was interrupted; order the cut again"


def make_ordered(installation: Installation, actor: Actor, order_id: UUID, *, tell: Tell) -> DataCut | None:
    """Make a cut that the actor ordered; None where another process is at it, or it is made.

    What stops it is noted with the order, whose name is free again, and raised.
    """
    database = installation.database
    with database.alone(LOCK_SPACE, str(order_id)) as is_mine:
        if not is_mine:
            return None
        with database.session() as session:
            order = cuts.order_of(session, order_id)
        if not OrderState(order.state).is_open:
            return None
        try:
            return make_cut(database, installation.archive, actor, order=order, now=datetime.now(UTC), tell=tell)
        except Exception as error:
            log.warning("a data cut could not be made: %s", type(error).__name__)
            _fail(installation, actor, order_id, error.message if isinstance(error, CasebookError) else UNEXPECTED)
            raise


def make_waiting(installation: Installation, order_id: UUID, *, machine: str) -> None:
    """Make an ordered cut in the name of the account that ordered it, with the roles it has now.

    An order from the console that was interrupted is not gone on with: nobody stands behind it any more.
    """
    with installation.database.session() as session:
        order = cuts.order_of(session, order_id)
        account = accounts.by_login(session, order.ordered_by)
        found = None if account is None or account.disabled_at is not None else account
        grants = accounts.grants_now(session, found.id, datetime.now(UTC)) if found else ()
    if found is not None:
        make_ordered(installation, Actor(found.login, found.display_name, grants), order_id, tell=_silently)
        return
    with installation.database.alone(LOCK_SPACE, str(order_id)) as is_mine:
        if is_mine:
            _fail(installation, Actor(machine, machine, ()), order_id, INTERRUPTED)


def _fail(installation: Installation, actor: Actor, order_id: UUID, failure: str) -> None:
    with writing(installation.database, actor) as session:
        cuts.end_order(session, order_id, state=OrderState.FAILED, now=datetime.now(UTC), failure=failure)


def _silently(_step: Step, _n_done: int, _n_total: int) -> None:
    """Nobody listens; pages read what is noted with the order."""


def sweep_orders(installation: Installation, *, machine: str) -> None:
    """Have orders made whose making was interrupted; those that somebody is at are left to them."""
    with installation.database.transaction(actor=machine, reason="left behind by an interruption") as session:
        for order in cuts.open_orders(session, before=datetime.now(UTC) - SETTLED_AFTER):
            make_later(session, order.id)
