"""What there is for a person to do, by what the person may do: worklists of sites, of the data centre, of overseers."""

from datetime import datetime

from sqlalchemy.orm import Session

from casebook.actions import work_of_centres, work_of_overseers, work_of_sites
from casebook.domain.actors import Action
from casebook.domain.errors import NotFound
from casebook.domain.tasks import MOST_OF_A_GROUP, MOST_SHOWN, TaskGroup, by_urgency
from casebook.store.accounts import SignedIn


def work_of(session: Session, who: SignedIn, *, now: datetime, most: int = MOST_SHOWN) -> list[TaskGroup]:
    """Return the groups that hold something to do, the late ones first, in a constant number of queries.

    `most` lines are gathered at least of a group that has so many.
    """
    who.actor.require(Action.SEE_WORK)
    groups = [
        *work_of_sites.groups(session, who, now=now),
        *work_of_centres.groups(session, who.actor, now=now, most=most),
        *work_of_overseers.groups(session, who.actor, now=now, most=most),
    ]
    return list(by_urgency(groups))


def group_of_work(session: Session, who: SignedIn, *, code: str, now: datetime) -> TaskGroup:
    """Return one group with all of its tasks. Raises NotFound where the person has no such group or nothing waits."""
    found = work_of(session, who, now=now, most=MOST_OF_A_GROUP)
    group = next((one for one in found if one.code == code), None)
    if group is None:
        raise NotFound("Nothing of this kind waits for you.", field="code")
    return group
