"""Reminders: what each site owes on a day, whom it is told, the mail as it would go out, and what was sent."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions.reminders import add_contact, end_contact, see_digests, see_sent
from casebook.domain.actors import Action
from casebook.domain.errors import CasebookError, Invalid
from casebook.domain.reminders import STATE_LABELS, ReminderState
from casebook.domain.texts import Language, Text
from casebook.store.accounts import SignedIn
from services.api.dependencies import Running, Transaction, sent_form
from services.api.pages.access import InFrame, opening
from services.api.pages.asked_day import AskedDay, shown_day
from services.api.pages.attempts import attempt, status_for, text
from services.api.pages.language import LANGUAGES
from services.api.pages.rendering import Frame, page
from services.api.pages.site_desk import uuid_of
from services.api.pages.study_asked import StudyAsked, study_of
from services.api.pages.words import N_

router = APIRouter(prefix="/reminders")
ACT: Final = Action.MANAGE_SITES
Manages = Annotated[SignedIn, Depends(opening(ACT))]
Posted = Annotated[FormData, Depends(sent_form)]
TONES: Final = {ReminderState.DUE: "", ReminderState.OVERDUE: "warning", ReminderState.ESCALATED: "error"}
LANGUAGE_NAMES: Final[dict[Language, str]] = {"en": "English", "ja": "日本語"}
CHOOSE_SITE: Final = Text("Choose the site.", "施設を選択してください。")
DONE: Final = {
    "added": N_("Kept. Reminders of the site go there from the next day on."),
    "ended": N_("Ended. Nothing is sent there any more."),
}


class Desk:
    """A request of the data centre about the reminders of one study on one day."""

    def __init__(
        self,
        request: Request,
        running: Running,
        session: Transaction,
        frame: InFrame,
        study: StudyAsked = None,
        as_of: AskedDay = "",
    ) -> None:
        self.request = request
        self.session = session
        self.frame: Frame = frame
        self.actor = frame.who.actor
        self.now = running.now()
        self.public_url = str(running.settings.public_url or request.base_url)
        self.has_server = running.settings.smtp_host is not None
        self.asked_day = shown_day(as_of, today=self.now.date(), may_come=True)
        self.day = self.asked_day.day
        self._asked = study

    @property
    def study(self) -> str:
        """The study. Raises NotFound."""
        return study_of(self.actor, ACT, self._asked)

    def address(self, path: str = "", **asked: str) -> str:
        """The address of a page about reminders of this study and day."""
        kept = {"study": self._asked or "", "as_of": "" if self.day == self.now.date() else self.day.isoformat()}
        query = urlencode({name: said for name, said in {**kept, **asked}.items() if said})
        return f"/reminders{path}" + (f"?{query}" if query else "")

    def attempted(self, act: Callable[[], object]) -> CasebookError | None:
        """Do an act; return why it was refused."""
        return attempt(self.session, act)


AtDesk = Annotated[Desk, Depends(Desk)]


@router.get("")
def show(desk: AtDesk, _who: Manages) -> Response:
    """Show what each site owes on the day, its contacts, and what was sent."""
    return _shown(desk)


@router.post("/contacts")
def add(desk: AtDesk, _who: Manages, posted: Posted) -> Response:
    """Keep a contact of a site, or say beside it why not."""

    def act() -> None:
        site, is_japanese = text(posted, "site"), text(posted, "language") == "ja"
        if not site:
            raise Invalid(CHOOSE_SITE, field="site")
        add_contact(
            desk.session,
            desk.actor,
            study_code=desk.study,
            site_code=site,
            address=text(posted, "address"),
            language="ja" if is_japanese else "en",
        )

    error = desk.attempted(act)
    if error is None:
        return RedirectResponse(desk.address(done="added"), HTTPStatus.SEE_OTHER)
    return _shown(desk, error=error, sent=posted)


@router.post("/contacts/{contact_id}/end")
def end(desk: AtDesk, _who: Manages, _posted: Posted, contact_id: str) -> Response:
    """Send nothing more to a contact."""
    end_contact(desk.session, desk.actor, study_code=desk.study, contact_id=uuid_of(contact_id), now=desk.now)
    return RedirectResponse(desk.address(done="ended"), HTTPStatus.SEE_OTHER)


@router.get("/{site}")
def show_site(desk: AtDesk, _who: Manages, site: str) -> Response:
    """Show what one site owes, and the mail in both languages; 404 for a site that the study does not have."""
    found = see_digests(desk.session, desk.actor, study_code=desk.study, as_of=desk.day, site_code=site)[0]
    return page(
        desk.request,
        "reminder.html",
        desk.frame,
        desk=desk,
        one=found,
        mails={code: found.mail_in(code, to="", public_url=desk.public_url) for code in LANGUAGES},
        states=STATE_LABELS,
        tones=TONES,
        names=LANGUAGE_NAMES,
    )


def _shown(desk: Desk, *, error: CasebookError | None = None, sent: FormData | None = None) -> Response:
    return page(
        desk.request,
        "reminders.html",
        desk.frame,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if desk.asked_day.fault else status_for(error),
        desk=desk,
        found=see_digests(desk.session, desk.actor, study_code=desk.study, as_of=desk.day),
        log=see_sent(desk.session, desk.actor, study_code=desk.study),
        states=STATE_LABELS,
        State=ReminderState,
        tones=TONES,
        names=LANGUAGE_NAMES,
        site_path=lambda code: desk.address(f"/{quote(code)}"),
        done=DONE.get(desk.request.query_params.get("done", "")),
        error=error,
        sent=sent or FormData(),
    )
