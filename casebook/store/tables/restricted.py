"""Restricted: who the subjects are, and what their senders called things."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, text
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


class UploadFile(Base):
    """A file of an upload under its sender's name; what arrived of it lies in the staging folder until it is taken."""

    __tablename__ = "upload_file"
    __table_args__ = (UniqueConstraint("upload_id", "name"), {"schema": RESTRICTED})
    id: Mapped[BigKey]
    upload_id: Mapped[UUID] = mapped_column(ForeignKey("upload.id"))
    name: Mapped[str]
    n_bytes: Mapped[int]
    n_bytes_received: Mapped[int] = mapped_column(server_default=text("0"))
    sha256: Mapped[bytes | None]
    taken_at: Mapped[datetime | None]
