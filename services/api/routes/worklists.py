"""What there is for the caller to do."""

from typing import Annotated

from fastapi import APIRouter, Depends

from casebook.actions.worklists import work_of
from casebook.domain.actors import Action
from casebook.domain.tasks import Task, TaskGroup
from casebook.domain.texts import Text
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.cases import Label
from services.api.schemas.lists import TaskGroupOut, TaskOut, Worklist
from services.api.task_paths import path_of

router = APIRouter(prefix="/api/v1/worklist", tags=["worklist"])


@router.get("")
def show(running: Running, session: Transaction, who: Annotated[SignedIn, Depends(doing(Action.SEE_WORK))]) -> Worklist:
    """Return the groups that hold something to do, the late ones first."""
    return Worklist(groups=[_group(group) for group in work_of(session, who, now=running.now())])


def _group(group: TaskGroup) -> TaskGroupOut:
    return TaskGroupOut(
        code=group.code,
        title=_label(group.title),
        n_total=group.n_total,
        path=path_of(group.everything) if group.everything else None,
        tasks=[_task(task) for task in group.tasks],
    )


def _task(task: Task) -> TaskOut:
    return TaskOut(
        what=_label(task.what),
        subject=task.subject,
        site=task.target.site,
        detail=_label(task.detail) if task.detail else None,
        urgency=task.urgency,
        due_on=task.due_on,
        path=path_of(task.target),
    )


def _label(text: Text) -> Label:
    return Label(en=text.en, ja=text.ja)
