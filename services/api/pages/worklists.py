"""What there is for the person to do: where whoever is not blinded arrives after signing in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from casebook.actions.worklists import group_of_work, work_of
from casebook.domain.actors import Action
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.rendering import page
from services.api.task_paths import path_of

router = APIRouter()


@router.get("/work")
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_WORK))],
) -> Response:
    """Show what waits, the late things first; unknown to blinded roles, who have the viewer's worklist."""
    return page(
        request,
        "work.html",
        frame,
        groups=work_of(session, who, now=running.now()),
        path_of=path_of,
        may_manage_readers=who.actor.may(Action.MANAGE_READERS),
        may_send=any(grant.role.is_site_role for grant in who.actor.grants_for(Action.SUBMIT_IMAGES)),
    )


@router.get("/work/group")
def show_group(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_WORK))],
    code: Annotated[str, Query(max_length=50)],
) -> Response:
    """Show all tasks of one group."""
    group = group_of_work(session, who, code=code, now=running.now())
    return page(request, "work_group.html", frame, group=group, path_of=path_of)
