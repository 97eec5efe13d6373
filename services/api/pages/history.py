"""The history of a form, or of one of its fields: what stood there, who changed it, when and why."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from casebook.actions.access_log import Access, note_access
from casebook.actions.history import of_field
from casebook.domain.actors import Action
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.form import PATH, Asked, open_asked, path_of
from services.api.pages.rendering import page

router = APIRouter()


@router.get(f"{PATH}/history")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_OUTCOMES))],
    asked: Asked,
    field: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Show every change, the newest first; from the audit trail alone."""
    opened = open_asked(running, session, who, asked)
    note_access(
        session, who.actor, Access.FORM, f"{asked.number} {asked.form}", subject_id=opened.subject.id, now=running.now()
    )
    shown = of_field(opened.history, field) if field is not None else opened.history
    label = shown[0].fields[0].label if field is not None else None
    return page(
        request,
        "history.html",
        frame,
        opened=opened,
        changes=list(reversed(shown)),
        field=field,
        label=label,
        lesion=shown[0].fields[0].lesion if field is not None else None,
        form_path=path_of(opened),
        history_path=path_of(opened, "history"),
    )
