"""The people and machines that act: accounts, roles, sessions, tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from casebook.store.tables.base import Base, Key, Now


class Account(Base):
    """A person or machine that acts; disabled, never deleted."""

    __tablename__ = "account"
    id: Mapped[Key]
    login: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    password_hash: Mapped[str | None]
    password_must_change: Mapped[bool] = mapped_column(server_default=text("false"))
    oidc_subject: Mapped[str | None] = mapped_column(unique=True)
    language: Mapped[str] = mapped_column(server_default="en")
    disabled_at: Mapped[datetime | None]
    n_failed_logins: Mapped[int] = mapped_column(server_default=text("0"))
    locked_until: Mapped[datetime | None]
    created_at: Mapped[Now]


class RoleGrant(Base):
    """A role in a study (at a site, for site roles), from a moment until another."""

    __tablename__ = "role_grant"
    id: Mapped[Key]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    study_id: Mapped[UUID] = mapped_column(ForeignKey("study.id"))
    site_id: Mapped[UUID | None] = mapped_column(ForeignKey("site.id"))
    role: Mapped[str]
    valid_from: Mapped[Now]
    valid_until: Mapped[datetime | None]
    granted_by: Mapped[str]
    ended_by: Mapped[str | None]


class LoginSession(Base):
    """A signed-in browser; the cookie holds a token of which only the digest is kept."""

    __tablename__ = "login_session"
    token_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    csrf_token: Mapped[str]
    created_at: Mapped[Now]
    last_seen_at: Mapped[Now]
    ends_at: Mapped[datetime]


class ApiToken(Base):
    """A bearer token for scripts and DICOMweb clients, kept as its digest."""

    __tablename__ = "api_token"
    id: Mapped[Key]
    token_sha256: Mapped[bytes] = mapped_column(unique=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    label: Mapped[str]
    created_at: Mapped[Now]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
