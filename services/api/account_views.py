"""From an account as actions return it to the account as the API says it."""

from datetime import datetime

from casebook.actions.people import AccountFile, Person
from casebook.domain.actors import MAY, Role
from casebook.store.account_trail import AccountEvent
from casebook.store.grants import KeptGrant
from services.api.schemas import accounts as api


def account(person: Person, now: datetime) -> api.AccountOut:
    """Return one line of the list."""
    return api.AccountOut.model_validate(_account(person, now))


def whole(file: AccountFile, now: datetime) -> api.AccountWhole:
    """Return an account with its sessions and tokens."""
    return api.AccountWhole.model_validate(
        {
            **_account(file.person, now),
            "sessions": [
                api.SessionOut(
                    key=one.key, created_at=one.created_at, last_seen_at=one.last_seen_at, ends_at=one.ends_at
                )
                for one in file.sessions
            ],
            "tokens": [
                api.TokenOut(
                    id=one.id,
                    label=one.label,
                    created_at=one.created_at,
                    ends_at=one.ends_at,
                    revoked_at=one.revoked_at,
                )
                for one in file.tokens
            ],
        }
    )


def event(found: AccountEvent) -> api.AccountEventOut:
    """Return one change."""
    return api.AccountEventOut(
        at=found.at,
        actor=found.actor,
        reason=found.reason,
        act=found.act,
        table=found.table_name,
        row_id=found.row_id,
        old=dict(found.old),
        new=dict(found.new),
    )


def roles() -> api.Roles:
    """Return the table of roles and actions."""
    return api.Roles(
        roles=[
            api.RoleOut(
                role=role, is_site_role=role.is_site_role, is_blinded=role.is_blinded, actions=sorted(MAY[role])
            )
            for role in Role
        ]
    )


def _account(person: Person, now: datetime) -> dict[str, object]:
    row = person.account
    return {
        "login": row.login,
        "display_name": row.display_name,
        "language": row.language,
        "state": person.state,
        "disabled_at": row.disabled_at,
        "locked_until": row.locked_until,
        "has_password": row.password_hash is not None,
        "password_must_change": row.password_must_change,
        "subject": row.oidc_subject,
        "last_sign_in_at": person.last_sign_in_at,
        "grants": [_grant(kept, now) for kept in person.grants],
    }


def _grant(kept: KeptGrant, now: datetime) -> api.GrantOut:
    return api.GrantOut(
        id=kept.id,
        role=kept.held.grant.role,
        study=kept.held.grant.study_code,
        site=kept.held.grant.site_code,
        valid_from=kept.held.valid_from,
        valid_until=kept.held.valid_until,
        state=kept.held.state(now),
        granted_by=kept.granted_by,
        ended_by=kept.ended_by,
    )
