"""Making a data cut: one moment of the study read, files kept, and then the row that names them.

Everything is read in one snapshot of the database, which sees exactly what the audit chain holds up to its head. The
row is written after all files are durable, so that a cut without its files is impossible.
"""

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.cut_comparison import ENDPOINT
from casebook.actions.cuts import ACT, CHECKS
from casebook.actions.datasets import study_datasets
from casebook.actions.derive import cdlm_json, outcome_json
from casebook.actions.endpoint import Endpoint, endpoint
from casebook.actions.endpoint_json import report_json, table_json
from casebook.actions.image_list import IMAGE_LIST, image_list
from casebook.actions.odm_snapshot import odm_snapshot
from casebook.collecting import seldom_collecting
from casebook.domain.actors import Actor
from casebook.domain.cuts.comparison import LESIONS, SUBJECTS
from casebook.domain.cuts.manifest import (
    MANIFEST,
    ChainHead,
    KeptFile,
    Manifest,
    dataset_path,
    digest,
    manifest_bytes,
)
from casebook.domain.cuts.model import FileKind, OrderState, Step
from casebook.domain.datasets.about import About
from casebook.domain.datasets.conformance import conformance
from casebook.formats.kept_datasets import kept_bytes
from casebook.program import program_version
from casebook.store import cut_files, cuts, trail
from casebook.store.cut_files import StagedFile
from casebook.store.cut_source import source_rows, source_tables
from casebook.store.database import Database
from casebook.store.files import FileStore
from casebook.store.tables import DataCut, DataCutOrder

Tell = Callable[[Step, int, int], None]
"""Hears which step is at hand, how many parts of the whole are done, and how many there are."""
NOTED_EVERY_S: Final = 0.5
TRACES: Final = "endpoint/traces.ndjson"
REPORT: Final = "endpoint/report.json"
DATA_WITHDRAWN: Final = "data-withdrawn"
N_PARTS_BESIDE_TABLES: Final = len(Step) - 1


@dataclass(slots=True)
class _Staging:
    """Files of a cut on their way: each is written once, and its digest taken while it is."""

    folder: Path
    files: list[StagedFile] = field(default_factory=list)

    def add(self, path: str, kind: FileKind, content: bytes, *, n_rows: int | None = None) -> None:
        """Take a file that is at hand."""
        local = self._place()
        local.write_bytes(content)
        self.files.append(StagedFile(path, kind, local, digest(content), len(content), n_rows))

    def add_lines(self, path: str, kind: FileKind, lines: Iterable[str]) -> None:
        """Take a file line by line, a row each."""
        local, sha256, n_rows, n_bytes = self._place(), hashlib.sha256(), 0, 0
        with local.open("wb") as file:
            for line in lines:
                written = f"{line}\n".encode()
                file.write(written)
                sha256.update(written)
                n_rows, n_bytes = n_rows + 1, n_bytes + len(written)
        self.files.append(StagedFile(path, kind, local, sha256.hexdigest(), n_bytes, n_rows))

    def _place(self) -> Path:
        return self.folder / str(len(self.files))

    def kept(self) -> tuple[KeptFile, ...]:
        """List the files for the manifest."""
        listed = (KeptFile(one.path, FileKind(one.kind), one.sha256, one.n_bytes, one.n_rows) for one in self.files)
        return tuple(sorted(listed, key=lambda one: one.path))


def make_cut(
    database: Database, archive: FileStore, actor: Actor, *, order: DataCutOrder, now: datetime, tell: Tell
) -> DataCut:
    """Make an ordered cut. Raises Forbidden, Unavailable where the files cannot be kept."""
    tell, n_parts = _noting(database, actor, order.id, tell), n_parts_of_all()
    with tempfile.TemporaryDirectory(prefix="cut-", dir=archive.staging_dir()) as folder:
        staging = _Staging(Path(folder))
        with seldom_collecting(), database.snapshot() as session:
            manifest = _gather(session, actor, order, staging, now, tell)
        tell(Step.KEEPING, n_parts - 1, n_parts)
        content = manifest_bytes(manifest)
        staging.add(MANIFEST, FileKind.SOURCE, content)
        cut_files.keep(archive, staging.files)
    with writing(database, actor) as session:
        row = cuts.add(
            session,
            study_id=order.study_id,
            manifest=manifest,
            manifest_sha256=digest(content),
            n_subjects=manifest.n_rows(SUBJECTS),
            n_lesions=manifest.n_rows(LESIONS),
        )
        cuts.end_order(session, order.id, state=OrderState.MADE, now=now, failure=None)
    tell(Step.KEEPING, n_parts, n_parts)
    return row


def n_parts_of_all() -> int:
    """Into how many parts the making of a cut is told."""
    return len(source_tables()) + N_PARTS_BESIDE_TABLES


def _gather(
    session: Session, actor: Actor, order: DataCutOrder, staging: _Staging, now: datetime, tell: Tell
) -> Manifest:
    study_code, tables, n_parts = cuts.study_code(session, order.study_id), source_tables(), n_parts_of_all()
    actor.require(ACT, study_code=study_code)
    head = trail.head(session)
    tell(Step.ENDPOINT, 0, n_parts)
    found = endpoint(session, actor, study_code=study_code, as_of=order.as_of_on, now=now)
    staging.add(ENDPOINT, FileKind.ENDPOINT, _json(table_json(found)))
    staging.add(REPORT, FileKind.ENDPOINT, _json(report_json(found, with_gaps=True)))
    staging.add_lines(TRACES, FileKind.ENDPOINT, _traces(found))
    withheld = [patient.number for patient in found.patients if patient.left == DATA_WITHDRAWN]
    for number, table in enumerate(tables, start=1):
        tell(Step.SOURCE, number, n_parts)
        rows = source_rows(session, actor, study_id=order.study_id, table=table, withheld=withheld)
        staging.add_lines(f"source/{table}.ndjson", FileKind.SOURCE, rows)
    tell(Step.DATASETS, len(tables) + 1, n_parts)
    datasets = study_datasets(session, actor, study_code=study_code, as_of=order.as_of_on, now=now)
    for one in datasets:
        staging.add(dataset_path(one.name), FileKind.DATASET, kept_bytes(one), n_rows=len(one.rows))
    tell(Step.CHECKS, len(tables) + 2, n_parts)
    faults = conformance(datasets)
    staging.add(CHECKS, FileKind.CHECK, _json({"findings": list(faults)}), n_rows=len(faults))
    about = _about(order, found, now)
    tell(Step.SNAPSHOT, len(tables) + 3, n_parts)
    for written in odm_snapshot(session, actor, study_code=study_code, about=about):
        staging.add(written.path, FileKind.SNAPSHOT, written.content)
    staging.add(IMAGE_LIST, FileKind.IMAGES, _json(image_list(session, actor, study_code=study_code)))
    return Manifest(
        about=about,
        purpose=order.purpose,
        made_by=order.ordered_by,
        definition_sha256=found.definition.sha256,
        chain_head=ChainHead(head.n_chained, head.hash) if head else None,
        datasets=tuple(one.name for one in datasets),
        files=staging.kept(),
    )


def _about(order: DataCutOrder, found: Endpoint, now: datetime) -> About:
    definition, table = found.definition, found.table
    rules = {f"outcome {version}" for version in table.rule_versions}
    rules |= {f"cDLM {lesion.cdlm.rule_version}" for _, lesion in found.rows}
    return About(
        study_code=definition.code,
        study_title=definition.title,
        definition_version=definition.version,
        cut_name=order.name,
        as_of=order.as_of_on,
        made_at=now,
        is_interim=found.lock.is_interim,
        rule_versions=tuple(sorted(rules)),
        program_version=program_version(),
        polarity=table.polarity,
    )


def _traces(found: Endpoint) -> Iterator[str]:
    """Tell of each lesion by which rules, and in which steps, its cDLM and its outcome came about."""
    for patient, lesion in found.rows:
        if patient.left == DATA_WITHDRAWN:
            continue
        told = {
            "subject": patient.number,
            "lesion": lesion.label,
            "as_of": found.as_of.isoformat(),
            "cdlm": cdlm_json(lesion.cdlm),
            "outcome": outcome_json(lesion.outcome),
        }
        yield json.dumps(told, ensure_ascii=False)


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


@contextmanager
def writing(database: Database, actor: Actor) -> Iterator[Session]:
    """A transaction in which a cut, or what became of its order, is written."""
    with database.transaction(actor=actor.login, reason="data cut", role=actor.role) as session:
        yield session


def _noting(database: Database, actor: Actor, order_id: UUID, tell: Tell) -> Tell:
    """Keep how far the making is where pages see it, now and then, and tell whoever listens each time."""
    noted_at: list[float] = []

    def note(step: Step, n_done: int, n_total: int) -> None:
        tell(step, n_done, n_total)
        if not noted_at or time.monotonic() - noted_at[-1] > NOTED_EVERY_S:
            noted_at.append(time.monotonic())
            with writing(database, actor) as session:
                cuts.note_step(session, order_id, step=step, n_done=n_done, n_total=n_total)

    return note
