"""Subjects: who is registered, by which road, and where each stands."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casebook.store.tables.base import Base, Key, Now, Version


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
    baseline_version: Mapped[Version]
    baseline_locked_at: Mapped[datetime | None]
    baseline_locked_by: Mapped[str | None]


class Timepoint(Base):
    """A timepoint of the study definition that has come about for a subject.

    `images_sha256` is the digest of its images when they were last described or checked.
    """

    __tablename__ = "timepoint"
    __table_args__ = (UniqueConstraint("subject_id", "code"),)
    id: Mapped[Key]
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    code: Mapped[str]
    images_sha256: Mapped[str | None]


class Registration(Base):
    """One of a subject's registrations: its day, who registered, and the approval that allowed it."""

    __tablename__ = "registration"
    __table_args__ = (UniqueConstraint("subject_id", "step"),)
    id: Mapped[Key]
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    step: Mapped[str]
    registered_on: Mapped[date]
    registered_by: Mapped[str]
    study_version_id: Mapped[UUID] = mapped_column(ForeignKey("study_version.id"))
    ethics_approval_id: Mapped[UUID | None] = mapped_column(ForeignKey("ethics_approval.id"))
    registered_at: Mapped[Now]


class SubjectProgress(Base):
    """How far a subject is, as the next step is worked out from it; made anew on every change.

    `agenda` is what lists are filtered and sorted by. `event_id` is the subject's newest event in the trail when the
    row was made: a later one, or another `made_by`, says that the row is out of date.
    """

    __tablename__ = "subject_progress"
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    progress: Mapped[dict[str, Any]]
    agenda: Mapped[dict[str, Any]]
    event_id: Mapped[int]
    made_by: Mapped[str]
    made_at: Mapped[Now]
