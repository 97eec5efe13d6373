"""The columns: one class a table, no behaviour. Study data is audited row by row (`audit.py`)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    Numeric,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Key = Annotated[UUID, mapped_column(Uuid, primary_key=True, server_default=text("uuidv7()"))]
BigKey = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Now = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())]
DiameterMm = Annotated[Decimal, mapped_column(Numeric(5, 1))]
Version = Annotated[int, mapped_column(server_default=text("1"))]

RESTRICTED = "restricted"
"""Schema of the link between subjects and the persons they are; nothing else may hold an identity."""


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        str: Text,
        bytes: LargeBinary,
        datetime: DateTime(timezone=True),
        date: Date,
        float: Double,
        int: BigInteger,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[str]: ARRAY(Text),
        list[float]: ARRAY(Double),
    }


# --- the study and its people


class Study(Base):
    """One study of the installation."""

    __tablename__ = "study"
    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class StudyVersion(Base):
    """A study definition as it was loaded; data keep the version they were made under."""

    __tablename__ = "study_version"
    __table_args__ = (UniqueConstraint("study_id", "version"),)
    id: Mapped[Key]
    study_id: Mapped[UUID] = mapped_column(ForeignKey("study.id"))
    version: Mapped[str]
    sha256: Mapped[str]
    source: Mapped[str]
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


class Account(Base):
    """A person or machine that acts; disabled, never deleted."""

    __tablename__ = "account"
    id: Mapped[Key]
    login: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    password_hash: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default="en")
    disabled_at: Mapped[datetime | None]
    n_failed_logins: Mapped[int] = mapped_column(server_default=text("0"))
    locked_until: Mapped[datetime | None]
    created_at: Mapped[Now]


class RoleGrant(Base):
    """A role in a study (at a site, for site roles), from a moment until another."""

    __tablename__ = "role_grant"
    id: Mapped[Key]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    study_id: Mapped[UUID] = mapped_column(ForeignKey("study.id"))
    site_id: Mapped[UUID | None] = mapped_column(ForeignKey("site.id"))
    role: Mapped[str]
    valid_from: Mapped[Now]
    valid_until: Mapped[datetime | None]
    granted_by: Mapped[str]


class LoginSession(Base):
    """A signed-in browser; the cookie holds a token of which only the digest is kept."""

    __tablename__ = "login_session"
    token_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    csrf_token: Mapped[str]
    created_at: Mapped[Now]
    last_seen_at: Mapped[Now]
    ends_at: Mapped[datetime]


class ApiToken(Base):
    """A bearer token for scripts and DICOMweb clients, kept as its digest."""

    __tablename__ = "api_token"
    id: Mapped[Key]
    token_sha256: Mapped[bytes] = mapped_column(unique=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    label: Mapped[str]
    created_at: Mapped[Now]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


# --- subjects and what was sent


class Subject(Base):
    """A registered patient, known by a number; blinded readers know only the reading code."""

    __tablename__ = "subject"
    __table_args__ = (UniqueConstraint("study_id", "number"), UniqueConstraint("study_id", "reading_code"))
    id: Mapped[Key]
    study_id: Mapped[UUID] = mapped_column(ForeignKey("study.id"))
    site_id: Mapped[UUID] = mapped_column(ForeignKey("site.id"), index=True)
    study_version_id: Mapped[UUID] = mapped_column(ForeignKey("study_version.id"))
    number: Mapped[str]
    reading_code: Mapped[str]
    road: Mapped[str]
    registered_on: Mapped[date]
    baseline_locked_at: Mapped[datetime | None]


class Timepoint(Base):
    """A timepoint of the study definition that has come about for a subject."""

    __tablename__ = "timepoint"
    __table_args__ = (UniqueConstraint("subject_id", "code"),)
    id: Mapped[Key]
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    code: Mapped[str]


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


# --- images


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


# --- lesions and where they are


class Lesion(Base):
    """A lesion with one identity from baseline through every event."""

    __tablename__ = "lesion"
    __table_args__ = (UniqueConstraint("subject_id", "label"),)
    id: Mapped[Key]
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    label: Mapped[str]
    segment: Mapped[str]
    baseline_diameter_mm: Mapped[DiameterMm | None]


class LesionMark(Base):
    """A place where a person or a lesion list put the lesion: LPS mm in one frame of reference."""

    __tablename__ = "lesion_mark"
    __table_args__ = (UniqueConstraint("lesion_id", "series_id"),)
    id: Mapped[Key]
    lesion_id: Mapped[UUID] = mapped_column(ForeignKey("lesion.id"), index=True)
    series_id: Mapped[UUID] = mapped_column(ForeignKey("series.id"))
    frame_of_reference_uid: Mapped[str] = mapped_column(index=True)
    x_mm: Mapped[float]
    y_mm: Mapped[float]
    z_mm: Mapped[float]
    source: Mapped[str]
    diameter_mm: Mapped[DiameterMm | None]


class FrameLink(Base):
    """A rigid transform between two frames of reference: p_to = matrix . p_from, row-major 4 x 4."""

    __tablename__ = "frame_link"
    __table_args__ = (UniqueConstraint("from_frame_uid", "to_frame_uid"),)
    id: Mapped[Key]
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), index=True)
    from_frame_uid: Mapped[str]
    to_frame_uid: Mapped[str]
    basis: Mapped[str]
    matrix: Mapped[list[float] | None]
    quality_mm: Mapped[float | None]
    made_by: Mapped[str]
    detail: Mapped[dict[str, Any]]
    made_at: Mapped[Now]


# --- what people record


class Reading(Base):
    """One reader's read of one subject at one timepoint."""

    __tablename__ = "reading"
    __table_args__ = (UniqueConstraint("timepoint_id", "account_id", "edition"),)
    id: Mapped[Key]
    timepoint_id: Mapped[UUID] = mapped_column(ForeignKey("timepoint.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str]
    edition: Mapped[int] = mapped_column(server_default=text("1"))
    state: Mapped[str] = mapped_column(server_default="draft")
    accepted: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[Version]
    saved_at: Mapped[Now]
    signed_at: Mapped[datetime | None]
    signature_meaning: Mapped[str | None]
    content_sha256: Mapped[str | None]


class Finding(Base):
    """The verdict on one lesion and one sequence within a read."""

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


# --- the trail


class AuditEvent(Base):
    """One row change, written by the database itself; never updated, never deleted."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_table_name_row_id", "table_name", "row_id"),)
    id: Mapped[BigKey]
    at: Mapped[Now]
    actor: Mapped[str]
    reason: Mapped[str | None]
    act: Mapped[str]
    table_name: Mapped[str]
    row_id: Mapped[str]
    old: Mapped[dict[str, Any] | None]
    new: Mapped[dict[str, Any] | None]


class AuditChain(Base):
    """The hash chain over the events, in commit order: sha256(previous hash + event)."""

    __tablename__ = "audit_chain"
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(ForeignKey("audit_event.id"), unique=True)
    hash: Mapped[bytes]


# --- restricted: who the subjects are


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
