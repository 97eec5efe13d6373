"""Data cuts: ordered, made once, kept; and every time one is given out."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from casebook.store.tables.base import Base, Key


class DataCutOrder(Base):
    """A cut that was asked for: how far the making is, and what stopped it. One that failed frees its name."""

    __tablename__ = "data_cut_order"
    __table_args__ = (
        Index("uq_data_cut_order_name", "study_id", "name", unique=True, postgresql_where=text("state <> 'failed'")),
    )
    id: Mapped[Key]
    study_id: Mapped[UUID] = mapped_column(ForeignKey("study.id"))
    name: Mapped[str]
    purpose: Mapped[str]
    as_of_on: Mapped[date]
    ordered_by: Mapped[str]
    ordered_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default="waiting")
    step: Mapped[str | None]
    n_done: Mapped[int] = mapped_column(server_default=text("0"))
    n_total: Mapped[int] = mapped_column(server_default=text("0"))
    ended_at: Mapped[datetime | None]
    failure: Mapped[str | None]


class DataCut(Base):
    """A cut as it was made; never changed. `head_position` and `head_hash` are the end of the audit chain it holds."""

    __tablename__ = "data_cut"
    __table_args__ = (UniqueConstraint("study_id", "name"),)
    id: Mapped[Key]
    study_id: Mapped[UUID] = mapped_column(ForeignKey("study.id"))
    name: Mapped[str]
    purpose: Mapped[str]
    as_of_on: Mapped[date]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    is_interim: Mapped[bool]
    definition_version: Mapped[str]
    rule_versions: Mapped[list[str]]
    program_version: Mapped[str]
    head_position: Mapped[int | None]
    head_hash: Mapped[str | None]
    manifest_sha256: Mapped[bytes]
    n_subjects: Mapped[int]
    n_lesions: Mapped[int]


class DataCutFile(Base):
    """A file of a cut; the store of files has it under its SHA-256. The manifest lists all others."""

    __tablename__ = "data_cut_file"
    __table_args__ = (UniqueConstraint("cut_id", "path"),)
    id: Mapped[Key]
    cut_id: Mapped[UUID] = mapped_column(ForeignKey("data_cut.id"))
    path: Mapped[str]
    kind: Mapped[str]
    sha256: Mapped[bytes]
    n_bytes: Mapped[int]
    n_rows: Mapped[int | None]


class DataCutExport(Base):
    """One time that a cut was given out in a format: which files, and whether they equal those of the first time."""

    __tablename__ = "data_cut_export"
    __table_args__ = (Index("ix_data_cut_export_cut_id", "cut_id", "format"),)
    id: Mapped[Key]
    cut_id: Mapped[UUID] = mapped_column(ForeignKey("data_cut.id"))
    format: Mapped[str]
    exported_by: Mapped[str]
    exported_at: Mapped[datetime]
    program_version: Mapped[str]
    result: Mapped[str]
    files: Mapped[dict[str, Any]] = mapped_column(JSONB)
    differing: Mapped[list[str]]
