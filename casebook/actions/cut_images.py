"""Images of a data cut: those that the cut listed when it was made."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.cuts import open_cut
from casebook.actions.image_export import ALL, ImageExport, ImageForm, Progress, Wanted, export_images
from casebook.actions.image_list import IMAGE_LIST
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.domain.texts import Text
from casebook.store import cuts
from casebook.store.files import FileStore
from casebook.store.tables import DataCut


def listed_images(row: DataCut, archive: FileStore) -> dict[str, Any]:
    """Return the list that a cut keeps. Raises NotFound for a cut without one, CutDamaged."""
    found: dict[str, Any] = json.loads(open_cut(row, archive).read(IMAGE_LIST))
    return found


def cut_for_images(session: Session, actor: Actor, *, cut_id: UUID) -> tuple[DataCut, str]:
    """Return a cut and its study's code, for who may take images away. Raises NotFound."""
    row, study_code = cuts.cut_with_id(session, cut_id)
    if not actor.may(Action.EXPORT_IMAGES, study_code=study_code):
        raise NotFound(Text("There is no such data cut.", "このデータカットはありません。"), field="cut")
    return row, study_code


def export_cut_images(
    session: Session,
    actor: Actor,
    row: DataCut,
    *,
    study_code: str,
    archive: FileStore,
    folder: Path,
    form: ImageForm,
    now: datetime,
    wanted: Wanted = ALL,
    progress: Progress = lambda _done, _of: None,
) -> ImageExport:
    """Write images of a cut, as `export_images` does."""
    return export_images(
        session,
        actor,
        study_code=study_code,
        archive=archive,
        folder=folder,
        form=form,
        now=now,
        listed=listed_images(row, archive),
        cut_name=row.name,
        wanted=wanted,
        progress=progress,
    )
