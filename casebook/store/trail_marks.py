"""A mark of everything that the trail tells of a subject: while it stays, none of the subject's records changed."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casebook.store.tables import AuditEvent

TrailMark = tuple[int, int]
"""How many events there are, and the newest one. The number alone tells of a transaction that ended late: its events
may be older than one that was seen before."""


def trail_marks(session: Session, subject_ids: Sequence[UUID]) -> Mapping[UUID, TrailMark]:
    """Return the mark of each subject of whom the trail tells anything."""
    rows = session.execute(
        select(AuditEvent.subject_id, func.count(), func.max(AuditEvent.id))
        .where(AuditEvent.subject_id.in_(subject_ids))
        .group_by(AuditEvent.subject_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows if row[0] is not None}
