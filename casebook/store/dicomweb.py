"""Where archived objects and their metadata lie, for DICOMweb; what the actor may not see does not exist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, bindparam, select, true
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.store.tables import ImagingStudy, Instance, Series, SeriesMetadata, Subject, Timepoint
from casebook.store.visibility import opened_images, visible

N_STATEMENTS: Final = 1024
"""How many actors' statements are kept."""


@dataclass(frozen=True, slots=True)
class StoredInstance:
    """Where an archived object lies, and under which names it is shown; `pixel_key` tells its pixels from others."""

    study_uid: str
    series_uid: str
    sop_uid: str
    transfer_syntax_uid: str
    file_key: str
    n_bytes: int
    archived_sha256: bytes
    frame_index: bytes
    pixel_key: bytes
    label: str | None
    reading_code: str


@dataclass(frozen=True, slots=True)
class StoredMetadata:
    """A series' packed metadata in the actor's view; None where it was not made, or not since images came."""

    series_uid: str
    packed: bytes | None


_Query = TypeVar("_Query", bound=Select[*tuple[Any, ...]])


def seen(query: _Query, actor: Actor) -> _Query:
    """The query of studies joined to their series, narrowed to what the actor may see."""
    return _of_subjects(query, actor).where(opened_images(actor))


def seen_studies(query: _Query, actor: Actor) -> _Query:
    """The query of studies, narrowed to those of which the actor may see a series."""
    return _of_subjects(query, actor).where(has_series(actor))


def has_series(actor: Actor, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition on studies that one of their series meets all conditions and may be seen."""
    return select(1).where(Series.imaging_study_id == ImagingStudy.id, *conditions, opened_images(actor)).exists()


def _of_subjects(query: _Query, actor: Actor) -> _Query:
    return (
        query.join(Timepoint, Timepoint.id == ImagingStudy.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .where(visible(actor, Action.SEE_IMAGES))
    )


def dicom_json(session: Session, sop_uids: Sequence[str]) -> Mapping[str, bytes]:
    """The DICOM JSON of instances that were found visible."""
    rows = session.execute(select(Instance.sop_uid, Instance.dicom_json).where(Instance.sop_uid.in_(sop_uids)))
    return dict(rows.all())


@lru_cache(maxsize=N_STATEMENTS)
def _stored(actor: Actor, *, with_series: bool, with_sop: bool) -> Select[*tuple[Any, ...]]:
    """The objects below :study_uid, :series_uid and :sop_uid; built once an actor, since building takes its time."""
    query = seen(
        select(
            ImagingStudy.study_uid,
            Series.series_uid,
            Instance.sop_uid,
            Instance.transfer_syntax_uid,
            Instance.file_key,
            Instance.n_bytes,
            Instance.archived_sha256,
            Instance.frame_index,
            Instance.pixel_sha256,
            Series.label_en,
            Subject.reading_code,
        )
        .join(Series, Series.id == Instance.series_id)
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id),
        actor,
    ).where(ImagingStudy.study_uid == bindparam("study_uid"))
    if with_series:
        query = query.where(Series.series_uid == bindparam("series_uid"))
    if with_sop:
        query = query.where(Instance.sop_uid == bindparam("sop_uid"))
    return query.order_by(Series.series_number, Series.series_uid, Instance.instance_number, Instance.sop_uid)


def stored_instances(
    session: Session, actor: Actor, *, study_uid: str, series_uid: str | None = None, sop_uid: str | None = None
) -> list[StoredInstance]:
    """The objects of a study, series or instance, in order. Raises NotFound, for others' images too."""
    query = _stored(actor, with_series=series_uid is not None, with_sop=sop_uid is not None)
    values = {"study_uid": study_uid, "series_uid": series_uid, "sop_uid": sop_uid}
    asked = {name: value for name, value in values.items() if value is not None}
    found = [StoredInstance(*row) for row in session.execute(query, asked)]
    if not found:
        raise NotFound("There are no such images.")
    return found


def representative(session: Session, actor: Actor, *, study_uid: str, series_uid: str | None = None) -> StoredInstance:
    """The middle object of the series, or of the study's largest series. Raises NotFound."""
    largest = session.execute(
        seen(
            select(Series.series_uid, Series.n_instances).join(
                ImagingStudy, ImagingStudy.id == Series.imaging_study_id
            ),
            actor,
        )
        .where(
            ImagingStudy.study_uid == study_uid,
            Series.series_uid == series_uid if series_uid is not None else true(),
            Series.n_frames > 0,
        )
        .order_by(Series.n_frames.desc(), Series.series_uid)
        .limit(1)
    ).one_or_none()
    if largest is None:
        raise NotFound("There are no such images.")
    query = (
        _stored(actor, with_series=True, with_sop=False)
        .where(Instance.n_frames > 0)
        .offset(max(0, (largest.n_instances - 1) // 2))
        .limit(1)
    )
    row = session.execute(query, {"study_uid": study_uid, "series_uid": largest.series_uid}).one_or_none()
    if row is None:
        raise NotFound("There are no such images.")
    return StoredInstance(*row)


def packed_metadata(
    session: Session, actor: Actor, *, study_uid: str, series_uid: str | None = None
) -> list[StoredMetadata]:
    """The packed metadata of the series of a study, or of one series. Raises NotFound."""
    packed = SeriesMetadata.blinded_gz if actor.is_blinded else SeriesMetadata.open_gz
    rows = session.execute(
        seen(
            select(Series.series_uid, Series.n_instances, SeriesMetadata.n_instances, packed)
            .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id)
            .outerjoin(SeriesMetadata, SeriesMetadata.series_id == Series.id),
            actor,
        )
        .where(
            ImagingStudy.study_uid == study_uid,
            Series.series_uid == series_uid if series_uid is not None else true(),
            Series.n_instances > 0,
        )
        .order_by(Series.series_number, Series.series_uid)
    ).all()
    if not rows:
        raise NotFound("There are no such images.")
    return [StoredMetadata(uid, blob if n_packed == n_instances else None) for uid, n_instances, n_packed, blob in rows]
