"""Verifying, signing, freezing and locking a form from its page."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions.entry_states import EntryKey, ReasonNeeded, act_on_entry
from casebook.actions.form_page import OpenForm
from casebook.actions.signatures import Signing, sign_entry
from casebook.domain.actors import Action
from casebook.domain.errors import CasebookError, Invalid, Refused, Stale
from casebook.domain.texts import Text
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.form import PATH, Asked, Posted, open_asked, path_of, reason_of, sent_version, shown
from services.api.pages.form_states import ACT_PATHS
from services.api.pages.rendering import Frame

router = APIRouter()
STATUS: Final = {
    Stale: HTTPStatus.PRECONDITION_FAILED,
    Refused: HTTPStatus.CONFLICT,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
}
CHANGED: Final = Text(
    "The form was changed in the meantime; nothing was done. Look at it again.",
    "この間に変更されたため、処理は行われませんでした。もう一度確認してください。",
)
SAY_WHY: Final = Text("Say why; the reason is kept in the audit trail.", "理由を入力してください。監査証跡に残ります。")
WRONG_PASSWORD: Final = Text(
    "The password is wrong; nothing was signed.", "パスワードが違います。署名は行われていません。"
)

Verifies = Annotated[SignedIn, Depends(opening(Action.VERIFY_FORMS))]
Signs = Annotated[SignedIn, Depends(opening(Action.SIGN_FORMS))]
Locks = Annotated[SignedIn, Depends(opening(Action.LOCK_FORMS))]


@router.post(f"{PATH}/signature")
def sign(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Signs,
    asked: Asked,
    posted: Posted,
) -> Response:
    """Sign with the password given again."""
    opened = open_asked(running, session, who, asked)
    try:
        with session.begin_nested():
            signing = sign_entry(
                session,
                who,
                _key(opened),
                password=_text(posted, "password"),
                meaning=_text(posted, "meaning"),
                version=sent_version(posted),
                now=running.now(),
            )
    except (Refused, Stale, Invalid) as error:
        return _refused(request, running, session, frame, who, asked, error, "signature")
    if signing.row is None:
        return shown(
            request,
            frame,
            opened,
            opened.row.data if opened.row else {},
            refusal=_wrong(signing),
            refused_act="signature",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
        )
    return RedirectResponse(path_of(opened), HTTPStatus.SEE_OTHER)


def _act(
    request: Request,
    running: Running,
    session: Transaction,
    frame: Frame,
    who: SignedIn,
    asked: Asked,
    posted: FormData,
    name: str,
) -> Response:
    """Do one act and show the form again; or say why it was not done."""
    opened = open_asked(running, session, who, asked)
    try:
        with session.begin_nested():
            act_on_entry(
                session,
                who.actor,
                _key(opened),
                ACT_PATHS[name],
                version=sent_version(posted),
                reason=reason_of(posted),
                now=running.now(),
            )
    except (Refused, Stale) as error:
        return _refused(request, running, session, frame, who, asked, error, name)
    return RedirectResponse(path_of(opened), HTTPStatus.SEE_OTHER)


@router.post(f"{PATH}/verify")
def verify(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Verifies,
    asked: Asked,
    posted: Posted,
) -> Response:
    """Say that the entry agrees with its source."""
    return _act(request, running, session, frame, who, asked, posted, "verify")


@router.post(f"{PATH}/withdraw-verification")
def withdraw(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Verifies,
    asked: Asked,
    posted: Posted,
) -> Response:
    """Take a verification back, with a reason."""
    return _act(request, running, session, frame, who, asked, posted, "withdraw-verification")


@router.post(f"{PATH}/freeze")
def freeze(
    request: Request, running: Running, session: Transaction, frame: InFrame, who: Locks, asked: Asked, posted: Posted
) -> Response:
    """Close the entry to changes."""
    return _act(request, running, session, frame, who, asked, posted, "freeze")


@router.post(f"{PATH}/unfreeze")
def unfreeze(
    request: Request, running: Running, session: Transaction, frame: InFrame, who: Locks, asked: Asked, posted: Posted
) -> Response:
    """Open a frozen entry again, with a reason."""
    return _act(request, running, session, frame, who, asked, posted, "unfreeze")


@router.post(f"{PATH}/lock")
def lock(
    request: Request, running: Running, session: Transaction, frame: InFrame, who: Locks, asked: Asked, posted: Posted
) -> Response:
    """Close the entry for good."""
    return _act(request, running, session, frame, who, asked, posted, "lock")


@router.post(f"{PATH}/unlock")
def unlock(
    request: Request, running: Running, session: Transaction, frame: InFrame, who: Locks, asked: Asked, posted: Posted
) -> Response:
    """Take a lock off, with a reason; the entry is frozen then."""
    return _act(request, running, session, frame, who, asked, posted, "unlock")


def _key(opened: OpenForm) -> EntryKey:
    timepoint = opened.timepoint.code if opened.timepoint else None
    return EntryKey(opened.subject.id, opened.form.code, timepoint, opened.ordinal)


def _text(posted: FormData, name: str) -> str:
    said = posted.get(name)
    return said if isinstance(said, str) else ""


def _wrong(signing: Signing) -> Text:
    if signing.locked_until is None:
        return WRONG_PASSWORD
    until = signing.locked_until.strftime("%H:%M UTC")
    return Text(
        f"Too many wrong passwords: the account is locked until {until}; nothing was signed.",
        f"パスワードの誤りが続いたため、{until}までアカウントはロックされています。署名は行われていません。",
    )


def _refused(
    request: Request,
    running: Running,
    session: Transaction,
    frame: Frame,
    who: SignedIn,
    asked: Asked,
    error: CasebookError,
    act: str,
) -> Response:
    session.expire_all()
    opened = open_asked(running, session, who, asked)
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return shown(
        request,
        frame,
        opened,
        opened.row.data if opened.row else {},
        refusal=CHANGED if isinstance(error, Stale) else SAY_WHY if isinstance(error, ReasonNeeded) else error.said,
        refused_act=act if act in {path for path, known in ACT_PATHS.items() if known in opened.acts} else None,
        status=status,
    )
