"""A reader corrects by pairs of landmarks how two series lie to each other; it is kept with their own read alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.cases import shown_images
from casebook.actions.opened_read import OpenedCase, OpenedRead, draft_of, opened_read
from casebook.actions.reads import SavedRead, saved
from casebook.dicom.landmarks import Pair, fitted
from casebook.domain.errors import Invalid, NotFound
from casebook.store import reads
from casebook.store.accounts import SignedIn
from casebook.store.tables import SeriesCorrection

MOST_PAIRS: Final = 50
MOST_CORRECTIONS: Final = 100


@dataclass(frozen=True, slots=True)
class SavedCorrection:
    """The correction as it is kept, and the read after the change."""

    correction: SeriesCorrection
    read: SavedRead


def put_correction(
    session: Session,
    who: SignedIn,
    *,
    case_id: UUID,
    timepoint_code: str,
    from_series_uid: str,
    to_series_uid: str,
    pairs: Sequence[Pair],
    version: int,
    now: datetime,
) -> SavedCorrection:
    """Keep what the pairs say (points LPS, mm; the first of each lies on `from`) in place of what was known.

    Raises Invalid for pairs that contradict each other, NotFound for a series that is not open to the reader, and what
    drafts raise.
    """
    opened = opened_read(session, who, case_id=case_id, timepoint_code=timepoint_code)
    _require_open(session, opened, from_series_uid, to_series_uid)
    if len(pairs) > MOST_PAIRS:
        raise Invalid(f"A correction has at most {MOST_PAIRS} pairs.", field="pairs")
    fit = fitted(pairs)
    reading = draft_of(session, who, opened, version)
    if len(reads.parts(session, reading.id).corrections) >= MOST_CORRECTIONS:
        raise Invalid(f"A read has at most {MOST_CORRECTIONS} corrections.", field="to_series_uid")
    reads.remove(session, SeriesCorrection, **_key(reading.id, to_series_uid, from_series_uid))
    values = {
        "pairs": [[list(here), list(there)] for here, there in pairs],
        "matrix": list(fit.matrix),
        "residual_mm": fit.residual_mm,
        "made_at": now,
    }
    key = _key(reading.id, from_series_uid, to_series_uid)
    reads.put(session, SeriesCorrection, key, values)
    return SavedCorrection(reads.correction(session, **key), saved(reading, now))


def drop_correction(
    session: Session,
    who: SignedIn,
    *,
    case_id: UUID,
    timepoint_code: str,
    from_series_uid: str,
    to_series_uid: str,
    version: int,
    now: datetime,
) -> SavedRead:
    """Take a correction back, if it is there. Raises what drafts raise."""
    opened = opened_read(session, who, case_id=case_id, timepoint_code=timepoint_code)
    reading = draft_of(session, who, opened, version)
    reads.remove(session, SeriesCorrection, **_key(reading.id, from_series_uid, to_series_uid))
    return saved(reading, now)


def _key(reading_id: UUID, from_series_uid: str, to_series_uid: str) -> dict[str, UUID | str]:
    return {"reading_id": reading_id, "from_series_uid": from_series_uid, "to_series_uid": to_series_uid}


def _require_open(session: Session, opened: OpenedRead, from_series_uid: str, to_series_uid: str) -> None:
    if from_series_uid == to_series_uid:
        raise Invalid("A correction is between two series.", field="to_series_uid")
    case = OpenedCase(opened.subject, opened.definition, opened.assignment)
    known = {item.series.series_uid for item in shown_images(session, case)[1]}
    for name, uid in (("from_series_uid", from_series_uid), ("to_series_uid", to_series_uid)):
        if uid not in known:
            raise NotFound("The case has no such series.", field=name)
