"""Central readers: who may read, what each has before them, the cases they were given, and those that wait."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions.assignment import replace_reader, withdraw
from casebook.actions.readers import (
    CentralReading,
    GivenAssignment,
    ReaderFacts,
    central_reading,
    draw_for_waiting,
    record_reader,
    see_assignment,
    see_reader,
)
from casebook.domain.actors import Action
from casebook.domain.central.load import ASSIGNMENT_LABELS, PLACE_LABELS, AssignmentState
from casebook.domain.errors import CasebookError, Stale
from casebook.store import registry
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.attempts import attempt, day, status_for, text
from services.api.pages.rendering import Frame, page
from services.api.pages.site_desk import uuid_of
from services.api.pages.study_asked import StudyAsked, study_of
from services.api.pages.words import N_
from services.api.state import Service

router = APIRouter(prefix="/readers")
ACT: Final = Action.MANAGE_READERS
Manages = Annotated[SignedIn, Depends(opening(ACT))]
Posted = Annotated[FormData, Depends(sent_form)]
PER_PAGE: Final = 100
DONE: Final = {
    "recorded": N_("Recorded. Cases that waited for a trained reader have been drawn."),
    "withdrawn": N_("Withdrawn. The case is off the reader’s list."),
    "replaced": N_("Another reader has been drawn."),
    "drawn": N_("Drawn, as far as there are readers."),
}
TONES: Final = {AssignmentState.OPEN: "accent", AssignmentState.SIGNED: "good", AssignmentState.WAITING: ""}


class Desk:
    """A request of the data centre about the readers of one study."""

    def __init__(
        self,
        request: Request,
        running: Running,
        session: Transaction,
        frame: InFrame,
        study: StudyAsked = None,
    ) -> None:
        self.request = request
        self.session = session
        self.frame: Frame = frame
        self.actor = frame.who.actor
        self.now = running.now()
        self._running: Service = running
        self._asked = study

    @property
    def study(self) -> str:
        """The study. Raises NotFound."""
        return study_of(self.actor, ACT, self._asked)

    def reading(self) -> CentralReading:
        """Readers, assignments and waiting cases."""
        return central_reading(self.session, self.actor, study_code=self.study, now=self.now)

    def address(self, path: str = "", **asked: str) -> str:
        """The address of a page about readers of this study."""
        wanted = {"study": self._asked or "", **asked}
        query = urlencode({name: value for name, value in wanted.items() if value})
        return f"/readers{path}" + (f"?{query}" if query else "")

    def page(self, template: str, error: CasebookError | None = None, **values: object) -> Response:
        """Show a page, with what stands on all of them."""
        return page(
            self.request,
            template,
            self.frame,
            status=status_for(error),
            error=error,
            today=self.now.date(),
            states=ASSIGNMENT_LABELS,
            places=PLACE_LABELS,
            tones=TONES,
            address=self.address,
            done=DONE.get(self.request.query_params.get("done", "")),
            **values,
        )

    def attempted(self, act: Callable[[], object]) -> CasebookError | None:
        """Do an act; return why it was refused, a change by somebody else too."""
        try:
            return attempt(self.session, act)
        except Stale as stale:
            self.session.expire_all()
            return stale

    def to(self, path: str = "", **asked: str) -> Response:
        """Go to a page about readers."""
        return RedirectResponse(self.address(path, **asked), HTTPStatus.SEE_OTHER)


AtDesk = Annotated[Desk, Depends(Desk)]


@router.get("")
def show(
    desk: AtDesk,
    _who: Manages,
    reader: Annotated[str, Query(max_length=100)] = "",
    state: Annotated[str, Query(max_length=20)] = "",
    search: Annotated[str, Query(max_length=50)] = "",
    at: Annotated[int, Query(ge=1, le=10_000, alias="page")] = 1,
) -> Response:
    """Show the readers with their load, the cases that wait, and every assignment."""
    found = desk.reading()
    chosen = [one for one in found.assignments if _is_asked(one, reader, state, search)]
    return desk.page(
        "readers.html",
        found=found,
        lines=chosen[(at - 1) * PER_PAGE : at * PER_PAGE],
        n_chosen=len(chosen),
        at=at,
        n_pages=max(1, -(-len(chosen) // PER_PAGE)),
        reader=reader,
        state=state,
        search=search,
    )


def _is_asked(one: GivenAssignment, reader: str, state: str, search: str) -> bool:
    row = one.row
    said = search.strip().casefold()
    is_named = said in row.number.casefold() or said in row.code.casefold()
    return reader in {"", row.login} and state in {"", one.state.value} and is_named


@router.post("/draw")
def draw(desk: AtDesk, who: Manages, _posted: Posted) -> Response:
    """Draw readers for the cases that wait."""
    draw_for_waiting(desk.session, who.actor, study_code=desk.study, now=desk.now)
    return desk.to(done="drawn")


@router.get("/assignments/{assignment_id}")
def show_assignment(desk: AtDesk, _who: Manages, assignment_id: str) -> Response:
    """Show one case given to a reader, with the form to take it back."""
    return _assignment(desk, assignment_id)


@router.post("/assignments/{assignment_id}")
def change_assignment(desk: AtDesk, who: Manages, posted: Posted, assignment_id: str) -> Response:
    """Take a case from a reader, or give it to another, with a reason."""
    given = _given(desk, assignment_id)
    is_replaced = posted.get("act") == "replace"
    act = replace_reader if is_replaced else withdraw
    error = desk.attempted(
        lambda: act(
            desk.session, who.actor, assignment_id=given.row.id, reason=text(posted, "change_reason"), now=desk.now
        )
    )
    if error is None:
        return desk.to(search=given.row.number, done="replaced" if is_replaced else "withdrawn")
    return _assignment(desk, assignment_id, error=error, sent=posted)


@router.get("/{reader}")
def show_reader(desk: AtDesk, _who: Manages, reader: str) -> Response:
    """Show what is recorded of a reader, with the form to change it."""
    return _reader(desk, reader)


@router.post("/{reader}")
def change_reader(desk: AtDesk, who: Manages, posted: Posted, reader: str) -> Response:
    """Record a reader's home site and training."""

    def act() -> None:
        record_reader(
            desk.session,
            who.actor,
            study_code=desk.study,
            login=reader,
            facts=ReaderFacts(
                text(posted, "home_site") or None, day(posted, "trained_on"), text(posted, "training") or None
            ),
            version=_version(posted),
            reason=text(posted, "change_reason"),
            now=desk.now,
        )

    error = desk.attempted(act)
    if error is None:
        return desk.to(f"/{quote(reader)}", done="recorded")
    return _reader(desk, reader, error=error, sent=posted)


def _reader(desk: Desk, login: str, *, error: CasebookError | None = None, sent: FormData | None = None) -> Response:
    row = see_reader(desk.session, desk.actor, study_code=desk.study, login=login, now=desk.now)
    found = desk.reading()
    study = registry.study(desk.session, desk.study)
    return desk.page(
        "reader.html",
        error,
        row=row,
        load=next(one.load for one in found.readers if one.row.login == login),
        lines=[one for one in found.assignments if one.row.login == login],
        sites=registry.sites(desk.session, study.id),
        sent=sent,
    )


def _version(posted: FormData) -> int:
    said = text(posted, "version")
    return int(said) if said.isascii() and said.isdecimal() else -1


def _given(desk: Desk, assignment_id: str) -> GivenAssignment:
    return see_assignment(
        desk.session, desk.actor, study_code=desk.study, assignment_id=uuid_of(assignment_id), now=desk.now
    )


def _assignment(
    desk: Desk, assignment_id: str, *, error: CasebookError | None = None, sent: FormData | None = None
) -> Response:
    given = _given(desk, assignment_id)
    beside = [one for one in desk.reading().assignments if one.row.number == given.row.number]
    return desk.page("assignment.html", error, given=given, lines=beside, sent=sent or FormData())
