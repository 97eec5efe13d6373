"""Reminders that were sent to sites."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casebook.store.tables.base import Base, Key


class SiteContact(Base):
    """Where a site's digest of reminders goes, and in which language."""

    __tablename__ = "site_contact"
    __table_args__ = (UniqueConstraint("site_id", "address"),)
    id: Mapped[Key]
    site_id: Mapped[UUID] = mapped_column(ForeignKey("site.id"))
    address: Mapped[str]
    language: Mapped[str]
    ended_at: Mapped[datetime | None]


class SentDigest(Base):
    """The digest of a site for a day: sent once, whatever happens; `failure` where the mail was not taken."""

    __tablename__ = "sent_digest"
    __table_args__ = (UniqueConstraint("site_id", "address", "as_of_on"),)
    id: Mapped[Key]
    site_id: Mapped[UUID] = mapped_column(ForeignKey("site.id"))
    address: Mapped[str]
    as_of_on: Mapped[date]
    subject_line: Mapped[str]
    body_sha256: Mapped[bytes]
    n_due: Mapped[int]
    n_overdue: Mapped[int]
    n_escalated: Mapped[int]
    sent_at: Mapped[datetime | None]
    failure: Mapped[str | None]
