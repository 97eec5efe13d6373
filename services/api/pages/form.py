"""Reading and filling one form of one patient."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions.access_log import Access, note_access
from casebook.actions.entry_states import ReasonNeeded
from casebook.actions.form_page import OpenForm, answers_at, first_answers, open_form
from casebook.actions.forms import EntryRefused, save_entry
from casebook.actions.history import changed_paths
from casebook.domain.actors import Action
from casebook.domain.errors import Stale
from casebook.domain.forms.definition import FieldDefinition
from casebook.domain.forms.entry import is_open
from casebook.domain.forms.faults import Fault
from casebook.domain.forms.states import CLOSED, EntryAct
from casebook.domain.forms.values import Answers
from casebook.domain.texts import Text
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.form_data import read_entry
from services.api.pages.form_list import form_path
from services.api.pages.form_merge import merge_of, merged
from services.api.pages.form_states import ACT_PATHS, steps_of
from services.api.pages.form_view import form_view
from services.api.pages.query_marks import beside_form
from services.api.pages.rendering import Frame, page

router = APIRouter()
PATH: Final = "/patients/{number}/forms/{form}"
REASON_NEEDED: Final = Text(
    "a saved answer changes; say why, for the audit trail", "保存済みの回答を変更するときは理由を入力してください"
)
MOST_ENTRIES: Final = 50
DRAFT: Final = "draft"
SECOND_REGISTRATION: Final = "/patients/{number}/second-registration"
"""Where eligibility is answered that no registration has brought yet: the first one makes the patient."""


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
Posted = Annotated[FormData, Depends(sent_form)]


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
    opened = open_asked(running, session, who, asked)
    if opened.comes_by_registering and who.actor.may(Action.REGISTER_SUBJECT):
        return RedirectResponse(SECOND_REGISTRATION.format(number=asked.number), HTTPStatus.SEE_OTHER)
    target, subject_id = f"{asked.form} {asked.timepoint or ''}".strip(), opened.subject.id
    note_access(session, who.actor, Access.FORM, f"{asked.number} {target}", subject_id=subject_id, now=running.now())
    data = opened.row.data if opened.row else first_answers(opened)
    warnings = opened.judged(data).warnings if opened.row else ()
    is_saved = saved is not None and saved == opened.version
    return shown(request, frame, opened, data, warnings=warnings, is_saved=is_saved)


@router.post(PATH)
def save(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.EDIT_FORMS))],
    posted: Posted,
    asked: Asked,
) -> Response:
    """Save and show what was saved; or show the form again with every error, or with what somebody else changed."""
    opened = open_asked(running, session, who, asked)
    data, faults = read_entry(opened.form, opened.context.lesions, posted)
    if posted.get("act") == "rows":
        return shown(request, frame, opened, asked_only(opened, data), reason=reason_of(posted))
    if sent_version(posted) != opened.version:
        return _stale(request, session, frame, opened, data, posted)
    if posted.get("act") == "merge":
        merge = merge_of(opened.form, {}, opened.row.data if opened.row else {}, data, posted)
        if not merge.is_settled:
            return _stale(request, session, frame, opened, data, posted)
        data = merged(opened.row.data if opened.row else {}, data, merge)
    try:
        faults = faults or _try_to_save(running, session, who, opened, data, posted)
    except Stale:
        session.expire_all()
        return _stale(request, session, frame, open_asked(running, session, who, asked), data, posted)
    if faults:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return shown(request, frame, opened, data, errors=faults, reason=reason_of(posted), status=status)
    return RedirectResponse(_saved_path(open_asked(running, session, who, asked)), HTTPStatus.SEE_OTHER)


def open_asked(running: Running, session: Transaction, who: SignedIn, asked: AskedForm) -> OpenForm:
    """Open what the address names. Raises NotFound."""
    return open_form(
        session,
        who.actor,
        number=asked.number,
        form_code=asked.form,
        timepoint_code=asked.timepoint,
        ordinal=asked.ordinal,
        now=running.now(),
    )


def path_of(opened: OpenForm, below: str = "") -> str:
    """Return the address of the form's page, or of something below it."""
    timepoint = opened.timepoint.code if opened.timepoint else None
    return form_path(opened.subject.number, opened.form.code, timepoint, opened.ordinal, below=below)


def sent_version(posted: FormData) -> int:
    """Return the version that the page was made from; 0 for none."""
    said = posted.get("version")
    return int(said) if isinstance(said, str) and said.isdecimal() else 0


def reason_of(posted: FormData) -> str:
    """Return the reason that was typed."""
    said = posted.get("change_reason")
    return said if isinstance(said, str) else ""


def _saved_path(opened: OpenForm) -> str:
    path = path_of(opened)
    return f"{path}{'&' if '?' in path else '?'}saved={opened.version}"


def _is_draft(opened: OpenForm, posted: FormData) -> bool:
    return DRAFT in {posted.get("act"), posted.get("intent")} and EntryAct.SAVE_DRAFT in opened.acts


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
                reason=reason_of(posted),
                now=running.now(),
                draft=_is_draft(opened, posted),
            )
    except EntryRefused as refused:
        return list(refused.faults)
    except ReasonNeeded:
        return [Fault("change_reason", "required", REASON_NEEDED)]
    return []


def asked_only(opened: OpenForm, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers to what the form still asks: nothing of closed questions, nor of lesions without a row."""
    entry = opened.judged(data).entry
    rows: Mapping[str, Mapping[str, object]] = data.get("lesions", {})
    kept = _open_only(opened.form.questions, data, entry.answers)
    lesions = {
        label: _open_only(opened.form.lesion_fields, rows[label], {**entry.answers, **answers})
        for label, answers in entry.lesions.items()
        if label in rows
    }
    return {**kept, "lesions": lesions} if lesions else kept


def _open_only(fields: Iterable[FieldDefinition], data: Mapping[str, object], answers: Answers) -> dict[str, object]:
    return {field.code: data[field.code] for field in fields if field.code in data and is_open(field, answers)}


def _stale(
    request: Request,
    session: Transaction,
    frame: Frame,
    opened: OpenForm,
    data: Mapping[str, object],
    posted: FormData,
) -> Response:
    """Show who changed what meanwhile, field by field beside what was sent; nothing typed is lost."""
    stored = opened.row.data if opened.row else {}
    base = answers_at(session, opened, sent_version(posted))
    return page(
        request,
        "form_merge.html",
        frame,
        status=HTTPStatus.PRECONDITION_FAILED,
        opened=opened,
        merge=merge_of(opened.form, base, stored, data, posted, opened.definition.missing_reasons),
        reason=reason_of(posted),
        is_closed=opened.state in CLOSED,
        intent=DRAFT if _is_draft(opened, posted) else "",
        path_of_form=path_of(opened),
        history_path=path_of(opened, "history"),
    )


def shown(
    request: Request,
    frame: Frame,
    opened: OpenForm,
    data: Mapping[str, object],
    *,
    errors: list[Fault] | None = None,
    warnings: tuple[Fault, ...] = (),
    reason: str = "",
    is_saved: bool = False,
    refusal: Text | None = None,
    refused_act: str | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """Show the form with answers, what is wrong with them, where it stands and what may be done with it."""
    view = form_view(
        opened.form,
        opened.context,
        data,
        missing_reasons=opened.definition.missing_reasons,
        errors=errors or (),
        warnings=warnings,
        changed=changed_paths(opened.history),
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
        reason=reason,
        is_saved=is_saved,
        refusal=refusal,
        refused_act=refused_act,
        steps=steps_of(opened),
        acts=[path for path, act in ACT_PATHS.items() if act in opened.acts],
        path_of_form=path_of(opened),
        act_path=lambda act: path_of(opened, act),
        **beside_form(opened, view),
        history_path=path_of(opened, "history"),
    )
