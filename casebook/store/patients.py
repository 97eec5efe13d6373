"""The rows of the patients' table and page, in a constant number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, false, func, not_, null, or_, select
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.store import progress
from casebook.store.tables import (
    Derivation,
    FormEntry,
    ImageCheck,
    ImagingStudy,
    Lesion,
    QuarantineItem,
    Reading,
    Series,
    SeriesRole,
    Site,
    Subject,
    SubjectProgress,
    Timepoint,
)
from casebook.store.visibility import visible


@dataclass(frozen=True, slots=True)
class PatientRow:
    """A registered subject with its site, and its agenda where the one that is kept is up to date."""

    subject_id: UUID
    number: str
    study_version_id: UUID
    road: str
    registered_on: date
    site_code: str
    site_name_en: str
    site_name_ja: str
    agenda: dict[str, Any] | None
    standing: dict[str, Any] | None


def rows(
    session: Session,
    actor: Actor,
    *,
    made_by: str,
    agenda: str,
    site_code: str | None = None,
    road: str | None = None,
    search: str = "",
    with_standing: bool = False,
) -> Sequence[PatientRow]:
    """Return the subjects the actor may see, by number, with what is kept of where they stand.

    `agenda` names the one of the kept agendas that is asked for; a standing is large and comes on request.
    """
    is_current = progress.is_current(made_by)
    found = session.execute(
        select(
            Subject.id,
            Subject.number,
            Subject.study_version_id,
            Subject.road,
            Subject.registered_on,
            Site.code,
            Site.name_en,
            Site.name_ja,
            case((is_current, SubjectProgress.agenda[agenda])),
            case((is_current, SubjectProgress.progress)) if with_standing else null(),
        )
        .join(Site, Site.id == Subject.site_id)
        .outerjoin(SubjectProgress, SubjectProgress.subject_id == Subject.id)
        .where(visible(actor, Action.SEE_REGISTRY), *_matching(site_code, road, search))
        .order_by(Subject.number)
    )
    return [PatientRow(*row) for row in found]


@dataclass(frozen=True, slots=True)
class SiteOverdue:
    """A site with how many of its subjects are overdue, and those of whom nothing up to date is kept."""

    code: str
    name_en: str
    name_ja: str
    n_overdue: int
    outdated: Sequence[UUID]


def overdue_by_site(session: Session, actor: Actor, *, made_by: str, agenda: str, today: date) -> Sequence[SiteOverdue]:
    """Count the subjects the actor may see that are overdue on a day, by site."""
    is_current = func.coalesce(progress.is_current(made_by), false())
    overdue_from = SubjectProgress.agenda[agenda]["overdue_from"].astext
    found = session.execute(
        select(
            Site.code,
            Site.name_en,
            Site.name_ja,
            func.count().filter(is_current, overdue_from <= today.isoformat()),
            func.array_remove(func.array_agg(case((not_(is_current), Subject.id))), None),
        )
        .join(Subject, Subject.site_id == Site.id)
        .outerjoin(SubjectProgress, SubjectProgress.subject_id == Subject.id)
        .where(visible(actor, Action.SEE_REGISTRY))
        .group_by(Site.id)
        .order_by(Site.code)
    )
    return [SiteOverdue(*row) for row in found]


def standings(session: Session, subject_ids: Sequence[UUID]) -> Mapping[UUID, dict[str, Any]]:
    """Return what is kept of where subjects stand, as it lies."""
    found = session.execute(
        select(SubjectProgress.subject_id, SubjectProgress.progress).where(SubjectProgress.subject_id.in_(subject_ids))
    )
    return {row[0]: row[1] for row in found}


def _matching(site_code: str | None, road: str | None, search: str) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if site_code:
        conditions.append(Site.code == site_code)
    if road:
        conditions.append(Subject.road == road)
    if search:
        contains = [column.icontains(search, autoescape=True) for column in (Subject.number, Site.name_en)]
        conditions.append(or_(*contains, Site.name_ja.contains(search, autoescape=True)))
    return conditions


def sites_of(session: Session, actor: Actor, action: Action) -> Sequence[Site]:
    """Return the sites with subjects the actor may do `action` on, by code."""
    with_subjects = select(Subject.site_id).where(visible(actor, action))
    return session.scalars(select(Site).where(Site.id.in_(with_subjects)).order_by(Site.code)).all()


@dataclass(frozen=True, slots=True)
class ArrivedRole:
    """A role among a timepoint's images."""

    subject_id: UUID
    timepoint: str
    role: str


def arrived_roles(session: Session, subject_ids: Sequence[UUID]) -> Sequence[ArrivedRole]:
    """Return each role that has arrived, once per timepoint."""
    rows = session.execute(
        select(Timepoint.subject_id, Timepoint.code, SeriesRole.role)
        .join(ImagingStudy, ImagingStudy.timepoint_id == Timepoint.id)
        .join(Series, Series.imaging_study_id == ImagingStudy.id)
        .join(SeriesRole, SeriesRole.series_id == Series.id)
        .where(Timepoint.subject_id.in_(subject_ids))
        .distinct()
    )
    return [ArrivedRole(*row) for row in rows]


def severities(session: Session, subject_ids: Sequence[UUID]) -> Mapping[tuple[UUID, str], frozenset[str]]:
    """Return which severities the checks of each timepoint found."""
    rows = session.execute(
        select(Timepoint.subject_id, Timepoint.code, func.array_agg(ImageCheck.severity.distinct()))
        .join(ImageCheck, ImageCheck.timepoint_id == Timepoint.id)
        .where(Timepoint.subject_id.in_(subject_ids))
        .group_by(Timepoint.id)
    )
    return {(subject_id, code): frozenset(found) for subject_id, code, found in rows}


def n_held(session: Session, subject_ids: Sequence[UUID]) -> Mapping[tuple[UUID, str], int]:
    """Count the files in quarantine by timepoint."""
    rows = session.execute(
        select(Timepoint.subject_id, Timepoint.code, func.count())
        .join(QuarantineItem, QuarantineItem.timepoint_id == Timepoint.id)
        .where(Timepoint.subject_id.in_(subject_ids), QuarantineItem.state == "held")
        .group_by(Timepoint.id)
    )
    return {(subject_id, code): n for subject_id, code, n in rows}


def cdlm_counts(session: Session, subject_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, int]]:
    """Count the lesions by cDLM status; a lesion that nothing was derived for has the status ""."""
    status = func.coalesce(Derivation.result["status"].astext, "")
    current = (Derivation.lesion_id == Lesion.id) & (Derivation.kind == "cdlm") & Derivation.superseded_at.is_(None)
    rows = session.execute(
        select(Lesion.subject_id, status, func.count())
        .outerjoin(Derivation, current)
        .where(Lesion.subject_id.in_(subject_ids))
        .group_by(Lesion.subject_id, status)
    )
    found: dict[UUID, dict[str, int]] = {}
    for subject_id, word, n in rows:
        found.setdefault(subject_id, {})[word] = n
    return found


@dataclass(frozen=True, slots=True)
class StoredForm:
    """A form entry with the code of its timepoint."""

    subject_id: UUID
    form_code: str
    timepoint: str | None
    ordinal: int
    data: dict[str, Any]
    state: str
    version: int
    saved_at: datetime


def forms(session: Session, subject_ids: Sequence[UUID]) -> Sequence[StoredForm]:
    """Return every form entry of the subjects, by form and ordinal."""
    rows = session.execute(_forms().where(FormEntry.subject_id.in_(subject_ids)))
    return [StoredForm(*row) for row in rows]


def _forms() -> Select[Any]:
    return (
        select(
            FormEntry.subject_id,
            FormEntry.form_code,
            Timepoint.code,
            FormEntry.ordinal,
            FormEntry.data,
            FormEntry.state,
            FormEntry.version,
            FormEntry.saved_at,
        )
        .outerjoin(Timepoint, Timepoint.id == FormEntry.timepoint_id)
        .order_by(FormEntry.form_code, FormEntry.ordinal, FormEntry.id)
    )


def read_subjects(session: Session, subject_ids: Sequence[UUID]) -> frozenset[tuple[UUID, str]]:
    """Return the subjects and timepoints with an accepted read."""
    rows = session.execute(
        select(Timepoint.subject_id, Timepoint.code)
        .join(Reading, Reading.timepoint_id == Timepoint.id)
        .where(Timepoint.subject_id.in_(subject_ids), Reading.accepted)
        .distinct()
    )
    return frozenset((subject_id, code) for subject_id, code in rows)


def checks(session: Session, subject_id: UUID) -> Mapping[str, Sequence[ImageCheck]]:
    """Return what the checks found on a subject's images, by timepoint."""
    rows = session.execute(
        select(Timepoint.code, ImageCheck)
        .join(ImageCheck, ImageCheck.timepoint_id == Timepoint.id)
        .where(Timepoint.subject_id == subject_id)
        .order_by(ImageCheck.id)
    )
    found: dict[str, list[ImageCheck]] = {}
    for code, check in rows:
        found.setdefault(code, []).append(check)
    return found
