"""Data cuts: ordered, listed, given out, compared."""

from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from casebook.actions.access_log import Access, note_access
from casebook.actions.cuts import ACT, find_cut, list_cuts, make_later, open_cut, order_cut, see_cut
from casebook.actions.image_export import ImageForm
from casebook.domain.actors import Action
from casebook.domain.cuts.model import EVERYTHING
from casebook.store.accounts import SignedIn
from services.api import cut_downloads as downloads
from services.api import cut_views as views
from services.api.cut_downloads import BYTES_ANSWER, ZIP_ANSWER, AcceptChanges, Shape
from services.api.cut_images import AskedForm, AskedRole, AskedTimepoint, images_of_patient
from services.api.dependencies import Running, Transaction, doing
from services.api.pages.study_asked import StudyAsked, study_of
from services.api.schemas.cuts import CutComparisonOut, CutDetail, CutFiles, CutIn, CutOrderOut, Cuts
from services.api.spreadsheets import CSV

router = APIRouter(prefix="/api/v1/cuts", tags=["data cuts"])
Exports = Annotated[SignedIn, Depends(doing(ACT))]
With = Annotated[UUID, Query(alias="with", description="another cut of the study")]
CSV_ANSWER: Final[dict[int | str, dict[str, object]]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.get("")
def list_all(session: Transaction, who: Exports, study: StudyAsked = None) -> Cuts:
    """Return the cuts of a study, the newest first, and the orders that are no cut yet or failed."""
    code = study_of(who.actor, ACT, study)
    return views.cuts_out(list_cuts(session, who.actor, study_code=code))


@router.post("", status_code=HTTPStatus.ACCEPTED)
def order(running: Running, session: Transaction, who: Exports, body: CutIn, study: StudyAsked = None) -> CutOrderOut:
    """Order a cut; the worker makes it, and the list says how far it is. A name is used once."""
    now = running.now()
    row = order_cut(
        session,
        who.actor,
        study_code=study_of(who.actor, ACT, study),
        name=body.name,
        purpose=body.purpose,
        as_of=body.as_of or now.date(),
        now=now,
    )
    make_later(session, row.id)
    return views.order_out(row)


@router.get("/{cut_id}")
def show(running: Running, session: Transaction, who: Exports, cut_id: UUID) -> CutDetail:
    """Return a cut, with every time that it was given out."""
    return views.detail_out(see_cut(session, who.actor, running.archive, cut_id=cut_id))


@router.get("/{cut_id}/files")
def list_files(running: Running, session: Transaction, who: Exports, cut_id: UUID) -> CutFiles:
    """Return the kept files of a cut with their SHA-256."""
    row, _ = find_cut(session, who.actor, cut_id=cut_id)
    return views.files_out(open_cut(row, running.archive).manifest)


@router.get("/{cut_id}/files/{file:path}", response_class=Response, responses=BYTES_ANSWER)
def kept_file(running: Running, session: Transaction, who: Exports, cut_id: UUID, file: str) -> Response:
    """Return one kept file, or `manifest.json`, byte for byte."""
    return downloads.kept_file(running, session, who.actor, cut_id=cut_id, path=file)


@router.get("/{cut_id}/export", response_class=Response, responses=ZIP_ANSWER)
def export(
    running: Running,
    session: Transaction,
    who: Exports,
    cut_id: UUID,
    shape: Shape = EVERYTHING,
    accept_changes: AcceptChanges = False,  # noqa: FBT002 - a flag of the query
) -> Response:
    """Return a cut as a zip: the same bytes each time; it is noted who took it, and compared with the first time.

    Refused where a change of the program makes other bytes of it and that is not accepted.
    """
    return downloads.export(running, session, who.actor, cut_id=cut_id, shape=shape, accept_changes=accept_changes)


@router.get("/{cut_id}/images/{number}", response_class=Response, responses=ZIP_ANSWER)
def images(
    running: Running,
    session: Transaction,
    who: Annotated[SignedIn, Depends(doing(Action.EXPORT_IMAGES))],
    cut_id: UUID,
    number: str,
    form: AskedForm = ImageForm.DICOMDIR,
    timepoint: AskedTimepoint = None,
    role: AskedRole = None,
) -> Response:
    """Return a patient's images of a cut as a zip, with a manifest: those that the cut listed when it was made."""
    return images_of_patient(
        running,
        session,
        who.actor,
        cut_id=cut_id,
        number=number,
        form=form,
        timepoint=timepoint,
        role=role,
    )


@router.get("/{cut_id}/comparison")
def compare(running: Running, session: Transaction, who: Exports, cut_id: UUID, other: With) -> CutComparisonOut:
    """Return what differs between two cuts, the earlier first: lesions, subjects, and the endpoint."""
    return views.comparison_out(downloads.comparison(running, session, who.actor, cut_id=cut_id, other_id=other))


@router.get("/{cut_id}/comparison.csv", response_class=Response, responses=CSV_ANSWER)
def compare_csv(running: Running, session: Transaction, who: Exports, cut_id: UUID, other: With) -> Response:
    """Return what differs between two cuts as CSV: a line for each changed variable, and for each row that is new."""
    found = downloads.comparison(running, session, who.actor, cut_id=cut_id, other_id=other)
    name = f"{found.before.about.cut_name}-to-{found.after.about.cut_name}.csv"
    note_access(session, who.actor, Access.FILE, name, now=running.now())
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(views.comparison_csv(found), media_type=CSV, headers=headers)
