"""Restricted: who the subjects are, and what their senders called things."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casebook.store.tables.base import RESTRICTED, Base, BigKey, Key, Now


class SourceIdentityRow(Base):
    """The identity a site's images carried for a subject."""

    __tablename__ = "source_identity"
    __table_args__ = (
        UniqueConstraint("subject_id", "digest"),
        {"schema": RESTRICTED},
    )
    id: Mapped[Key]
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    digest: Mapped[bytes]
    identity: Mapped[dict[str, Any]]
    first_seen_at: Mapped[Now]


class SourceUid(Base):
    """Which original UID an archived one stands for."""

    __tablename__ = "source_uid"
    __table_args__ = ({"schema": RESTRICTED},)
    uid: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), index=True)
    level: Mapped[str]
    original_uid: Mapped[str] = mapped_column(index=True)
    source_text: Mapped[dict[str, Any] | None]


class ReceivedName(Base):
    """The name a file had on the sender's side; names often hold identities."""

    __tablename__ = "received_name"
    __table_args__ = (UniqueConstraint("received_object_id", "name"), {"schema": RESTRICTED})
    id: Mapped[BigKey]
    received_object_id: Mapped[int] = mapped_column(ForeignKey("received_object.id"), index=True)
    name: Mapped[str]
