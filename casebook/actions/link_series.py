"""How breathing moved each series in its frame of reference: gather, measure outside any transaction, store.

What was measured from the same images by the same version is not measured again.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.breath_sources import Breath, FrameBreaths, SeriesPart, frame_breaths, part_of
from casebook.actions.frame_sources import FrameSource
from casebook.actions.prepared_volumes import prepared_volume
from casebook.dicom.breathing import VERSION, Breathing, no_breathing
from casebook.dicom.codec_pool import CodecPool
from casebook.dicom.registration import Refusal
from casebook.dicom.registration_process import registration_process
from casebook.store import series_links
from casebook.store.database import Database
from casebook.store.files import FileStore
from casebook.store.tables import SeriesLink

REASON: Final = "breathing between series"

Rows = Mapping[SeriesPart, SeriesLink]


def link_series(database: Database, archive: FileStore, *, actor: str, subject_id: UUID) -> int:
    """Measure what is new among the subject's series; returns how many breaths were measured."""
    with database.session() as session:
        frames = frame_breaths(session, subject_id)
        rows = _rows(session, subject_id)
    wanted = [_wanted(frame, rows) for frame in frames]
    results = _measured([frame for frame in wanted if frame.breaths], archive)
    with database.transaction(actor=actor, reason=REASON) as session:
        _store(session, subject_id, frames, results, actor)
    return len(results)


@dataclass(frozen=True, slots=True)
class _Result:
    """What was measured for a breath against the series that stands for its frame."""

    standing: FrameSource
    breath: Breath
    breathing: Breathing


def _rows(session: Session, subject_id: UUID) -> Rows:
    return {(row.to_series_uid, row.to_role): row for row in series_links.rows(session, subject_id)}


def _wanted(frame: FrameBreaths, rows: Rows) -> FrameBreaths:
    """The breaths of which some part has no row made from these images."""
    new = [
        breath
        for breath in frame.breaths
        if any(
            part not in rows or rows[part].detail.get("inputs") != _inputs(frame.standing, breath)
            for part in breath.parts
        )
    ]
    return FrameBreaths(frame.standing, tuple(new))


def _inputs(standing: FrameSource, breath: Breath) -> dict[str, Any]:
    return {"version": VERSION, "fixed": standing.said(), "moving": breath.source.said()}


def _measured(frames: Sequence[FrameBreaths], archive: FileStore) -> list[_Result]:
    if not frames:
        return []
    with closing(CodecPool(n_children=1)) as codecs, registration_process() as process:

        def measured(frame: FrameBreaths) -> Iterator[_Result]:
            fixed = prepared_volume(frame.standing, archive, codecs, process)
            for breath in frame.breaths:
                moving = prepared_volume(breath.source, archive, codecs, process)
                if fixed is None or moving is None:
                    yield _Result(frame.standing, breath, no_breathing(Refusal.NOT_READABLE))
                else:
                    yield _Result(frame.standing, breath, process.breathing(fixed, moving))

        return [result for frame in frames for result in measured(frame)]


def _store(
    session: Session, subject_id: UUID, frames: Sequence[FrameBreaths], results: Sequence[_Result], actor: str
) -> None:
    rows = _rows(session, subject_id)
    for result in results:
        for part in result.breath.parts:
            values = _columns(result)
            row = rows.get(part)
            if row is None or any(getattr(row, name) != value for name, value in values.items()):
                made = {"subject_id": subject_id, "made_by": actor, "made_at": datetime.now(UTC)}
                series_links.put(session, to_series_uid=part[0], to_role=part[1], values=values | made)
    held = {part for frame in frames for breath in frame.breaths for part in breath.parts}
    series_links.drop(session, [row.id for part, row in rows.items() if part not in held])


def _columns(result: _Result) -> dict[str, Any]:
    found = result.breathing
    standing_uid, standing_role = part_of(result.standing)
    is_used = found.refusal is None and found.shift_mm is not None
    return {
        "frame_of_reference_uid": result.standing.placed.frame_uid,
        "from_series_uid": standing_uid,
        "from_role": standing_role,
        "shift_mm": [round(value, 3) for value in found.shift_mm] if is_used and found.shift_mm else None,
        "quality_mm": None if found.quality_mm is None else round(found.quality_mm, 2),
        "detail": {
            "inputs": _inputs(result.standing, result.breath),
            "gain_nats": round(found.gain_nats, 4),
            "n_blocks": found.n_blocks,
            "refusal": found.refusal,
        },
    }
