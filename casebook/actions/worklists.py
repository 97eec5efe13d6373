"""What there is for a person to do, by what the person may do: worklists of sites, of the data centre, of overseers."""

from datetime import datetime

from sqlalchemy.orm import Session

from casebook.actions import work_of_centres, work_of_overseers, work_of_sites
from casebook.domain.actors import Action
from casebook.domain.tasks import TaskGroup, by_urgency
from casebook.store.accounts import SignedIn


def work_of(session: Session, who: SignedIn, *, now: datetime) -> list[TaskGroup]:
    """Return the groups that hold something to do, the late ones first, in a constant number of queries."""
    who.actor.require(Action.SEE_WORK)
    groups = [
        *work_of_sites.groups(session, who, now=now),
        *work_of_centres.groups(session, who.actor, now=now),
        *work_of_overseers.groups(session, who.actor, now=now),
    ]
    return list(by_urgency(groups))
