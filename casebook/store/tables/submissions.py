"""What sites send and by which ways, file by file, and what is held for a decision."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from casebook.store.tables.base import Base, BigKey, Key, Now, Version


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


class Upload(Base):
    """A delivery through the browser that may be broken off and gone on with, until its files are taken in.

    Its submission comes about when all of it is here, or when what is here is to do.
    """

    __tablename__ = "upload"
    id: Mapped[Key]
    timepoint_id: Mapped[UUID] = mapped_column(ForeignKey("timepoint.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    state: Mapped[str] = mapped_column(server_default="receiving")
    submission_id: Mapped[UUID | None] = mapped_column(ForeignKey("submission.id"))
    began_at: Mapped[datetime]
    last_received_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    n_files: Mapped[int] = mapped_column(server_default=text("0"))
    n_bytes: Mapped[int] = mapped_column(server_default=text("0"))
    n_bytes_received: Mapped[int] = mapped_column(server_default=text("0"))
    failure: Mapped[str | None]


class DicomSender(Base):
    """A machine of a site that sends by DICOM: what it calls itself and what it calls us."""

    __tablename__ = "dicom_sender"
    __table_args__ = (UniqueConstraint("calling_ae_title", "called_ae_title"),)
    id: Mapped[Key]
    site_id: Mapped[UUID] = mapped_column(ForeignKey("site.id"), index=True)
    calling_ae_title: Mapped[str]
    called_ae_title: Mapped[str]
    description: Mapped[str]
    host: Mapped[str | None]
    port: Mapped[int | None]
    disabled_at: Mapped[datetime | None]
    version: Mapped[Version]


class AnnouncedDelivery(Base):
    """What a site says it will send by DICOM next: objects of the sender go there until it ends."""

    __tablename__ = "announced_delivery"
    __table_args__ = (
        Index("uq_announced_delivery_open", "sender_id", unique=True, postgresql_where=text("ended_at is null")),
    )
    id: Mapped[Key]
    sender_id: Mapped[UUID] = mapped_column(ForeignKey("dicom_sender.id"))
    timepoint_id: Mapped[UUID] = mapped_column(ForeignKey("timepoint.id"), index=True)
    announced_by: Mapped[str]
    announced_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


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
    """A file that was refused or is held for a person's decision, kept as it was received.

    `lifted` are the objections that a person let pass, `blanked` the rectangles (x, y, width, height in pixels) that go
    with them; `went_into` is the submission that took the file in the end.
    """

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
    lifted: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    blanked: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    went_into: Mapped[UUID | None] = mapped_column(ForeignKey("submission.id"))
