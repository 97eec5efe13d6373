"""Data cuts: ordering one, and finding those that are kept."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.domain.cuts.manifest import KeptFile, digest, read_manifest
from casebook.domain.cuts.model import EVERYTHING, name_taken, require_name, require_purpose
from casebook.domain.errors import Invalid, NotFound
from casebook.domain.texts import Text
from casebook.formats.kept_cut import KeptCut, damaged
from casebook.store import cuts, queue, registry
from casebook.store.cut_files import key_of
from casebook.store.cuts import ExportRow
from casebook.store.files import FileStore
from casebook.store.tables import DataCut, DataCutOrder

ACT: Final = Action.EXPORT_ENDPOINT
CHECKS: Final = "checks/findings.json"
"""Where a cut keeps what its datasets' own checks found."""
MAKE: Final = "make-cut"
"""The queue's job that makes a cut."""


@dataclass(frozen=True, slots=True)
class CutList:
    """The cuts of a study, the newest first, and the orders under whose name there is none yet."""

    cuts: Sequence[DataCut]
    orders: Sequence[DataCutOrder]

    @property
    def is_waiting(self) -> bool:
        """A cut is being made, or about to be."""
        return any(order.state != "failed" for order in self.orders)


@dataclass(frozen=True, slots=True)
class SeenCut:
    """A cut with what is kept of it, and every time that it was given out."""

    row: DataCut
    study_code: str
    kept: KeptCut
    exports: Sequence[ExportRow]


def order_cut(
    session: Session, actor: Actor, *, study_code: str, name: str, purpose: str, as_of: date, now: datetime
) -> DataCutOrder:
    """Ask for a cut under a name that nothing has yet. Raises Invalid, and NameTaken; of two at once one wins."""
    actor.require(ACT, study_code=study_code)
    study = registry.study(session, study_code)
    name, purpose = require_name(name), require_purpose(purpose)
    if as_of > now.date():
        raise Invalid(
            Text("The day of a cut cannot be to come.", "基準日に未来の日付は指定できません。"), field="as_of"
        )
    found = cuts.order(
        session,
        study_id=study.id,
        name=name,
        purpose=purpose,
        as_of_on=as_of,
        ordered_by=actor.login,
        ordered_at=now,
    )
    if found is None:
        raise name_taken(name)
    return found


def make_later(session: Session, order_id: UUID) -> None:
    """Have the worker make an ordered cut."""
    queue.defer(session, MAKE, once_per=f"cut {order_id}", queue=queue.WATCHED, order_id=str(order_id))


def list_cuts(session: Session, actor: Actor, *, study_code: str) -> CutList:
    """Return what a study has."""
    actor.require(ACT, study_code=study_code)
    study = registry.study(session, study_code)
    made, orders = cuts.cuts(session, study.id), cuts.orders(session, study.id)
    names = {row.name for row in made}
    return CutList(made, [order for order in orders if order.name not in names])


def find_cut(session: Session, actor: Actor, *, cut_id: UUID) -> tuple[DataCut, str]:
    """Return a cut and its study's code. Raises NotFound, for cuts of studies that are not the actor's too."""
    row, study_code = cuts.cut_with_id(session, cut_id)
    if not actor.may(ACT, study_code=study_code):
        raise NotFound(Text("There is no such data cut.", "このデータカットはありません。"), field="cut")
    return row, study_code


def find_named(session: Session, actor: Actor, *, study_code: str, name: str) -> DataCut:
    """Return the cut of a name. Raises NotFound."""
    actor.require(ACT, study_code=study_code)
    return cuts.cut_named(session, registry.study(session, study_code).id, name)


def open_cut(row: DataCut, archive: FileStore) -> KeptCut:
    """Return what is kept of a cut. Raises CutDamaged where its manifest is not what it was."""
    sha256 = row.manifest_sha256.hex()
    content = archive.read(key_of(sha256))
    if digest(content) != sha256:
        raise damaged("manifest.json")

    def fetch(file: KeptFile) -> bytes:
        return archive.read(key_of(file.sha256))

    return KeptCut(read_manifest(content), content, fetch)


def see_cut(session: Session, actor: Actor, archive: FileStore, *, cut_id: UUID) -> SeenCut:
    """Return a cut with its manifest and its exports. Raises NotFound, CutDamaged."""
    row, study_code = find_cut(session, actor, cut_id=cut_id)
    return SeenCut(row, study_code, open_cut(row, archive), cuts.exports(session, row.id))


def findings_of(kept: KeptCut) -> Sequence[str] | None:
    """Return the faults that checks of the datasets found when the cut was made; None where nothing was checked."""
    if kept.manifest.file(CHECKS) is None:
        return None
    found: list[str] = json.loads(kept.read(CHECKS))["findings"]
    return found


def export_name(row: DataCut, study_code: str, shape: str) -> str:
    """What an export is called as a file."""
    return f"{study_code}-{row.name}{'' if shape == EVERYTHING else f'-{shape}'}.zip"
