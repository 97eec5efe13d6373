"""What sites sent, file by file, and what is held for a decision."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casebook.store.tables.base import Base, BigKey, Key, Now


class Submission(Base):
    """One delivery of images by a site, with its announced and its received content."""

    __tablename__ = "submission"
    id: Mapped[Key]
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True, start=1001), unique=True)
    timepoint_id: Mapped[UUID] = mapped_column(ForeignKey("timepoint.id"), index=True)
    road: Mapped[str]
    submitted_by: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="receiving")
    n_announced: Mapped[int | None]
    report: Mapped[dict[str, Any] | None]
    created_at: Mapped[Now]
    closed_at: Mapped[datetime | None]


class ReceivedObject(Base):
    """One file of a submission and what became of it; its name is kept in `restricted` only."""

    __tablename__ = "received_object"
    __table_args__ = (UniqueConstraint("submission_id", "sha256"),)
    id: Mapped[BigKey]
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    sha256: Mapped[bytes]
    n_bytes: Mapped[int]
    outcome: Mapped[str]
    reason_code: Mapped[str | None]
    message: Mapped[str | None]
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("instance.id"), index=True)
    quarantine_id: Mapped[UUID | None] = mapped_column(ForeignKey("quarantine_item.id"))
    received_at: Mapped[Now]


class QuarantineItem(Base):
    """A file that was refused or is held for a person's decision, kept as it was received."""

    __tablename__ = "quarantine_item"
    __table_args__ = (UniqueConstraint("timepoint_id", "sha256"),)
    id: Mapped[Key]
    timepoint_id: Mapped[UUID] = mapped_column(ForeignKey("timepoint.id"))
    sha256: Mapped[bytes]
    n_bytes: Mapped[int]
    file_key: Mapped[str]
    reason_code: Mapped[str]
    message: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="held")
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    received_at: Mapped[Now]
