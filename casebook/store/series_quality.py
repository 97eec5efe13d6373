"""The series of a timepoint as people judge them: how they are made, and what was said of their quality."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.store.tables import (
    ImagingStudy,
    Instance,
    ReceivedObject,
    Series,
    SeriesVerdict,
    Site,
    Subject,
    Submission,
    Timepoint,
    TimepointCheck,
)
from casebook.store.visibility import visible


def with_study_uids(session: Session, timepoint_id: UUID) -> Sequence[tuple[Series, str]]:
    """Return the series of a timepoint that hold images, with their study's UID, in order of study and number."""
    rows = session.execute(
        select(Series, ImagingStudy.study_uid)
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id)
        .where(ImagingStudy.timepoint_id == timepoint_id, Series.n_instances > 0)
        .order_by(ImagingStudy.study_on, ImagingStudy.study_uid, Series.series_number, Series.series_uid)
    )
    return [(series, uid) for series, uid in rows]


def first_facts(session: Session, series_ids: Sequence[UUID]) -> Mapping[UUID, dict[str, Any]]:
    """Return the facts of one image of each series."""
    rows = session.execute(
        select(Instance.series_id, Instance.facts)
        .where(Instance.series_id.in_(series_ids))
        .ext(distinct_on(Instance.series_id))
        .order_by(Instance.series_id, Instance.instance_number, Instance.id)
    )
    return {row.series_id: row.facts for row in rows}


def sop_uids(session: Session, series_id: UUID) -> frozenset[str]:
    """Return the UIDs of a series' images."""
    return frozenset(session.scalars(select(Instance.sop_uid).where(Instance.series_id == series_id)))


def verdicts(session: Session, series_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[SeriesVerdict]]:
    """Return what was said of each series' quality, the newest first."""
    rows = session.scalars(
        select(SeriesVerdict)
        .where(SeriesVerdict.series_id.in_(series_ids))
        .order_by(SeriesVerdict.series_id, SeriesVerdict.decided_at.desc(), SeriesVerdict.id.desc())
    )
    found: dict[UUID, list[SeriesVerdict]] = {}
    for row in rows:
        found.setdefault(row.series_id, []).append(row)
    return found


@dataclass(frozen=True, slots=True)
class Checked:
    """Images that wait for a decision, or had their first one: since when, and when it came."""

    site_code: str
    number: str
    study_version_id: UUID
    timepoint: str
    received_at: datetime
    decided_at: datetime | None


def checked(session: Session, actor: Actor, *, number: str | None = None) -> Sequence[Checked]:
    """Return the turnaround of images the actor may know of: each first decision, and what waits for one.

    Images count as received when the last delivery before the decision that brought some had ended.
    """
    received = (
        select(
            Submission.timepoint_id,
            func.coalesce(func.max(Submission.closed_at), func.max(Submission.created_at)).label("at"),
        )
        .where(_brought_images())
        .group_by(Submission.timepoint_id)
        .subquery()
    )
    first = (
        select(TimepointCheck.timepoint_id, TimepointCheck.images_sha256, TimepointCheck.decided_at)
        .ext(distinct_on(TimepointCheck.timepoint_id, TimepointCheck.images_sha256))
        .order_by(TimepointCheck.timepoint_id, TimepointCheck.images_sha256, TimepointCheck.decided_at)
        .subquery()
    )
    before = (
        select(func.max(func.coalesce(Submission.closed_at, Submission.created_at)))
        .where(
            Submission.timepoint_id == first.c.timepoint_id,
            func.coalesce(Submission.closed_at, Submission.created_at) <= first.c.decided_at,
            _brought_images(),
        )
        .correlate(first)
        .scalar_subquery()
    )
    columns = (Site.code, Subject.number, Subject.study_version_id, Timepoint.code)
    seen = [visible(actor, Action.SEE_REGISTRY), *([Subject.number == number] if number else [])]
    decided = session.execute(
        select(*columns, before, first.c.decided_at)
        .join(Timepoint, Timepoint.subject_id == Subject.id)
        .join(Site, Site.id == Subject.site_id)
        .join(first, first.c.timepoint_id == Timepoint.id)
        .where(*seen, before.is_not(None))
    )
    waiting = session.execute(
        select(*columns, received.c.at)
        .join(Timepoint, Timepoint.subject_id == Subject.id)
        .join(Site, Site.id == Subject.site_id)
        .join(received, received.c.timepoint_id == Timepoint.id)
        .outerjoin(first, (first.c.timepoint_id == Timepoint.id) & (first.c.images_sha256 == Timepoint.images_sha256))
        .where(*seen, first.c.timepoint_id.is_(None))
    )
    open_rows = (Checked(row[0], row[1], row[2], row[3], row[4], None) for row in waiting)
    return [*(Checked(*row) for row in decided), *open_rows]


def _brought_images() -> Any:
    return (
        select(ReceivedObject.id)
        .where(ReceivedObject.submission_id == Submission.id, ReceivedObject.outcome == "archived")
        .correlate(Submission)
        .exists()
    )
