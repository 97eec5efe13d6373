"""The machines of a site that send by DICOM: registered, corrected, disabled and enabled again."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi.datastructures import FormData

from casebook.actions import senders as machines
from casebook.domain.actors import Action
from casebook.domain.dicom_senders import PORT_RULE, SenderFacts
from casebook.domain.errors import CasebookError, Invalid, Stale
from casebook.store import senders
from casebook.store.accounts import SignedIn
from casebook.store.tables import DicomSender
from services.api.dependencies import sent_form
from services.api.pages.access import opening
from services.api.pages.attempts import attempt, text
from services.api.pages.site_desk import Desk, uuid_of

router = APIRouter(prefix="/sites/{site}/senders")
Manages = Annotated[SignedIn, Depends(opening(Action.MANAGE_SITES))]
Posted = Annotated[FormData, Depends(sent_form)]
AtDesk = Annotated[Desk, Depends(Desk)]


@router.post("")
def add(desk: AtDesk, who: Manages, posted: Posted) -> Response:
    """Register a machine."""

    def act() -> None:
        machines.add_sender(desk.session, who.actor, **desk.place, facts=_facts(posted))

    return desk.acted(act, "recorded", form="sender", sent=posted)


@router.get("/{sender_id}")
def show(desk: AtDesk, _who: Manages, sender_id: str) -> Response:
    """Show a machine with the forms to correct and to disable it."""
    return desk.sender(_row(desk, sender_id))


@router.post("/{sender_id}")
def change(desk: AtDesk, who: Manages, posted: Posted, sender_id: str) -> Response:
    """Correct a machine's entry, with a reason."""
    row = _row(desk, sender_id)

    def act() -> None:
        machines.change_sender(
            desk.session,
            who.actor,
            **desk.place,
            sender_id=row.id,
            facts=_facts(posted),
            version=_version(posted),
            reason=text(posted, "change_reason"),
        )

    return _acted(desk, row.id, act, form="facts", sent=posted)


@router.post("/{sender_id}/disable")
def disable(desk: AtDesk, who: Manages, posted: Posted, sender_id: str) -> Response:
    """Let a machine send no more, with a reason."""
    row = _row(desk, sender_id)

    def act() -> None:
        machines.disable_sender(
            desk.session,
            who.actor,
            **desk.place,
            sender_id=row.id,
            version=_version(posted),
            reason=text(posted, "change_reason"),
            now=desk.running.now(),
        )

    return _acted(desk, row.id, act, form="disable", sent=posted)


@router.post("/{sender_id}/enable")
def enable(desk: AtDesk, who: Manages, posted: Posted, sender_id: str) -> Response:
    """Let a machine send again, with a reason."""
    row = _row(desk, sender_id)

    def act() -> None:
        machines.enable_sender(
            desk.session,
            who.actor,
            **desk.place,
            sender_id=row.id,
            version=_version(posted),
            reason=text(posted, "change_reason"),
        )

    return _acted(desk, row.id, act, form="disable", sent=posted)


def _acted(desk: Desk, sender_id: UUID, act: Callable[[], object], *, form: str, sent: FormData) -> Response:
    """Do an act; go back to the site, or show why it was refused, the newest version beside it."""
    error: CasebookError | None
    try:
        error = attempt(desk.session, act)
    except Stale as stale:
        error = stale
    if error is None:
        return desk.done("changed")
    desk.session.expire_all()
    return desk.sender(_row(desk, str(sender_id)), error=error, sent=sent, form=form)


def _row(desk: Desk, sender_id: str) -> DicomSender:
    return senders.of_site(desk.session, desk.state().site.id, uuid_of(sender_id))


def _facts(posted: FormData) -> SenderFacts:
    said = text(posted, "port")
    if said and not (said.isascii() and said.isdecimal() and len(said) <= len("65535")):
        raise Invalid(PORT_RULE, field="port")
    return SenderFacts(
        calling_ae_title=text(posted, "calling_ae_title"),
        called_ae_title=text(posted, "called_ae_title"),
        description=text(posted, "description"),
        host=text(posted, "host") or None,
        port=int(said) if said else None,
    )


def _version(posted: FormData) -> int | None:
    said = text(posted, "version")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else None  # noqa: PLR2004 - of a count
