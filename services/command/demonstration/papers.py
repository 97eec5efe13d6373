"""The sites' approvals and qualifications are recorded, by the actions of the data centre."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from casebook.actions.site_papers import (
    ApprovalFacts,
    QualificationFacts,
    record_approval,
    record_qualification,
    revoke_approval,
)
from casebook.actions.sites import list_sites
from casebook.domain.activation import Qualification
from casebook.domain.actors import Actor
from casebook.domain.study import StudyDefinition
from services.command.demonstration.sites import PlannedApproval, SitePlan

COMMITTEES: Final = {"JP": "{name} 倫理審査委員会"}
COMMITTEE: Final = "Ethics committee, {name}"
REVOKED_BECAUSE: Final = "The committee withdrew its approval"
DETAILS: Final = {
    Qualification.TRAINING: "Training by video, all readers and coordinators of the site",
    Qualification.IMAGING: "Test examination accepted",
}


def record_papers(
    session: Session, actor: Actor, sites: Iterable[SitePlan], *, definition: StudyDefinition, on: date
) -> None:
    """Record the papers of the sites that have none yet; a committee is called as its site is in its own language."""
    known = {site.code: site for site in definition.sites}
    recorded = {
        state.site.code
        for state in list_sites(session, actor, study_code=definition.code, on=on)
        if state.approvals or state.qualifications
    }
    for site in sites:
        home = known[site.manner.code]
        name = home.name.ja if home.country in COMMITTEES else home.name.en
        committee = COMMITTEES.get(home.country, COMMITTEE).format(name=name)
        if home.code in recorded:
            continue
        for approval in site.approvals:
            _approval(session, actor, definition.code, home.code, committee, approval)
        for item in site.qualifications:
            facts = QualificationFacts(item.kind, item.qualified_on, None, DETAILS[item.kind])
            record_qualification(session, actor, study_code=definition.code, site_code=home.code, facts=facts)


def _approval(session: Session, actor: Actor, study: str, code: str, committee: str, approval: PlannedApproval) -> None:
    row = record_approval(
        session,
        actor,
        study_code=study,
        site_code=code,
        facts=ApprovalFacts(
            protocol_version=approval.protocol_version,
            committee=committee,
            number=approval.number,
            approved_on=approval.approved_on,
            valid_from=approval.valid_from,
            valid_until=approval.valid_until,
        ),
    )
    if approval.revoked_on is not None:
        revoke_approval(
            session,
            actor,
            study_code=study,
            site_code=code,
            approval_id=row.id,
            revoked_on=approval.revoked_on,
            version=row.version,
            reason=REVOKED_BECAUSE,
        )
