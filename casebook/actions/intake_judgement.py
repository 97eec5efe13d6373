"""What becomes of a prepared file when it is compared with what the registry holds."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.dicom.deidentification import SourceIdentity
from casebook.dicom.preparation import Prepared, SetAside
from casebook.domain.patient_identity import PatientIdentity
from casebook.store import images
from casebook.store.images import ArchivedImage


class ReceiptOutcome(StrEnum):
    """What became of a received file."""

    ARCHIVED = "archived"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


class HoldCode(StrEnum):
    """Reasons found only when a file is compared with what the registry holds."""

    OTHER_PATIENT = "other-patient"
    OTHER_BYTES = "duplicate-with-other-bytes"
    OTHER_PLACE = "belongs-to-other-timepoint"
    TWO_STUDIES = "series-in-two-studies"


HOLD_MESSAGES: Final[Mapping[HoldCode, str]] = {
    HoldCode.OTHER_PATIENT: "The header names another patient than this subject's earlier images; "
    "check whose images these are.",
    HoldCode.OTHER_BYTES: "An image with this UID is archived with other content; nothing was overwritten.",
    HoldCode.OTHER_PLACE: "Images of this study are archived under another subject or timepoint; "
    "check the subject and the timepoint of this delivery.",
    HoldCode.TWO_STUDIES: "Images of this series are archived under another study; export the study again.",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A file with its outcome, and the reason where it goes to the quarantine."""

    item: Prepared | SetAside
    outcome: ReceiptOutcome
    code: str | None = None
    message: str | None = None

    @property
    def is_new(self) -> bool:
        """The file becomes an archived instance."""
        return self.outcome is ReceiptOutcome.ARCHIVED


def judge(
    session: Session,
    *,
    subject_id: UUID,
    timepoint_id: UUID,
    items: Sequence[Prepared | SetAside],
    compare_identities: bool = True,
) -> list[Judged]:
    """Judge a batch in order; studies and series that are new come about here.

    A file that a person released before is there already, whatever speaks against it when it is sent again.
    """
    prepared = [item for item in items if isinstance(item, Prepared)]
    archived = dict(images.archived_images(session, [item.facts.sop_uid for item in prepared]))
    released = images.released_digests(session, timepoint_id, [item.sha256 for item in items])
    reference = _reference_identity(session, subject_id, prepared) if compare_identities else None
    places: dict[tuple[str, str], HoldCode | None] = {}
    judged = []
    for item in items:
        if isinstance(item, SetAside) and item.sha256 in released:
            judged.append(Judged(item, ReceiptOutcome.DUPLICATE))
            continue
        verdict = _judge_one(session, timepoint_id, item, archived, reference, places)
        if isinstance(item, Prepared) and verdict.is_new:
            archived[item.facts.sop_uid] = ArchivedImage(timepoint_id, item.sha256, item.archived.sha256)
        judged.append(verdict)
    return judged


def _judge_one(
    session: Session,
    timepoint_id: UUID,
    item: Prepared | SetAside,
    archived: Mapping[str, ArchivedImage],
    reference: PatientIdentity | None,
    places: dict[tuple[str, str], HoldCode | None],
) -> Judged:
    if isinstance(item, SetAside):
        return Judged(item, ReceiptOutcome.QUARANTINED, item.code, item.message)
    there = archived.get(item.facts.sop_uid)
    is_same_file = there is not None and (there.timepoint_id, there.received_sha256) == (timepoint_id, item.sha256)
    if is_same_file:
        return Judged(item, ReceiptOutcome.DUPLICATE)
    hold = _reason_to_hold(session, timepoint_id, item, there, reference, places)
    if hold is not None:
        return Judged(item, ReceiptOutcome.QUARANTINED, hold, HOLD_MESSAGES[hold])
    return Judged(item, ReceiptOutcome.ARCHIVED if there is None else ReceiptOutcome.DUPLICATE)


def _reason_to_hold(
    session: Session,
    timepoint_id: UUID,
    item: Prepared,
    there: ArchivedImage | None,
    reference: PatientIdentity | None,
    places: dict[tuple[str, str], HoldCode | None],
) -> HoldCode | None:
    """Return what speaks against an image; the same one sent by another road differs in its file meta alone."""
    if there is not None and there.timepoint_id != timepoint_id:
        return HoldCode.OTHER_PLACE
    if there is not None and there.archived_sha256 != item.archived.sha256:
        return HoldCode.OTHER_BYTES
    if reference is not None and not reference.is_compatible_with(patient_of(item.identity)):
        return HoldCode.OTHER_PATIENT
    place = (item.facts.study_uid, item.facts.series_uid)
    if place not in places:
        places[place] = _reason_of_place(session, timepoint_id, item)
    return places[place]


def _reason_of_place(session: Session, timepoint_id: UUID, item: Prepared) -> HoldCode | None:
    """Let study and series come about, and tell whether they belong elsewhere; once for each series of a batch."""
    facts = item.facts
    if images.place_of_series(session, facts.series_uid) == (facts.study_uid, timepoint_id):
        return None
    study_id, owner_timepoint = images.ensure_study(
        session,
        timepoint_id=timepoint_id,
        study_uid=facts.study_uid,
        study_on=_day(item.study_date),
        study_time=item.study_time or None,
        accession_number=item.accession_number or None,
    )
    if owner_timepoint != timepoint_id:
        return HoldCode.OTHER_PLACE
    owner_study = images.ensure_series(
        session,
        imaging_study_id=study_id,
        series_uid=facts.series_uid,
        values={
            "modality": facts.modality,
            "series_number": facts.series_number,
            "frame_of_reference_uid": facts.frame_of_reference_uid,
        },
    )
    return None if owner_study == study_id else HoldCode.TWO_STUDIES


def patient_of(identity: SourceIdentity) -> PatientIdentity:
    """Return the patient's part of what a header says."""
    return PatientIdentity(identity.patient_id, identity.name_variants, identity.birth_date, identity.sex)


def _reference_identity(session: Session, subject_id: UUID, prepared: Sequence[Prepared]) -> PatientIdentity | None:
    """Return whom the subject's images name: as seen first, or as most files of a first batch say."""
    seen = images.identities(session, subject_id)
    if seen:
        return PatientIdentity.from_json(seen[0].identity)
    patients = (patient_of(item.identity) for item in prepared)
    common = Counter(patient for patient in patients if not patient.is_empty).most_common(1)
    if not common:
        return None
    patient = common[0][0]
    plain = patient.to_json()
    digest = hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()).digest()
    images.note_identity(session, subject_id, digest=digest, identity=plain)
    return patient


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a DICOM DA has no zone
    except ValueError:
        return None
