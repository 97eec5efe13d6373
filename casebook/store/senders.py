"""Machines that send by DICOM, and the deliveries announced for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.store.tables import AnnouncedDelivery, DicomSender, Site, Study, Subject, Timepoint
from casebook.store.visibility import visible


def of_sites(session: Session, site_ids: Sequence[UUID]) -> Sequence[DicomSender]:
    """Return the machines of sites by AE title, those in use first."""
    return session.scalars(
        select(DicomSender)
        .where(DicomSender.site_id.in_(site_ids))
        .order_by(DicomSender.disabled_at.is_not(None), DicomSender.calling_ae_title, DicomSender.called_ae_title)
    ).all()


def of_site(session: Session, site_id: UUID, sender_id: UUID, *, lock: bool = False) -> DicomSender:
    """Find a machine of a site. Raises NotFound, for those of other sites too."""
    query = select(DicomSender).where(DicomSender.site_id == site_id, DicomSender.id == sender_id)
    found = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise NotFound("The site has no such DICOM sender.", field="sender")
    return found


def pair(session: Session, calling: str, called: str) -> DicomSender | None:
    """Find the machine of a pair of AE titles, of whatever site."""
    return session.scalars(
        select(DicomSender).where(DicomSender.calling_ae_title == calling, DicomSender.called_ae_title == called)
    ).one_or_none()


@dataclass(frozen=True, slots=True)
class RegisteredSender:
    """A machine in use with the site and study it belongs to."""

    id: UUID
    calling_ae_title: str
    called_ae_title: str
    description: str
    host: str | None
    port: int | None
    site_code: str
    study_code: str


def registered(session: Session, calling: str, called: str) -> RegisteredSender | None:
    """Find the machine of a pair of AE titles that may send."""
    row = session.execute(
        select(
            DicomSender.id,
            DicomSender.calling_ae_title,
            DicomSender.called_ae_title,
            DicomSender.description,
            DicomSender.host,
            DicomSender.port,
            Site.code,
            Study.code,
        )
        .join(Site, Site.id == DicomSender.site_id)
        .join(Study, Study.id == Site.study_id)
        .where(
            DicomSender.calling_ae_title == calling,
            DicomSender.called_ae_title == called,
            DicomSender.disabled_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else RegisteredSender(*row)


def is_called(session: Session, called: str) -> bool:
    """Whether any machine that may send calls us by this title."""
    query = select(DicomSender.id).where(DicomSender.called_ae_title == called, DicomSender.disabled_at.is_(None))
    return session.scalar(query.limit(1)) is not None


def announced_target(session: Session, sender_id: UUID, *, now: datetime) -> tuple[str, str] | None:
    """Return (subject number, timepoint code) of what is announced for the machine now."""
    row = session.execute(
        select(Subject.number, Timepoint.code)
        .join(Timepoint, Timepoint.subject_id == Subject.id)
        .join(AnnouncedDelivery, AnnouncedDelivery.timepoint_id == Timepoint.id)
        .where(
            AnnouncedDelivery.sender_id == sender_id,
            AnnouncedDelivery.ended_at.is_(None),
            AnnouncedDelivery.closes_at > now,
        )
    ).one_or_none()
    return None if row is None else (row.number, row.code)


def open_announcement(session: Session, sender_id: UUID) -> AnnouncedDelivery | None:
    """Return the machine's announcement that nobody ended, run out or not."""
    return session.scalars(
        select(AnnouncedDelivery)
        .where(AnnouncedDelivery.sender_id == sender_id, AnnouncedDelivery.ended_at.is_(None))
        .with_for_update()
    ).one_or_none()


@dataclass(frozen=True, slots=True)
class AnnouncedRow:
    """An announced delivery with the machine and whose images it is about."""

    id: UUID
    sender_id: UUID
    calling_ae_title: str
    called_ae_title: str
    subject_number: str
    site_code: str
    study_version_id: UUID
    timepoint: str
    announced_by: str
    announced_at: datetime
    closes_at: datetime
    ended_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Whether objects of the machine go there."""
        return self.ended_at is None and now < self.closes_at


def _announced(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(
            AnnouncedDelivery.id,
            DicomSender.id,
            DicomSender.calling_ae_title,
            DicomSender.called_ae_title,
            Subject.number,
            Site.code,
            Subject.study_version_id,
            Timepoint.code,
            AnnouncedDelivery.announced_by,
            AnnouncedDelivery.announced_at,
            AnnouncedDelivery.closes_at,
            AnnouncedDelivery.ended_at,
        )
        .join(DicomSender, DicomSender.id == AnnouncedDelivery.sender_id)
        .join(Timepoint, Timepoint.id == AnnouncedDelivery.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .where(visible(actor, Action.SUBMIT_IMAGES))
    )


def announcements(session: Session, actor: Actor, *, limit: int) -> Sequence[AnnouncedRow]:
    """Return what was announced for subjects the actor may submit images of, newest first."""
    rows = session.execute(
        _announced(actor).order_by(AnnouncedDelivery.announced_at.desc(), AnnouncedDelivery.id.desc()).limit(limit)
    )
    return [AnnouncedRow(*row) for row in rows]


def announcement_row(session: Session, actor: Actor, delivery_id: UUID) -> AnnouncedRow:
    """Find an announcement. Raises NotFound, for those of others too."""
    row = session.execute(_announced(actor).where(AnnouncedDelivery.id == delivery_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such announced delivery.", field="delivery")
    return AnnouncedRow(*row)


def announcement(session: Session, delivery_id: UUID) -> AnnouncedDelivery:
    """Return an announcement, locked."""
    return session.get_one(AnnouncedDelivery, delivery_id, with_for_update=True)
