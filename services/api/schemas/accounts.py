"""Accounts, grants, sessions and tokens as the API takes and gives them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from casebook.domain.accounts import AccountState, GrantState
from casebook.domain.actors import Action, Role
from services.api.schemas.cases import Answer
from services.api.schemas.sent import Sent, shown_as

Login = Annotated[str, Field(max_length=200, examples=["a.lemaire"])]
PasswordText = Annotated[str, Field(max_length=10_000)]
Reason = Annotated[str, Field(max_length=1000, description="why; the audit trail keeps it")]


class NewAccount(Sent):
    """An account to make; its one-time password is answered once, and changed at the first sign-in."""

    model_config = shown_as(login="a.lemaire", display_name="A. Lemaire", language="en")

    login: Login
    display_name: Annotated[str, Field(max_length=200, description="the name as signatures show it")]
    language: Literal["en", "ja"] = "en"


class NewGrant(Sent):
    """A role to give; from now on where no beginning is named, without end where no end is."""

    model_config = shown_as(
        role="site-coordinator", study="DREAM", site="BE-02", valid_from=None, valid_until="2027-03-31T15:00:00Z"
    )

    role: Role
    study: Annotated[str, Field(max_length=50)]
    site: Annotated[str | None, Field(max_length=20, description="for the roles of a site, and only for them")] = None
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None


class GrantEnd(Sent):
    """When a grant ends, and why; now where no instant is named."""

    model_config = shown_as(ends_at=None, reason="moved to another hospital")

    ends_at: AwareDatetime | None = None
    reason: Reason


class Why(Sent):
    """The reason of an act."""

    model_config = shown_as(reason="left the hospital")

    reason: Reason


class Link(Sent):
    """Whom the institution's own service knows the person as: a verified mail address, or the subject; null: nobody."""

    model_config = shown_as(subject="mailto:a.lemaire@example.org")

    subject: Annotated[str | None, Field(max_length=255)]


class PasswordChange(Sent):
    """A new password of one's own; `old` is empty where there is none yet."""

    model_config = shown_as(old="casebook-demo", new="a longer and better one")

    old: PasswordText = ""
    new: PasswordText


class LanguageChoice(Sent):
    """The language that pages speak to the account."""

    model_config = shown_as(language="ja")

    language: Literal["en", "ja"]


class NewToken(Sent):
    """A bearer token to make."""

    model_config = shown_as(label="nightly export", days=90)

    label: Annotated[str, Field(max_length=100, description="what it is for")]
    days: Annotated[int, Field(ge=1, le=366)] = 90


class GrantOut(Answer):
    """A role of an account in a study (at a site), from an instant until before another."""

    id: UUID
    role: Role
    study: str
    site: str | None
    valid_from: datetime
    valid_until: datetime | None
    state: GrantState
    granted_by: str
    ended_by: str | None


class AccountOut(Answer):
    """An account; grants of studies that the asker does not administer are left out."""

    login: str
    display_name: str
    language: str
    state: AccountState
    disabled_at: datetime | None
    locked_until: datetime | None
    has_password: bool
    password_must_change: bool
    subject: Annotated[str | None, Field(description="issuer and subject, or mailto: before the first sign-in")]
    last_sign_in_at: datetime | None
    grants: list[GrantOut]


class Accounts(Answer):
    """Accounts by login."""

    accounts: list[AccountOut]


class SessionOut(Answer):
    """A signed-in browser."""

    key: str
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime


class TokenOut(Answer):
    """A bearer token, without itself."""

    id: UUID
    label: str
    created_at: datetime
    ends_at: datetime
    revoked_at: datetime | None


class AccountWhole(AccountOut):
    """An account with its open sessions and its tokens."""

    sessions: list[SessionOut]
    tokens: list[TokenOut]


class AccountEventOut(Answer):
    """One change of an account, or of a grant or token of it, as the trail has it."""

    at: datetime
    actor: str
    reason: str | None
    act: str
    table: str
    row_id: UUID
    old: dict[str, Any]
    new: dict[str, Any]


class AccountHistory(Answer):
    """The newest changes first."""

    events: list[AccountEventOut]


class OneTimePassword(Answer):
    """Told once; it is changed at the next sign-in."""

    login: str
    one_time_password: str


class MadeToken(Answer):
    """Told once; only its digest is kept."""

    token: str


class RoleOut(Answer):
    """What a role may do."""

    role: Role
    is_site_role: bool
    is_blinded: bool
    actions: list[Action]


class Roles(Answer):
    """The table of roles and actions."""

    roles: list[RoleOut]
