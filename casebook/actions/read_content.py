"""What a signature under a read is bound to."""

import hashlib
import json
from typing import Any

from sqlalchemy.orm import Session

from casebook.actions.signatures import BrokenSignature
from casebook.store import reads
from casebook.store.tables import Finding, KeyImage, ReaderLesion, Reading, SeriesCorrection


def content_sha256(session: Session, reading: Reading) -> str:
    """Return the digest over everything a read says, in a canonical order and spelling."""
    parts = reads.parts(session, reading.id)
    content = {
        "findings": _sorted(_finding(row) for row in parts.findings),
        "new_lesions": _sorted(_new_lesion(row) for row in parts.new_lesions),
        "key_images": _sorted(_key_image(row) for row in parts.key_images),
        "corrections": _sorted(_correction(row) for row in parts.corrections),
    }
    spelled = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(spelled.encode()).hexdigest()


def broken_reads(session: Session) -> tuple[BrokenSignature, ...]:
    """Return every signed read that says something else than what was signed."""
    return tuple(
        BrokenSignature(
            subject=signed.subject_number,
            form=f"{signed.reading.kind} read",
            timepoint=signed.timepoint,
            ordinal=signed.reading.edition,
            signer_name=signed.signer_name,
            signed_at=signed.reading.signed_at,
            what="the read says something else than what was signed",
        )
        for signed in reads.signed(session)
        if content_sha256(session, signed.reading) != signed.reading.content_sha256
    )


def _sorted(rows: Any) -> list[Any]:
    return sorted(rows, key=lambda row: [str(row[0]), str(row[1])])


def _finding(row: Finding) -> list[Any]:
    return [
        str(row.lesion_id),
        row.sequence,
        row.visibility,
        str(row.diameter_mm),
        row.not_evaluable_reason,
        row.confidence,
        row.signal,
        row.adc,
        row.judged_on,
        row.comment,
    ]


def _new_lesion(row: ReaderLesion) -> list[Any]:
    return [row.label, row.segment, str(row.diameter_mm), row.sequence, row.confidence, row.judged_on, row.comment]


def _key_image(row: KeyImage) -> list[Any]:
    lesion = str(row.lesion_id) if row.lesion_id else None
    return [row.sop_instance_uid, row.frame, row.series_uid, lesion, row.window_center, row.window_width, row.note]


def _correction(row: SeriesCorrection) -> list[Any]:
    return [row.from_series_uid, row.to_series_uid, row.pairs, row.matrix, row.residual_mm]
