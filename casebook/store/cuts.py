"""Rows of data cuts: orders, cuts, their files, and every time one was given out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from casebook.domain.cuts.manifest import Manifest
from casebook.domain.cuts.model import ExportResult, OrderState
from casebook.domain.errors import NotFound
from casebook.domain.texts import Text
from casebook.store.cut_files import key_of
from casebook.store.tables import DataCut, DataCutExport, DataCutFile, DataCutOrder, Study

OPEN_STATES: Final = tuple(state for state in OrderState if state.is_open)
LOCK_SPACE: Final = 727005
"""The space of advisory locks that keep two exports of one cut from both being the first."""


def order(session: Session, **values: Any) -> DataCutOrder | None:
    """Write an order; None where a cut or another order has the name."""
    statement = insert(DataCutOrder).values(**values).on_conflict_do_nothing().returning(DataCutOrder.id)
    order_id = session.scalar(statement)
    return None if order_id is None else session.get_one(DataCutOrder, order_id)


def order_of(session: Session, order_id: UUID, *, lock: bool = False) -> DataCutOrder:
    """Return an order that exists."""
    query = select(DataCutOrder).where(DataCutOrder.id == order_id)
    return session.scalars(query.with_for_update() if lock else query).one()


def study_code(session: Session, study_id: UUID) -> str:
    """Return the code of the study that an order or a cut is of."""
    return session.execute(select(Study.code).where(Study.id == study_id)).scalar_one()


def note_step(session: Session, order_id: UUID, *, step: str, n_done: int, n_total: int) -> None:
    """Keep how far the making of a cut is."""
    values = {"step": step, "n_done": n_done, "n_total": n_total, "state": OrderState.MAKING}
    is_open = DataCutOrder.state.in_(OPEN_STATES)
    session.execute(update(DataCutOrder).where(DataCutOrder.id == order_id, is_open).values(**values))


def end_order(session: Session, order_id: UUID, *, state: OrderState, now: datetime, failure: str | None) -> None:
    """Close an order that is open."""
    values = {"state": state, "ended_at": now, "failure": failure, "step": None}
    is_open = DataCutOrder.state.in_(OPEN_STATES)
    session.execute(update(DataCutOrder).where(DataCutOrder.id == order_id, is_open).values(**values))


def open_orders(session: Session, *, before: datetime) -> Sequence[DataCutOrder]:
    """Return the orders from before a moment that wait, are being made, or were interrupted; of all studies."""
    is_open = DataCutOrder.state.in_(OPEN_STATES)
    return session.scalars(select(DataCutOrder).where(is_open, DataCutOrder.ordered_at < before)).all()


def orders(session: Session, study_id: UUID) -> Sequence[DataCutOrder]:
    """Return the orders of a study that did not become a cut, the newest first."""
    query = select(DataCutOrder).where(DataCutOrder.study_id == study_id, DataCutOrder.state != OrderState.MADE)
    return session.scalars(query.order_by(DataCutOrder.ordered_at.desc(), DataCutOrder.id.desc())).all()


def add(
    session: Session,
    *,
    study_id: UUID,
    manifest: Manifest,
    manifest_sha256: str,
    n_subjects: int,
    n_lesions: int,
) -> DataCut:
    """Write a cut with the list of its files."""
    about, head = manifest.about, manifest.chain_head
    row = DataCut(
        study_id=study_id,
        name=about.cut_name,
        purpose=manifest.purpose,
        as_of_on=about.as_of,
        made_at=about.made_at,
        made_by=manifest.made_by,
        is_interim=about.is_interim,
        definition_version=about.definition_version,
        rule_versions=list(about.rule_versions),
        program_version=about.program_version,
        head_position=head.position if head else None,
        head_hash=head.sha256 if head else None,
        manifest_sha256=bytes.fromhex(manifest_sha256),
        n_subjects=n_subjects,
        n_lesions=n_lesions,
    )
    session.add(row)
    session.flush()
    session.add_all(
        DataCutFile(
            cut_id=row.id,
            path=file.path,
            kind=file.kind,
            sha256=bytes.fromhex(file.sha256),
            n_bytes=file.n_bytes,
            n_rows=file.n_rows,
        )
        for file in manifest.files
    )
    session.flush()
    return row


def cuts(session: Session, study_id: UUID) -> Sequence[DataCut]:
    """Return the cuts of a study, the newest first."""
    query = select(DataCut).where(DataCut.study_id == study_id)
    return session.scalars(query.order_by(DataCut.made_at.desc(), DataCut.id.desc())).all()


def cut(session: Session, study_id: UUID, *, cut_id: UUID) -> DataCut:
    """Find a cut of a study. Raises NotFound."""
    return _one(session.scalars(select(DataCut).where(DataCut.study_id == study_id, DataCut.id == cut_id)).first())


def cut_named(session: Session, study_id: UUID, name: str) -> DataCut:
    """Find a cut of a study by its name. Raises NotFound."""
    return _one(session.scalars(select(DataCut).where(DataCut.study_id == study_id, DataCut.name == name)).first())


def cut_with_id(session: Session, cut_id: UUID) -> tuple[DataCut, str]:
    """Find a cut and the code of its study. Raises NotFound."""
    query = select(DataCut, Study.code).join(Study, Study.id == DataCut.study_id).where(DataCut.id == cut_id)
    found = session.execute(query).first()
    row = _one(found[0] if found else None)
    assert found is not None
    return row, found[1]


def _one(found: DataCut | None) -> DataCut:
    if found is None:
        raise NotFound(Text("There is no such data cut.", "このデータカットはありません。"), field="cut")
    return found


def files(session: Session, cut_id: UUID) -> Mapping[str, str]:
    """Return the digests of a cut's files by path, in hexadecimal digits."""
    rows = session.execute(select(DataCutFile.path, DataCutFile.sha256).where(DataCutFile.cut_id == cut_id))
    return {row.path: row.sha256.hex() for row in rows}


def kept_files(session: Session) -> Sequence[tuple[str, bytes]]:
    """Return key and digest of every file of every cut, and of the manifests, each once."""
    digests = {*session.scalars(select(DataCutFile.sha256)), *session.scalars(select(DataCut.manifest_sha256))}
    return [(key_of(sha256.hex()), sha256) for sha256 in sorted(digests)]


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One time that a cut was given out in a format."""

    format: str
    exported_by: str
    exported_at: datetime
    program_version: str
    result: ExportResult
    differing: tuple[str, ...]
    n_files: int


def exports(session: Session, cut_id: UUID) -> Sequence[ExportRow]:
    """Return every time a cut was given out, the newest first."""
    query = select(DataCutExport).where(DataCutExport.cut_id == cut_id)
    return [
        ExportRow(
            format=row.format,
            exported_by=row.exported_by,
            exported_at=row.exported_at,
            program_version=row.program_version,
            result=ExportResult(row.result),
            differing=tuple(row.differing),
            n_files=len(row.files),
        )
        for row in session.scalars(query.order_by(DataCutExport.exported_at.desc(), DataCutExport.format))
    ]


def first_digests(session: Session, cut_id: UUID) -> Mapping[str, Mapping[str, str]]:
    """Return the digests of the first export in each format; until the transaction ends nobody else exports the cut."""
    session.execute(text("select pg_advisory_xact_lock(:space, hashtext(:cut))"), _lock(cut_id))
    rows = session.execute(
        select(DataCutExport.format, DataCutExport.files).where(
            DataCutExport.cut_id == cut_id, DataCutExport.result == ExportResult.FIRST
        )
    )
    return {row.format: row.files for row in rows}


def _lock(cut_id: UUID) -> dict[str, object]:
    return {"space": LOCK_SPACE, "cut": str(cut_id)}


def add_export(session: Session, **values: Any) -> None:
    """Keep that a cut was given out."""
    session.add(DataCutExport(**values))
    session.flush()
