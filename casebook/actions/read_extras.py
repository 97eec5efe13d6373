"""What a reader adds to the verdicts of a read: lesions that the list does not have, images to remember it by."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.opened_read import OpenedRead, draft_of, opened_read, to_read
from casebook.actions.reads import SavedRead, saved
from casebook.domain.errors import Invalid, NotFound
from casebook.domain.imaging import SEGMENTS, ReadingSequence
from casebook.store import images, reads
from casebook.store.accounts import SignedIn
from casebook.store.tables import KeyImage, ReaderLesion

MOST_NEW_LESIONS = 99
MOST_KEY_IMAGES = 200


@dataclass(frozen=True, slots=True)
class SeenLesion:
    """A lesion that the list does not have; `judged_on` keeps image, window, position and measurement."""

    segment: str
    diameter_mm: Decimal
    sequence: ReadingSequence
    confidence: int | None
    judged_on: dict[str, Any]
    comment: str | None


@dataclass(frozen=True, slots=True)
class ImageOfNote:
    """An image that shows what the reader saw."""

    series_uid: str
    sop_instance_uid: str
    frame: int
    lesion_id: UUID | None = None
    window_center: float | None = None
    window_width: float | None = None
    note: str | None = None


def put_new_lesion(
    session: Session,
    who: SignedIn,
    *,
    case_id: UUID,
    timepoint_code: str,
    label: str,
    seen: SeenLesion | None,
    version: int,
    now: datetime,
) -> SavedRead:
    """Save a new lesion of one's own draft under its label there, or take it back with None.

    Raises Invalid for an unknown segment, NotFound for a series that is not open, and what drafts raise.
    """
    opened = opened_read(session, who, case_id=case_id, timepoint_code=timepoint_code)
    if seen is not None:
        _check(session, opened, seen.judged_on["series_uid"], seen.segment)
    reading = draft_of(session, who, opened, version)
    if seen is None:
        reads.remove(session, ReaderLesion, reading_id=reading.id, label=label)
        return saved(reading, now)
    if len(reads.parts(session, reading.id).new_lesions) >= MOST_NEW_LESIONS:
        raise Invalid(f"A read has at most {MOST_NEW_LESIONS} new lesions.", field="label")
    values = {name: getattr(seen, name) for name in SeenLesion.__slots__}
    reads.put(session, ReaderLesion, {"reading_id": reading.id, "label": label}, values)
    return saved(reading, now)


def put_key_image(
    session: Session,
    who: SignedIn,
    *,
    case_id: UUID,
    timepoint_code: str,
    image: ImageOfNote,
    is_kept: bool,
    version: int,
    now: datetime,
) -> SavedRead:
    """Keep an image with one's own draft, or no longer. Raises NotFound for an image or lesion of another case."""
    opened = opened_read(session, who, case_id=case_id, timepoint_code=timepoint_code)
    if is_kept:
        _check(session, opened, image.series_uid)
        if image.lesion_id is not None and image.lesion_id not in {row.id for row in to_read(session, opened)}:
            raise NotFound("The case has no such lesion.", field="lesion_id")
    reading = draft_of(session, who, opened, version)
    key = {"reading_id": reading.id, "sop_instance_uid": image.sop_instance_uid, "frame": image.frame}
    if not is_kept:
        reads.remove(session, KeyImage, **key)
        return saved(reading, now)
    if len(reads.parts(session, reading.id).key_images) >= MOST_KEY_IMAGES:
        raise Invalid(f"A read has at most {MOST_KEY_IMAGES} key images.", field="sop_instance_uid")
    values = {
        name: getattr(image, name) for name in ("series_uid", "lesion_id", "window_center", "window_width", "note")
    }
    reads.put(session, KeyImage, key, values)
    return saved(reading, now)


def _check(session: Session, opened: OpenedRead, series_uid: str, segment: str | None = None) -> None:
    if segment is not None and segment not in SEGMENTS:
        raise Invalid(f"The segment is to be one of {', '.join(SEGMENTS)}.", field="segment")
    known = {row.series_uid for row in images.series_of_timepoint(session, opened.timepoint.id)}
    if series_uid not in known:
        raise NotFound("The timepoint has no such series.", field="series_uid")
