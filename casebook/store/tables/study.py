"""The study, its versions, its sites and what lets a site register."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from casebook.store.tables.base import Base, Key, Now, Version


class Study(Base):
    """One study of the installation; every draw of readers and orders starts from `reading_seed`."""

    __tablename__ = "study"
    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    reading_seed: Mapped[str] = mapped_column(server_default=text("gen_random_uuid()::text"))


class StudyVersion(Base):
    """A study definition as it was loaded; data keep the version they were made under."""

    __tablename__ = "study_version"
    __table_args__ = (UniqueConstraint("study_id", "version"),)
    id: Mapped[Key]
    study_id: Mapped[UUID] = mapped_column(ForeignKey("study.id"))
    version: Mapped[str]
    sha256: Mapped[str]
    source: Mapped[str] = mapped_column(deferred=True)
    loaded_at: Mapped[Now]


class Site(Base):
    """A participating hospital."""

    __tablename__ = "site"
    __table_args__ = (UniqueConstraint("study_id", "code"),)
    id: Mapped[Key]
    study_id: Mapped[UUID] = mapped_column(ForeignKey("study.id"))
    code: Mapped[str]
    name_en: Mapped[str]
    name_ja: Mapped[str]
    country: Mapped[str]
    site_group: Mapped[str]
    data_centre: Mapped[str]
    last_subject_number: Mapped[int] = mapped_column(server_default=text("0"))
    closed_on: Mapped[date | None]


class EthicsApproval(Base):
    """An ethics committee's approval of one protocol version for one site, with its letter."""

    __tablename__ = "ethics_approval"
    __table_args__ = (
        UniqueConstraint("site_id", "protocol_version", "number"),
        CheckConstraint("valid_until is null or valid_until >= valid_from", name="validity"),
    )
    id: Mapped[Key]
    site_id: Mapped[UUID] = mapped_column(ForeignKey("site.id"))
    protocol_version: Mapped[str]
    committee: Mapped[str]
    number: Mapped[str]
    approved_on: Mapped[date]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    revoked_on: Mapped[date | None]
    letter_name: Mapped[str | None]
    letter_type: Mapped[str | None]
    letter_key: Mapped[str | None]
    letter_sha256: Mapped[bytes | None]
    letter_n_bytes: Mapped[int | None]
    version: Mapped[Version]
    recorded_at: Mapped[Now]


class SiteQualification(Base):
    """What a site has shown that it can do: training of its people, quality of its images."""

    __tablename__ = "site_qualification"
    __table_args__ = (CheckConstraint("valid_until is null or valid_until >= qualified_on", name="validity"),)
    id: Mapped[Key]
    site_id: Mapped[UUID] = mapped_column(ForeignKey("site.id"), index=True)
    kind: Mapped[str]
    qualified_on: Mapped[date]
    valid_until: Mapped[date | None]
    detail: Mapped[str] = mapped_column(server_default=text("''"))
    revoked_on: Mapped[date | None]
    version: Mapped[Version]
    recorded_at: Mapped[Now]
