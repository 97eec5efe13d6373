"""Where a form stands, as its page shows it: the steps it goes through, who took each and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from casebook.actions.form_page import OpenForm
from casebook.actions.history import EntryChange, last_to
from casebook.domain.forms.states import EntryAct, EntryState
from casebook.store.tables import Signature

ACT_PATHS: Final[Mapping[str, EntryAct]] = {
    "verify": EntryAct.VERIFY,
    "withdraw-verification": EntryAct.WITHDRAW_VERIFICATION,
    "signature": EntryAct.SIGN,
    "freeze": EntryAct.FREEZE,
    "unfreeze": EntryAct.UNFREEZE,
    "lock": EntryAct.LOCK,
    "unlock": EntryAct.UNLOCK,
}
"""The last part of the address of each act."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a form; `by` is who took it last, None where it is still to come."""

    state: EntryState
    is_reached: bool
    is_now: bool
    by: EntryChange | None
    signature: Signature | None = None


def steps_of(opened: OpenForm) -> list[Step]:
    """Return the steps the form goes through, in order."""
    order = list(EntryState)
    begun = EntryState.STARTED if opened.state in {EntryState.NOT_STARTED, EntryState.STARTED} else EntryState.COMPLETE
    shown = [state for state in order[order.index(EntryState.COMPLETE) :] if _is_asked(opened, state)]
    if begun is EntryState.STARTED:
        shown = [EntryState.STARTED, *shown]
    return [_step(opened, state, order) for state in shown]


def _is_asked(opened: OpenForm, state: EntryState) -> bool:
    return state is not EntryState.SIGNED or opened.form.needs_signature


def _step(opened: OpenForm, state: EntryState, order: list[EntryState]) -> Step:
    is_reached = order.index(opened.state) >= order.index(state)
    holding = next((row for row in opened.signatures if row.invalidated_at is None), None)
    return Step(
        state=state,
        is_reached=is_reached,
        is_now=opened.state is state,
        by=_taken_by(opened, state) if is_reached else None,
        signature=holding if is_reached and state is EntryState.SIGNED else None,
    )


def _taken_by(opened: OpenForm, state: EntryState) -> EntryChange | None:
    """Who took the step; for what is entered, who changed the answers last."""
    if state in {EntryState.STARTED, EntryState.COMPLETE}:
        return next((change for change in reversed(opened.history) if change.fields), None)
    return last_to(opened.history, state)
