"""What people record and sign, and what rules make of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from casebook.store.tables.base import Base, DiameterMm, Key, Now, Version


class Reading(Base):
    """One reader's read of one subject at one timepoint; round 2 is the same case once more.

    `images_sha256` is the digest of the images that were there at the signature; other images make the read stale.
    """

    __tablename__ = "reading"
    __table_args__ = (UniqueConstraint("timepoint_id", "account_id", "round", "edition"),)
    id: Mapped[Key]
    timepoint_id: Mapped[UUID] = mapped_column(ForeignKey("timepoint.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str]
    round: Mapped[int] = mapped_column(server_default=text("1"))
    edition: Mapped[int] = mapped_column(server_default=text("1"))
    assignment_id: Mapped[UUID | None] = mapped_column(ForeignKey("reading_assignment.id"), index=True)
    n_steps_locked: Mapped[int] = mapped_column(server_default=text("0"))
    state: Mapped[str] = mapped_column(server_default="draft")
    accepted: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[Version]
    saved_at: Mapped[Now]
    signed_at: Mapped[datetime | None]
    signature_meaning: Mapped[str | None]
    content_sha256: Mapped[str | None]
    images_sha256: Mapped[str | None]
    stale_at: Mapped[datetime | None]


class Finding(Base):
    """The verdict on one lesion and one sequence within a read; `sequence` is “combined” for all of them together."""

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("reading_id", "lesion_id", "sequence"),)
    id: Mapped[Key]
    reading_id: Mapped[UUID] = mapped_column(ForeignKey("reading.id"))
    lesion_id: Mapped[UUID] = mapped_column(ForeignKey("lesion.id"), index=True)
    sequence: Mapped[str]
    visibility: Mapped[str]
    diameter_mm: Mapped[DiameterMm | None]
    not_evaluable_reason: Mapped[str | None]
    confidence: Mapped[int | None]
    signal: Mapped[str | None]
    adc: Mapped[dict[str, Any] | None]
    judged_on: Mapped[dict[str, Any] | None]
    comment: Mapped[str | None]


class FormEntry(Base):
    """One filled form of the study definition: for the subject, a timepoint or a lesion."""

    __tablename__ = "form_entry"
    __table_args__ = (
        UniqueConstraint(
            "subject_id",
            "form_code",
            "timepoint_id",
            "lesion_id",
            "ordinal",
            postgresql_nulls_not_distinct=True,
        ),
    )
    id: Mapped[Key]
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    form_code: Mapped[str]
    timepoint_id: Mapped[UUID | None] = mapped_column(ForeignKey("timepoint.id"))
    lesion_id: Mapped[UUID | None] = mapped_column(ForeignKey("lesion.id"), index=True)
    ordinal: Mapped[int] = mapped_column(server_default=text("1"))
    study_version_id: Mapped[UUID] = mapped_column(ForeignKey("study_version.id"))
    data: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(server_default="started")
    version: Mapped[Version]
    saved_at: Mapped[Now]


class Derivation(Base):
    """What a versioned rule made of a lesion's records; replaced rows stay, with their end."""

    __tablename__ = "derivation"
    __table_args__ = (
        Index(
            "uq_derivation_current",
            "lesion_id",
            "kind",
            unique=True,
            postgresql_where=text("superseded_at is null"),
        ),
    )
    id: Mapped[Key]
    lesion_id: Mapped[UUID] = mapped_column(ForeignKey("lesion.id"))
    kind: Mapped[str]
    rule_version: Mapped[str]
    inputs: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any]]
    derived_at: Mapped[Now]
    superseded_at: Mapped[datetime | None]


class Signature(Base):
    """An electronic signature: who, when, what it means, and the digest of exactly what was signed."""

    __tablename__ = "signature"
    __table_args__ = (Index("ix_signature_record", "record_table", "record_id"),)
    id: Mapped[Key]
    record_table: Mapped[str]
    record_id: Mapped[UUID]
    record_version: Mapped[int]
    content_sha256: Mapped[str]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    signer_name: Mapped[str]
    meaning: Mapped[str]
    signed_at: Mapped[datetime]
    invalidated_at: Mapped[datetime | None]
    invalidated_because: Mapped[str | None]
