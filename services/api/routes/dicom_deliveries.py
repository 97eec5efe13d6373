"""Deliveries announced by who submits images: where the next objects of a machine go."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, status

from casebook.actions import senders
from casebook.domain.actors import Action
from casebook.store.accounts import SignedIn
from casebook.store.senders import AnnouncedRow
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.senders import AnnouncementIn, AnnouncementOut, Announcements

router = APIRouter(prefix="/api/v1/dicom-deliveries", tags=["submissions"])
Submits = Annotated[SignedIn, Depends(doing(Action.SUBMIT_IMAGES))]


@router.get("")
def list_all(running: Running, session: Transaction, who: Submits) -> Announcements:
    """Return what was announced for subjects of the caller's sites, newest first."""
    now = running.now()
    return Announcements(deliveries=[_out(row, now) for row in senders.list_announcements(session, who.actor)])


@router.post("", status_code=status.HTTP_201_CREATED)
def announce(running: Running, session: Transaction, who: Submits, body: AnnouncementIn) -> AnnouncementOut:
    """Say that a machine's next objects are a subject's at a timepoint; refused while another is announced."""
    now = running.now()
    row = senders.announce(
        session,
        who.actor,
        sender_id=body.sender_id,
        subject_number=body.subject,
        timepoint_code=body.timepoint,
        closes_at=now + timedelta(hours=body.hours),
        now=now,
    )
    return _out(row, now)


@router.post("/{delivery_id}/end")
def end(running: Running, session: Transaction, who: Submits, delivery_id: UUID) -> AnnouncementOut:
    """End an announcement before its time."""
    now = running.now()
    return _out(senders.end_announcement(session, who.actor, delivery_id=delivery_id, now=now), now)


def _out(row: AnnouncedRow, now: datetime) -> AnnouncementOut:
    return AnnouncementOut(
        id=row.id,
        sender_id=row.sender_id,
        calling_ae_title=row.calling_ae_title,
        called_ae_title=row.called_ae_title,
        site=row.site_code,
        subject=row.subject_number,
        timepoint=row.timepoint,
        announced_by=row.announced_by,
        announced_at=row.announced_at,
        closes_at=row.closes_at,
        ended_at=row.ended_at,
        is_open=row.is_open(now),
    )
