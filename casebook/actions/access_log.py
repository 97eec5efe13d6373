"""Who looked at what: images, unblinding data, files, and signing in. Called by the edges; it holds no identity.

A look at one thing is kept once a person and hour; signing in and taking data away each time.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from casebook.domain.actors import Actor
from casebook.store import access_log, accounts

NOBODY: Final = "nobody"
"""Stands for a login that is no account's: what was typed there may be anything, a password too."""
MOST_REMEMBERED: Final = 50_000


class Access(StrEnum):
    """What was done that changes nothing."""

    CASE = "case"
    IMAGES = "images"
    PATIENT = "patient"
    FORM = "form"
    ENDPOINT = "endpoint"
    FILE = "file"
    HELD_FILE = "held-file"
    HELD_IDENTITY = "held-identity"
    TRAIL = "trail"
    SIGN_IN = "sign-in"
    SIGN_IN_REFUSED = "sign-in-refused"
    SIGN_OUT = "sign-out"


EACH_TIME: Final = frozenset(
    {
        Access.FILE,
        Access.HELD_FILE,
        Access.HELD_IDENTITY,
        Access.TRAIL,
        Access.SIGN_IN,
        Access.SIGN_IN_REFUSED,
        Access.SIGN_OUT,
    }
)

_remembered: WeakKeyDictionary[Engine, set[tuple[str, str, datetime]]] = WeakKeyDictionary()
"""Images that are in the log of this hour already, so that frames cost no statement."""


def note_access(
    session: Session, actor: Actor, access: Access, target: str, *, subject_id: UUID | None = None, now: datetime
) -> None:
    """Keep that the actor looked at something: its number or code, never a person's name."""
    _note(session, actor.login, access, target, subject_id, now)


def note_sign_in(session: Session, *, login: str, succeeded: bool, now: datetime) -> None:
    """Keep that somebody signed in, or tried to."""
    account = accounts.by_login(session, login)
    access = Access.SIGN_IN if succeeded else Access.SIGN_IN_REFUSED
    _note(session, account.login if account is not None else NOBODY, access, "", None, now)


def note_images(
    session: Session, actor: Actor, *, study_uid: str, series_uid: str | None = None, now: datetime
) -> None:
    """Keep that the actor retrieved images of a series, or of all of a study; the session commits each statement."""
    target, hour = series_uid or study_uid, access_log.hour_of(now)
    known = _remembered.setdefault(session.get_bind().engine, set())
    looked = (actor.login, target, hour)
    if looked in known:
        return
    access_log.add_images(session, actor=actor.login, kind=Access.IMAGES, study_uid=study_uid, target=target, now=now)
    if len(known) >= MOST_REMEMBERED:
        known.clear()
    known.add(looked)


def _note(session: Session, login: str, access: Access, target: str, subject_id: UUID | None, now: datetime) -> None:
    said = f"{target} {now:%H:%M:%S.%f}".strip() if access in EACH_TIME else target
    access_log.add(session, actor=login, kind=access, target=said, subject_id=subject_id, now=now)
