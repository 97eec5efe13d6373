"""Data cuts: made, looked at, taken away, compared."""

from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions.access_log import Access, note_access
from casebook.actions.cut_comparison import endpoint_of
from casebook.actions.cuts import ACT, SeenCut, findings_of, list_cuts, make_later, order_cut, see_cut
from casebook.actions.image_export import ImageForm
from casebook.actions.studies import newest_definition
from casebook.domain.actors import Action
from casebook.domain.cuts.comparison import Change
from casebook.domain.cuts.model import EVERYTHING, LONGEST_NAME, LONGEST_PURPOSE, CutChanged, ExportResult, OrderState
from casebook.domain.errors import CasebookError, NotFound
from casebook.domain.study import StudyDefinition
from casebook.stats.rounding import percent
from casebook.store.accounts import SignedIn
from services.api import cut_downloads as downloads
from services.api.cut_downloads import Shape
from services.api.cut_images import AskedForm, images_of_patient
from services.api.cut_views import comparison_csv
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.attempts import attempt, day, status_for, text
from services.api.pages.cut_runs import runs_of
from services.api.pages.rendering import Frame, page
from services.api.pages.study_asked import StudyAsked, study_of
from services.api.pages.words import N_
from services.api.spreadsheets import CSV
from services.api.state import Service

router = APIRouter(prefix="/cuts")
Exports = Annotated[SignedIn, Depends(opening(ACT))]
With = Annotated[UUID, Query(alias="with")]
STEPS: Final = {
    "endpoint": N_("working out the endpoint"),
    "source": N_("copying the tables"),
    "datasets": N_("making the datasets"),
    "checks": N_("checking the datasets"),
    "snapshot": N_("writing the ODM snapshot"),
    "keeping": N_("keeping the files"),
}
STATES: Final = {
    OrderState.WAITING: N_("waits for its turn"),
    OrderState.MAKING: N_("is being made"),
    OrderState.FAILED: N_("was not made"),
}
RESULTS: Final = {
    ExportResult.FIRST: N_("first time"),
    ExportResult.EQUAL: N_("equal, byte for byte"),
    ExportResult.DIFFERENT: N_("different"),
}
TONES: Final = {ExportResult.FIRST: "", ExportResult.EQUAL: "good", ExportResult.DIFFERENT: "error"}
CHANGES: Final = {
    Change.ADDED: N_("added"),
    Change.REMOVED: N_("removed"),
    Change.CHANGED: N_("changed"),
}
CHANGE_TONES: Final = {Change.ADDED: "good", Change.REMOVED: "error", Change.CHANGED: "accent"}
FORMAT_NAMES: Final = {
    "csv": "CSV",
    "parquet": "Parquet",
    "xpt": "SAS XPORT v5",
    "dataset-json": "Dataset-JSON 1.1",
    "define-xml": "Define-XML 2.1",
    "dictionary": N_("Data dictionary"),
    "snippets": N_("Import for R, SAS, Python"),
    "odm": "ODM 1.3.2",
}
MOST_ROWS: Final = 500
"""Of the differences on a page; CSV has all."""


@router.get("")
def show(
    request: Request, running: Running, session: Transaction, frame: InFrame, who: Exports, study: StudyAsked = None
) -> Response:
    """Show the cuts of a study with the form to make one, and how far those are that are being made."""
    return _list(request, running, session, frame, study_of(who.actor, ACT, study))


@router.post("")
def order(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Exports,
    posted: Annotated[FormData, Depends(sent_form)],
    study: StudyAsked = None,
) -> Response:
    """Order a cut; the worker makes it."""
    code, now = study_of(who.actor, ACT, study), running.now()

    def act() -> None:
        row = order_cut(
            session,
            who.actor,
            study_code=code,
            name=text(posted, "name"),
            purpose=text(posted, "purpose"),
            as_of=day(posted, "as_of") or now.date(),
            now=now,
        )
        make_later(session, row.id)

    error = attempt(session, act)
    if error is None:
        return RedirectResponse(f"/cuts?study={quote(code)}", HTTPStatus.SEE_OTHER)
    return _list(request, running, session, frame, code, error=error, sent=posted)


def _list(
    request: Request,
    running: Service,
    session: Transaction,
    frame: Frame,
    study: str,
    *,
    error: CasebookError | None = None,
    sent: FormData | None = None,
) -> Response:
    return page(
        request,
        "cuts.html",
        frame,
        status=status_for(error),
        error=error,
        sent=sent or FormData(),
        study=study,
        found=list_cuts(session, frame.who.actor, study_code=study),
        steps=STEPS,
        states=STATES,
        today=running.now().date(),
        longest=(LONGEST_NAME, LONGEST_PURPOSE),
    )


@router.get("/{cut_id}")
def show_cut(
    request: Request, running: Running, session: Transaction, frame: InFrame, who: Exports, cut_id: UUID
) -> Response:
    """Show one cut: what it holds, its files, and every time that it was given out."""
    return _cut(request, running, session, frame, who, cut_id)


def _cut(
    request: Request,
    running: Service,
    session: Transaction,
    frame: Frame,
    who: SignedIn,
    cut_id: UUID,
    *,
    error: CasebookError | None = None,
    shape: str = "",
    no_images: CasebookError | None = None,
    asked: tuple[str, str] = ("", ""),
) -> Response:
    found = see_cut(session, who.actor, running.archive, cut_id=cut_id)
    every = list_cuts(session, who.actor, study_code=found.study_code).cuts
    values: dict[str, Any] = {
        "found": found,
        "row": found.row,
        "manifest": found.kept.manifest,
        "endpoint": endpoint_of(found.kept),
        "others": [row for row in every if row.id != found.row.id],
        "runs": runs_of(found.exports),
        "findings": findings_of(found.kept),
        "formats": FORMAT_NAMES,
        "everything": EVERYTHING,
        "error": error,
        "shape": shape,
        "results": RESULTS,
        "tones": TONES,
        "percent": percent,
        "timepoints": [one for one in _definition(session, found).timepoints if one.imaging],
    }
    values |= {"no_images": no_images, "asked": asked}
    return page(request, "cut.html", frame, status=status_for(error or no_images), **values)


def _definition(session: Transaction, found: SeenCut) -> StudyDefinition:
    return newest_definition(session, found.study_code)[1]


@router.get("/{cut_id}/export")
def export(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Exports,
    cut_id: UUID,
    shape: Shape = EVERYTHING,
    accept_changes: bool = False,  # noqa: FBT001, FBT002 - a flag of the query
) -> Response:
    """Return the cut as a zip, in one format or whole; say which files are not those of the first time."""
    try:
        return downloads.export(running, session, who.actor, cut_id=cut_id, shape=shape, accept_changes=accept_changes)
    except CutChanged as changed:
        return _cut(request, running, session, frame, who, cut_id, error=changed, shape=shape)


@router.get("/{cut_id}/files/{file:path}")
def kept_file(running: Running, session: Transaction, who: Exports, cut_id: UUID, file: str) -> Response:
    """Return one kept file."""
    return downloads.kept_file(running, session, who.actor, cut_id=cut_id, path=file)


@router.get("/{cut_id}/images")
def images(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.EXPORT_IMAGES))],
    cut_id: UUID,
    number: str,
    form: AskedForm = ImageForm.DICOMDIR,
    timepoint: str = "",
) -> Response:
    """Return a patient's images of the cut as a zip; say on the page of the cut where there are none."""
    try:
        return images_of_patient(
            running,
            session,
            who.actor,
            cut_id=cut_id,
            number=number.strip(),
            form=form,
            timepoint=timepoint or None,
            role=None,
        )
    except NotFound as none:
        return _cut(request, running, session, frame, who, cut_id, no_images=none, asked=(number, timepoint))


@router.get("/{cut_id}/comparison")
def compare(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Exports,
    cut_id: UUID,
    other: With,
) -> Response:
    """Show what differs between two cuts, lesion by lesion."""
    found = downloads.comparison(running, session, who.actor, cut_id=cut_id, other_id=other)
    return page(
        request,
        "cut_comparison.html",
        frame,
        found=found,
        cut_id=cut_id,
        other_id=other,
        changes=CHANGES,
        tones=CHANGE_TONES,
        kinds=tuple(Change),
        most_rows=MOST_ROWS,
        percent=percent,
    )


@router.get("/{cut_id}/comparison.csv")
def compare_csv(running: Running, session: Transaction, who: Exports, cut_id: UUID, other: With) -> Response:
    """Return what differs as CSV."""
    found = downloads.comparison(running, session, who.actor, cut_id=cut_id, other_id=other)
    name = f"{found.before.about.cut_name}-to-{found.after.about.cut_name}.csv"
    note_access(session, who.actor, Access.FILE, name, now=running.now())
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(comparison_csv(found), media_type=CSV, headers=headers)
