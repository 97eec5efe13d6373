"""Reminders of a study's sites: what is due, whom it is told, what was sent."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from casebook.actions.reminders import SiteDigest, add_contact, end_contact, see_digests, see_sent
from casebook.domain.actors import Action
from casebook.domain.errors import NotFound
from casebook.domain.reminders import DueItem
from casebook.store.accounts import SignedIn
from casebook.store.tables import SiteContact
from services.api.case_views import label
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.reminders import (
    ContactIn,
    ContactOut,
    DueItemOut,
    RemindersOut,
    SentDigestOut,
    SentDigestsOut,
    SiteRemindersOut,
)
from services.api.schemas.sent import Day

router = APIRouter(prefix="/api/v1/studies/{study}/reminders", tags=["reminders"])
ACT: Final = Action.MANAGE_SITES
Manages = Annotated[SignedIn, Depends(doing(ACT))]


def managed_study(who: Manages, study: str) -> str:
    """Return the study, where the caller manages its sites. Raises NotFound."""
    if not who.actor.may(ACT, study_code=study):
        raise NotFound("There is no such study.", field="study")
    return study


Study = Annotated[str, Depends(managed_study)]


@router.get("")
def show(
    running: Running,
    session: Transaction,
    who: Manages,
    study: Study,
    as_of: Annotated[Day | None, Query(description="YYYY-MM-DD; today without it")] = None,
    site: Annotated[str | None, Query(max_length=20, description="one site only")] = None,
) -> RemindersOut:
    """Return what each site owes on a day: due, overdue, escalated."""
    day: date = as_of or running.now().date()
    found = see_digests(session, who.actor, study_code=study, as_of=day, site_code=site)
    return RemindersOut(as_of=day, sites=[_site(one) for one in found])


@router.get("/sent")
def sent(session: Transaction, who: Manages, study: Study) -> SentDigestsOut:
    """Return the digests that were sent, the newest first."""
    return SentDigestsOut(
        digests=[
            SentDigestOut(
                site=row.site_code,
                address=row.digest.address,
                as_of=row.digest.as_of_on,
                subject=row.digest.subject_line,
                n_due=row.digest.n_due,
                n_overdue=row.digest.n_overdue,
                n_escalated=row.digest.n_escalated,
                sent_at=row.digest.sent_at,
                failure=row.digest.failure,
            )
            for row in see_sent(session, who.actor, study_code=study)
        ]
    )


@router.post("/contacts", status_code=201)
def add(session: Transaction, who: Manages, study: Study, body: ContactIn) -> ContactOut:
    """Have a site's reminders sent to an address too."""
    row = add_contact(
        session,
        who.actor,
        study_code=study,
        site_code=body.site,
        address=body.address,
        language=body.language,
    )
    return _contact(row)


@router.delete("/contacts/{contact_id}")
def end(running: Running, session: Transaction, who: Manages, study: Study, contact_id: UUID) -> ContactOut:
    """Send no more reminders to a contact; it is kept, with the day."""
    return _contact(end_contact(session, who.actor, study_code=study, contact_id=contact_id, now=running.now()))


def _site(one: SiteDigest) -> SiteRemindersOut:
    return SiteRemindersOut(
        site=one.site.code,
        site_name=label(one.site_name),
        is_called_for=one.digest.is_called_for,
        contacts=[_contact(row) for row in one.contacts],
        items=[_item(item) for item in one.digest.items],
    )


def _item(item: DueItem) -> DueItemOut:
    owed = item.owed
    return DueItemOut(
        reminder=owed.reminder.code,
        reference=owed.reference,
        what=label(owed.what),
        state=item.state,
        due_on=owed.due_on,
        late_after=owed.late_after,
        days_late=item.days_late,
        path=owed.path,
    )


def _contact(row: SiteContact) -> ContactOut:
    return ContactOut(id=row.id, address=row.address, language=row.language, ended_at=row.ended_at)
