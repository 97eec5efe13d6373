"""Where readers corrected how two series lie to each other, as rules know it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from casebook.domain.series_links import Correction, ShownSeries
from casebook.store.tables import Series, SeriesCorrection, SeriesRole


def as_known(session: Session, found: Sequence[SeriesCorrection]) -> list[Correction]:
    """Return the corrections with what their series are, oldest first."""
    if not found:
        return []
    shown = _shown(session, {uid for row in found for uid in (row.from_series_uid, row.to_series_uid)})
    return [
        Correction(
            shown.get(row.from_series_uid, ShownSeries(row.from_series_uid, None)),
            shown.get(row.to_series_uid, ShownSeries(row.to_series_uid, None)),
            tuple(row.matrix),
            row.residual_mm,
        )
        for row in sorted(found, key=lambda row: (row.made_at, row.id))
    ]


def _shown(session: Session, uids: Collection[str]) -> Mapping[str, ShownSeries]:
    """The series with their frame of reference, and with their role where they have a single one."""
    roles: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    rows = session.execute(
        select(Series.series_uid, Series.frame_of_reference_uid, SeriesRole.role)
        .outerjoin(SeriesRole, SeriesRole.series_id == Series.id)
        .where(Series.series_uid.in_(uids))
    )
    for uid, frame_uid, role in rows:
        roles[uid, frame_uid].add(role)
    return {
        uid: ShownSeries(uid, frame_uid, next(iter(held)) if len(held) == 1 else None)
        for (uid, frame_uid), held in roles.items()
    }
