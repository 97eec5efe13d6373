"""What there is for the caller to do."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from casebook.actions.worklists import group_of_work, work_of
from casebook.domain.actors import Action
from casebook.domain.tasks import Task, TaskGroup
from casebook.domain.texts import Text
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, doing
from services.api.schemas.cases import Label
from services.api.schemas.lists import TaskGroupOut, TaskOut, Worklist
from services.api.task_paths import path_of

Code = Annotated[str, Query(max_length=50, description="of a group of the worklist")]

router = APIRouter(prefix="/api/v1/worklist", tags=["worklist"])


@router.get("")
def show(running: Running, session: Transaction, who: Annotated[SignedIn, Depends(doing(Action.SEE_WORK))]) -> Worklist:
    """Return the groups that hold something to do, the late ones first."""
    return Worklist(groups=[_group(group) for group in work_of(session, who, now=running.now())])


@router.get("/group")
def show_group(
    running: Running, session: Transaction, who: Annotated[SignedIn, Depends(doing(Action.SEE_WORK))], code: Code
) -> TaskGroupOut:
    """Return one group with all of its tasks."""
    group = group_of_work(session, who, code=code, now=running.now())
    return _group(replace(group, tasks=group.known))


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
