"""Images of a cut on the wire, one patient at a time; a whole study's are for the command."""

from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy.orm import Session

from casebook.actions.cut_exports import scratch
from casebook.actions.cut_images import cut_for_images, export_cut_images
from casebook.actions.image_export import ImageForm, Wanted
from casebook.domain.actors import Actor
from casebook.domain.errors import NotFound
from casebook.domain.imaging import SeriesRole
from casebook.domain.texts import Text
from services.api.cut_downloads import as_zip
from services.api.state import Service

NO_IMAGES: Final = Text("The cut has no such images of this patient.", "このデータカットに、該当する画像はありません。")
AskedForm = Annotated[
    ImageForm, Query(alias="as", description="`dicomdir`: the archived files with a DICOMDIR; `nifti`: volumes")
]
AskedTimepoint = Annotated[str | None, Query(description="images of this timepoint only", examples=["baseline"])]
AskedRole = Annotated[SeriesRole | None, Query(description="series of this kind only")]


def images_of_patient(
    running: Service,
    session: Session,
    actor: Actor,
    *,
    cut_id: UUID,
    number: str,
    form: ImageForm,
    timepoint: str | None,
    role: SeriesRole | None,
) -> Response:
    """Return images of a patient of a cut with their manifest as a zip. Raises NotFound."""
    row, study_code = cut_for_images(session, actor, cut_id=cut_id)
    wanted = Wanted(
        frozenset({number}),
        None if timepoint is None else frozenset({timepoint}),
        None if role is None else frozenset({role}),
    )
    with scratch() as scratched:
        folder = Path(scratched) / "images"
        made = export_cut_images(
            session,
            actor,
            row,
            study_code=study_code,
            archive=running.archive,
            folder=folder,
            form=form,
            now=running.now(),
            wanted=wanted,
        )
        if not made.n_files and not made.left_out:
            raise NotFound(NO_IMAGES, field="number")
        return as_zip(folder, f"{study_code}-{row.name}-{number}-{form}.zip")
