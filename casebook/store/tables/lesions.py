"""Lesions: identity from baseline through every event, and where they are."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from casebook.store.tables.base import Base, DiameterMm, Key, Now, Version


class Lesion(Base):
    """A lesion with one identity from baseline through every event."""

    __tablename__ = "lesion"
    __table_args__ = (UniqueConstraint("subject_id", "label"),)
    id: Mapped[Key]
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))
    label: Mapped[str]
    segment: Mapped[str]
    baseline_diameter_mm: Mapped[DiameterMm | None]
    origin: Mapped[str] = mapped_column(server_default="baseline")
    state: Mapped[str] = mapped_column(server_default="active")
    note: Mapped[str] = mapped_column(server_default=text("''"))
    version: Mapped[Version]


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


class SeriesLink(Base):
    """How breathing moved a series in its frame of reference: p_to = p_from + shift (LPS, mm), measured by machine.

    The `from` series stands for the frame. A role narrows a series to the part that has it. No shift: refused.
    """

    __tablename__ = "series_link"
    __table_args__ = (UniqueConstraint("to_series_uid", "to_role"),)
    id: Mapped[Key]
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), index=True)
    frame_of_reference_uid: Mapped[str]
    from_series_uid: Mapped[str]
    from_role: Mapped[str]
    to_series_uid: Mapped[str]
    to_role: Mapped[str]
    shift_mm: Mapped[list[float] | None]
    quality_mm: Mapped[float | None]
    made_by: Mapped[str]
    detail: Mapped[dict[str, Any]]
    made_at: Mapped[Now]


class LesionDiameter(Base):
    """The longest diameter of a lesion at baseline on one reading sequence."""

    __tablename__ = "lesion_diameter"
    __table_args__ = (UniqueConstraint("lesion_id", "sequence"),)
    id: Mapped[Key]
    lesion_id: Mapped[UUID] = mapped_column(ForeignKey("lesion.id"))
    sequence: Mapped[str]
    diameter_mm: Mapped[DiameterMm]


class LesionEvent(Base):
    """Something that happened to lesions after the baseline list: a split, a merge, a new one, an entry in error."""

    __tablename__ = "lesion_event"
    id: Mapped[Key]
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), index=True)
    kind: Mapped[str]
    timepoint_code: Mapped[str]
    happened_on: Mapped[date]
    reason: Mapped[str]
    recorded_by: Mapped[str]
    recorded_at: Mapped[Now]


class LesionLineage(Base):
    """A lesion's part in an event: one that ended in it, or one that came of it."""

    __tablename__ = "lesion_lineage"
    __table_args__ = (UniqueConstraint("event_id", "lesion_id"),)
    id: Mapped[Key]
    event_id: Mapped[UUID] = mapped_column(ForeignKey("lesion_event.id"))
    lesion_id: Mapped[UUID] = mapped_column(ForeignKey("lesion.id"), index=True)
    part: Mapped[str]
