"""How far the central reads of subjects are, in a constant number of queries; for people who are not blinded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from casebook.domain.central.adjudication import AdjudicationState
from casebook.domain.central.assignment import ADJUDICATOR
from casebook.store.tables import Account, Adjudication, Reading, ReadingAssignment, Timepoint

At = tuple[UUID, str]
"""A subject and the code of a timepoint."""


@dataclass(frozen=True, slots=True)
class PlaceRead:
    """The newest edition of the read in one place of round 1; `signed_at` is None for a draft."""

    place: str
    reader: str
    edition: int
    signed_at: datetime | None
    is_stale: bool

    @property
    def counts(self) -> bool:
        """Signed, on the images that are there now."""
        return self.signed_at is not None and not self.is_stale


def newest(session: Session, subject_ids: Sequence[UUID]) -> Mapping[At, Sequence[PlaceRead]]:
    """Return the newest reads of every timepoint, in order of the places."""
    rows = session.execute(
        select(
            Timepoint.subject_id,
            Timepoint.code,
            ReadingAssignment.place,
            Account.display_name,
            Reading.edition,
            Reading.signed_at,
            Reading.stale_at,
        )
        .join(Timepoint, Timepoint.id == Reading.timepoint_id)
        .join(ReadingAssignment, ReadingAssignment.id == Reading.assignment_id)
        .join(Account, Account.id == Reading.account_id)
        .where(
            Timepoint.subject_id.in_(subject_ids),
            Reading.round == 1,
            ReadingAssignment.place != ADJUDICATOR,
            ReadingAssignment.withdrawn_at.is_(None),
        )
        .order_by(Reading.edition)
    )
    found: dict[At, dict[str, PlaceRead]] = {}
    for subject_id, code, place, reader, edition, signed_at, stale_at in rows:
        read = PlaceRead(place, reader, edition, signed_at, stale_at is not None)
        found.setdefault((subject_id, code), {})[place] = read
    return {at: [reads[place] for place in sorted(reads)] for at, reads in found.items()}


def accepted_kinds(session: Session, subject_ids: Sequence[UUID]) -> Mapping[At, str]:
    """Return the kind of the read that counts at each timepoint."""
    rows = session.execute(
        select(Timepoint.subject_id, Timepoint.code, Reading.kind)
        .join(Reading, Reading.timepoint_id == Timepoint.id)
        .where(Timepoint.subject_id.in_(subject_ids), Reading.accepted)
    )
    return {(row[0], row[1]): row[2] for row in rows}


@dataclass(frozen=True, slots=True)
class HeldAdjudication:
    """An adjudication that is not void, with who was given it."""

    row: Adjudication
    adjudicator: str | None


def adjudications(session: Session, subject_ids: Sequence[UUID]) -> Mapping[At, HeldAdjudication]:
    """Return the adjudications that are not void."""
    rows = session.execute(
        select(Timepoint.subject_id, Timepoint.code, Adjudication, Account.display_name)
        .join(Timepoint, Timepoint.id == Adjudication.timepoint_id)
        .outerjoin(ReadingAssignment, ReadingAssignment.id == Adjudication.assignment_id)
        .outerjoin(Account, Account.id == ReadingAssignment.account_id)
        .where(Timepoint.subject_id.in_(subject_ids), Adjudication.state != AdjudicationState.VOID)
    )
    return {(row[0], row[1]): HeldAdjudication(row[2], row[3]) for row in rows}
