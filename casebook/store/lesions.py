"""Lesions, their marks, and the links between frames of reference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.domain.imaging import LocationBasis
from casebook.domain.lesion_events import LesionState, Origin, in_order
from casebook.domain.lesion_location import Mark
from casebook.domain.series_links import Link
from casebook.store.tables import FrameLink, ImagingStudy, Lesion, LesionMark, Series, Subject, Timepoint
from casebook.store.visibility import visible


def of_subject(session: Session, subject_id: UUID, *, fresh: bool = False) -> Sequence[Lesion]:
    """Return the subject's lesions in natural order of their labels; `fresh` as they are now, not as first seen."""
    return of_subjects(session, [subject_id], fresh=fresh).get(subject_id, [])


def of_subjects(
    session: Session, subject_ids: Sequence[UUID], *, fresh: bool = False
) -> Mapping[UUID, Sequence[Lesion]]:
    """Return the lesions of those subjects that have some, in natural order of their labels."""
    query = select(Lesion).where(Lesion.subject_id.in_(subject_ids))
    rows = session.scalars(query, execution_options={"populate_existing": fresh}).all()
    found: dict[UUID, list[Lesion]] = {}
    for lesion in sorted(rows, key=lambda lesion: in_order(lesion.label)):
        found.setdefault(lesion.subject_id, []).append(lesion)
    return found


def active_of_subject(session: Session, subject_id: UUID) -> Sequence[Lesion]:
    """Return the subject's lesions that have not ended, in natural order: those that are read and asked about."""
    return [lesion for lesion in of_subject(session, subject_id) if lesion.state == LesionState.ACTIVE]


def to_read(session: Session, subject_id: UUID, *, centrally: bool) -> Sequence[Lesion]:
    """Return the lesions that are judged; centrally only those of the baseline list and what came of them."""
    return [row for row in active_of_subject(session, subject_id) if not centrally or is_read_centrally(row)]


def is_read_centrally(lesion: Lesion) -> bool:
    """Tell whether central readers judge a lesion: they never hear of one that appeared later."""
    return lesion.state == LesionState.ACTIVE and lesion.origin != Origin.NEW


def hold(session: Session, actor: Actor, action: Action, *, subject_id: UUID) -> Subject:
    """Find a subject whose lesions are about to change, and keep others from changing them. Raises NotFound."""
    found = session.scalars(
        select(Subject).where(Subject.id == subject_id, visible(actor, action)).with_for_update(),
        execution_options={"populate_existing": True},
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such subject.", field="subject")
    return found


def add(session: Session, **values: Any) -> Lesion:
    """Put a lesion on the list."""
    lesion = Lesion(**values)
    session.add(lesion)
    session.flush()
    return lesion


def seen_by(session: Session, actor: Actor, action: Action, *, lesion_id: UUID) -> Lesion:
    """Find a lesion of a subject the actor may do `action` on. Raises NotFound."""
    found = session.scalars(
        select(Lesion)
        .join(Subject, Subject.id == Lesion.subject_id)
        .where(Lesion.id == lesion_id, visible(actor, action))
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such lesion.", field="lesion")
    return found


def marks(session: Session, lesion_ids: Sequence[UUID], *, at: str | None = None) -> dict[UUID, list[Mark]]:
    """Return where the lesions were put, oldest mark first; on images of one timepoint where it is said."""
    rows = session.execute(
        select(LesionMark, Series.series_uid)
        .join(Series, Series.id == LesionMark.series_id)
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id)
        .join(Timepoint, Timepoint.id == ImagingStudy.timepoint_id)
        .where(LesionMark.lesion_id.in_(lesion_ids), true() if at is None else Timepoint.code == at)
        .order_by(LesionMark.id)
    )
    found: dict[UUID, list[Mark]] = {lesion_id: [] for lesion_id in lesion_ids}
    for mark, series_uid in rows:
        position = (mark.x_mm, mark.y_mm, mark.z_mm)
        found[mark.lesion_id].append(Mark(series_uid, mark.frame_of_reference_uid, position))
    return found


@dataclass(frozen=True, slots=True)
class PlacedMark:
    """A mark (LPS, mm) with the series that it was put on, the one at `timepoint`."""

    lesion_id: UUID
    timepoint: str
    series_uid: str
    series_label: tuple[str | None, str | None]
    frame_of_reference_uid: str
    position_mm: tuple[float, float, float]
    diameter_mm: Decimal | None
    source: str


def placed_marks(session: Session, subject_id: UUID) -> Sequence[PlacedMark]:
    """Return every mark of the subject's lesions, oldest first."""
    rows = session.execute(
        select(LesionMark, Series, Timepoint.code)
        .join(Lesion, Lesion.id == LesionMark.lesion_id)
        .join(Series, Series.id == LesionMark.series_id)
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id)
        .join(Timepoint, Timepoint.id == ImagingStudy.timepoint_id)
        .where(Lesion.subject_id == subject_id)
        .order_by(LesionMark.id)
    )
    return [
        PlacedMark(
            mark.lesion_id,
            timepoint,
            series.series_uid,
            (series.label_en, series.label_ja),
            mark.frame_of_reference_uid,
            (mark.x_mm, mark.y_mm, mark.z_mm),
            mark.diameter_mm,
            mark.source,
        )
        for mark, series, timepoint in rows
    ]


def links(session: Session, subject_id: UUID) -> list[Link]:
    """Return the links that hold between the subject's frames of reference."""
    rows = session.scalars(
        select(FrameLink)
        .where(FrameLink.subject_id == subject_id, FrameLink.matrix.is_not(None))
        .order_by(FrameLink.id)
    )
    return [
        Link(row.from_frame_uid, row.to_frame_uid, LocationBasis(row.basis), tuple(row.matrix or ()), row.quality_mm)
        for row in rows
    ]


def link_rows(session: Session, subject_id: UUID) -> Sequence[FrameLink]:
    """Return all links, the refused ones too."""
    return session.scalars(select(FrameLink).where(FrameLink.subject_id == subject_id)).all()


def put_mark(session: Session, *, lesion_id: UUID, series_id: UUID, values: dict[str, Any]) -> None:
    """Put the lesion on a series, in place of where it was on that series."""
    session.execute(
        insert(LesionMark)
        .values(lesion_id=lesion_id, series_id=series_id, **values)
        .on_conflict_do_update(index_elements=[LesionMark.lesion_id, LesionMark.series_id], set_=values)
    )


def put_link(
    session: Session, *, subject_id: UUID, from_frame_uid: str, to_frame_uid: str, values: dict[str, Any]
) -> None:
    """Keep a link, in place of what was known between the two frames."""
    session.execute(
        insert(FrameLink)
        .values(subject_id=subject_id, from_frame_uid=from_frame_uid, to_frame_uid=to_frame_uid, **values)
        .on_conflict_do_update(index_elements=[FrameLink.from_frame_uid, FrameLink.to_frame_uid], set_=values)
    )
