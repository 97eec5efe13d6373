"""A request about the reconciliation board: its filters, and what stands on all of its pages."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions.board import SEES
from casebook.domain.actors import Action
from casebook.domain.errors import CasebookError
from casebook.domain.protocol_findings import Severity
from casebook.domain.reconciliation.rules import ENDS_IN_QUARANTINE, label_of
from casebook.domain.reconciliation.standing import STATE_LABELS, BoardState
from casebook.domain.reconciliation.values import MODALITY_LABELS, BoardModality, Origin
from casebook.domain.reconciliation.wanted import Wanted
from casebook.domain.texts import Text
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.attempts import attempt, status_for
from services.api.pages.rendering import Frame, page
from services.api.pages.words import N_
from services.api.state import Service

Sees = Annotated[SignedIn, Depends(opening(SEES))]
Settles = Annotated[SignedIn, Depends(opening(Action.RECONCILE))]
Posted = Annotated[FormData, Depends(sent_form)]
SEVERITY_LABELS: Final = {
    Severity.NOTE: Text("note", "参考"),
    Severity.DEVIATION: Text("deviation", "逸脱"),
    Severity.REPEAT: Text("repeat needed", "再送・再検"),
    Severity.NOT_EVALUABLE: Text("not evaluable", "評価不能"),
}
SEVERITY_TONES: Final = {Severity.NOTE: "", Severity.DEVIATION: "warning"}
STATE_TONES: Final = {
    BoardState.OPEN: "error",
    BoardState.ASKED: "warning",
    BoardState.ANSWERED: "accent",
    BoardState.ACCEPTED: "good",
    BoardState.GONE: "good",
}
ORIGIN_LABELS: Final = {
    Origin.PROTOCOL: Text("protocol", "実施計画書"),
    Origin.FORM: Text("form", "症例報告書"),
    Origin.IMAGES: Text("images", "画像"),
    Origin.DELIVERY: Text("submission", "送付"),
}
DONE: Final = {
    "asked": N_("The queries have been sent."),
    "accepted": N_("Accepted as they are, with your reason."),
    "kept": N_("The view is saved."),
    "forgotten": N_("The view is removed."),
}


class Desk:
    """A request about the board."""

    def __init__(self, request: Request, running: Running, session: Transaction, frame: InFrame) -> None:
        self.request = request
        self.session = session
        self.frame: Frame = frame
        self.actor = frame.who.actor
        self.now = running.now()
        self.asked = Wanted.of_query(request.url.query)
        self._running: Service = running

    @property
    def key(self) -> bytes:
        """The study key."""
        return self._running.settings.key

    def address(self, path: str = "", **changes: object) -> str:
        """The address of the board, or of a page about it, with some filters changed."""
        return board_address(self.asked, path, **changes)

    def page(self, template: str, error: CasebookError | None = None, **values: Any) -> Response:
        """Show a page of the board with the words that stand on all of them."""
        return page(
            self.request,
            template,
            self.frame,
            status=status_for(error),
            error=error,
            asked=self.asked,
            address=self.address,
            may_settle=self.actor.may(Action.RECONCILE),
            done=DONE.get(self.request.query_params.get("done", "")),
            rule_label=label_of,
            ends_in_quarantine=ENDS_IN_QUARANTINE,
            modality_labels=MODALITY_LABELS,
            severity_labels=SEVERITY_LABELS,
            severity_tones=SEVERITY_TONES,
            state_labels=STATE_LABELS,
            state_tones=STATE_TONES,
            origin_labels=ORIGIN_LABELS,
            Modality=BoardModality,
            **values,
        )

    def to(self, path: str = "", **changes: object) -> Response:
        """Go to the board."""
        return RedirectResponse(self.address(path, **changes), HTTPStatus.SEE_OTHER)

    def attempted(self, act: Callable[[], object]) -> CasebookError | None:
        """Do an act; return why it was refused."""
        return attempt(self.session, act)


AtDesk = Annotated[Desk, Depends(Desk)]


def board_address(wanted: Wanted, path: str = "", **changes: object) -> str:
    """Return the address of the board with some filters changed; a changed filter begins at the first page."""
    query = wanted.query(**changes)
    return f"/board{path}" + (f"?{query}" if query else "")
