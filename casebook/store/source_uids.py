"""Archived objects by the UIDs their senders know them under."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.store.tables import ImagingStudy, Instance, Series, SourceUid, Subject, Timepoint
from casebook.store.visibility import visible


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """An archived object's file, with the UID its sender gave the object."""

    original_uid: str
    sop_class_uid: str
    file_key: str
    n_bytes: int
    sha256: bytes


def archived_files(
    session: Session, actor: Actor, action: Action, original_uids: Sequence[str]
) -> Sequence[ArchivedFile]:
    """Return the files of objects that belong to subjects on whom the actor may do `action`."""
    rows = session.execute(
        select(
            SourceUid.original_uid,
            Instance.sop_class_uid,
            Instance.file_key,
            Instance.n_bytes,
            Instance.archived_sha256,
        )
        .join(Instance, Instance.sop_uid == SourceUid.uid)
        .join(Series, Series.id == Instance.series_id)
        .join(ImagingStudy, ImagingStudy.id == Series.imaging_study_id)
        .join(Timepoint, Timepoint.id == ImagingStudy.timepoint_id)
        .join(Subject, Subject.id == Timepoint.subject_id)
        .where(SourceUid.level == "instance", SourceUid.original_uid.in_(original_uids), visible(actor, action))
    )
    return [ArchivedFile(*row) for row in rows]
