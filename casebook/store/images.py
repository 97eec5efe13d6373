"""Studies, series and instances: writing them once, and finding what belongs to a timepoint."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, defer

from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.store.tables import (
    ImageCheck,
    ImagingStudy,
    Instance,
    QuarantineItem,
    Series,
    SeriesMetadata,
    SeriesRole,
    SourceIdentityRow,
    SourceUid,
    Subject,
    Submission,
    Timepoint,
)
from casebook.store.visibility import visible


def ensure_timepoint(session: Session, subject_id: UUID, code: str) -> UUID:
    """Return the timepoint's id, making it when it has not come about."""
    session.execute(insert(Timepoint).values(subject_id=subject_id, code=code).on_conflict_do_nothing())
    return session.execute(
        select(Timepoint.id).where(Timepoint.subject_id == subject_id, Timepoint.code == code)
    ).scalar_one()


def ensure_study(
    session: Session,
    *,
    timepoint_id: UUID,
    study_uid: str,
    study_on: date | None,
    study_time: str | None,
    accession_number: str | None,
) -> tuple[UUID, UUID]:
    """Return (study id, the timepoint it belongs to); an existing study keeps its timepoint."""
    session.execute(
        insert(ImagingStudy)
        .values(
            timepoint_id=timepoint_id,
            study_uid=study_uid,
            study_on=study_on,
            study_time=study_time,
            accession_number=accession_number,
        )
        .on_conflict_do_nothing()
    )
    row = session.execute(
        select(ImagingStudy.id, ImagingStudy.timepoint_id).where(ImagingStudy.study_uid == study_uid)
    ).one()
    return row.id, row.timepoint_id


def ensure_series(
    session: Session, *, imaging_study_id: UUID, series_uid: str, values: Mapping[str, Any]
) -> tuple[UUID, UUID]:
    """Return (series id, the study it belongs to); an existing series keeps its own."""
    session.execute(
        insert(Series)
        .values(imaging_study_id=imaging_study_id, series_uid=series_uid, **values)
        .on_conflict_do_nothing()
    )
    row = session.execute(select(Series.id, Series.imaging_study_id).where(Series.series_uid == series_uid)).one()
    return row.id, row.imaging_study_id


def note_identity(session: Session, subject_id: UUID, *, digest: bytes, identity: Mapping[str, Any]) -> None:
    """Keep an identity the images carried, once, in the restricted schema."""
    session.execute(
        insert(SourceIdentityRow)
        .values(subject_id=subject_id, digest=digest, identity=dict(identity))
        .on_conflict_do_nothing()
    )


def identities(session: Session, subject_id: UUID) -> Sequence[SourceIdentityRow]:
    """Return the identities seen for a subject, oldest first."""
    return session.scalars(
        select(SourceIdentityRow)
        .where(SourceIdentityRow.subject_id == subject_id)
        .order_by(SourceIdentityRow.first_seen_at, SourceIdentityRow.id)
    ).all()


def hold(session: Session, *, timepoint_id: UUID, sha256: bytes, values: Mapping[str, Any]) -> UUID:
    """Put a file on the quarantine's list, once; returns its id."""
    session.execute(
        insert(QuarantineItem)
        .values(timepoint_id=timepoint_id, sha256=sha256, **values)
        .on_conflict_do_nothing(index_elements=[QuarantineItem.timepoint_id, QuarantineItem.sha256])
    )
    return session.execute(
        select(QuarantineItem.id).where(QuarantineItem.timepoint_id == timepoint_id, QuarantineItem.sha256 == sha256)
    ).scalar_one()


def series_of_timepoint(session: Session, timepoint_id: UUID) -> Sequence[Series]:
    """Return the series of all studies of a timepoint, in order of study and number."""
    return session.scalars(
        select(Series)
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id)
        .where(ImagingStudy.timepoint_id == timepoint_id)
        .order_by(ImagingStudy.study_on, ImagingStudy.study_uid, Series.series_number, Series.series_uid)
    ).all()


def instances_of_series(session: Session, series_ids: Sequence[UUID]) -> Sequence[Instance]:
    """Return instance rows in order of number, all but their facts."""
    return session.scalars(
        select(Instance)
        .options(defer(Instance.facts))
        .where(Instance.series_id.in_(series_ids))
        .order_by(Instance.series_id, Instance.instance_number, Instance.sop_uid)
    ).all()


@dataclass(frozen=True, slots=True)
class ListedInstance:
    """An instance without what is large."""

    id: int
    sop_uid: str
    n_frames: int


_IN_ORDER: Final = (Instance.instance_number, Instance.sop_uid)
_AT_A_TIME: Final = 200
"""Rows of instances that are held: each has its header as JSON."""


def listed_instances(session: Session, series_id: UUID) -> list[ListedInstance]:
    """Return the instances of a series in order of number."""
    rows = session.execute(
        select(Instance.id, Instance.sop_uid, Instance.n_frames)
        .where(Instance.series_id == series_id)
        .order_by(*_IN_ORDER)
    )
    return [ListedInstance(*row) for row in rows]


def instance_facts(session: Session, series_id: UUID) -> Iterator[dict[str, Any]]:
    """Walk over the facts of a series' instances in order of number."""
    yield from _walk(session, select(Instance.facts).where(Instance.series_id == series_id).order_by(*_IN_ORDER))


def instance_headers(session: Session, series_id: UUID) -> Iterator[bytes]:
    """Walk over the DICOM JSON of a series' instances in order of number."""
    yield from _walk(session, select(Instance.dicom_json).where(Instance.series_id == series_id).order_by(*_IN_ORDER))


def _walk(session: Session, query: Select[Any]) -> Iterator[Any]:
    for (value,) in session.execute(query.execution_options(yield_per=_AT_A_TIME)):
        yield value


def source_texts(session: Session, series_uids: Sequence[str]) -> Mapping[str, dict[str, Any]]:
    """Return the senders' free text of series, from the restricted schema, for classification only."""
    rows = session.execute(select(SourceUid.uid, SourceUid.source_text).where(SourceUid.uid.in_(series_uids)))
    return {uid: text or {} for uid, text in rows}


def roles_of_series(session: Session, series_ids: Sequence[UUID]) -> Sequence[SeriesRole]:
    """Return the roles of the series, best first."""
    return session.scalars(
        select(SeriesRole)
        .where(SeriesRole.series_id.in_(series_ids))
        .order_by(SeriesRole.series_id, SeriesRole.confidence.desc(), SeriesRole.role)
    ).all()


def save_metadata(session: Session, series_id: UUID, *, n_instances: int, open_gz: bytes, blinded_gz: bytes) -> None:
    """Keep a series' serialised metadata in place of what there was."""
    values = {
        "n_instances": n_instances,
        "open_gz": open_gz,
        "blinded_gz": blinded_gz,
        "made_at": func.clock_timestamp(),
    }
    session.execute(
        insert(SeriesMetadata)
        .values(series_id=series_id, **values)
        .on_conflict_do_update(index_elements=[SeriesMetadata.series_id], set_=values)
    )


def series_of_timepoints(session: Session, timepoint_ids: Sequence[UUID]) -> Sequence[tuple[UUID, Series]]:
    """Return (timepoint id, series) for several timepoints, in order of study and number."""
    rows = session.execute(
        select(ImagingStudy.timepoint_id, Series)
        .join(Series, Series.imaging_study_id == ImagingStudy.id)
        .where(ImagingStudy.timepoint_id.in_(timepoint_ids))
        .order_by(ImagingStudy.study_on, ImagingStudy.study_uid, Series.series_number, Series.series_uid)
    )
    return [(timepoint_id, series) for timepoint_id, series in rows]


def roles_by_series(session: Session, timepoint_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[UUID, frozenset[str]]]:
    """Return the roles of every series, by timepoint and series; without what is large in a series' row."""
    rows = session.execute(
        select(ImagingStudy.timepoint_id, Series.id, SeriesRole.role)
        .join(Series, Series.imaging_study_id == ImagingStudy.id)
        .outerjoin(SeriesRole, SeriesRole.series_id == Series.id)
        .where(ImagingStudy.timepoint_id.in_(timepoint_ids))
    )
    found: dict[UUID, dict[UUID, frozenset[str]]] = {}
    for timepoint_id, series_id, role in rows:
        of_timepoint = found.setdefault(timepoint_id, {})
        of_timepoint[series_id] = of_timepoint.get(series_id, frozenset()) | ({role} if role else frozenset())
    return found


def series_of_subject(session: Session, subject_id: UUID) -> Sequence[Series]:
    """Return every series of a subject."""
    return session.scalars(
        select(Series)
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id)
        .join(Timepoint, Timepoint.id == ImagingStudy.timepoint_id)
        .where(Timepoint.subject_id == subject_id)
    ).all()


def instance(session: Session, series_id: UUID, sop_uid: str) -> Instance | None:
    """Return one instance of a series."""
    return session.scalars(
        select(Instance).where(Instance.series_id == series_id, Instance.sop_uid == sop_uid)
    ).one_or_none()


def studies_of_timepoints(session: Session, timepoint_ids: Sequence[UUID]) -> Sequence[ImagingStudy]:
    """Return the studies of several timepoints, oldest first."""
    return session.scalars(
        select(ImagingStudy).where(ImagingStudy.timepoint_id.in_(timepoint_ids)).order_by(ImagingStudy.study_on)
    ).all()


def replace_proposals(session: Session, series_id: UUID, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put proposals in place of earlier ones; equal ones stay as they are, so that the trail stays short."""
    known = {
        (role.role, json.dumps(role.proposal, sort_keys=True)): role for role in roles_of_series(session, [series_id])
    }
    wanted = {(row["role"], json.dumps(row["proposal"], sort_keys=True)): row for row in rows}
    for key in known.keys() - wanted.keys():
        session.delete(known[key])
    session.add_all(SeriesRole(series_id=series_id, **wanted[key]) for key in wanted if key not in known)
    session.flush()


def timepoints_of_other_rules(session: Session, study_id: UUID, *, rule: str) -> Sequence[UUID]:
    """Return the timepoints of the study with a role that other rules proposed and nobody confirmed."""
    return session.scalars(
        select(Timepoint.id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .join(ImagingStudy, ImagingStudy.timepoint_id == Timepoint.id)
        .join(Series, Series.imaging_study_id == ImagingStudy.id)
        .join(SeriesRole, SeriesRole.series_id == Series.id)
        .where(Subject.study_id == study_id, SeriesRole.rule != rule, SeriesRole.confirmed_at.is_(None))
        .distinct()
        .order_by(Timepoint.id)
    ).all()


def checks_of_series(session: Session, series_ids: Sequence[UUID]) -> Sequence[ImageCheck]:
    """Return the findings of the protocol checks on the series."""
    return session.scalars(select(ImageCheck).where(ImageCheck.series_id.in_(series_ids)).order_by(ImageCheck.id)).all()


def checks_of_timepoint(session: Session, timepoint_id: UUID) -> Sequence[ImageCheck]:
    """Return all findings of the protocol checks on a timepoint."""
    return session.scalars(
        select(ImageCheck).where(ImageCheck.timepoint_id == timepoint_id).order_by(ImageCheck.id)
    ).all()


def replace_checks(session: Session, timepoint_id: UUID, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put new findings in place of the earlier ones."""
    session.execute(delete(ImageCheck).where(ImageCheck.timepoint_id == timepoint_id))
    session.add_all(ImageCheck(timepoint_id=timepoint_id, **row) for row in rows)
    session.flush()


def seen_series(session: Session, actor: Actor, action: Action, *, series_id: UUID) -> tuple[Series, UUID]:
    """Return a series of a subject the actor may do `action` on, and its timepoint. Raises NotFound."""
    row = session.execute(
        select(Series, Timepoint.id)
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id)
        .join(Timepoint, Timepoint.id == ImagingStudy.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .where(Series.id == series_id, visible(actor, action))
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such series.", field="series")
    return row[0], row[1]


def undescribed_timepoints(session: Session) -> Sequence[UUID]:
    """Return the timepoints with series that changed since they were described, and with nobody delivering."""
    delivering = select(Submission.timepoint_id).where(
        Submission.state == "receiving", Submission.created_at > func.now() - text("interval '1 hour'")
    )
    return session.scalars(
        select(ImagingStudy.timepoint_id)
        .join(Series, Series.imaging_study_id == ImagingStudy.id)
        .where(Series.described_at.is_(None), Series.n_instances > 0, ImagingStudy.timepoint_id.not_in(delivering))
        .distinct()
    ).all()


def first_imaged_on(session: Session, timepoint_id: UUID) -> Mapping[str, date]:
    """Return the first (archive) study date of each modality of a timepoint."""
    rows = session.execute(
        select(Series.modality, func.min(ImagingStudy.study_on))
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id)
        .where(ImagingStudy.timepoint_id == timepoint_id, ImagingStudy.study_on.is_not(None))
        .group_by(Series.modality)
    )
    return {modality: day for modality, day in rows if day is not None}


def n_instances(session: Session) -> int:
    """Return how many instances are archived."""
    return session.execute(select(func.count()).select_from(Instance)).scalar_one()


def archived_files(session: Session) -> Iterator[tuple[str, bytes]]:
    """Walk over the files of the archive with their SHA-256, a thousand rows at a time."""
    rows = session.execute(
        select(Instance.file_key, Instance.archived_sha256).order_by(Instance.id).execution_options(yield_per=1000)
    )
    for row in rows:
        yield row.file_key, row.archived_sha256
