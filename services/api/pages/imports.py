"""Bringing in a table of form answers: choose form and file, see what becomes of every cell, take all of it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NoBase64
from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.datastructures import FormData
from starlette.datastructures import UploadFile

from casebook.actions.import_files import MAX_FILE_BYTES, TOO_LARGE
from casebook.actions.imports import import_forms, importable_form, importable_forms
from casebook.actions.studies import newest_definition
from casebook.domain.actors import Action
from casebook.domain.errors import Invalid, TooLarge
from casebook.domain.imports.columns import template
from casebook.domain.imports.fates import FATE_LABELS, OUTCOME_LABELS, Fate, ImportFates, LineFate, Outcome
from casebook.domain.imports.table import FIELD
from casebook.domain.spreadsheets import BYTE_ORDER_MARK, csv_lines
from casebook.domain.texts import Text
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.attempts import attempt, status_for, text
from services.api.pages.language import language_of
from services.api.pages.rendering import page
from services.api.pages.study_asked import StudyAsked, study_of
from services.api.spreadsheets import CSV

router = APIRouter(prefix="/imports")
EditsForms = Annotated[SignedIn, Depends(opening(Action.EDIT_FORMS))]
Posted = Annotated[FormData, Depends(sent_form)]
NO_FILE: Final = Text("Choose the file first.", "ファイルを選択してください。")
MOST_SHOWN: Final = 300
"""Lines on the page, those with refusals before the others; the API gives all."""
OUTCOME_TONES: Final = {Outcome.NEW: "good", Outcome.CHANGED: "accent", Outcome.UNCHANGED: "", Outcome.REFUSED: "error"}


@router.get("")
def show(
    request: Request,
    session: Transaction,
    frame: InFrame,
    who: EditsForms,
    study: StudyAsked = None,
    form: Annotated[str, Query(max_length=50)] = "",
) -> Response:
    """Show where a table is brought in."""
    code = study_of(who.actor, Action.EDIT_FORMS, study)
    forms = importable_forms(session, who.actor, study_code=code)
    chosen = next((one for one in forms if one.code == form), forms[0])
    return page(
        request, "imports.html", frame, study=code, forms=forms, chosen=chosen, found=None, error=None, reason=""
    )


@router.get("/template")
def empty_table(
    request: Request,
    session: Transaction,
    who: EditsForms,
    form: Annotated[str, Query(max_length=50)],
    study: StudyAsked = None,
) -> Response:
    """Return a table of the form with its columns, in the language of the page."""
    code = study_of(who.actor, Action.EDIT_FORMS, study)
    found = importable_form(session, who.actor, study_code=code, form_code=form)
    columns = template(found, language_of(request, who.language))
    headers = {"Content-Disposition": f'attachment; filename="{found.code}.csv"'}
    return Response(BYTE_ORDER_MARK + csv_lines([columns]), media_type=CSV, headers=headers)


@router.post("")
def bring_in(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: EditsForms,
    posted: Posted,
) -> Response:
    """Show what would become of every cell; take all of it once that has been seen."""
    code = study_of(who.actor, Action.EDIT_FORMS, text(posted, "study") or None)
    forms = importable_forms(session, who.actor, study_code=code)
    wanted = text(posted, "form") or forms[0].code
    chosen = importable_form(session, who.actor, study_code=code, form_code=wanted)
    is_asked = text(posted, "act") == "take"
    done: list[tuple[bytes, ImportFates]] = []

    def read() -> None:
        content = _sent(posted)
        found = import_forms(
            session,
            who.actor,
            study_code=code,
            form_code=chosen.code,
            content=content,
            dry_run=not is_asked,
            reason=text(posted, "reason"),
            now=running.now(),
        )
        done.append((content, found))

    error = attempt(session, read)
    content, found = done[0] if done else (b"", None)
    return page(
        request,
        "imports.html",
        frame,
        status=status_for(error),
        study=code,
        forms=forms,
        chosen=chosen,
        found=found,
        error=error,
        lines=_shown(found.lines) if found else (),
        most=MOST_SHOWN,
        seen=urlsafe_b64encode(content).decode() if found and found.can_be_taken and not found.is_applied else "",
        reason=text(posted, "reason"),
        fate_labels=FATE_LABELS,
        outcome_labels=OUTCOME_LABELS,
        outcome_tones=OUTCOME_TONES,
        Fate=Fate,
        Outcome=Outcome,
        timepoints={one.code: one.label for one in newest_definition(session, code)[1].timepoints},
    )


def _shown(lines: Sequence[LineFate]) -> list[LineFate]:
    """The lines with refusals and as many others as there is room for, in the order of the file."""
    first = sorted(lines, key=lambda line: (not line.n_refused, line.number))[:MOST_SHOWN]
    return sorted(first, key=lambda line: line.number)


def _sent(posted: FormData) -> bytes:
    """The file: chosen now, or the one that was seen. Raises Invalid, TooLarge."""
    sent = posted.get("file")
    if isinstance(sent, UploadFile) and sent.filename:
        content = sent.file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise TooLarge(TOO_LARGE, field=FIELD)
        return content
    try:
        seen = urlsafe_b64decode(text(posted, "seen"))
    except (NoBase64, ValueError):
        seen = b""
    if not seen:
        raise Invalid(NO_FILE, field=FIELD)
    return seen
