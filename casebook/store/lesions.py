"""Lesions, their marks, and the links between frames of reference."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.domain.imaging import LocationBasis
from casebook.domain.lesion_location import Link, Mark
from casebook.store.tables import FrameLink, Lesion, LesionMark, Series, Subject
from casebook.store.visibility import visible


def of_subject(session: Session, subject_id: UUID) -> Sequence[Lesion]:
    """Return the subject's lesions in natural order of their labels."""
    rows = session.scalars(select(Lesion).where(Lesion.subject_id == subject_id)).all()
    return sorted(rows, key=lambda lesion: (lesion.label[:1], int(lesion.label[1:])))


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


def marks(session: Session, lesion_ids: Sequence[UUID]) -> dict[UUID, list[Mark]]:
    """Return where the lesions were put, oldest mark first."""
    rows = session.execute(
        select(LesionMark, Series.series_uid)
        .join(Series, Series.id == LesionMark.series_id)
        .where(LesionMark.lesion_id.in_(lesion_ids))
        .order_by(LesionMark.id)
    )
    found: dict[UUID, list[Mark]] = {lesion_id: [] for lesion_id in lesion_ids}
    for mark, series_uid in rows:
        position = (mark.x_mm, mark.y_mm, mark.z_mm)
        found[mark.lesion_id].append(Mark(series_uid, mark.frame_of_reference_uid, position))
    return found


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
