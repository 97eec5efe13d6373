"""Searches for studies, series and instances, among the subjects whose images the actor may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, literal, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from casebook.domain.actors import Actor
from casebook.store.dicomweb import has_series, seen, seen_studies
from casebook.store.tables import ImagingStudy, Instance, Series, Subject, Timepoint
from casebook.store.visibility import opened_images


class Field(StrEnum):
    """What can be searched for."""

    STUDY_UID = "study-uid"
    SERIES_UID = "series-uid"
    SOP_UID = "sop-uid"
    SOP_CLASS_UID = "sop-class-uid"
    PATIENT = "patient"
    STUDY_DATE = "study-date"
    STUDY_TIME = "study-time"
    ACCESSION_NUMBER = "accession-number"
    MODALITY = "modality"
    SERIES_NUMBER = "series-number"
    SERIES_DESCRIPTION = "series-description"
    INSTANCE_NUMBER = "instance-number"
    N_FRAMES = "n-frames"
    N_ROWS = "n-rows"
    N_COLUMNS = "n-columns"
    BITS_ALLOCATED = "bits-allocated"
    EMPTY = "empty"
    """An attribute that the archive keeps empty."""


class Level(StrEnum):
    """What one result of a search is."""

    STUDY = "study"
    SERIES = "series"
    INSTANCE = "instance"


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field has one of these values."""

    field: Field
    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Like:
    """The field fits an SQL LIKE pattern with backslash as its escape."""

    field: Field
    pattern: str


@dataclass(frozen=True, slots=True)
class Days:
    """The study date lies between two days, both included; None is open."""

    first: date | None
    last: date | None


Condition = OneOf | Like | Days


@dataclass(frozen=True, slots=True)
class StudyFound:
    """A study as a search shows it; `patient` is what the actor may call the subject."""

    study_uid: str
    patient: str
    study_on: date | None
    study_time: str | None
    accession_number: str | None
    modalities: tuple[str, ...]
    n_series: int
    n_instances: int


@dataclass(frozen=True, slots=True)
class SeriesFound:
    """A series as a search shows it."""

    study: StudyFound
    series_uid: str
    modality: str
    series_number: int | None
    label: str | None
    n_instances: int


@dataclass(frozen=True, slots=True)
class InstanceFound:
    """An instance as a search shows it."""

    series: SeriesFound
    sop_uid: str
    sop_class_uid: str
    instance_number: int | None
    n_frames: int
    n_rows: int | None
    n_columns: int | None
    bits_allocated: int | None


_NUMBERS: Final[Mapping[Field, InstrumentedAttribute[Any]]] = {
    Field.SERIES_NUMBER: Series.series_number,
    Field.INSTANCE_NUMBER: Instance.instance_number,
    Field.N_FRAMES: Instance.n_frames,
    Field.N_ROWS: Instance.n_rows,
    Field.N_COLUMNS: Instance.n_columns,
    Field.BITS_ALLOCATED: Instance.bits_allocated,
}
_TEXTS: Final[Mapping[Field, InstrumentedAttribute[Any]]] = {
    Field.STUDY_UID: ImagingStudy.study_uid,
    Field.SERIES_UID: Series.series_uid,
    Field.SOP_UID: Instance.sop_uid,
    Field.SOP_CLASS_UID: Instance.sop_class_uid,
    Field.STUDY_TIME: ImagingStudy.study_time,
    Field.ACCESSION_NUMBER: ImagingStudy.accession_number,
    Field.MODALITY: Series.modality,
    Field.SERIES_DESCRIPTION: Series.label_en,
}
_INSTANCE_FIELDS: Final = frozenset(_NUMBERS) - {Field.SERIES_NUMBER} | {Field.SOP_UID, Field.SOP_CLASS_UID}
_SERIES_FIELDS: Final = frozenset({Field.SERIES_UID, Field.MODALITY, Field.SERIES_NUMBER, Field.SERIES_DESCRIPTION})


def _patient(actor: Actor) -> InstrumentedAttribute[str]:
    return Subject.reading_code if actor.is_blinded else Subject.number


def _condition(actor: Actor, condition: Condition, level: Level) -> ColumnElement[bool]:
    """The condition at the level of the results: a study has the modalities of its series."""
    if isinstance(condition, Days):
        return (ImagingStudy.study_on >= condition.first if condition.first else true()) & (
            ImagingStudy.study_on <= condition.last if condition.last else true()
        )
    if condition.field is Field.EMPTY:
        return false() if isinstance(condition, OneOf) else literal("").like(condition.pattern, escape="\\")
    said = _comparison(actor, condition)
    if level is Level.STUDY and condition.field in _SERIES_FIELDS:
        return has_series(actor, said)
    if level is Level.STUDY and condition.field in _INSTANCE_FIELDS:
        return has_series(actor, select(1).where(Instance.series_id == Series.id, said).exists())
    if level is Level.SERIES and condition.field in _INSTANCE_FIELDS:
        return select(1).where(Instance.series_id == Series.id, said).exists()
    return said


def _comparison(actor: Actor, condition: OneOf | Like) -> ColumnElement[bool]:
    if condition.field is Field.PATIENT:
        patient = _patient(actor)
        if isinstance(condition, Like):
            return patient.ilike(condition.pattern, escape="\\")
        return func.lower(patient).in_([str(value).lower() for value in condition.values])
    if isinstance(condition, Like):
        return _TEXTS[condition.field].like(condition.pattern, escape="\\")
    column = _NUMBERS.get(condition.field) or _TEXTS[condition.field]
    return column.in_(condition.values)


def is_number(field: Field) -> bool:
    """Whether the field is matched by whole numbers."""
    return field in _NUMBERS


def search_studies(
    session: Session, actor: Actor, conditions: Sequence[Condition], *, limit: int, offset: int
) -> list[StudyFound]:
    """The studies that meet all conditions, in the order in which they came to be."""
    query = seen_studies(select(ImagingStudy.id), actor).where(
        *(_condition(actor, condition, Level.STUDY) for condition in conditions)
    )
    ids = session.scalars(query.order_by(ImagingStudy.id).limit(limit).offset(offset)).all()
    found = _studies(session, actor, ids)
    return [found[study_id] for study_id in ids]


def search_series(
    session: Session, actor: Actor, conditions: Sequence[Condition], *, limit: int, offset: int
) -> list[SeriesFound]:
    """The series that meet all conditions, by study and number."""
    query = seen(select(Series.id).join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id), actor).where(
        *(_condition(actor, condition, Level.SERIES) for condition in conditions)
    )
    order = (ImagingStudy.id, Series.series_number, Series.series_uid)
    ids = session.scalars(query.order_by(*order).limit(limit).offset(offset)).all()
    found = _series(session, actor, ids)
    return [found[series_id] for series_id in ids]


def search_instances(
    session: Session, actor: Actor, conditions: Sequence[Condition], *, limit: int, offset: int
) -> list[InstanceFound]:
    """The instances that meet all conditions, by study, series and number."""
    query = seen(
        select(
            Instance.series_id,
            Instance.sop_uid,
            Instance.sop_class_uid,
            Instance.instance_number,
            Instance.n_frames,
            Instance.n_rows,
            Instance.n_columns,
            Instance.bits_allocated,
        )
        .join(Series, Series.id == Instance.series_id)
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id),
        actor,
    ).where(*(_condition(actor, condition, Level.INSTANCE) for condition in conditions))
    order = (ImagingStudy.id, Series.series_number, Series.series_uid, Instance.instance_number, Instance.sop_uid)
    rows = session.execute(query.order_by(*order).limit(limit).offset(offset)).all()
    series = _series(session, actor, list({row.series_id for row in rows}))
    return [InstanceFound(series[row.series_id], *row[1:]) for row in rows]


def _studies(session: Session, actor: Actor, ids: Sequence[UUID]) -> Mapping[UUID, StudyFound]:
    content = (
        select(
            Series.imaging_study_id.label("id"),
            func.array_agg(func.distinct(Series.modality)).label("modalities"),
            func.count().label("n_series"),
            func.sum(Series.n_instances).label("n_instances"),
        )
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id)
        .join(Timepoint, Timepoint.id == ImagingStudy.timepoint_id)
        .where(Series.imaging_study_id.in_(ids), opened_images(actor))
        .group_by(Series.imaging_study_id)
        .subquery()
    )
    rows = session.execute(
        select(ImagingStudy, _patient(actor).label("patient"), content)
        .join(Timepoint, Timepoint.id == ImagingStudy.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .outerjoin(content, content.c.id == ImagingStudy.id)
        .where(ImagingStudy.id.in_(ids))
    )
    return {
        row.ImagingStudy.id: StudyFound(
            study_uid=row.ImagingStudy.study_uid,
            patient=row.patient,
            study_on=row.ImagingStudy.study_on,
            study_time=row.ImagingStudy.study_time,
            accession_number=row.ImagingStudy.accession_number,
            modalities=tuple(sorted(row.modalities or ())),
            n_series=row.n_series or 0,
            n_instances=int(row.n_instances or 0),
        )
        for row in rows
    }


def _series(session: Session, actor: Actor, ids: Sequence[UUID]) -> Mapping[UUID, SeriesFound]:
    rows = session.execute(
        select(
            Series.id,
            Series.imaging_study_id,
            Series.series_uid,
            Series.modality,
            Series.series_number,
            Series.label_en,
            Series.n_instances,
        ).where(Series.id.in_(ids))
    ).all()
    studies = _studies(session, actor, list({row.imaging_study_id for row in rows}))
    return {row.id: SeriesFound(studies[row.imaging_study_id], *row[2:]) for row in rows}


def examples(session: Session, series_uids: Sequence[str]) -> Mapping[str, bytes]:
    """The DICOM JSON of one instance of each series; for series that a search has found visible."""
    one = select(Instance.dicom_json).where(Instance.series_id == Series.id).order_by(Instance.id).limit(1).lateral()
    rows = session.execute(
        select(Series.series_uid, one.c.dicom_json).join(one, true()).where(Series.series_uid.in_(series_uids))
    )
    return dict(rows.all())


def examples_of_studies(session: Session, actor: Actor, study_uids: Sequence[str]) -> Mapping[str, bytes]:
    """The DICOM JSON of one instance of each study that the actor may see; for studies that a search has found."""
    one = (
        select(Instance.dicom_json)
        .join(Series, Series.id == Instance.series_id)
        .where(Series.imaging_study_id == ImagingStudy.id, opened_images(actor))
        .order_by(Instance.id)
        .limit(1)
        .lateral()
    )
    rows = session.execute(
        select(ImagingStudy.study_uid, one.c.dicom_json)
        .join(Timepoint, Timepoint.id == ImagingStudy.timepoint_id)
        .join(one, true())
        .where(ImagingStudy.study_uid.in_(study_uids))
    )
    return dict(rows.all())
