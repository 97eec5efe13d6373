"""The images of a study or of a data cut as files: a DICOM folder with its directory, or NIfTI volumes.

Nothing is left out silently: an image that is not there any more, and a series that is no volume, stand in the manifest
with the reason.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.access_log import Access, note_access
from casebook.actions.image_folder import dicom_folder
from casebook.actions.image_list import image_list
from casebook.actions.image_manifest import Line, manifest_files
from casebook.actions.image_run import Done, Listed, Run, Wanted, place_of, roles_of
from casebook.actions.image_volumes import nifti_volumes
from casebook.actions.studies import definition_of, newest_definition
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid, NotFound
from casebook.domain.series_role_rules import RoleRules
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Text
from casebook.store import image_list as store
from casebook.store import registry
from casebook.store.files import FileStore

__all__ = ["ImageExport", "ImageForm", "Wanted", "export_images", "image_list"]

ALL: Final = Wanted()
NO_SUBJECT: Final = Text("There is no patient of this number.", "この登録番号の症例はありません。")
WITHDRAWN: Final = "The patient took back the use of all data; the images do not leave any more."


class ImageForm(StrEnum):
    """What images are written as."""

    DICOMDIR = "dicomdir"
    NIFTI = "nifti"


@dataclass(frozen=True, slots=True)
class ImageExport:
    """What was written where: files, and lines of the manifest that stand for none."""

    folder: Path
    n_files: int
    n_bytes: int
    left_out: Sequence[Line]


Progress = Callable[[int, int], None]
"""Called with how many images are done, of how many."""


def export_images(
    session: Session,
    actor: Actor,
    *,
    study_code: str,
    archive: FileStore,
    folder: Path,
    form: ImageForm,
    now: datetime,
    listed: Listed | None = None,
    cut_name: str | None = None,
    wanted: Wanted = ALL,
    progress: Progress = lambda _done, _of: None,
) -> ImageExport:
    """Write the images and their manifest into a new or empty folder.

    `listed` is what `image_list` returned when a cut was made; without it the images of now. Only subjects whose images
    the actor may take away enter. Raises Forbidden, NotFound, and Invalid for a folder that holds something.
    """
    actor.require(Action.EXPORT_IMAGES, study_code=study_code)
    _, definition = newest_definition(session, study_code)
    study = registry.study(session, study_code)
    mine = store.visible_numbers(session, actor, Action.EXPORT_IMAGES, study_id=study.id)
    _require_known(wanted, mine, definition)
    _require_empty(folder)
    known = listed if listed is not None else image_list(session, actor, study_code=study_code)
    every = _in_order(known["series"], definition)
    asked = [one for one in every if one["subject"] in mine and wanted.has(one)]
    withdrawn = store.withdrawn_numbers(session, study_id=study.id)
    series = [one for one in asked if one["subject"] not in withdrawn]
    note_access(session, actor, Access.FILE, f"images {study_code} {cut_name or 'now'} {form}", now=now)
    run = Run(session, archive, folder, wanted, _counted(progress, sum(len(one["instances"]) for one in series)))
    if form is ImageForm.DICOMDIR:
        lines = dicom_folder(run, series, identity=f"{study_code} {cut_name}")
    else:
        lines = nifti_volumes(run, series, _numbers(every), rules=_rules(session, study.id, known, definition))
    lines += [_kept_back(one) for one in asked if one["subject"] in withdrawn]
    for name, content in manifest_files({"study": study_code, "cut": cut_name, "form": form.value}, lines).items():
        (folder / name).write_bytes(content)
    written = [line for line in lines if line.path is not None]
    return ImageExport(
        folder, len(written), sum(line.n_bytes or 0 for line in written), [line for line in lines if line.path is None]
    )


def _rules(session: Session, study_id: UUID, known: Listed, in_force: StudyDefinition) -> RoleRules:
    """Return the rules of the definition that a list names, so that a cut gives the same volumes after an amendment."""
    named = registry.version_named(session, study_id, known.get("definition", in_force.version))
    return definition_of(session, named.id).series_roles if named is not None else in_force.series_roles


def _kept_back(series: Listed) -> Line:
    return Line(None, **place_of(series), role=roles_of(series), reason=WITHDRAWN)


def _require_known(wanted: Wanted, subjects: Collection[str], definition: StudyDefinition) -> None:
    """Raise NotFound for a subject (another's too) or timepoint that there is not: a slip is not “no images”."""
    if not (wanted.subjects or frozenset()) <= frozenset(subjects):
        raise NotFound(NO_SUBJECT, field="number")
    for code in sorted(wanted.timepoints or ()):
        definition.timepoint(code)


def _counted(progress: Progress, n_images: int) -> Done:
    n_done = 0

    def done(n_more: int) -> None:
        nonlocal n_done
        n_done += n_more
        progress(n_done, n_images)

    return done


def _in_order(series: Sequence[Listed], definition: StudyDefinition) -> list[Listed]:
    """By subject, then in the course of the study, so that one order holds wherever the list was kept."""
    rank = {timepoint.code: number for number, timepoint in enumerate(definition.timepoints)}
    return sorted(
        series,
        key=lambda one: (
            one["subject"],
            rank.get(one["timepoint"], len(rank)),
            one["study_on"] or "",
            one["study_uid"],
            one["series_number"] or 0,
            one["series_uid"],
        ),
    )


def _numbers(every: Sequence[Listed]) -> dict[str, int]:
    """Number the series of each timepoint, whichever of them are asked for; by the series' UID."""
    n_at: dict[tuple[str, str], int] = defaultdict(int)
    found: dict[str, int] = {}
    for one in every:
        n_at[one["subject"], one["timepoint"]] += 1
        found[one["series_uid"]] = n_at[one["subject"], one["timepoint"]]
    return found


def _require_empty(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Invalid(f"{folder} is not empty; name a new folder for the images.", field="out")
