"""The sites of a study: whether each may register, and the papers that decide it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response, status

from casebook.actions import site_papers as papers
from casebook.actions.site_papers import ApprovalFacts, Letter, QualificationFacts
from casebook.actions.sites import close_site, list_sites, reopen_site, site_state
from casebook.domain.actors import Action
from casebook.store.accounts import SignedIn
from services.api import site_views
from services.api.dependencies import Reason, Running, Transaction, doing
from services.api.letters import LETTER_ANSWER, LETTER_BODY, handed_out, sent_letter
from services.api.schemas.sites import (
    ApprovalIn,
    ApprovalOut,
    ClosingIn,
    QualificationIn,
    QualificationOut,
    RevocationIn,
    SiteOut,
    Sites,
)
from services.api.versions import version_of

router = APIRouter(prefix="/api/v1/studies/{study}/sites", tags=["sites"])
Sees = Annotated[SignedIn, Depends(doing(Action.SEE_SITES))]
Manages = Annotated[SignedIn, Depends(doing(Action.MANAGE_SITES))]
IfMatch = Annotated[str | None, Header(alias="If-Match", description='the version that is changed, as "2"')]


@router.get("")
def list_all(running: Running, session: Transaction, who: Sees, study: str) -> Sites:
    """Return the sites that the caller may see, with their activation today."""
    found = list_sites(session, who.actor, study_code=study, on=running.now().date())
    return Sites(sites=[site_views.site(state) for state in found])


@router.get("/{site}")
def show(running: Running, session: Transaction, who: Sees, study: str, site: str) -> SiteOut:
    """Return one site with its papers."""
    return site_views.site(site_state(session, who.actor, study_code=study, site_code=site, on=running.now().date()))


@router.post("/{site}/approvals", status_code=status.HTTP_201_CREATED)
def record_approval(session: Transaction, who: Manages, study: str, site: str, body: ApprovalIn) -> ApprovalOut:
    """Record an ethics approval."""
    return site_views.approval(
        papers.record_approval(session, who.actor, study_code=study, site_code=site, facts=_approved(body))
    )


@router.put("/{site}/approvals/{approval_id}")
def change_approval(
    session: Transaction,
    who: Manages,
    study: str,
    site: str,
    approval_id: UUID,
    body: ApprovalIn,
    reason: Reason,
    if_match: IfMatch = None,
) -> ApprovalOut:
    """Correct an ethics approval, with a reason."""
    row = papers.change_approval(
        session,
        who.actor,
        study_code=study,
        site_code=site,
        approval_id=approval_id,
        facts=_approved(body),
        version=_version(if_match),
        reason=reason,
    )
    return site_views.approval(row)


@router.post("/{site}/approvals/{approval_id}/revoke")
def revoke_approval(
    session: Transaction,
    who: Manages,
    study: str,
    site: str,
    approval_id: UUID,
    body: RevocationIn,
    reason: Reason,
    if_match: IfMatch = None,
) -> ApprovalOut:
    """End an ethics approval from a day on, or take that back, with a reason."""
    row = papers.revoke_approval(
        session,
        who.actor,
        study_code=study,
        site_code=site,
        approval_id=approval_id,
        revoked_on=body.revoked_on,
        version=_version(if_match),
        reason=reason,
    )
    return site_views.approval(row)


@router.put("/{site}/approvals/{approval_id}/letter", openapi_extra=LETTER_BODY)
def attach_letter(
    running: Running,
    session: Transaction,
    who: Manages,
    study: str,
    site: str,
    approval_id: UUID,
    letter: Annotated[Letter, Depends(sent_letter)],
    reason: Reason,
    if_match: IfMatch = None,
) -> ApprovalOut:
    """Keep the committee's letter (PDF, PNG or JPEG, up to 10 MB); in place of another one with a reason."""
    row = papers.attach_letter(
        session,
        who.actor,
        running.archive,
        study_code=study,
        site_code=site,
        approval_id=approval_id,
        letter=letter,
        version=_version(if_match),
        reason=reason,
    )
    return site_views.approval(row)


@router.get("/{site}/approvals/{approval_id}/letter", response_class=Response, responses=LETTER_ANSWER)
def letter(running: Running, session: Transaction, who: Sees, study: str, site: str, approval_id: UUID) -> Response:
    """Return the committee's letter as a file."""
    return handed_out(
        papers.read_letter(
            session, who.actor, running.archive, study_code=study, site_code=site, approval_id=approval_id
        )
    )


@router.post("/{site}/qualifications", status_code=status.HTTP_201_CREATED)
def record_qualification(
    session: Transaction, who: Manages, study: str, site: str, body: QualificationIn
) -> QualificationOut:
    """Record that a site's people are trained, or that its images are good enough."""
    row = papers.record_qualification(session, who.actor, study_code=study, site_code=site, facts=_shown(body))
    return site_views.qualification(row)


@router.put("/{site}/qualifications/{qualification_id}")
def change_qualification(
    session: Transaction,
    who: Manages,
    study: str,
    site: str,
    qualification_id: UUID,
    body: QualificationIn,
    reason: Reason,
    if_match: IfMatch = None,
) -> QualificationOut:
    """Correct a qualification, with a reason."""
    row = papers.change_qualification(
        session,
        who.actor,
        study_code=study,
        site_code=site,
        qualification_id=qualification_id,
        facts=_shown(body),
        version=_version(if_match),
        reason=reason,
    )
    return site_views.qualification(row)


@router.post("/{site}/qualifications/{qualification_id}/revoke")
def revoke_qualification(
    session: Transaction,
    who: Manages,
    study: str,
    site: str,
    qualification_id: UUID,
    body: RevocationIn,
    reason: Reason,
    if_match: IfMatch = None,
) -> QualificationOut:
    """End a qualification from a day on, or take that back, with a reason."""
    row = papers.revoke_qualification(
        session,
        who.actor,
        study_code=study,
        site_code=site,
        qualification_id=qualification_id,
        revoked_on=body.revoked_on,
        version=_version(if_match),
        reason=reason,
    )
    return site_views.qualification(row)


@router.post("/{site}/close")
def close(
    running: Running, session: Transaction, who: Manages, study: str, site: str, body: ClosingIn, reason: Reason
) -> SiteOut:
    """Close a site to registration from a day on, with a reason."""
    now = running.now()
    close_site(session, who.actor, study_code=study, site_code=site, closed_on=body.closed_on, reason=reason, now=now)
    return site_views.site(site_state(session, who.actor, study_code=study, site_code=site, on=now.date()))


@router.post("/{site}/reopen")
def reopen(running: Running, session: Transaction, who: Manages, study: str, site: str, reason: Reason) -> SiteOut:
    """Let a closed site register again, as far as its papers do, with a reason."""
    reopen_site(session, who.actor, study_code=study, site_code=site, reason=reason)
    today = running.now().date()
    return site_views.site(site_state(session, who.actor, study_code=study, site_code=site, on=today))


def _approved(body: ApprovalIn) -> ApprovalFacts:
    return ApprovalFacts(
        protocol_version=body.protocol_version,
        committee=body.committee,
        number=body.number,
        approved_on=body.approved_on,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
    )


def _shown(body: QualificationIn) -> QualificationFacts:
    return QualificationFacts(body.kind, body.qualified_on, body.valid_until, body.detail)


def _version(if_match: str | None) -> int | None:
    return version_of(if_match) if if_match else None
