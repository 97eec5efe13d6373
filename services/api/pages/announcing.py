"""Deliveries by DICOM: a person says whose images a machine sends next, and when that is over."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions import senders
from casebook.actions.studies import newest_definition
from casebook.domain.actors import Action
from casebook.domain.errors import CasebookError, Invalid, NotFound
from casebook.domain.texts import Text
from casebook.store import registry
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.attempts import attempt, status_for, text
from services.api.pages.rendering import page
from services.api.pages.study_asked import StudyAsked, study_of
from services.api.pages.words import N_

router = APIRouter(prefix="/submissions/announce")
Submits = Annotated[SignedIn, Depends(opening(Action.SUBMIT_IMAGES))]
Posted = Annotated[FormData, Depends(sent_form)]

HOURS: Final = {2: N_("2 hours"), 24: N_("1 day"), 72: N_("3 days"), 168: N_("7 days")}
USUAL_HOURS: Final = 24
DONE: Final = {
    "announced": N_("Announced. Send the images now; they go to this patient and timepoint."),
    "ended": N_("Ended. What the machine sends now is refused until the next announcement."),
}
NO_SUCH_PATIENT: Final = Text(
    "There is no such patient at your site; the number looks like JP-03-0001.",
    "貴施設にこの症例番号はありません。症例番号は JP-03-0001 のような形式です。",
)
CHOOSE_SENDER: Final = Text("Choose the machine that sends.", "送信機器を選択してください。")
CHOOSE_TIMEPOINT: Final = Text("Choose a timepoint.", "時点を選択してください。")


class _Desk:
    """A request about announced deliveries: shows them, or does an act and shows what became of it."""

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
        self.frame = frame
        self.actor = frame.who.actor
        self.now = running.now()
        self._study = study

    def shown(self, *, error: CasebookError | None = None, sent: FormData | None = None) -> Response:
        """Show the form and what was announced; with an error what was sent stands in the form again."""
        study = study_of(self.actor, Action.SUBMIT_IMAGES, self._study)
        _, definition = newest_definition(self.session, study)
        return page(
            self.request,
            "announce.html",
            self.frame,
            status=status_for(error),
            study=study,
            senders=senders.senders_in_use(self.session, self.actor, study_code=study),
            numbers=[one.number for one in registry.subjects(self.session, self.actor, Action.SUBMIT_IMAGES)],
            timepoints=[one for one in definition.timepoints if one.imaging is not None],
            labels={one.code: one.label for one in definition.timepoints},
            announced=senders.list_announcements(self.session, self.actor),
            now=self.now,
            hours=HOURS,
            usual_hours=USUAL_HOURS,
            done=DONE.get(self.request.query_params.get("done", "")),
            error=error,
            sent=sent or FormData(),
        )

    def acted(self, act: Callable[[], object], what: str, sent: FormData) -> Response:
        """Do an act and come back; or show why it was refused."""
        error = attempt(self.session, act)
        if error is not None:
            return self.shown(error=error, sent=sent)
        study = study_of(self.actor, Action.SUBMIT_IMAGES, self._study)
        return RedirectResponse(f"/submissions/announce?study={quote(study)}&done={what}", HTTPStatus.SEE_OTHER)


AtDesk = Annotated[_Desk, Depends(_Desk)]


@router.get("")
def show(desk: AtDesk, _who: Submits) -> Response:
    """Show the form and what was announced."""
    return desk.shown()


@router.post("")
def announce(desk: AtDesk, who: Submits, posted: Posted) -> Response:
    """Announce a delivery."""

    def act() -> None:
        sender_id = _sender(posted)
        if not text(posted, "timepoint"):
            raise Invalid(CHOOSE_TIMEPOINT, field="timepoint")
        try:
            senders.announce(
                desk.session,
                who.actor,
                sender_id=sender_id,
                subject_number=text(posted, "subject"),
                timepoint_code=text(posted, "timepoint"),
                closes_at=desk.now + timedelta(hours=_hours(posted)),
                now=desk.now,
            )
        except NotFound as unknown:
            raise Invalid(_said(unknown), field=unknown.field) from unknown

    return desk.acted(act, "announced", posted)


@router.post("/{delivery_id}/end")
def end(desk: AtDesk, who: Submits, posted: Posted, delivery_id: UUID) -> Response:
    """End an announcement before its time."""

    def act() -> None:
        senders.end_announcement(desk.session, who.actor, delivery_id=delivery_id, now=desk.now)

    return desk.acted(act, "ended", posted)


def _sender(posted: FormData) -> UUID:
    try:
        return UUID(text(posted, "sender"))
    except ValueError:
        raise Invalid(CHOOSE_SENDER, field="sender") from None


def _hours(posted: FormData) -> int:
    said = text(posted, "hours")
    return int(said) if said in {str(hours) for hours in HOURS} else USUAL_HOURS


def _said(unknown: NotFound) -> Text:
    return {"subject": NO_SUCH_PATIENT, "sender": CHOOSE_SENDER}.get(unknown.field or "", CHOOSE_TIMEPOINT)
