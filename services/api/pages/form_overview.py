"""All forms of a patient with their states; and verifying, freezing or locking those that are ready, in one go."""

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.datastructures import FormData

from casebook.actions.access_log import Access, note_access
from casebook.actions.entry_states import ACTION_OF, IN_BULK, ActedOn, act_on_all
from casebook.actions.form_overview import FormsOfPatient, forms_of_patient
from casebook.domain.actors import Action
from casebook.domain.forms.states import EntryAct
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame, opening
from services.api.pages.form import Posted
from services.api.pages.rendering import Frame, page

router = APIRouter()
PATH: Final = "/patients/{number}/forms"


@dataclass(frozen=True, slots=True)
class Result:
    """What an act in bulk did."""

    act: EntryAct
    done: tuple[ActedOn, ...]
    hindered: tuple[ActedOn, ...]


@router.get(PATH)
def show(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.SEE_OUTCOMES))],
    number: str,
) -> Response:
    """List the forms with where each stands."""
    found = forms_of_patient(session, who.actor, number=number)
    note_access(session, who.actor, Access.PATIENT, number, subject_id=found.subject.id, now=running.now())
    return _shown(request, frame, who, found)


@router.post(f"{PATH}/verify")
def verify(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.VERIFY_FORMS))],
    number: str,
    posted: Posted,
) -> Response:
    """Verify the chosen forms that can be."""
    return _act(request, running, session, frame, who, number, posted, EntryAct.VERIFY)


@router.post(f"{PATH}/freeze")
def freeze(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.LOCK_FORMS))],
    number: str,
    posted: Posted,
) -> Response:
    """Freeze the chosen forms that can be."""
    return _act(request, running, session, frame, who, number, posted, EntryAct.FREEZE)


@router.post(f"{PATH}/lock")
def lock(
    request: Request,
    running: Running,
    session: Transaction,
    frame: InFrame,
    who: Annotated[SignedIn, Depends(opening(Action.LOCK_FORMS))],
    number: str,
    posted: Posted,
) -> Response:
    """Lock the chosen forms that can be."""
    return _act(request, running, session, frame, who, number, posted, EntryAct.LOCK)


def _act(
    request: Request,
    running: Running,
    session: Transaction,
    frame: Frame,
    who: SignedIn,
    number: str,
    posted: FormData,
    act: EntryAct,
) -> Response:
    found = act_on_all(
        session, who.actor, act, numbers=[number], entry_ids=_chosen(posted), reason=None, now=running.now()
    )
    done = tuple(one for one in found if one.hindrance is None)
    hindered = tuple(one for one in found if one.hindrance is not None)
    overview = forms_of_patient(session, who.actor, number=number)
    return _shown(request, frame, who, overview, Result(act, done, hindered))


def _chosen(posted: FormData) -> dict[UUID, int]:
    """Return the entries whose boxes were ticked, with the version that was on the page: `<id>@<version>`."""
    found: dict[UUID, int] = {}
    for said in posted.getlist("entry"):
        name, _, version = said.partition("@") if isinstance(said, str) else ("", "", "")
        try:
            found[UUID(name)] = int(version)
        except ValueError:
            continue
    return found


def _shown(
    request: Request, frame: Frame, who: SignedIn, found: FormsOfPatient, result: Result | None = None
) -> Response:
    may = [
        act
        for act in IN_BULK
        if who.actor.may(ACTION_OF[act], study_code=found.definition.code, site_code=found.site_code)
    ]
    return page(request, "form_overview.html", frame, found=found, may=may, result=result)
