"""A request about one site: it shows the site or a paper of it, or does an act and shows what became of it."""

from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from typing import Final
from urllib.parse import quote
from uuid import UUID

from fastapi import Request, Response
from fastapi.datastructures import FormData
from fastapi.responses import RedirectResponse

from casebook.actions import senders as machines
from casebook.actions import site_papers as papers
from casebook.actions.sites import SiteState, site_state
from casebook.domain.activation import QUALIFICATION_LABELS, Validity
from casebook.domain.actors import Action
from casebook.domain.errors import CasebookError, NotFound, Stale
from casebook.store import sites
from casebook.store.tables import DicomSender, EthicsApproval, SiteQualification
from services.api.dependencies import Running, Transaction
from services.api.pages.access import InFrame
from services.api.pages.attempts import attempt, status_for
from services.api.pages.countries import country
from services.api.pages.rendering import Frame, page
from services.api.pages.sites import MARKS, STATES, days_left, state_of
from services.api.pages.study_asked import StudyAsked, study_of
from services.api.pages.words import N_
from services.api.state import Service

DONE: Final = {
    "recorded": N_("Recorded."),
    "changed": N_("Changed. The earlier values stay in the audit trail."),
    "revoked": N_("Revoked. It does not hold from that day on."),
    "closed": N_("Closed to registration from that day on."),
    "reopened": N_("Open again, as far as its papers allow."),
}


class Desk:
    """A request about one site: shows it, or does an act and shows what became of it."""

    def __init__(
        self,
        request: Request,
        running: Running,
        session: Transaction,
        frame: InFrame,
        site: str,
        study: StudyAsked = None,
    ) -> None:
        self.request = request
        self.running: Service = running
        self.session = session
        self.frame: Frame = frame
        self.actor = frame.who.actor
        self.site = site
        self._study = study

    @property
    def study(self) -> str:
        """The study of the site. Raises NotFound."""
        return study_of(self.actor, Action.SEE_SITES, self._study)

    @property
    def place(self) -> dict[str, str]:
        """How actions name the site."""
        return {"study_code": self.study, "site_code": self.site}

    @property
    def may_manage(self) -> bool:
        """Whether papers and machines of the site are the actor's to record."""
        return self.actor.may(Action.MANAGE_SITES, study_code=self.study)

    @property
    def path(self) -> str:
        """The address of the site's page."""
        return f"/sites/{quote(self.site)}"

    def state(self) -> SiteState:
        """The site with its papers. Raises NotFound, for sites of others too."""
        return site_state(self.session, self.actor, **self.place, on=self.running.now().date())

    def shown(self, *, error: CasebookError | None = None, sent: FormData | None = None, form: str = "") -> Response:
        """Show the site; with an error what was sent stands in its form again."""
        state, now = self.state(), self.running.now()
        return self._page(
            "site.html",
            error,
            sent,
            state=state,
            form=form,
            people=sites.people(self.session, state.site.id, now=now),
            done=DONE.get(self.request.query_params.get("done", "")),
            protocols=papers.protocol_versions(self.session, self.study),
            senders=machines.list_senders(self.session, self.actor, **self.place) if self.may_manage else (),
        )

    def sender(
        self, row: DicomSender, *, error: CasebookError | None = None, sent: FormData | None = None, form: str = ""
    ) -> Response:
        """Show a machine that sends, with the forms to correct and to disable it."""
        base = f"{self.path}/senders/{row.id}"
        return self._page("sender.html", error, sent, state=self.state(), row=row, form=form, base=base)

    def paper(
        self,
        row: EthicsApproval | SiteQualification,
        *,
        error: CasebookError | None = None,
        sent: FormData | None = None,
        form: str = "",
    ) -> Response:
        """Show one paper with the forms to correct and to revoke it."""
        is_approval = isinstance(row, EthicsApproval)
        return self._page(
            "site_paper.html",
            error,
            sent,
            state=self.state(),
            row=row,
            is_approval=is_approval,
            form=form,
            base=f"{self.path}/{'approvals' if is_approval else 'qualifications'}/{row.id}",
            protocols=papers.protocol_versions(self.session, self.study) if is_approval else (),
        )

    def _page(self, template: str, error: CasebookError | None, sent: FormData | None, **values: object) -> Response:
        return page(
            self.request,
            template,
            self.frame,
            status=status_for(error),
            study=self.study,
            path_of_site=self.path,
            today=self.running.now().date(),
            may_manage=self.may_manage,
            states=STATES,
            marks=MARKS,
            state_of=state_of,
            paper_state=paper_state,
            days_left=days_left,
            kinds=QUALIFICATION_LABELS,
            country=country,
            error=error,
            sent=sent or FormData(),
            **values,
        )

    def done(self, what: str) -> Response:
        """Go back to the site's page."""
        return RedirectResponse(f"{self.path}?study={quote(self.study)}&done={what}", HTTPStatus.SEE_OTHER)

    def acted(self, act: Callable[[], object], what: str, *, form: str, sent: FormData) -> Response:
        """Do an act on the site; go back to it, or show why it was refused."""
        self.state()
        error = attempt(self.session, act)
        return self.done(what) if error is None else self.shown(error=error, sent=sent, form=form)

    def acted_on(
        self,
        row: EthicsApproval | SiteQualification,
        act: Callable[[], object],
        what: str,
        *,
        form: str,
        sent: FormData,
    ) -> Response:
        """Do an act on a paper; go back to the site, or show why it was refused, the newest version beside it."""
        error: CasebookError | None
        try:
            error = attempt(self.session, act)
        except Stale as stale:
            self.session.expire_all()
            error = stale
        return self.done(what) if error is None else self.paper(row, error=error, sent=sent, form=form)

    def approval(self, approval_id: str) -> EthicsApproval:
        """Find an approval of the site. Raises NotFound."""
        return sites.approval(self.session, site_id=self.state().site.id, approval_id=uuid_of(approval_id))

    def qualification(self, qualification_id: str) -> SiteQualification:
        """Find a qualification of the site. Raises NotFound."""
        return sites.qualification(
            self.session, site_id=self.state().site.id, qualification_id=uuid_of(qualification_id)
        )


def paper_state(row: EthicsApproval | SiteQualification, today: date) -> str:
    """Return whether a paper holds today, has ended, was revoked or is yet to begin."""
    from_on = row.valid_from if isinstance(row, EthicsApproval) else row.qualified_on
    validity = Validity(from_on, row.valid_until, row.revoked_on)
    if row.revoked_on is not None and row.revoked_on <= today:
        return "revoked"
    if validity.holds_on(today):
        return "valid"
    return "not-yet" if today < from_on else "ended"


def uuid_of(said: str) -> UUID:
    """Return the id that an address names. Raises NotFound for what is none."""
    try:
        return UUID(said)
    except ValueError:
        raise NotFound("There is no such paper.", field="paper") from None
