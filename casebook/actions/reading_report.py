"""Keeps a signed read as a DICOM structured report in the archive, and hands it out."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.studies import definition_of
from casebook.dicom.deidentification.keyed import keyed_uid
from casebook.dicom.read_report import (
    Point,
    ReadReport,
    ReportedAdc,
    ReportedImage,
    ReportedKeyImage,
    ReportedLesion,
    ReportedVerdict,
)
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound, Unavailable
from casebook.domain.imaging import Judged, Visibility
from casebook.store import lesions, reading_reports, reads, registry
from casebook.store.files import FileStore
from casebook.store.reading_reports import ArchivedImage
from casebook.store.tables import Finding, KeyImage, Lesion, ReaderLesion, Reading, ReadingReport

OBSERVERS: Final[Mapping[str | None, str]] = {
    None: "Site radiologist",
    "first": "Central reader, first",
    "second": "Central reader, second",
    "adjudicator": "Adjudicator",
}
"""How a report names who read: by their place in the study."""
REPORT_FOLDER: Final = "reports"
NO_REPORT: Final = "There is no report of such a read."


def store_report(
    session: Session, archive: FileStore, reading: Reading, *, key: bytes, now: datetime
) -> ReadingReport | None:
    """Write the report of a signed read into the archive; None without images to refer to, or with nothing to say."""
    from casebook.dicom.structured_report import report_bytes  # noqa: PLC0415 - the library loads slowly

    images = reading_reports.images_of(session, reading.timepoint_id)
    if not images:
        return None
    report = _gathered(session, reading, _Known(images), key)
    if not report.lesions and not report.key_images:
        return None
    content = report_bytes(report)
    digest = hashlib.sha256(content).digest()
    file_key = f"{REPORT_FOLDER}/{digest.hex()}"
    with tempfile.NamedTemporaryFile(dir=archive.staging_dir(), delete=False) as staged:
        staged.write(content)
    archive.put_all([(file_key, Path(staged.name))])
    row = ReadingReport(reading_id=reading.id, sop_uid=report.sop_uid, file_key=file_key, sha256=digest, made_at=now)
    session.add(row)
    session.flush()
    return row


@dataclass(frozen=True, slots=True)
class ReadOfCase:
    """A signed read as those see it who oversee the reading."""

    reading: Reading
    observer: str
    has_report: bool


def signed_reads(session: Session, actor: Actor, *, subject_id: UUID, timepoint_code: str) -> list[ReadOfCase]:
    """Return the signed reads of a timepoint, oldest first. Raises NotFound, for others' subjects too."""
    subject = registry.subject(session, actor, Action.SEE_AGREEMENT, subject_id=subject_id)
    timepoint = registry.timepoint(session, subject.id, timepoint_code)
    return [
        ReadOfCase(reading, OBSERVERS[place], has_report)
        for reading, place, has_report in reading_reports.signed_reads(session, timepoint.id)
    ]


def read_report(session: Session, actor: Actor, archive: FileStore, *, reading_id: UUID) -> bytes:
    """Return the archived report of a read. Raises NotFound for others' too, Unavailable where it is damaged."""
    row = reading_reports.seen(session, actor, Action.SEE_AGREEMENT, reading_id)
    if row is None:
        raise NotFound(NO_REPORT, field="report")
    content = archive.read(row.file_key)
    if hashlib.sha256(content).digest() != row.sha256:
        raise Unavailable("The archived report is damaged; put the file back from a backup.")
    return content


@dataclass(frozen=True, slots=True)
class _Known:
    """The images of the timepoint that was read."""

    images: Sequence[ArchivedImage]

    def image(self, sop_uid: str | None, frame: int | None) -> ReportedImage | None:
        """The named image, if the timepoint has it."""
        found = next((one for one in self.images if one.sop_uid == sop_uid), None)
        return None if found is None else _reported(found, frame or 1)

    def frame_uid(self, series_uid: str | None) -> str | None:
        """The frame of reference of a series of the timepoint."""
        return next((one.frame_of_reference_uid for one in self.images if one.series_uid == series_uid), None)


def _reported(image: ArchivedImage, frame: int) -> ReportedImage:
    return ReportedImage(
        study_uid=image.study_uid,
        series_uid=image.series_uid,
        sop_class_uid=image.sop_class_uid,
        sop_uid=image.sop_uid,
        frame=frame,
        n_frames=image.n_frames,
    )


def _gathered(session: Session, reading: Reading, known: _Known, key: bytes) -> ReadReport:
    subject = registry.subject_of_timepoint(session, reading.timepoint_id)
    timepoint = reading_reports.timepoint_code(session, reading)
    order = [planned.code for planned in definition_of(session, subject.study_version_id).timepoints]
    parts = reads.parts(session, reading.id)
    listed = {row.id: row for row in lesions.of_subject(session, subject.id)}
    assert reading.signed_at is not None
    return ReadReport(
        sop_uid=keyed_uid(key, f"report of {reading.id}"),
        series_uid=keyed_uid(key, f"series of the report of {reading.id}"),
        subject=subject.number,
        study_on=known.images[0].study_on,
        timepoint=timepoint,
        timepoint_order=order.index(timepoint) + 1,
        observer=OBSERVERS[reading_reports.place_of(session, reading)],
        edition=reading.edition,
        signed_at=reading.signed_at,
        lesions=(*_listed(parts.findings, listed, known, key), *_new(parts.new_lesions, reading, known, key)),
        key_images=tuple(_key_images(parts.key_images, listed, known, key)),
        images=tuple(_reported(image, 1) for image in known.images),
    )


def _listed(
    findings: Sequence[Finding], listed: Mapping[UUID, Lesion], known: _Known, key: bytes
) -> Iterator[ReportedLesion]:
    """The lesions of the list by label, their verdicts in the order of the sequences."""
    order = list(Judged)
    for lesion in sorted(listed.values(), key=lambda row: (len(row.label), row.label)):
        own = sorted(
            (row for row in findings if row.lesion_id == lesion.id), key=lambda row: order.index(Judged(row.sequence))
        )
        if own:
            verdicts = tuple(_verdict(row, known) for row in own)
            yield ReportedLesion(lesion.label, keyed_uid(key, f"lesion {lesion.id}"), lesion.segment, verdicts)


def _verdict(row: Finding, known: _Known) -> ReportedVerdict:
    return ReportedVerdict(
        judged=Judged(row.sequence),
        visibility=Visibility(row.visibility),
        not_evaluable_reason=row.not_evaluable_reason,
        diameter_mm=row.diameter_mm,
        confidence=row.confidence,
        signal=row.signal,
        adc=_adc(row.adc, known),
        comment=row.comment,
        **_place(row.judged_on or {}, known),
    )


def _place(judged_on: Mapping[str, Any], known: _Known) -> dict[str, Any]:
    ends = [_point(end) for end in judged_on.get("measurement_mm") or ()]
    position = judged_on.get("position_mm")
    return {
        "ends_mm": (ends[0], ends[1]) if ends else None,
        "position_mm": _point(position) if position else None,
        "image": known.image(judged_on.get("sop_instance_uid"), judged_on.get("frame")),
        "frame_of_reference_uid": known.frame_uid(judged_on.get("series_uid")),
    }


def _point(numbers: Sequence[float]) -> Point:
    x, y, z = numbers
    return float(x), float(y), float(z)


def _adc(said: Mapping[str, Any] | None, known: _Known) -> ReportedAdc | None:
    image = known.image(said["sop_instance_uid"], said["frame"]) if said else None
    if said is None or image is None:
        return None
    return ReportedAdc(
        image=image,
        frame_of_reference_uid=known.frame_uid(image.series_uid),
        outline_mm=tuple(_point(corner) for corner in said["outline_mm"]),
        mean=float(said["mean"]),
        sd=float(said["sd"]),
        area_mm2=float(said["area_mm2"]),
    )


def _new(rows: Sequence[ReaderLesion], reading: Reading, known: _Known, key: bytes) -> Iterator[ReportedLesion]:
    """The lesions that the reader added; one keeps its UID through the editions of the read."""
    for row in sorted(rows, key=lambda row: (len(row.label), row.label)):
        verdict = ReportedVerdict(
            judged=Judged(row.sequence),
            visibility=Visibility.VISIBLE,
            diameter_mm=row.diameter_mm,
            confidence=row.confidence,
            comment=row.comment,
            **_place(row.judged_on, known),
        )
        name = f"new lesion {row.label} of {reading.account_id}, {reading.round}, {reading.timepoint_id}"
        yield ReportedLesion(row.label, keyed_uid(key, name), row.segment, (verdict,), is_new=True)


def _key_images(
    rows: Sequence[KeyImage], listed: Mapping[UUID, Lesion], known: _Known, key: bytes
) -> Iterator[ReportedKeyImage]:
    for row in rows:
        image = known.image(row.sop_instance_uid, row.frame)
        if image is not None:
            lesion = listed.get(row.lesion_id) if row.lesion_id else None
            uid = keyed_uid(key, f"key image {row.id}")
            yield ReportedKeyImage(uid, image, lesion.label if lesion else None, row.note)
