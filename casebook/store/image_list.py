"""All series of a study with their images, in a few queries; and the stored objects of one series."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.domain.forms.states import EntryState
from casebook.domain.subject_status import FORM as STATUS_CHANGE
from casebook.domain.subject_status import WithdrawnFrom
from casebook.store.tables import FormEntry, ImagingStudy, Instance, Series, SeriesRole, Subject, Timepoint
from casebook.store.visibility import visible


@dataclass(frozen=True, slots=True)
class ListedSeries:
    """A series with whose it is."""

    id: UUID
    subject: str
    timepoint: str
    study_uid: str
    study_on: date | None
    series_uid: str
    series_number: int | None
    modality: str


@dataclass(frozen=True, slots=True)
class ListedImage:
    """An archived object, with the SHA-256 of its bytes."""

    series_id: UUID
    sop_uid: str
    sha256: bytes
    n_bytes: int


@dataclass(frozen=True, slots=True)
class ListedRole:
    """What a series, or a part of it, is for, as a rule proposed or a person confirmed it."""

    series_id: UUID
    role: str
    is_confirmed: bool
    proposal: Mapping[str, Any]


def series_of_study(session: Session, actor: Actor, action: Action, *, study_id: UUID) -> Sequence[ListedSeries]:
    """Return the series with images of every subject the actor may do `action` on."""
    rows = session.execute(
        select(
            Series.id,
            Subject.number,
            Timepoint.code,
            ImagingStudy.study_uid,
            ImagingStudy.study_on,
            Series.series_uid,
            Series.series_number,
            Series.modality,
        )
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id)
        .join(Timepoint, Timepoint.id == ImagingStudy.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .where(Subject.study_id == study_id, visible(actor, action))
    )
    return [ListedSeries(*row) for row in rows]


def images_of(session: Session, series_ids: Collection[UUID]) -> Mapping[UUID, list[ListedImage]]:
    """Return the images of series, in order of number and UID."""
    rows = session.execute(
        select(Instance.series_id, Instance.sop_uid, Instance.archived_sha256, Instance.n_bytes)
        .where(Instance.series_id.in_(series_ids))
        .order_by(Instance.instance_number, Instance.sop_uid)
    )
    found: dict[UUID, list[ListedImage]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(ListedImage(*row))
    return found


def roles_of(session: Session, series_ids: Collection[UUID]) -> Mapping[UUID, list[ListedRole]]:
    """Return the roles of series, the surest first."""
    rows = session.execute(
        select(SeriesRole.series_id, SeriesRole.role, SeriesRole.confirmed_at.is_not(None), SeriesRole.proposal)
        .where(SeriesRole.series_id.in_(series_ids))
        .order_by(SeriesRole.confidence.desc(), SeriesRole.role, SeriesRole.id)
    )
    found: dict[UUID, list[ListedRole]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(ListedRole(*row))
    return found


def visible_numbers(session: Session, actor: Actor, action: Action, *, study_id: UUID) -> frozenset[str]:
    """Return the numbers of the subjects the actor may do `action` on."""
    return frozenset(
        session.scalars(select(Subject.number).where(Subject.study_id == study_id, visible(actor, action)))
    )


def withdrawn_numbers(session: Session, *, study_id: UUID) -> frozenset[str]:
    """Return the numbers of the subjects that took back the use of all their data."""
    query = (
        select(Subject.number)
        .join(FormEntry, FormEntry.subject_id == Subject.id)
        .where(
            Subject.study_id == study_id,
            FormEntry.form_code == STATUS_CHANGE,
            FormEntry.state != EntryState.STARTED,
            FormEntry.data["withdrawn_from"].astext == WithdrawnFrom.ALL_DATA,
        )
    )
    return frozenset(session.scalars(query))


def stored_images(session: Session, series_uid: str) -> Sequence[Instance]:
    """Return the whole rows of a series' images."""
    query = select(Instance).join(Series, Series.id == Instance.series_id).where(Series.series_uid == series_uid)
    return session.scalars(query.order_by(Instance.instance_number, Instance.sop_uid)).all()
