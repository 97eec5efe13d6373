"""The sites of a study: their papers, whether they may register, and how many they registered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.studies import newest_definition
from casebook.domain.activation import (
    RUNS_OUT_WITHIN,
    Activation,
    Approval,
    Qualification,
    Qualified,
    SitePapers,
    Validity,
    activation,
)
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Refused
from casebook.domain.texts import Text
from casebook.store import sites
from casebook.store.database import set_reason
from casebook.store.tables import EthicsApproval, Site, SiteQualification

REASON_NEEDED = Text("Say why; the reason is kept in the audit trail.", "理由を入力してください。監査証跡に残ります。")


@dataclass(frozen=True, slots=True)
class SiteState:
    """A site with its papers, newest first, and its activation on the day asked for."""

    site: Site
    activation: Activation
    approvals: Sequence[EthicsApproval]
    qualifications: Sequence[SiteQualification]
    n_first: int
    n_second: int


def list_sites(session: Session, actor: Actor, *, study_code: str, on: date) -> Sequence[SiteState]:
    """Return the sites the actor may see, by code, in a constant number of queries."""
    actor.require(Action.SEE_SITES, study_code=study_code)
    return states_for(session, actor, Action.SEE_SITES, study_code=study_code, on=on)


def states_for(session: Session, actor: Actor, action: Action, *, study_code: str, on: date) -> Sequence[SiteState]:
    """Return the sites on which the actor may do `action`, by code, with their activation on a day."""
    return _states(session, sites.seen_by(session, actor, action, study_code), study_code, on)


def with_papers_ending(session: Session, actor: Actor, *, study_code: str, on: date) -> Sequence[SiteState]:
    """Return the sites the actor manages with an approval or qualification in force that ends soon, by code."""
    actor.require(Action.MANAGE_SITES, study_code=study_code)
    found = sites.with_papers_ending(
        session, actor, Action.MANAGE_SITES, study_code, first_on=on, last_on=on + RUNS_OUT_WITHIN
    )
    return [state for state in _states(session, found, study_code, on) if state.activation.running_out]


def site_state(session: Session, actor: Actor, *, study_code: str, site_code: str, on: date) -> SiteState:
    """Return one site. Raises NotFound, for sites of others too."""
    site = sites.one_seen_by(session, actor, Action.SEE_SITES, study_code=study_code, site_code=site_code)
    return _states(session, [site], study_code, on)[0]


def activation_of(session: Session, site: Site, *, protocol_version: str, on: date) -> Activation:
    """Judge the papers of one site."""
    approvals = sites.approvals(session, [site.id]).get(site.id, ())
    qualifications = sites.qualifications(session, [site.id]).get(site.id, ())
    return activation(papers_of(site, approvals, qualifications), protocol_version=protocol_version, on=on)


def _states(session: Session, found: Sequence[Site], study_code: str, on: date) -> list[SiteState]:
    if not found:
        return []
    ids = [site.id for site in found]
    _, definition = newest_definition(session, study_code)
    approvals, qualifications = sites.approvals(session, ids), sites.qualifications(session, ids)
    counts: Mapping[tuple[UUID, str], int] = sites.n_registered(session, ids)
    return [
        SiteState(
            site=site,
            activation=activation(
                papers_of(site, approvals.get(site.id, ()), qualifications.get(site.id, ())),
                protocol_version=definition.protocol_version,
                on=on,
            ),
            approvals=approvals.get(site.id, ()),
            qualifications=qualifications.get(site.id, ()),
            n_first=counts.get((site.id, "first"), 0),
            n_second=counts.get((site.id, "second"), 0),
        )
        for site in found
    ]


def papers_of(
    site: Site, approvals: Sequence[EthicsApproval], qualifications: Sequence[SiteQualification]
) -> SitePapers:
    """Return a site's papers as the rule takes them."""
    return SitePapers(
        approvals=tuple(
            Approval(
                row.id, row.number, row.protocol_version, Validity(row.valid_from, row.valid_until, row.revoked_on)
            )
            for row in approvals
        ),
        qualifications=tuple(
            Qualified(Qualification(row.kind), Validity(row.qualified_on, row.valid_until, row.revoked_on))
            for row in qualifications
        ),
        closed_on=site.closed_on,
    )


def close_site(
    session: Session,
    actor: Actor,
    *,
    study_code: str,
    site_code: str,
    closed_on: date,
    reason: str | None,
    now: datetime,
) -> Site:
    """Close a site to registration from a day. Raises Refused without a reason, or where it is closed already."""
    site = _managed(session, actor, study_code, site_code)
    if site.closed_on is not None and site.closed_on <= now.date():
        raise Refused(
            Text(f"The site is closed since {site.closed_on}.", f"{site.closed_on} に登録を終了した施設です。"),
            field="closed_on",
        )
    say_why(session, reason)
    site.closed_on = closed_on
    session.flush()
    return site


def reopen_site(session: Session, actor: Actor, *, study_code: str, site_code: str, reason: str | None) -> Site:
    """Let a closed site register again, as far as its papers do. Raises Refused without a reason."""
    site = _managed(session, actor, study_code, site_code)
    if site.closed_on is None:
        raise Refused(Text("The site is not closed.", "登録を終了した施設ではありません。"))
    say_why(session, reason)
    site.closed_on = None
    session.flush()
    return site


def _managed(session: Session, actor: Actor, study_code: str, site_code: str) -> Site:
    actor.require(Action.MANAGE_SITES, study_code=study_code)
    return sites.one_seen_by(session, actor, Action.MANAGE_SITES, study_code=study_code, site_code=site_code, lock=True)


def say_why(session: Session, reason: str | None, *, field: str = "change_reason") -> None:
    """Put the reason into the transaction, for the trail. Raises Refused where there is none."""
    said = (reason or "").strip()
    if not said:
        raise Refused(REASON_NEEDED, field=field)
    set_reason(session, said)
