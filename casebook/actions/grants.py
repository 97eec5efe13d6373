"""Roles given and ended; two acts on one account wait for each other, so that no two roles pass by one another."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.accounts import known, require_other_administrator, valid_reason
from casebook.domain.accounts import Held, check_end, check_new_grant, is_lasting_administrator
from casebook.domain.actors import Action, Actor, Grant, Role
from casebook.domain.errors import NotFound, Refused
from casebook.domain.texts import Text
from casebook.store import grants, registry
from casebook.store.database import set_reason


def grant_role(
    session: Session,
    actor: Actor,
    *,
    login: str,
    role: Role,
    study_code: str,
    site_code: str | None,
    now: datetime,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> UUID:
    """Give a role from now on, or for a time; what it may not stand beside is refused. Raises Invalid, Refused."""
    actor.require(Action.MANAGE_ACCOUNTS, study_code=study_code)
    found = known(session, actor, login=login, lock=True)
    if found.account.login == actor.login:
        raise Refused(
            Text(
                "Nobody gives a role to themselves; another administrator does.",
                "自分に役割を付与することはできません。別の管理者が行ってください。",
            ),
            field="role",
        )
    new = Held(Grant(role, study_code, site_code), max(valid_from or now, now), valid_until)
    check_new_grant((kept.held for kept in found.grants), new, now=now)
    study = registry.study(session, study_code)
    site = None if site_code is None else registry.site(session, study.id, site_code)
    return grants.add(session, found.account.id, new, study=study, site=site, granted_by=actor.login)


def end_role(
    session: Session,
    actor: Actor,
    *,
    login: str,
    grant: Grant,
    ends_at: datetime | None,
    reason: str,
    now: datetime,
) -> None:
    """End what somebody holds or will hold of a role at its place. Raises NotFound, Invalid, Refused."""
    found = known(session, actor, login=login, lock=True)
    live = [kept for kept in found.grants if kept.held.grant == grant and not kept.held.is_over(now)]
    if not live:
        raise NotFound(Text("The account has no such grant.", "この付与はありません。"), field="role")
    for kept in live:
        end_grant(session, actor, login=login, grant_id=kept.id, ends_at=ends_at, reason=reason, now=now)


def end_grant(
    session: Session,
    actor: Actor,
    *,
    login: str,
    grant_id: UUID,
    ends_at: datetime | None,
    reason: str,
    now: datetime,
) -> None:
    """End a grant now or at a later instant; the next request knows. Raises NotFound, Invalid, Refused."""
    set_reason(session, valid_reason(reason))
    found = known(session, actor, login=login, lock=True)
    kept = next((one for one in found.grants if one.id == grant_id), None)
    if kept is None:
        raise NotFound(Text("The account has no such grant.", "この付与はありません。"), field="grant")
    until = check_end(kept.held, ends_at or now, now=now)
    if is_lasting_administrator(kept.held, kept.held.grant.study_code, now):
        require_other_administrator(session, kept, now)
    grants.end(session, grant_id, ends_at=until, ended_by=actor.login)
