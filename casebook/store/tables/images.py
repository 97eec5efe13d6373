"""Archived images, and what was worked out about them once."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from casebook.store.tables.base import Base, BigKey, Key, Now


class ImagingStudy(Base):
    """A DICOM study after de-identification."""

    __tablename__ = "imaging_study"
    id: Mapped[Key]
    timepoint_id: Mapped[UUID] = mapped_column(ForeignKey("timepoint.id"), index=True)
    study_uid: Mapped[str] = mapped_column(unique=True)
    study_on: Mapped[date | None]
    study_time: Mapped[str | None]
    accession_number: Mapped[str | None]


class Series(Base):
    """A DICOM series after de-identification, with what was worked out about it once."""

    __tablename__ = "series"
    id: Mapped[Key]
    imaging_study_id: Mapped[UUID] = mapped_column(ForeignKey("imaging_study.id"), index=True)
    series_uid: Mapped[str] = mapped_column(unique=True)
    modality: Mapped[str]
    series_number: Mapped[int | None]
    frame_of_reference_uid: Mapped[str | None] = mapped_column(index=True)
    n_instances: Mapped[int] = mapped_column(server_default=text("0"))
    n_frames: Mapped[int] = mapped_column(server_default=text("0"))
    window_center: Mapped[float | None]
    window_width: Mapped[float | None]
    label_en: Mapped[str | None]
    label_ja: Mapped[str | None]
    geometry: Mapped[dict[str, Any] | None]
    described_at: Mapped[datetime | None]


class SeriesMetadata(Base):
    """A series' DICOM JSON, gzipped, computed once and served as it lies."""

    __tablename__ = "series_metadata"
    series_id: Mapped[UUID] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"), primary_key=True)
    n_instances: Mapped[int]
    open_gz: Mapped[bytes]
    blinded_gz: Mapped[bytes]
    made_at: Mapped[Now]


class SeriesRole(Base):
    """What a series, or a part of it, is for: proposed by a rule, confirmed by a person."""

    __tablename__ = "series_role"
    __table_args__ = (CheckConstraint("confidence between 0 and 1", name="confidence"),)
    id: Mapped[Key]
    series_id: Mapped[UUID] = mapped_column(ForeignKey("series.id"), index=True)
    role: Mapped[str]
    confidence: Mapped[float]
    rule: Mapped[str]
    proposal: Mapped[dict[str, Any]]
    confirmed_by: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]


class Instance(Base):
    """An archived object: where its bytes lie, and everything that serving it needs."""

    __tablename__ = "instance"
    id: Mapped[BigKey]
    series_id: Mapped[UUID] = mapped_column(ForeignKey("series.id"), index=True)
    sop_uid: Mapped[str] = mapped_column(unique=True)
    sop_class_uid: Mapped[str]
    transfer_syntax_uid: Mapped[str]
    instance_number: Mapped[int | None]
    n_frames: Mapped[int]
    n_rows: Mapped[int | None]
    n_columns: Mapped[int | None]
    bits_allocated: Mapped[int | None]
    file_key: Mapped[str] = mapped_column(unique=True)
    n_bytes: Mapped[int]
    received_sha256: Mapped[bytes]
    archived_sha256: Mapped[bytes]
    pixel_sha256: Mapped[bytes]
    frame_index: Mapped[bytes]
    dicom_json: Mapped[bytes]
    facts: Mapped[dict[str, Any]]
    received_at: Mapped[Now]


class ImageCheck(Base):
    """One finding of the protocol checks on a timepoint's images; made anew when images change."""

    __tablename__ = "image_check"
    id: Mapped[Key]
    timepoint_id: Mapped[UUID] = mapped_column(ForeignKey("timepoint.id"), index=True)
    series_id: Mapped[UUID | None] = mapped_column(ForeignKey("series.id"))
    code: Mapped[str]
    severity: Mapped[str]
    found: Mapped[str]
    expected: Mapped[str]
    message_en: Mapped[str]
    message_ja: Mapped[str]
    rule_version: Mapped[str]
    checked_at: Mapped[Now]
