"""Reading and filling one form of one patient."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions.form_page import OpenForm, first_answers, open_form
from casebook.actions.forms import EntryRefused, save_entry
from casebook.domain.actors import Action
from casebook.domain.errors import Refused, Stale
from casebook.domain.forms.faults import Fault
from casebook.domain.texts import Text
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.form_data import read_entry
from services.api.pages.form_differences import Difference, differences
from services.api.pages.form_list import form_path
from services.api.pages.form_view import form_view
from services.api.pages.rendering import Frame, page

router = APIRouter()
PATH: Final = "/patients/{number}/forms/{form}"
REASON_NEEDED: Final = Text(
    "a saved answer changes; say why, for the audit trail", "保存済みの回答を変更するときは理由を入力してください"
)
MOST_ENTRIES: Final = 50


@dataclass(frozen=True, slots=True)
class AskedForm:
    """Which entry of which form an address names."""

    number: str
    form: str
    timepoint: str | None
    ordinal: int


def asked_form(
    number: str,
    form: str,
    timepoint: Annotated[str | None, Query(max_length=50)] = None,
    ordinal: Annotated[int, Query(ge=1, le=MOST_ENTRIES)] = 1,
) -> AskedForm:
    """Return what the address names."""
    return AskedForm(number, form, timepoint, ordinal)


Asked = Annotated[AskedForm, Depends(asked_form)]


@router.get(PATH)
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_OUTCOMES))],
    asked: Asked,
    saved: Annotated[int | None, Query()] = None,
) -> Response:
    """Show the stored entry with its warnings, or an empty form."""
    opened = _open(running, session, who, asked)
    data = opened.row.data if opened.row else first_answers(opened)
    warnings = opened.judged(data).warnings if opened.row else ()
    is_saved = saved is not None and saved == opened.version
    return _shown(request, frame, opened, data, warnings=warnings, is_saved=is_saved)


@router.post(PATH)
def save(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.EDIT_FORMS))],
    posted: Annotated[FormData, Depends(sent_form)],
    asked: Asked,
) -> Response:
    """Save and show what was saved; or show the form again with every error, or with what somebody else changed."""
    opened = _open(running, session, who, asked)
    data, faults = read_entry(opened.form, opened.context.lesions, posted)
    if posted.get("act") == "rows":
        return _shown(request, frame, opened, _asked_only(opened, data), reason=_reason(posted))
    if _sent_version(posted) != opened.version:
        return _stale(request, frame, opened, data, _reason(posted))
    try:
        faults = faults or _try_to_save(running, session, who, opened, data, posted)
    except Stale:
        session.expire_all()
        return _stale(request, frame, _open(running, session, who, asked), data, _reason(posted))
    if faults:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _shown(request, frame, opened, data, errors=faults, reason=_reason(posted), status=status)
    path, version = _path(opened), _open(running, session, who, asked).version
    return RedirectResponse(f"{path}{'&' if '?' in path else '?'}saved={version}", HTTPStatus.SEE_OTHER)


def _open(running: Running, session: Transaction, who: SignedIn, asked: AskedForm) -> OpenForm:
    return open_form(
        session,
        who.actor,
        number=asked.number,
        form_code=asked.form,
        timepoint_code=asked.timepoint,
        ordinal=asked.ordinal,
        now=running.now(),
    )


def _path(opened: OpenForm) -> str:
    timepoint = opened.timepoint.code if opened.timepoint else None
    return form_path(opened.subject.number, opened.form.code, timepoint, opened.ordinal)


def _sent_version(posted: FormData) -> int:
    said = posted.get("version")
    return int(said) if isinstance(said, str) and said.isdecimal() else 0


def _reason(posted: FormData) -> str:
    said = posted.get("change_reason")
    return said if isinstance(said, str) else ""


def _try_to_save(
    running: Running,
    session: Transaction,
    who: SignedIn,
    opened: OpenForm,
    data: Mapping[str, object],
    posted: FormData,
) -> list[Fault]:
    """Save within a savepoint, so that a refused entry leaves nothing behind; returns what is wrong."""
    try:
        with session.begin_nested():
            save_entry(
                session,
                who.actor,
                subject_id=opened.subject.id,
                form_code=opened.form.code,
                timepoint_code=opened.timepoint.code if opened.timepoint else None,
                ordinal=opened.ordinal,
                data=data,
                version=opened.version or None,
                reason=_reason(posted),
                now=running.now(),
            )
    except EntryRefused as refused:
        return list(refused.faults)
    except Refused as refused:
        if refused.field != "change_reason":
            raise
        return [Fault("change_reason", "required", REASON_NEEDED)]
    return []


def _asked_only(opened: OpenForm, data: dict[str, Any]) -> dict[str, Any]:
    """Return the answers without rows of lesions that the form does not ask about any more."""
    asked = opened.judged(data).entry.lesions
    rows: Mapping[str, object] = data.get("lesions", {})
    return {**data, "lesions": {label: row for label, row in rows.items() if label in asked}}


def _stale(request: Request, frame: Frame, opened: OpenForm, data: Mapping[str, object], reason: str) -> Response:
    """Show who changed what meanwhile, and the form with the answers that were sent; nothing typed is lost."""
    stored = opened.row.data if opened.row else {}
    return _shown(
        request,
        frame,
        opened,
        data,
        reason=reason,
        conflict=differences(opened.form, stored, data),
        status=HTTPStatus.PRECONDITION_FAILED,
    )


def _shown(
    request: Request,
    frame: Frame,
    opened: OpenForm,
    data: Mapping[str, object],
    *,
    errors: list[Fault] | None = None,
    warnings: tuple[Fault, ...] = (),
    conflict: list[Difference] | None = None,
    reason: str = "",
    is_saved: bool = False,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    view = form_view(
        opened.form,
        opened.context,
        data,
        missing_reasons=opened.definition.missing_reasons,
        errors=errors or (),
        warnings=warnings,
    )
    reasons = [fault for fault in view.others if fault.field == "change_reason"]
    return page(
        request,
        "form.html",
        frame,
        status=status,
        opened=opened,
        view=replace(view, others=tuple(fault for fault in view.others if fault not in reasons)),
        reason_faults=reasons,
        conflict=conflict,
        reason=reason,
        is_saved=is_saved,
        path_of_form=_path(opened),
    )
