"""The rows of the worklist, in a constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.domain.lesion_events import LesionState
from casebook.store.tables import ImagingStudy, Lesion, Series, Site, Subject, Timepoint
from casebook.store.visibility import visible


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """A timepoint that has images; `first_study_on` is the archive's (shifted) date."""

    subject_id: UUID
    number: str
    reading_code: str
    study_version_id: UUID
    registered_on: date
    site_name_en: str
    site_name_ja: str
    timepoint_id: UUID
    timepoint_code: str
    first_study_on: date | None
    n_series: int
    n_lesions: int


def cases(session: Session, actor: Actor) -> Sequence[WorklistRow]:
    """Return every timepoint with images of the subjects whose cases the actor may see."""
    n_lesions = (
        select(Lesion.subject_id, func.count().label("n"))
        .where(Lesion.state == LesionState.ACTIVE)
        .group_by(Lesion.subject_id)
        .subquery("lesions_per_subject")
    )
    rows = session.execute(
        select(
            Subject.id.label("subject_id"),
            Subject.number,
            Subject.reading_code,
            Subject.study_version_id,
            Subject.registered_on,
            Site.name_en.label("site_name_en"),
            Site.name_ja.label("site_name_ja"),
            Timepoint.id.label("timepoint_id"),
            Timepoint.code.label("timepoint_code"),
            func.min(ImagingStudy.study_on).label("first_study_on"),
            func.count(Series.id).label("n_series"),
            func.coalesce(func.max(n_lesions.c.n), 0).label("n_lesions"),
        )
        .join(Site, Site.id == Subject.site_id)
        .join(Timepoint, Timepoint.subject_id == Subject.id)
        .join(ImagingStudy, ImagingStudy.timepoint_id == Timepoint.id)
        .join(Series, Series.imaging_study_id == ImagingStudy.id)
        .outerjoin(n_lesions, n_lesions.c.subject_id == Subject.id)
        .where(visible(actor, Action.SEE_CASES))
        .group_by(Subject.id, Site.id, Timepoint.id)
    )
    return [WorklistRow(**row._mapping) for row in rows]  # noqa: SLF001 - the row's public mapping
