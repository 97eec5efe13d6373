"""What becomes of a prepared file when it is compared with what the registry holds."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.dicom.deidentification import SourceIdentity
from casebook.dicom.preparation import Prepared, SetAside
from casebook.domain.patient_identity import PatientIdentity
from casebook.store import arrivals, images
from casebook.store.arrivals import ArchivedImage, Known


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
    """A file with its outcome, the series of one that is new, and the reason where it goes to the quarantine."""

    item: Prepared | SetAside
    outcome: ReceiptOutcome
    code: str | None = None
    message: str | None = None
    series_id: UUID | None = None

    @property
    def is_new(self) -> bool:
        """The file becomes an archived instance."""
        return self.outcome is ReceiptOutcome.ARCHIVED


@dataclass(frozen=True, slots=True)
class _Place:
    """A series that is there or came about, or why its images are not taken."""

    series_id: UUID | None = None
    hold: HoldCode | None = None


@dataclass(slots=True)
class _Court:
    """What the files of a batch are judged by; grows with each that is taken."""

    session: Session
    timepoint_id: UUID
    known: Known
    reference: PatientIdentity | None
    places: dict[tuple[str, str], _Place] = field(default_factory=dict)


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
    known = arrivals.known_of(
        session,
        subject_id=subject_id,
        timepoint_id=timepoint_id,
        sop_uids=[item.facts.sop_uid for item in prepared],
        series_uids={item.facts.series_uid for item in prepared},
        digests=[item.sha256 for item in items],
    )
    reference = _reference_identity(session, subject_id, known.identity, prepared) if compare_identities else None
    court = _Court(session, timepoint_id, known, reference)
    judged = []
    for item in items:
        verdict = _judge_one(court, item)
        if isinstance(item, Prepared) and verdict.is_new:
            known.images[item.facts.sop_uid] = ArchivedImage(timepoint_id, item.sha256, item.archived.sha256)
        judged.append(verdict)
    return judged


def _judge_one(court: _Court, item: Prepared | SetAside) -> Judged:
    if isinstance(item, SetAside):
        if item.sha256 in court.known.released:
            return Judged(item, ReceiptOutcome.DUPLICATE)
        return Judged(item, ReceiptOutcome.QUARANTINED, item.code, item.message)
    there = court.known.images.get(item.facts.sop_uid)
    is_same_file = there is not None and (there.timepoint_id, there.received_sha256) == (
        court.timepoint_id,
        item.sha256,
    )
    if is_same_file:
        return Judged(item, ReceiptOutcome.DUPLICATE)
    place = _place(court, item, there)
    if place.hold is not None:
        return Judged(item, ReceiptOutcome.QUARANTINED, place.hold, HOLD_MESSAGES[place.hold])
    if there is not None:
        return Judged(item, ReceiptOutcome.DUPLICATE)
    return Judged(item, ReceiptOutcome.ARCHIVED, series_id=place.series_id)


def _place(court: _Court, item: Prepared, there: ArchivedImage | None) -> _Place:
    """Return where an image belongs; the same one sent by another road differs in its file meta alone."""
    if there is not None and there.timepoint_id != court.timepoint_id:
        return _Place(hold=HoldCode.OTHER_PLACE)
    if there is not None and there.archived_sha256 != item.archived.sha256:
        return _Place(hold=HoldCode.OTHER_BYTES)
    if court.reference is not None and not court.reference.is_compatible_with(patient_of(item.identity)):
        return _Place(hold=HoldCode.OTHER_PATIENT)
    key = (item.facts.study_uid, item.facts.series_uid)
    if key not in court.places:
        court.places[key] = _series_of(court, item)
    return court.places[key]


def _series_of(court: _Court, item: Prepared) -> _Place:
    """Let study and series come about, and tell whether they belong elsewhere; once for each series of a batch."""
    facts = item.facts
    there = court.known.series.get(facts.series_uid)
    if there is not None and (there.study_uid, there.timepoint_id) == (facts.study_uid, court.timepoint_id):
        return _Place(there.series_id)
    study_id, owner_timepoint = images.ensure_study(
        court.session,
        timepoint_id=court.timepoint_id,
        study_uid=facts.study_uid,
        study_on=_day(item.study_date),
        study_time=item.study_time or None,
        accession_number=item.accession_number or None,
    )
    if owner_timepoint != court.timepoint_id:
        return _Place(hold=HoldCode.OTHER_PLACE)
    series_id, owner_study = images.ensure_series(
        court.session,
        imaging_study_id=study_id,
        series_uid=facts.series_uid,
        values={
            "modality": facts.modality,
            "series_number": facts.series_number,
            "frame_of_reference_uid": facts.frame_of_reference_uid,
        },
    )
    return _Place(series_id) if owner_study == study_id else _Place(hold=HoldCode.TWO_STUDIES)


def patient_of(identity: SourceIdentity) -> PatientIdentity:
    """Return the patient's part of what a header says."""
    return PatientIdentity(identity.patient_id, identity.name_variants, identity.birth_date, identity.sex)


def _reference_identity(
    session: Session, subject_id: UUID, seen: dict[str, Any] | None, prepared: Sequence[Prepared]
) -> PatientIdentity | None:
    """Return whom the subject's images name: as seen first, or as most files of a first batch say."""
    if seen is not None:
        return PatientIdentity.from_json(seen)
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
