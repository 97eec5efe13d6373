"""What the API and the pages of the quarantine desk have in common."""

from casebook.actions.quarantine import Desk
from casebook.domain.quarantine import Decision, HeldState, Reason
from services.api.state import Service


def desk_of(running: Service) -> Desk:
    """Return what looking into files and preparing them again needs."""
    return Desk(running.workshop, running.archive, running.quarantine, running.settings.key)


def possible(state: str, reason: Reason) -> list[Decision]:
    """Return what may be decided on a file now."""
    if state != HeldState.HELD:
        return []
    allowed = {Decision.RELEASE: reason.may_be_released, Decision.REFUSE: True, Decision.MOVE: reason.may_be_moved}
    return [decision for decision in Decision if allowed[decision]]
