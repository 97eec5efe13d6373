"""The machines of a site that send by DICOM."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, status

from casebook.actions import senders
from casebook.domain.actors import Action
from casebook.domain.dicom_senders import SenderFacts
from casebook.store.accounts import SignedIn
from services.api.dependencies import Reason, Running, Transaction, doing
from services.api.schemas.senders import SenderIn, SenderOut, Senders
from services.api.versions import version_of

router = APIRouter(prefix="/api/v1/studies/{study}/sites/{site}/senders", tags=["sites"])
Submits = Annotated[SignedIn, Depends(doing(Action.SUBMIT_IMAGES))]
Manages = Annotated[SignedIn, Depends(doing(Action.MANAGE_SITES))]
IfMatch = Annotated[str | None, Header(alias="If-Match", description='the version that is changed, as "2"')]


@router.get("")
def list_all(session: Transaction, who: Submits, study: str, site: str) -> Senders:
    """Return the machines of a site, those in use first."""
    found = senders.list_senders(session, who.actor, study_code=study, site_code=site)
    return Senders(senders=[SenderOut.model_validate(row) for row in found])


@router.post("", status_code=status.HTTP_201_CREATED)
def add(session: Transaction, who: Manages, study: str, site: str, body: SenderIn) -> SenderOut:
    """Register a machine; its pair of AE titles is refused where it is registered already."""
    row = senders.add_sender(session, who.actor, study_code=study, site_code=site, facts=_facts(body))
    return SenderOut.model_validate(row)


@router.put("/{sender_id}")
def change(
    session: Transaction,
    who: Manages,
    study: str,
    site: str,
    sender_id: UUID,
    body: SenderIn,
    reason: Reason,
    if_match: IfMatch = None,
) -> SenderOut:
    """Correct a machine's entry, with a reason."""
    row = senders.change_sender(
        session,
        who.actor,
        study_code=study,
        site_code=site,
        sender_id=sender_id,
        facts=_facts(body),
        version=_version(if_match),
        reason=reason,
    )
    return SenderOut.model_validate(row)


@router.post("/{sender_id}/disable")
def disable(
    running: Running,
    session: Transaction,
    who: Manages,
    study: str,
    site: str,
    sender_id: UUID,
    reason: Reason,
    if_match: IfMatch = None,
) -> SenderOut:
    """Let a machine send no more, with a reason; its announced delivery ends."""
    row = senders.disable_sender(
        session,
        who.actor,
        study_code=study,
        site_code=site,
        sender_id=sender_id,
        version=_version(if_match),
        reason=reason,
        now=running.now(),
    )
    return SenderOut.model_validate(row)


@router.post("/{sender_id}/enable")
def enable(
    session: Transaction,
    who: Manages,
    study: str,
    site: str,
    sender_id: UUID,
    reason: Reason,
    if_match: IfMatch = None,
) -> SenderOut:
    """Let a disabled machine send again, with a reason."""
    row = senders.enable_sender(
        session,
        who.actor,
        study_code=study,
        site_code=site,
        sender_id=sender_id,
        version=_version(if_match),
        reason=reason,
    )
    return SenderOut.model_validate(row)


def _facts(body: SenderIn) -> SenderFacts:
    return SenderFacts(body.calling_ae_title, body.called_ae_title, body.description, body.host, body.port)


def _version(if_match: str | None) -> int | None:
    return version_of(if_match) if if_match else None
