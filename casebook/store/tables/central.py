"""Central reading: who reads what, what is open to them, what they drew, and how two reads become one."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from casebook.store.tables.base import Base, DiameterMm, Key, Now, Version


class Reader(Base):
    """A person who reads centrally in a study: where they work, and since when they are trained."""

    __tablename__ = "reader"
    __table_args__ = (UniqueConstraint("study_id", "account_id"),)
    id: Mapped[Key]
    study_id: Mapped[UUID] = mapped_column(ForeignKey("study.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    home_site_id: Mapped[UUID | None] = mapped_column(ForeignKey("site.id"))
    trained_on: Mapped[date | None]
    training: Mapped[str | None]
    version: Mapped[Version]


class ReadingAssignment(Base):
    """A case given to a reader, under the code they know it by, at its place in their own random order.

    `place` is first, second or adjudicator; round 2 is the same case once more. From `closes_on` it is off their list.
    """

    __tablename__ = "reading_assignment"
    __table_args__ = (
        Index(
            "uq_reading_assignment_place",
            "subject_id",
            "place",
            "round",
            unique=True,
            postgresql_where=text("withdrawn_at is null"),
        ),
        UniqueConstraint("account_id", "code"),
    )
    id: Mapped[Key]
    study_id: Mapped[UUID] = mapped_column(ForeignKey("study.id"))
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    place: Mapped[str]
    round: Mapped[int] = mapped_column(server_default=text("1"))
    code: Mapped[str]
    order_key: Mapped[str]
    drawn_at: Mapped[datetime]
    opens_on: Mapped[date]
    closes_on: Mapped[date | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None]


class OpenedImages(Base):
    """Which images of a timepoint are open to an assignment: series of these roles only, or all where it is null."""

    __tablename__ = "opened_images"
    __table_args__ = (UniqueConstraint("assignment_id", "timepoint_id"),)
    id: Mapped[Key]
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey("reading_assignment.id"))
    timepoint_id: Mapped[UUID] = mapped_column(ForeignKey("timepoint.id"))
    roles: Mapped[list[str] | None] = mapped_column(ARRAY(Text))


class ReaderLesion(Base):
    """A lesion that the baseline list does not have and a reader saw. `label` is N1, N2 within the read."""

    __tablename__ = "reader_lesion"
    __table_args__ = (UniqueConstraint("reading_id", "label"),)
    id: Mapped[Key]
    reading_id: Mapped[UUID] = mapped_column(ForeignKey("reading.id"))
    label: Mapped[str]
    segment: Mapped[str]
    diameter_mm: Mapped[DiameterMm]
    sequence: Mapped[str]
    confidence: Mapped[int | None]
    judged_on: Mapped[dict[str, Any]]
    comment: Mapped[str | None]


class KeyImage(Base):
    """An image that a reader chose to show what they saw."""

    __tablename__ = "key_image"
    __table_args__ = (UniqueConstraint("reading_id", "sop_instance_uid", "frame"),)
    id: Mapped[Key]
    reading_id: Mapped[UUID] = mapped_column(ForeignKey("reading.id"))
    lesion_id: Mapped[UUID | None] = mapped_column(ForeignKey("lesion.id"))
    series_uid: Mapped[str]
    sop_instance_uid: Mapped[str]
    frame: Mapped[int]
    window_center: Mapped[float | None]
    window_width: Mapped[float | None]
    note: Mapped[str | None]


class SeriesCorrection(Base):
    """Where a reader corrected how two series lie to each other: p_to = matrix . p_from, by pairs of landmarks (mm).

    A single pair has no residual.
    """

    __tablename__ = "series_correction"
    __table_args__ = (UniqueConstraint("reading_id", "from_series_uid", "to_series_uid"),)
    id: Mapped[Key]
    reading_id: Mapped[UUID] = mapped_column(ForeignKey("reading.id"))
    from_series_uid: Mapped[str]
    to_series_uid: Mapped[str]
    pairs: Mapped[list[Any]] = mapped_column(JSONB)
    matrix: Mapped[list[float]]
    residual_mm: Mapped[float | None]
    made_at: Mapped[Now]


class WindowPreference(Base):
    """The window an account last used for series of a role."""

    __tablename__ = "window_preference"
    __table_args__ = (UniqueConstraint("account_id", "role"),)
    id: Mapped[Key]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str]
    center: Mapped[float]
    width: Mapped[float]


class ReadingReport(Base):
    """The DICOM structured report of a signed read, as the archive holds it."""

    __tablename__ = "reading_report"
    __table_args__ = (UniqueConstraint("reading_id"),)
    id: Mapped[Key]
    reading_id: Mapped[UUID] = mapped_column(ForeignKey("reading.id"))
    sop_uid: Mapped[str]
    file_key: Mapped[str]
    sha256: Mapped[bytes]
    made_at: Mapped[Now]


class Adjudication(Base):
    """Two reads of a timepoint that a third person settles; `disputes` names lesion, reason and both results.

    `state` is open, decided, or void once one of the reads has a newer edition. `waits_because` says why nobody could
    be drawn, while that is so.
    """

    __tablename__ = "adjudication"
    __table_args__ = (UniqueConstraint("first_reading_id", "second_reading_id"),)
    id: Mapped[Key]
    timepoint_id: Mapped[UUID] = mapped_column(ForeignKey("timepoint.id"), index=True)
    first_reading_id: Mapped[UUID] = mapped_column(ForeignKey("reading.id"))
    second_reading_id: Mapped[UUID] = mapped_column(ForeignKey("reading.id"))
    assignment_id: Mapped[UUID | None] = mapped_column(ForeignKey("reading_assignment.id"), index=True)
    is_swapped: Mapped[bool]
    disputes: Mapped[list[Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(server_default="open")
    result_reading_id: Mapped[UUID | None] = mapped_column(ForeignKey("reading.id"))
    waits_because: Mapped[str | None]
    opened_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    version: Mapped[Version]


class AdjudicationChoice(Base):
    """What the adjudicator decided for one disputed lesion: left, right, or a third verdict by sequence."""

    __tablename__ = "adjudication_choice"
    __table_args__ = (UniqueConstraint("adjudication_id", "label"),)
    id: Mapped[Key]
    adjudication_id: Mapped[UUID] = mapped_column(ForeignKey("adjudication.id"))
    label: Mapped[str]
    choice: Mapped[str]
    third: Mapped[dict[str, Any] | None]
    comment: Mapped[str | None]


class TimepointCheck(Base):
    """What a data manager decided on the images of a timepoint; the newest decision counts."""

    __tablename__ = "timepoint_check"
    id: Mapped[Key]
    timepoint_id: Mapped[UUID] = mapped_column(ForeignKey("timepoint.id"), index=True)
    decision: Mapped[str]
    reason: Mapped[str | None]
    images_sha256: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
