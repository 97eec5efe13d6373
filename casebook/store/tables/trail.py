"""The trail: what changed and by whom, chained; and who looked at what."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casebook.store.tables.base import Base, BigKey, Now


class AuditEvent(Base):
    """One row change, written by the database itself; never updated, never deleted.

    `role` is what the actor was when it happened. `study_id` and `subject_id` say where the row belongs, for finding
    it again; they are no part of what is chained. Rows older than these columns have none.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_table_name_row_id", "table_name", "row_id"),
        Index("ix_audit_event_study_id", "study_id", "id"),
        Index("ix_audit_event_subject_id", "subject_id", "id"),
        Index("ix_audit_event_actor", "actor", "id"),
        Index("ix_audit_event_table_name", "table_name", "id"),
        Index("ix_audit_event_at", "at"),
    )
    id: Mapped[BigKey]
    at: Mapped[Now]
    actor: Mapped[str]
    role: Mapped[str | None]
    reason: Mapped[str | None]
    act: Mapped[str]
    table_name: Mapped[str]
    row_id: Mapped[str]
    old: Mapped[dict[str, Any] | None]
    new: Mapped[dict[str, Any] | None]
    study_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]


class AuditChain(Base):
    """The hash chain over the events, in commit order: sha256(previous hash + event)."""

    __tablename__ = "audit_chain"
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(ForeignKey("audit_event.id"), unique=True)
    hash: Mapped[bytes]


class AccessEvent(Base):
    """Somebody looked at images or at unblinding data, took a file away, or tried to sign in; append-only.

    `hour` is the hour of the event: repeated looks at one thing within it are one row.
    """

    __tablename__ = "access_event"
    __table_args__ = (
        UniqueConstraint("actor", "kind", "target", "hour"),
        Index("ix_access_event_at", "at"),
    )
    id: Mapped[BigKey]
    at: Mapped[Now]
    hour: Mapped[datetime]
    actor: Mapped[str]
    kind: Mapped[str]
    target: Mapped[str]
    subject_id: Mapped[UUID | None] = mapped_column(ForeignKey("subject.id"), index=True)
