"""Where readers corrected how two series lie to each other, as rules know it."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from casebook.domain.series_links import Correction, ShownSeries
from casebook.store.tables import Series, SeriesCorrection


def as_known(session: Session, found: Sequence[SeriesCorrection]) -> list[Correction]:
    """Return the corrections with the frames of reference of their series, oldest first."""
    if not found:
        return []
    uids = {uid for row in found for uid in (row.from_series_uid, row.to_series_uid)}
    pairs = session.execute(select(Series.series_uid, Series.frame_of_reference_uid).where(Series.series_uid.in_(uids)))
    frames: Mapping[str, str | None] = {uid: frame for uid, frame in pairs}  # noqa: C416 - a row is no pair to mypy
    return [
        Correction(
            ShownSeries(row.from_series_uid, frames.get(row.from_series_uid)),
            ShownSeries(row.to_series_uid, frames.get(row.to_series_uid)),
            tuple(row.matrix),
            row.residual_mm,
        )
        for row in sorted(found, key=lambda row: (row.made_at, row.id))
    ]
