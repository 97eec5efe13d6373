"""How breathing moved series in their frames of reference, and all that links a subject's images."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from casebook.domain.series_links import Correction, KnownLinks, SeriesOffset, ShownSeries
from casebook.store import lesions
from casebook.store.tables import SeriesLink


def rows(session: Session, subject_id: UUID) -> Sequence[SeriesLink]:
    """Return all rows of the subject, the refused ones too."""
    return session.scalars(
        select(SeriesLink).where(SeriesLink.subject_id == subject_id).order_by(SeriesLink.id),
        execution_options={"populate_existing": True},
    ).all()


def offsets(session: Session, subject_id: UUID) -> list[SeriesOffset]:
    """Return the shifts that hold."""
    return [
        SeriesOffset(
            ShownSeries(row.from_series_uid, row.frame_of_reference_uid, row.from_role),
            ShownSeries(row.to_series_uid, row.frame_of_reference_uid, row.to_role),
            (row.shift_mm[0], row.shift_mm[1], row.shift_mm[2]),
            row.quality_mm,
        )
        for row in rows(session, subject_id)
        if row.shift_mm is not None and row.quality_mm is not None
    ]


def known_links(session: Session, subject_id: UUID, corrections: Sequence[Correction] = ()) -> KnownLinks:
    """Return what the machine knows about the subject's images, with a reader's own corrections."""
    return KnownLinks(lesions.links(session, subject_id), offsets(session, subject_id), corrections)


def put(session: Session, *, to_series_uid: str, to_role: str, values: dict[str, Any]) -> None:
    """Keep what was measured for a series, in place of what was known."""
    session.execute(
        insert(SeriesLink)
        .values(to_series_uid=to_series_uid, to_role=to_role, **values)
        .on_conflict_do_update(index_elements=[SeriesLink.to_series_uid, SeriesLink.to_role], set_=values)
    )


def drop(session: Session, row_ids: Sequence[UUID]) -> None:
    """Take away what no longer says anything of the subject's images."""
    session.execute(delete(SeriesLink).where(SeriesLink.id.in_(row_ids)))
