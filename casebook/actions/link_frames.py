"""Automatic links between a subject's frames of reference: gather, register outside any transaction, store.

A pair that was registered from the same images by the same version is not computed again; a link that a person
made from landmarks is never replaced.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.frame_sources import FrameSource, frame_sources
from casebook.actions.prepared_volumes import prepared_volume
from casebook.dicom.codec_pool import CodecPool
from casebook.dicom.registration import MAX_QUALITY_MM, VERSION, Refusal, Registration, refused
from casebook.dicom.registration_process import RegistrationProcess, registration_process
from casebook.domain.frame_links import ComposedLink, FramePair, RigidLink, composed_links, direct_pairs
from casebook.domain.imaging import LocationBasis
from casebook.domain.rigid import Matrix, inverted
from casebook.store import lesions
from casebook.store.database import Database
from casebook.store.files import FileStore
from casebook.store.tables import FrameLink

REASON: Final = "registration"

Rows = Mapping[FramePair, FrameLink]


def link_frames(database: Database, archive: FileStore, *, actor: str, subject_id: UUID) -> int:
    """Register what is new among the subject's frames of reference; returns how many pairs were computed."""
    with database.session() as session:
        plan = _plan(session, subject_id)
    results = _registered(plan.wanted, archive)
    with database.transaction(actor=actor, reason=REASON) as session:
        _store(session, subject_id, plan, results, actor)
    return len(results)


@dataclass(frozen=True, slots=True)
class _Plan:
    sources: Mapping[str, FrameSource]
    pairs: tuple[FramePair, ...]
    wanted: tuple[tuple[FrameSource, FrameSource], ...]


def _plan(session: Session, subject_id: UUID) -> _Plan:
    sources = {source.placed.frame_uid: source for source in frame_sources(session, subject_id)}
    pairs = direct_pairs([source.placed for source in sources.values()])
    rows = _rows(session, subject_id)
    wanted = [
        (sources[fixed], sources[moving])
        for fixed, moving in pairs
        if not _is_known(rows, (fixed, moving), _inputs(sources[fixed], sources[moving]))
    ]
    return _Plan(sources, pairs, tuple(wanted))


def _rows(session: Session, subject_id: UUID) -> Rows:
    return {(row.from_frame_uid, row.to_frame_uid): row for row in lesions.link_rows(session, subject_id)}


def _is_by_hand(rows: Rows, pair: FramePair) -> bool:
    either = (rows.get(pair), rows.get((pair[1], pair[0])))
    return any(row is not None and row.basis == LocationBasis.LANDMARKS for row in either)


def _is_known(rows: Rows, pair: FramePair, inputs: Mapping[str, Any]) -> bool:
    row = rows.get(pair)
    return _is_by_hand(rows, pair) or (row is not None and row.detail.get("inputs") == inputs)


def _inputs(fixed: FrameSource, moving: FrameSource) -> dict[str, Any]:
    return {"version": VERSION, "fixed": fixed.said(), "moving": moving.said()}


def _registered(wanted: Sequence[tuple[FrameSource, FrameSource]], archive: FileStore) -> dict[FramePair, Registration]:
    """Register the pairs; one volume at a time is held at full size."""
    if not wanted:
        return {}
    sources = {source.placed.frame_uid: source for pair in wanted for source in pair}
    with closing(CodecPool(n_children=1)) as codecs, registration_process() as process:
        ready = {uid: prepared_volume(source, archive, codecs, process) for uid, source in sources.items()}
        return {
            (fixed.placed.frame_uid, moving.placed.frame_uid): _answer(
                ready[fixed.placed.frame_uid], ready[moving.placed.frame_uid], process
            )
            for fixed, moving in wanted
        }


def _answer(fixed: Path | None, moving: Path | None, process: RegistrationProcess) -> Registration:
    if fixed is None or moving is None:
        return refused(Refusal.NOT_READABLE)
    return process.registered(fixed, moving)


def _store(
    session: Session, subject_id: UUID, plan: _Plan, results: Mapping[FramePair, Registration], actor: str
) -> None:
    rows = _rows(session, subject_id)
    _put_all(
        session,
        subject_id,
        rows,
        {
            (fixed, moving): _measured(result, _inputs(plan.sources[fixed], plan.sources[moving]))
            for (fixed, moving), result in results.items()
        },
        actor,
    )
    session.expire_all()
    rows = _rows(session, subject_id)
    direct = {pair: link for pair in plan.pairs if (link := _link(rows.get(pair))) is not None}
    composed = composed_links(direct, max_quality_mm=MAX_QUALITY_MM)
    followed = {pair: _followed(link, rows.get(pair)) for pair, link in composed.items()}
    withdrawn = {
        pair: _withdrawn(row)
        for pair, row in rows.items()
        if _is_composed(row) and pair[0] < pair[1] and pair not in composed
    }
    _put_all(session, subject_id, rows, withdrawn | followed, actor)


@dataclass(frozen=True, slots=True)
class _Values:
    matrix: Matrix | None
    quality_mm: float | None
    detail: dict[str, Any]

    def columns(self) -> dict[str, Any]:
        basis = LocationBasis.NOT_KNOWN if self.matrix is None else LocationBasis.REGISTERED
        matrix = None if self.matrix is None else list(self.matrix)
        return {"basis": basis, "matrix": matrix, "quality_mm": self.quality_mm, "detail": self.detail}

    def turned_back(self) -> "_Values":
        through = {"through": self.detail["through"][::-1]} if "through" in self.detail else {}
        matrix = None if self.matrix is None else inverted(self.matrix)
        return replace(self, matrix=matrix, detail=self.detail | through)


def _measured(result: Registration, inputs: dict[str, Any]) -> _Values:
    detail = {
        "inputs": inputs,
        "information_nats": round(result.information, 4),
        "n_blocks": result.n_blocks,
        "seen_share": round(result.seen_share, 3),
        "refusal": result.refusal,
    }
    quality_mm = None if result.quality_mm is None else round(result.quality_mm, 2)
    return _Values(result.matrix if result.is_accepted else None, quality_mm, detail)


def _followed(composed: ComposedLink, row: FrameLink | None) -> _Values:
    """A link through others; what a refused registration of the pair itself said stays in the detail."""
    detail = {**(row.detail if row is not None else {}), "through": list(composed.through)}
    return _Values(composed.link.matrix, round(composed.link.quality_mm, 2), detail)


def _withdrawn(row: FrameLink) -> _Values:
    return _Values(None, None, {key: value for key, value in row.detail.items() if key != "through"})


def _link(row: FrameLink | None) -> RigidLink | None:
    if row is None or row.matrix is None or row.quality_mm is None or _is_composed(row):
        return None
    return RigidLink(tuple(row.matrix), row.quality_mm)


def _is_composed(row: FrameLink) -> bool:
    return "through" in row.detail


def _put_all(session: Session, subject_id: UUID, rows: Rows, wanted: Mapping[FramePair, _Values], actor: str) -> None:
    """Keep the links in both directions; equal ones stay as they are, so that the trail stays short."""
    for (start, end), values in wanted.items():
        if _is_by_hand(rows, (start, end)):
            continue
        for pair, said in (((start, end), values), ((end, start), values.turned_back())):
            columns = said.columns()
            row = rows.get(pair)
            if row is None or any(getattr(row, name) != value for name, value in columns.items()):
                made = {"made_by": actor, "made_at": datetime.now(UTC)}
                lesions.put_link(
                    session, subject_id=subject_id, from_frame_uid=pair[0], to_frame_uid=pair[1], values=columns | made
                )
