"""Reports that one data centre sends another: chosen, looked at, taken as CSV or on paper."""

from datetime import date
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from casebook.actions.access_log import Access, note_access
from casebook.actions.reports import ACTION, report
from casebook.actions.studies import newest_definition
from casebook.domain.reports import TITLES, Report, ReportName, said
from casebook.domain.texts import Text
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.asked_day import AskedDay, shown_day
from services.api.pages.language import language_of
from services.api.pages.rendering import page
from services.api.pages.study_asked import StudyAsked, study_of
from services.api.report_files import ReportFormat, as_file, file_name

router = APIRouter(prefix="/reports")
TONES = {"✓": "good", "△": "warning", "×": "error"}
"""How a cell that begins with a sign is tinted."""
Reads = Annotated[SignedIn, Depends(opening(ACTION))]
Centre = Annotated[str, Query(max_length=50)]


@router.get("")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Reads,
    study: StudyAsked = None,
    name: ReportName = ReportName.REGISTRATIONS,
    centre: Centre = "",
    as_of: AskedDay = "",
) -> Response:
    """Show one report of a day; of today where the day asked for is none, and say so."""
    code, today = study_of(who.actor, ACTION, study), running.now().date()
    asked_day = shown_day(as_of, today=today)
    made = _made(running, session, who, name, code, centre, asked_day.day)
    definition = newest_definition(session, code)[1]
    asked = {"study": code, "centre": centre, "as_of": made.as_of if made.as_of != today else None}
    return page(
        request,
        "reports.html",
        frame,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if asked_day.fault else HTTPStatus.OK,
        asked_day=asked_day,
        report=made,
        titles=TITLES,
        definition=definition,
        centre=centre,
        address=lambda path="", **changes: _address(path, {**asked, "name": name, **changes}),
        tone=_tone,
        Text=Text,
    )


@router.get("/file")
def download(
    request: Request,
    running: Running,
    session: Transaction,
    who: Reads,
    study: StudyAsked = None,
    name: ReportName = ReportName.REGISTRATIONS,
    centre: Centre = "",
    as_of: Annotated[date | None, Query()] = None,
    shape: Annotated[ReportFormat, Query(alias="format")] = ReportFormat.PDF,
) -> Response:
    """Return the report as CSV or PDF, in the language of the page."""
    code, now = study_of(who.actor, ACTION, study), running.now()
    made = _made(running, session, who, name, code, centre, as_of or now.date())
    note_access(session, who.actor, Access.FILE, file_name(made, shape.value), now=now)
    return as_file(made, shape, language_of(request, who.language))


def _made(
    running: Running, session: Transaction, who: SignedIn, name: ReportName, study: str, centre: str, as_of: date
) -> Report:
    return report(
        session,
        who.actor,
        name,
        study_code=study,
        as_of=as_of,
        centre_code=centre,
        key=running.settings.key,
        today=running.now().date(),
    )


def _address(path: str, asked: dict[str, object]) -> str:
    kept = {key: str(value) for key, value in asked.items() if value}
    return f"/reports{path}?{urlencode(kept)}"


def _tone(cell: object) -> str:
    return TONES.get(said(cell, "en")[:1], "") if isinstance(cell, Text) else ""
