"""Tables of form answers, brought in as CSV or workbook: a dry run, then all lines or none."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from casebook.actions.import_files import MAX_FILE_BYTES, TOO_LARGE
from casebook.actions.imports import import_forms, importable_form
from casebook.domain.actors import Action
from casebook.domain.errors import TooLarge
from casebook.domain.imports.columns import LESION_PREFIX, Column, template
from casebook.domain.imports.fates import CellFate, Fate, ImportFates, LineFate, Outcome
from casebook.domain.imports.table import FIELD
from casebook.domain.spreadsheets import BYTE_ORDER_MARK, csv_lines
from casebook.domain.texts import Language, Text
from casebook.store.accounts import SignedIn
from services.api.dependencies import Reason, Running, Transaction, doing
from services.api.pages.study_asked import StudyAsked, study_of
from services.api.problems import FieldProblem, ProblemResponse, problem
from services.api.schemas.cases import Label
from services.api.schemas.imports import ImportCell, ImportColumn, ImportLine, ImportOut
from services.api.spreadsheets import CSV

router = APIRouter(prefix="/api/v1/imports", tags=["forms"])
EditsForms = Annotated[SignedIn, Depends(doing(Action.EDIT_FORMS))]
FormAsked = Annotated[str, Query(max_length=50, description="code of the form")]
WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
FILE_BODY: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": dict.fromkeys(("text/csv", WORKBOOK), _BINARY)}
}
CSV_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "UTF-8 with a byte order mark"}
}
MOST_PROBLEMS: Final = 100
"""Refusals named in the answer to an import that was not taken; a dry run names all of them."""


async def sent_file(request: Request) -> bytes:
    """Read a file that is the whole body, whatever it is called. Raises TooLarge."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MAX_FILE_BYTES:
            raise TooLarge(TOO_LARGE, field=FIELD)
    return bytes(content)


@router.post("", response_model=ImportOut, openapi_extra=FILE_BODY)
def bring_in(
    running: Running,
    session: Transaction,
    who: EditsForms,
    content: Annotated[bytes, Depends(sent_file)],
    form: FormAsked,
    reason: Reason = None,
    study: StudyAsked = None,
    *,
    dry_run: Annotated[bool, Query(description="say what would become of each cell, and write nothing")] = True,
) -> ImportOut | ProblemResponse:
    """Take every line of a table of one form, or none; columns are named by code or label in either language.

    A saved answer changes only with a reason, of its line or of the request. An empty cell leaves what is saved,
    “(empty)” takes it away. The same file again changes nothing.
    """
    found = import_forms(
        session,
        who.actor,
        study_code=study_of(who.actor, Action.EDIT_FORMS, study),
        form_code=form,
        content=content,
        dry_run=dry_run,
        reason=reason or "",
        now=running.now(),
    )
    return _out(form, found) if dry_run or found.is_applied else _refused(found)


@router.get("/template", responses=CSV_ANSWER, response_class=Response)
def empty_table(
    session: Transaction,
    who: EditsForms,
    form: FormAsked,
    language: Language = "en",
    study: StudyAsked = None,
) -> Response:
    """Return a table of the form with its columns and no lines."""
    code = study_of(who.actor, Action.EDIT_FORMS, study)
    columns = template(importable_form(session, who.actor, study_code=code, form_code=form), language)
    headers = {"Content-Disposition": f'attachment; filename="{form}.csv"'}
    return Response(BYTE_ORDER_MARK + csv_lines([columns]), media_type=CSV, headers=headers)


def _refused(found: ImportFates) -> ProblemResponse:
    fields = [
        FieldProblem(field=f"line {line.number}, {found.columns[index].name}", message=cell.said.en)
        for line in found.lines
        for index, cell in enumerate(line.cells)
        if cell.fate is Fate.REFUSED and cell.said is not None
    ]
    fields += [
        FieldProblem(field=f"line {line.number}", message=said.en) for line in found.lines for said in line.refusals
    ]
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"Nothing was taken: {found.n_refusals} cells or lines are refused. A dry run shows all of them.",
        code="import-refused",
        fields=fields[:MOST_PROBLEMS],
    )


def _out(form: str, found: ImportFates) -> ImportOut:
    n = found.n_entries
    return ImportOut(
        form=form,
        read_as=_label(found.read_as),
        applied=found.is_applied,
        n_new=n.get(Outcome.NEW, 0),
        n_changed=n.get(Outcome.CHANGED, 0),
        n_unchanged=n.get(Outcome.UNCHANGED, 0),
        n_refused=n.get(Outcome.REFUSED, 0),
        n_cells=dict(found.n_cells),
        columns=[_column(column) for column in found.columns],
        lines=[_line(line) for line in found.lines],
    )


def _column(column: Column) -> ImportColumn:
    field = f"{LESION_PREFIX * column.per_lesion}{column.field.code}" if column.field else None
    ignored = _label(column.ignored) if column.ignored else None
    return ImportColumn(name=column.name, place=column.place, field=field, ignored=ignored)


def _line(line: LineFate) -> ImportLine:
    return ImportLine(
        line=line.number,
        subject=line.subject,
        timepoint=line.timepoint,
        ordinal=line.ordinal,
        outcome=line.outcome,
        refusals=[_label(said) for said in line.refusals],
        notes=[_label(said) for said in line.notes],
        cells=[_cell(index, cell) for index, cell in enumerate(line.cells) if cell.fate is not Fate.EMPTY],
    )


def _cell(index: int, cell: CellFate) -> ImportCell:
    return ImportCell(column=index, value=cell.shown, fate=cell.fate, said=_label(cell.said) if cell.said else None)


def _label(text: Text) -> Label:
    return Label(en=text.en, ja=text.ja)
