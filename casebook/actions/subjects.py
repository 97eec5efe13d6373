"""Registering subjects."""

import hmac
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.studies import newest_definition
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Invalid
from casebook.store import registry
from casebook.store.tables import Subject

N_READING_CODES: Final = 9000
"""Reading codes run from R-1000 to R-9999."""


def register_subject(
    session: Session, actor: Actor, *, study_code: str, site_code: str, road: str, registered_on: date, key: bytes
) -> Subject:
    """Register a subject under the definition in force; its number follows the site's last one.

    The reading code is drawn from the study key and the number, so that it says nothing about site or order.
    """
    actor.require(Action.REGISTER_SUBJECT, study_code=study_code, site_code=site_code)
    version_id, definition = newest_definition(session, study_code)
    if road not in {item.code for item in definition.roads}:
        known = ", ".join(item.code for item in definition.roads)
        raise Invalid(f"“{road}” is no road of the study; its roads are {known}.", field="road")
    study = registry.study(session, study_code)
    site = registry.site(session, study.id, site_code)
    number = f"{site.code}-{registry.next_subject_number(session, site.id):04d}"
    subject = Subject(
        study_id=study.id,
        site_id=site.id,
        study_version_id=version_id,
        number=number,
        reading_code=_unused_reading_code(session, study.id, key, number),
        road=road,
        registered_on=registered_on,
    )
    session.add(subject)
    session.flush()
    return subject


def _unused_reading_code(session: Session, study_id: UUID, key: bytes, number: str) -> str:
    taken = registry.reading_codes(session, study_id)
    if len(taken) >= N_READING_CODES:
        raise Invalid("All reading codes of the study are taken.", field="subject")
    digest = hmac.digest(key, f"reading-code\0{number}".encode(), "sha256")
    drawn = int.from_bytes(digest[:8], "big")
    candidates = (f"R-{1000 + (drawn + step) % N_READING_CODES}" for step in range(N_READING_CODES))
    return next(code for code in candidates if code not in taken)
